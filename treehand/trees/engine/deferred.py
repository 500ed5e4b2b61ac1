"""Composites whose children are made at their first visit.

A fallback asks first if there is anything to do, so most of a tree is never visited. Those parts
are never made, unless somebody shows the whole tree.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from py_trees.behaviour import Behaviour
from py_trees.composites import Composite, Selector, Sequence

MakeChildren = Callable[[], Iterable[Behaviour]]


class Deferred:
    """Mixin of composites without children yet.

    Attributes:
        plain: Class of the composite once it has its children.
        make_children: Makes them.
    """

    plain: type[Composite]
    make_children: MakeChildren


class DeferredSequence(Sequence, Deferred):
    """A sequence without children yet."""

    plain = Sequence


class DeferredSelector(Selector, Deferred):
    """A fallback without children yet."""

    plain = Selector


def deferred(
    name: str, make_children: MakeChildren, *, is_sequence: bool, is_remembering: bool
) -> Behaviour:
    """Return a composite whose children are made at its first visit."""
    kind = DeferredSequence if is_sequence else DeferredSelector
    node = kind(name, memory=is_remembering)
    node.make_children = make_children
    return node


def fill(node: Any) -> None:  # both a Composite and Deferred
    """Make the children of a composite, which is an ordinary one from now on."""
    node.add_children(node.make_children())
    del node.make_children
    node.__class__ = node.plain


def fill_all(root: Behaviour) -> None:
    """Make every node below one that was not made yet."""
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if isinstance(node, Deferred):
            fill(node)
        waiting.extend(node.children)
