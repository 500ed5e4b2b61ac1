"""Drawings of a running tree, and of a past one from its journal."""

from __future__ import annotations

from collections.abc import Mapping

from py_trees.common import Status
from rich.console import RenderableType
from rich.text import Text
from rich.tree import Tree

from treehand.trees.assembly.node_compiler import NodeView
from treehand.trees.format.spec_drawing import SIGNS

_MARKS = {
    Status.SUCCESS: ("✔", "green"),
    Status.FAILURE: ("✘", "red"),
    Status.RUNNING: ("●", "bold yellow"),
    Status.INVALID: ("·", "dim"),
}


MARKS: Mapping[str, tuple[str, str]] = {s.value: mark for s, mark in _MARKS.items()}
"""Status name to sign and style."""


def tree_of_view(view: NodeView, *, has_failed: bool = True) -> RenderableType:
    """Return a compiled tree with its statuses, open only where it runs or has failed.

    Args:
        view: Its root.
        has_failed: Show what does not run as well; if False, only the nodes down to running leaves.
    """
    top = Tree(_marked(view), guide_style="dim")
    _add_views(top, view, has_failed=has_failed)
    return top


def _marked(view: NodeView) -> Text:
    mark, style = _MARKS[view.behaviour.status]
    return Text(f"{mark} {SIGNS[view.kind]} {view.label}", style=style)


def _add_views(branch: Tree, view: NodeView, *, has_failed: bool) -> None:
    opened = (Status.RUNNING, Status.FAILURE) if has_failed else (Status.RUNNING,)
    if view.behaviour.status in opened:
        for child in list(view.children):
            if has_failed or child.behaviour.status is Status.RUNNING:
                _add_views(branch.add(_marked(child)), child, has_failed=has_failed)


def tree_of_paths(statuses: Mapping[str, str], *, depth: int = 100) -> RenderableType:
    """Return the nodes that ran as a drawing, from the node paths of a journal.

    Args:
        statuses: Node path to its last status.
        depth: Number of levels to show.
    """
    branches: dict[str, Tree] = {}
    top = Tree("run", hide_root=True, guide_style="dim")
    for path, status in statuses.items():
        mark, style = MARKS[status]
        parent, _, label = path.rpartition("/")
        if path.count("/") < depth:
            above = branches.get(parent, top)
            branches[path] = above.add(Text(f"{mark} {label}", style=style))
    return top
