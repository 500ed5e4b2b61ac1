"""Pairs of nodes of two trees that are the same node."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from treehand.trees import NodeSpec

_MOST_CELLS = 1_000_000
"""Largest product of two numbers of children whose best alignment is searched."""


@dataclass(eq=False)
class ComparedNode:
    """One node of a tree, where it stands, and the node of the other tree that it is."""

    spec: NodeSpec
    place: tuple[str | int, ...]
    parent: ComparedNode | None
    content: str
    """Kind and text, without name, modifiers and children."""
    data: dict[str, Any]
    """All keys; of the first tree with the names that the second one uses."""
    children: list[ComparedNode] = field(default_factory=list)
    leaves: Counter[str] = field(default_factory=Counter)
    """Contents of all nodes below it that have no children."""
    branch: int = 0
    """Hash over all that the node and those below it say."""
    pair: ComparedNode | None = None

    @property
    def label(self) -> str:
        """Name, else the node's own text."""
        return self.spec.label()


Likeness = Callable[[ComparedNode, ComparedNode], bool]


def pair_nodes(old: Sequence[ComparedNode], new: Sequence[ComparedNode]) -> None:
    """Pair the nodes of two trees.

    Children of nodes that are paired come first, in their order: the equal ones, then those that
    were moved among them, then those with another name or other modifiers. Nodes that are left are
    looked for in the whole tree, and at last by their place alone.

    Args:
        old: Nodes of one tree, parents first.
        new: Nodes of the other one.
    """
    by_content: dict[str, list[ComparedNode]] = defaultdict(list)
    for node in new:
        by_content[node.content].append(node)
    roots = {node.place: node for node in new if node.parent is None}
    for node in old:
        other = roots.get(node.place) if node.parent is None else None
        if other is not None and other.content == node.content:
            _join(node, other)
    _align_all(old, _are_equal)
    for is_like in (_are_equal_branches, _have_equal_leaves):
        _find(old, by_content, is_like)
        _align_all(old, _are_equal)
    _pair_siblings(old)
    _align_all(old, _is_alike)
    for is_like in (_are_equal, _is_alike):
        _find(old, by_content, is_like)
        _align_all(old, _is_alike)
    at = {node.place: node for node in new if node.pair is None}
    for node in old:
        other = at.get(node.place)
        if node.pair is None and other is not None and other.spec.kind == node.spec.kind:
            _join(node, other)


def _join(old: ComparedNode, new: ComparedNode) -> None:
    old.pair, new.pair = new, old


def _find(
    old: Iterable[ComparedNode], by_content: dict[str, list[ComparedNode]], is_like: Likeness
) -> None:
    """Pair nodes with the most alike ones anywhere."""
    for node in old:
        if node.pair is None:
            open_ = [one for one in by_content[node.content] if one.pair is None]
            by_content[node.content] = open_
            fits = [one for one in open_ if is_like(node, one)]
            if fits:
                _join(node, max(fits, key=lambda one, node=node: _likeness(node, one)))  # type: ignore[misc]


def _pair_siblings(old: Iterable[ComparedNode]) -> None:
    """Pair equal children of paired nodes that stand in another order."""
    for parent in old:
        if parent.pair is None:
            continue
        left: dict[int, list[ComparedNode]] = defaultdict(list)
        for child in parent.pair.children:
            if child.pair is None:
                left[child.branch].append(child)
        for child in parent.children:
            if child.pair is None and left[child.branch]:
                _join(child, left[child.branch].pop(0))


def _align_all(old: Iterable[ComparedNode], is_like: Likeness) -> None:
    """Pair children of paired nodes in their order, parents first; equal ones before others."""
    for parent in old:
        if parent.pair is not None:
            for one in dict.fromkeys((_are_equal, is_like)):
                _align(parent.children, parent.pair.children, one)


def _align(old: list[ComparedNode], new: list[ComparedNode], is_like: Likeness) -> None:
    """Pair the longest rows of open nodes that are alike, between those that are paired."""
    place = {id(node): index for index, node in enumerate(new)}
    first, first_new = 0, 0
    for index, node in enumerate([*old, None]):
        at = place.get(id(node.pair), -1) if node is not None and node.pair is not None else -1
        if node is not None and at < first_new:
            continue
        last_new = len(new) if node is None else at
        _align_open(
            [one for one in old[first:index] if one.pair is None],
            [one for one in new[first_new:last_new] if one.pair is None],
            is_like,
        )
        first, first_new = index + 1, last_new + 1


def _align_open(old: list[ComparedNode], new: list[ComparedNode], is_like: Likeness) -> None:
    _trim(old, new, lambda one, other: one.place == other.place and _fit(one, other, is_like))
    if len(old) * len(new) > _MOST_CELLS:
        _trim(old, new, lambda one, other: _fit(one, other, is_like))
    if not old or not new or len(old) * len(new) > _MOST_CELLS:
        return
    best = [[0.0] * (len(new) + 1) for _ in range(len(old) + 1)]
    for row in range(len(old) - 1, -1, -1):
        for column in range(len(new) - 1, -1, -1):
            score = max(best[row + 1][column], best[row][column + 1])
            if _fit(old[row], new[column], is_like):
                own = best[row + 1][column + 1] + _worth(old[row], new[column])
                score = max(score, own)
            best[row][column] = score
    row = column = 0
    while row < len(old) and column < len(new):
        if best[row][column] == best[row + 1][column]:
            row += 1
        elif best[row][column] == best[row][column + 1]:
            column += 1
        else:
            _join(old[row], new[column])
            row, column = row + 1, column + 1


def _trim(old: list[ComparedNode], new: list[ComparedNode], is_pair: Likeness) -> None:
    """Pair the nodes at both ends, and take them out."""
    for end in (-1, 0):
        if end == 0:
            old.reverse()
            new.reverse()
        while old and new and is_pair(old[-1], new[-1]):
            _join(old.pop(), new.pop())
    old.reverse()
    new.reverse()


def _fit(one: ComparedNode, other: ComparedNode, is_like: Likeness) -> bool:
    return one.content == other.content and is_like(one, other)


def _worth(one: ComparedNode, other: ComparedNode) -> float:
    """Return the worth of a pair: rows of equal length are told apart by place and likeness."""
    common = (one.leaves & other.leaves).total()
    return 1.0 + (0.001 if one.place == other.place else 0.0) + min(common, 100) * 1e-6


def _are_equal_branches(one: ComparedNode, other: ComparedNode) -> bool:
    return bool(one.children) and _are_equal(one, other)


def _have_equal_leaves(one: ComparedNode, other: ComparedNode) -> bool:
    return bool(one.children) and one.leaves == other.leaves


def _are_equal(one: ComparedNode, other: ComparedNode) -> bool:
    return one.branch == other.branch


def _is_alike(one: ComparedNode, other: ComparedNode) -> bool:
    return not one.children or bool(one.leaves & other.leaves) or one.place == other.place


def _likeness(one: ComparedNode, other: ComparedNode) -> tuple[int, bool, bool, bool]:
    is_sibling = one.parent is not None and one.parent.pair is other.parent
    common = (one.leaves & other.leaves).total()
    return common, one.place == other.place, is_sibling, one.spec.name == other.spec.name
