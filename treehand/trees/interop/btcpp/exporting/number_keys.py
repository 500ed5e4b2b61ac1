"""Numbers of one tree: which keys may hold a fraction, and what BehaviorTree.CPP does with those.

There, ``x := 1`` makes an entry of whole numbers, to which a script cannot assign 0.5; a Switch
compares whole parts; ``==`` holds for a difference up to 1.2e-7.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from treehand.skills.domain import Comparison
from treehand.trees.format.expression import Constant, Expression, Operation, names_in
from treehand.trees.format.files import TreeLibrary
from treehand.trees.format.spec import NodeSpec, SubtreeSpec, TreeSpec
from treehand.trees.interop.btcpp.format.btcpp_text import parts_of

Body = TreeSpec | SubtreeSpec
Place = tuple[int, str]
"""Identity of a tree, and one of its keys."""


class NumberTable:
    """Finds the keys of an export that may hold fractions, over calls of trees, too.

    Args:
        bodies: The trees with the files that own them. Keys that a `set` node computes from each
            other are alike, and so are a port and the key that it is connected to.
        library: Trees that they may call.
    """

    def __init__(self, bodies: Iterable[tuple[TreeSpec, Body]], library: TreeLibrary) -> None:
        made: set[Place] = set()
        others: set[Place] = set()
        ties: list[tuple[Place, Place]] = []
        for owner, body in bodies:
            own = id(body)
            others |= {(own, key) for key in body.inputs}
            for node in body.root.walk():
                others |= {(own, key) for key in _written_otherwise(node)}
                for key, value in (node.set or {}).items():
                    if any(map(_is_fraction, parts_of(value))):
                        made.add((own, key))
                    ties += [((own, key), (own, name)) for name in names_in(value)]
                if node.for_item is not None:
                    ties.append(((own, node.for_item.item), (own, node.for_item.list)))
                used = library.resolve(owner, node.subtree.name) if node.subtree else None
                if used is not None:
                    ports = (*node.inputs.items(), *node.outputs.items())
                    ties += [((own, key), (id(used), port)) for port, key in ports]
        self._fractional = _spread(made, ties)
        self._unknown = _spread(made | others, ties)

    def of(self, body: Body) -> NumberKeys:
        """Return the keys of one tree."""
        own = id(body)
        fractional, unknown = (
            frozenset(key for tree, key in places if tree == own)
            for places in (self._fractional, self._unknown)
        )
        return NumberKeys(fractional, unknown)


@dataclass(frozen=True)
class NumberKeys:
    """Keys of one tree by the numbers that they may hold."""

    fractional: frozenset[str]
    """Keys to which a fraction may be assigned."""
    unknown: frozenset[str]
    """Keys that are not certain to hold whole numbers."""

    def may_be_fraction(self, key: str) -> bool:
        """Return True unless it is certain that a number in a key is a whole one."""
        return key in self.unknown

    def equals_fraction(self, value: Expression | Comparison) -> bool:
        """Return True if `==` or `!=` compares what is a fraction."""
        if isinstance(value, Comparison):
            right = isinstance(value.value, float) and not value.value.is_integer()
            return value.sign in ("==", "!=") and (value.entry in self.fractional or right)
        return any(
            isinstance(part, Operation)
            and part.sign in ("==", "!=")
            and any(self._makes_fraction(one) for one in part.parts)
            for part in parts_of(value)
        )

    def _makes_fraction(self, value: Expression) -> bool:
        return any(map(_is_fraction, parts_of(value))) or not self.fractional.isdisjoint(
            names_in(value)
        )


def _spread(found: set[Place], ties: Iterable[tuple[Place, Place]]) -> set[Place]:
    """Return keys with those that are tied to them."""
    beside: dict[Place, list[Place]] = defaultdict(list)
    for one, other in ties:
        beside[one].append(other)
        beside[other].append(one)
    spread, waiting = set(found), list(found)
    while waiting:
        for place in beside[waiting.pop()]:
            if place not in spread:
                spread.add(place)
                waiting.append(place)
    return spread


def _written_otherwise(node: NodeSpec) -> Iterator[str]:
    """Yield the keys that something else than a `set` or the index of a loop writes."""
    yield from node.outputs.values()
    if node.for_item is not None:
        yield node.for_item.item


def _is_fraction(expression: Expression) -> bool:
    if isinstance(expression, Constant):
        value = expression.value
        items = value if isinstance(value, tuple) else (value,)
        return any(isinstance(one, float) and not one.is_integer() for one in items)
    return isinstance(expression, Operation) and expression.sign == "/"
