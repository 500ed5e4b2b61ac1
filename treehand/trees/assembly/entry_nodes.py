"""From specifications to the nodes that have to do with time or the blackboard."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from py_trees.behaviour import Behaviour

from treehand.trees.format.expression import bound
from treehand.trees.format.node_values import with_objects
from treehand.trees.format.spec import NodeSpec
from treehand.trees.nodes.entries.list_loop import ListLoopNode
from treehand.trees.nodes.entries.log_leaf import LogLeaf
from treehand.trees.nodes.entries.set_leaf import SetLeaf
from treehand.trees.nodes.entries.switch import SwitchNode
from treehand.trees.nodes.timing.wait import WaitLeaf
from treehand.trees.runtime.blackboard import Blackboard
from treehand.trees.runtime.runtime import Runtime


def leaf_of_entries(
    node: NodeSpec, path: str, binding: Mapping[str, str], board: Blackboard, runtime: Runtime
) -> Behaviour | None:
    """Return the leaf of a `wait`, `log` or `set`; None for other kinds."""
    if node.wait is not None:
        time_s = board.key(node.wait) if isinstance(node.wait, str) else node.wait
        return WaitLeaf(path, time_s, runtime)
    if node.log is not None:
        return LogLeaf(path, with_objects(node.log, binding), board, runtime)
    if node.set is not None:
        values = {key: bound(value, binding) for key, value in node.set.items()}
        for key in values:
            board.key(key)  # so that a snapshot has it
        return SetLeaf(path, values, board)
    return None


def composite_of_entries(
    node: NodeSpec, path: str, children: Sequence[Behaviour], board: Blackboard
) -> Behaviour | None:
    """Return the composite of a `switch` or `for_item`; None for other kinds."""
    if node.switch is not None:
        cases = tuple(node.cases or ())
        key = board.key(node.switch)
        return SwitchNode(path, key, cases, children, is_remembering=node.is_remembering)
    if node.for_item is not None:
        head = node.for_item
        index = board.key(head.index) if head.index is not None else None
        return ListLoopNode(
            path,
            children[0],
            board.key(head.list),
            board.key(head.item),
            index,
            is_any=node.mode == "any",
        )
    return None
