"""Names that two trees give to the same parameter or subtree."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from treehand.trees import NodeSpec, SubtreeSpec, TreeSpec

Body = TreeSpec | SubtreeSpec
_FOR_PEOPLE = frozenset({"ask", "log", "name"})
_WORD = re.compile(r"(?<![\w.])[A-Za-z_]\w*(?!\w)")
_LEAST_SHARED = 0.5
"""Least share of equal leaves for which a subtree of another name is the same one."""


@dataclass(frozen=True)
class NewNames:
    """New names of a tree's parts, by their old names."""

    subtrees: Mapping[str, str] = field(default_factory=dict)
    params: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Parameters of the tree, under an empty name, and of its subtrees, by their old names."""

    def body(self, name: str) -> str:
        """Return the new name of a subtree."""
        return self.subtrees.get(name, name)

    def applied(self, dumped: dict[str, Any], body: str) -> dict[str, Any]:
        """Return the dump of a node of `body` with the new names."""
        params = self.params.get(body, {})
        if not params and not self.subtrees:
            return dumped
        return {key: self._of(value, key, params) for key, value in dumped.items()}

    def _of(self, value: Any, key: str, params: Mapping[str, str]) -> Any:
        if isinstance(value, dict):
            inner = value.items()
            return {name: self._of(one, key if key in _FOR_PEOPLE else name, params)
                    for name, one in inner}  # fmt: skip
        if isinstance(value, list):
            return [self._of(one, key, params) for one in value]
        if not isinstance(value, str):
            return value
        if key in _FOR_PEOPLE:
            return re.sub(r"\{(\w+)\}", lambda m: f"{{{params.get(m[1], m[1])}}}", value)
        return _WORD.sub(lambda m: self._word(m, key, params), value)

    def _word(self, match: re.Match[str], key: str, params: Mapping[str, str]) -> str:
        is_called = match.string[match.end() :].lstrip().startswith("(")
        names = params if not is_called else self.subtrees if key == "subtree" else {}
        return names.get(match[0], match[0])


def new_names(before: TreeSpec, after: TreeSpec, leaf: Callable[[NodeSpec], str]) -> NewNames:
    """Return the new names of subtrees, by their leaves, and of parameters, by their place.

    Args:
        before: The first tree.
        after: The second tree.
        leaf: Content of a node without children, equal for equal ones.
    """
    subtrees = dict(_renamed_subtrees(before, after, leaf))
    params: dict[str, Mapping[str, str]] = {}
    bodies: dict[str, Body] = {"": before, **before.subtrees}
    for name, old in bodies.items():
        new: Body | None = after.subtrees.get(subtrees.get(name, name)) if name else after
        if new is not None and list(old.params.values()) == list(new.params.values()):
            changed = dict(zip(old.params, new.params, strict=True))
            if set(old.params).isdisjoint(set(new.params) - set(old.params)):
                params[name] = {one: other for one, other in changed.items() if one != other}
    return NewNames(subtrees, {name: one for name, one in params.items() if one})


def _renamed_subtrees(
    before: TreeSpec, after: TreeSpec, leaf: Callable[[NodeSpec], str]
) -> Iterator[tuple[str, str]]:
    gone = {name: one for name, one in before.subtrees.items() if name not in after.subtrees}
    come = {name: one for name, one in after.subtrees.items() if name not in before.subtrees}
    for name, old in gone.items():
        leaves = Counter(map(leaf, _leaves(old.root)))
        shares = {
            other: _share(leaves, Counter(map(leaf, _leaves(new.root))))
            for other, new in come.items()
        }
        best = max(shares, key=lambda other: shares[other], default=None)
        if best is not None and shares[best] >= _LEAST_SHARED:
            del come[best]
            yield name, best


def _leaves(node: NodeSpec) -> Iterator[NodeSpec]:
    children = list(node.children())
    if not children:
        yield node
    for child in children:
        yield from _leaves(child)


def _share(one: Counter[str], other: Counter[str]) -> float:
    return (one & other).total() / max(one.total(), other.total(), 1)
