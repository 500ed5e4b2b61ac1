"""Ablation: a tree without its recovery, to measure the effect of recovery."""

from __future__ import annotations

from treehand.trees.format.files import TreeLibrary
from treehand.trees.format.spec import NodeSpec, TreeSpec


def without_recovery(tree: TreeSpec) -> TreeSpec:
    """Return the tree without retries, and with the default `memory` in every node.

    Every step runs once, in order, and no earlier condition is checked again.
    """
    subtrees = {
        name: subtree.model_copy(update={"root": _stripped(subtree.root)})
        for name, subtree in tree.subtrees.items()
    }
    return tree.model_copy(update={"root": _stripped(tree.root), "subtrees": subtrees})


def library_without_recovery(library: TreeLibrary) -> TreeLibrary:
    """Return a library whose trees have no recovery."""
    return TreeLibrary({tree.tree: without_recovery(tree) for tree in library})


def _stripped(node: NodeSpec) -> NodeSpec:
    changes: dict[str, object] = {"retry": None, "memory": None}
    for key in ("sequence", "fallback", "parallel"):
        children = getattr(node, key)
        if children is not None:
            changes[key] = tuple(map(_stripped, children))
    if node.each is not None:
        changes["each"] = _stripped(node.each)
    return node.model_copy(update=changes)
