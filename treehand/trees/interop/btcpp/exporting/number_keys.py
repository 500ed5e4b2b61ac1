"""Keys of a tree that may hold a fraction, and so must begin as one in BehaviorTree.CPP.

There, ``x := 1`` makes an entry of whole numbers, to which a script cannot assign 0.5.
"""

from __future__ import annotations

from collections.abc import Iterator

from treehand.trees.format.expression import Constant, Expression, Operation, names_in
from treehand.trees.format.spec import SubtreeSpec, TreeSpec


def fractional_keys(body: TreeSpec | SubtreeSpec) -> frozenset[str]:
    """Return the keys of a tree to which a fraction may be assigned.

    Args:
        body: The tree. Keys that one of its `set` nodes computes from each other are alike.
    """
    assigned = [pair for node in body.root.walk() for pair in (node.set or {}).items()]
    found = {key for key, expression in assigned if any(map(_is_fraction, _parts(expression)))}
    before = -1
    while before != len(found):
        before = len(found)
        for key, expression in assigned:
            names = {key, *names_in(expression)}
            if not found.isdisjoint(names):
                found |= names
    return frozenset(found)


def _parts(expression: Expression) -> Iterator[Expression]:
    yield expression
    if isinstance(expression, Operation):
        for part in expression.parts:
            yield from _parts(part)


def _is_fraction(expression: Expression) -> bool:
    if isinstance(expression, Constant):
        return isinstance(expression.value, float) and not expression.value.is_integer()
    return isinstance(expression, Operation) and expression.sign == "/"
