"""From a checked tree to a tree that can be ticked."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

from py_trees.behaviour import Behaviour
from py_trees.common import Status
from py_trees.composites import Selector

from treehand.core.spans import Span
from treehand.skills import FailureCode
from treehand.trees.assembly.node_compiler import NodeCompiler, NodeTable, NodeView
from treehand.trees.engine.deferred import fill_all
from treehand.trees.format.files import TreeLibrary
from treehand.trees.format.spec import TreeSpec
from treehand.trees.nodes.retry import RetryNode
from treehand.trees.runtime.blackboard import BlackboardKey
from treehand.trees.runtime.resume_state import ResumeState
from treehand.trees.runtime.runtime import Runtime


class CompiledTree:
    """A tree that can be ticked.

    Args:
        tree: Its specification, checked.
        arguments: Values of its parameters.
        library: Subtrees.
        runtime: State that its nodes share.
        resume: Node statuses of an earlier process of the same run.

    Attributes:
        root: The py_trees node at the top.
        is_resumed: True if steps of an earlier process may not have to be done again.
        view: The same node as views show it.
        nodes: Every node by path; more are added while a for_each expands, and, unless somebody
            shows the whole tree, at the first visit of the composite that they stand in.
        boards: Blackboards by path of the subtree node, "" at the top; more are added likewise.
    """

    def __init__(
        self,
        tree: TreeSpec,
        arguments: Mapping[str, str],
        library: TreeLibrary,
        runtime: Runtime,
        *,
        resume: ResumeState | None = None,
    ) -> None:
        self._is_paranoid = runtime.options.is_paranoid
        self._table = NodeTable()
        self._attempts: dict[str, Mapping[FailureCode, int]] = {}
        """Path of a node to its attempts by failure code, which stay the same."""
        self.nodes = self._table.nodes
        self.boards = self._table.boards
        compiler = NodeCompiler(self._table, library, runtime, resume or ResumeState())
        self.is_resumed = resume is not None and bool(resume.begun)
        self.view = compiler.compile(tree, arguments)
        self.root = self.view.behaviour

    def take_changes(self) -> dict[str, str]:
        """Return path and status name of the nodes whose status differs from the last time."""
        changed: list[NodeView] = []
        _collect(self.view, changed)
        if self._is_paranoid:
            missed = [v for v in self.nodes.values() if v.behaviour.status is not v.taken]
            assert not missed, f"the status of '{missed[0].path}' has changed unseen"
        changed.sort(key=_order)
        return {view.path: view.taken.value for view in changed}

    def all_keys(self) -> tuple[BlackboardKey, ...]:
        """Return the blackboard keys of the tree and of all its subtrees."""
        return self._table.all_keys()

    def changed_keys(self) -> frozenset[tuple[BlackboardKey, Any, bool]]:
        """Return the blackboard keys that are not as they were made.

        Each comes with its content, and with whether only a simulated skill has written it.
        """
        return frozenset(
            (key, key.content, key.is_symbolic) for key in self.all_keys() if key.has_changed
        )

    def make_all(self) -> None:
        """Make the nodes that would be made at their first visit."""
        fill_all(self.root)

    def span_of(self, path: str) -> Span | None:
        """Return the position of the node at `path`; None if it was made in memory."""
        return self._table.span_of(path)

    def attempts_at(self, path: str) -> Mapping[FailureCode, int]:
        """Return the attempts of the node at `path` in all, if it always fails with a code."""
        known = self._attempts.get(path)
        if known is not None:
            return known
        view = self.nodes.get(path)
        node: Behaviour | None = view.behaviour if view is not None else None
        retries: list[RetryNode] = []
        while node is not None:
            if isinstance(node, RetryNode):
                retries.append(node)
            node = node.parent
        found = {code: math.prod(r.attempts_after(code) for r in retries) for code in FailureCode}
        if view is not None:
            self._attempts[path] = found
        return found

    def has_alternative(self, path: str) -> bool:
        """Return True if a fallback around the node at `path` has something left to try."""
        view = self.nodes.get(path)
        node: Behaviour | None = view.behaviour if view is not None else None
        while node is not None and node.parent is not None:
            above = node.parent
            if isinstance(above, Selector) and above.children[-1] is not node:
                return True
            node = above
        return False


def _order(view: NodeView) -> tuple[int, ...]:
    return view.order


def _collect(view: NodeView, changed: list[NodeView]) -> None:
    """Collect the views below one whose status differs from the last time, and take it in.

    What has not been visited since has the same status: all below a node that was idle and is, and
    the members that a for_each has left alone.
    """
    status, before = view.behaviour.status, view.taken
    if status is not before:
        view.taken = status
        changed.append(view)
    elif status is Status.INVALID:
        return
    children: Iterable[NodeView] = view.children
    if view.for_each is not None:
        touched = view.for_each.take_touched()
        if touched is not None:
            children = [view.children[number] for number in touched]
    for child in children:
        _collect(child, changed)
