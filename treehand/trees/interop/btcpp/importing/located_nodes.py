"""Plain data of tree files with positions in another file, as the YAML reader makes it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from treehand.core.spans import Span
from treehand.documents.composer import Mapping, Sequence

MODIFIERS = (
    "if",
    "unless",
    "while",
    "repeat",
    "keep_running",
    "rate",
    "retry",
    "timeout",
    "invert",
    "optional",
)
"""Modifiers of a node, from the outside in."""


def mapping(span: Span, **entries: Any) -> Mapping:
    """Return a mapping whose entries all stand at one position."""
    made = Mapping()
    made.span = span
    for name, value in entries.items():
        put(made, name, value)
    return made


def put(target: Mapping, name: str, value: Any, span: Span | None = None) -> None:
    """Add an entry; it stands where its mapping does if it has no position of its own."""
    target[name] = value
    target.keys_at[name] = target.values_at[name] = span or target.span


def items(values: Iterable[Any], span: Span) -> Sequence:
    """Return a list whose items stand where they say, else at one position."""
    made = Sequence()
    made.span = span
    for value in values:
        made.append(value)
        made.items_at.append(getattr(value, "span", span))
    return made


def group(kind: str, nodes: Iterable[Mapping], span: Span, **more: Any) -> Mapping:
    """Return a composite node."""
    return mapping(span, **{kind: items(nodes, span)}, **more)


def wrapped(node: Mapping, span: Span, **modifiers: Any) -> Mapping:
    """Return a node with further modifiers around those that it has.

    They are added to the node itself if they stand outside of its own, else to a sequence of it.
    """
    own = [MODIFIERS.index(name) for name in node if name in MODIFIERS]
    new = [MODIFIERS.index(name) for name in modifiers]
    if own and max(new) >= min(own):
        node = group("sequence", [node], span)
    for name, value in modifiers.items():
        put(node, name, value, span)
    return node


def success(span: Span, name: str | None = None) -> Mapping:
    """Return a node that succeeds at once."""
    return group("sequence", [], span, **({"name": name} if name else {}))


def failure(span: Span, name: str | None = None) -> Mapping:
    """Return a node that fails at once."""
    return group("fallback", [], span, **({"name": name} if name else {}))
