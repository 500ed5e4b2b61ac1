"""Comparison of two trees by meaning: what was added, removed, moved, renamed or guarded anew."""

from __future__ import annotations

import json
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from treehand.authoring.migration.tree_names import Body, NewNames, new_names
from treehand.authoring.migration.tree_pairing import ComparedNode, pair_nodes
from treehand.core.spans import Span
from treehand.trees import NodeSpec, TreeSpec

ChangeKind = Literal[
    "added",
    "removed",
    "moved",
    "renamed",
    "changed",
    "guard-added",
    "guard-dropped",
    "guard-changed",
    "time-limit-changed",
    "retry-changed",
    "modifier-changed",
    "interface-changed",
]
_CHILDREN = {"sequence", "fallback", "parallel", "cases", "otherwise", "each"}
_GUARDS = {"if": "if", "unless": "unless", "while": "while"}
_MODIFIERS = (
    "repeat",
    "keep_running",
    "rate",
    "invert",
    "optional",
    "memory",
    "succeed_on",
    "mode",
)
_INTERFACE = ("params", "inputs", "outputs", "achieves", "side_effects", "domain")


@dataclass(frozen=True)
class TreeChange:
    """One difference between two trees."""

    kind: ChangeKind
    text: str
    """The difference in words, with the node in 'quotes'."""
    before: Span | None = None
    after: Span | None = None
    """Positions in the two files; None where the node is not there."""

    def __str__(self) -> str:
        span = self.after or self.before
        return f"{span}: {self.kind}: {self.text}" if span else f"{self.kind}: {self.text}"


def compare_trees(before: TreeSpec, after: TreeSpec) -> list[TreeChange]:
    """Return the differences of two trees, in the order of the second; none for equal meaning.

    Layout, comments, texts for people (``doc``) and the names of the files do not count.
    """
    names = new_names(before, after, lambda spec: _content(spec, _dumped(spec)))
    changes = list(_interfaces(before, after, names))
    old, new = list(_nodes(before, names)), list(_nodes(after, NewNames()))
    pair_nodes(old, new)
    moved = {id(node) for node in _moved(old)}
    for node in new:
        if node.pair is None:
            if node.parent is None or node.parent.pair is not None:
                changes.append(TreeChange("added", f"'{node.label}'", None, node.spec.span()))
        else:
            is_moved = id(node.pair) in moved
            changes.extend(_differences(node.pair, node, is_moved=is_moved))
    for node in old:
        if node.pair is None and (node.parent is None or node.parent.pair is not None):
            changes.append(TreeChange("removed", f"'{node.label}'", node.spec.span(), None))
    return changes


def _interfaces(before: TreeSpec, after: TreeSpec, names: NewNames) -> Iterator[TreeChange]:
    olds: dict[str, Body] = {"": before, **before.subtrees}
    news: dict[str, Body] = {"": after, **after.subtrees}
    formerly = {names.body(name): name for name in olds}
    for name in dict.fromkeys((*formerly, *news)):
        was = formerly.get(name, name)
        old, new = olds.get(was), news.get(name)
        if old is None or new is None:
            there = new or old
            assert there is not None
            kind: ChangeKind = "added" if old is None else "removed"
            yield TreeChange(kind, f"subtree '{name}'", *_sides(there.span(), kind))
            continue
        if was != name:
            yield TreeChange("renamed", f"subtree '{was}' is now '{name}'", old.span(), new.span())
        of = f" of subtree '{name}'" if name else ""
        spans = old.span("params"), new.span("params")
        for one, other in names.params.get(was, {}).items():
            yield TreeChange("renamed", f"parameter '{one}'{of} is now '{other}'", *spans)
        for key in _INTERFACE:
            dumped = names.applied({key: _dumped(getattr(old, key, None))}, was)[key]
            if key == "params":
                renamed = names.params.get(was, {})
                dumped = {renamed.get(one, one): kind for one, kind in dumped.items()}
            value = _dumped(getattr(new, key, None))
            if dumped != value:
                text = f"'{key}'{of}: {_shown(dumped)} is now {_shown(value)}"
                yield TreeChange("interface-changed", text, old.span(key), new.span(key))


def _sides(span: Span | None, kind: ChangeKind) -> tuple[Span | None, Span | None]:
    return (None, span) if kind == "added" else (span, None)


def _nodes(tree: TreeSpec, names: NewNames) -> Iterator[ComparedNode]:
    """Yield the nodes of a tree and its subtrees, parents first."""
    bodies: dict[str, Body] = {"": tree, **tree.subtrees}
    for name, body in bodies.items():
        made = [_node(body.root, (names.body(name),), None, names, name)]
        for node in made:
            for index, child in enumerate(node.spec.children()):
                node.children.append(_node(child, (*node.place, index), node, names, name))
            made.extend(node.children)
        for node in reversed(made):
            node.leaves = sum((c.leaves for c in node.children), Counter())
            if not node.children:
                node.leaves[node.content] += 1
            own = {key: one for key, one in node.data.items() if key not in _CHILDREN}
            branches = [child.branch for child in node.children]
            node.branch = hash(json.dumps([node.content, own, branches], sort_keys=True))
        yield from made


def _node(
    spec: NodeSpec,
    place: tuple[str | int, ...],
    parent: ComparedNode | None,
    names: NewNames,
    body: str,
) -> ComparedNode:
    data = names.applied(_dumped(spec), body)
    return ComparedNode(spec, place, parent, _content(spec, data), data)


def _content(spec: NodeSpec, data: dict[str, Any]) -> str:
    kept = {"in", "with", "out", spec.kind, "options"} - _CHILDREN
    own = {key: value for key, value in data.items() if key in kept}
    return json.dumps([spec.kind, own, list(spec.cases or ())], sort_keys=True)


def _dumped(value: Any) -> Any:
    if hasattr(value, "model_dump"):
        return value.model_dump(mode="json", by_alias=True, exclude_none=True)
    if isinstance(value, dict):
        return {name: _dumped(one) for name, one in value.items()}
    return [str(one) for one in value] if isinstance(value, tuple) else _text(value)


def _text(value: Any) -> Any:
    return value if value is None or isinstance(value, str | int | float | bool) else str(value)


def _differences(old: ComparedNode, new: ComparedNode, *, is_moved: bool) -> Iterator[TreeChange]:
    spans = old.spec.span(), new.spec.span()
    if old.content != new.content:
        yield TreeChange("changed", f"'{old.label}' is now '{new.label}'", *spans)
    elif old.spec.name != new.spec.name:
        yield TreeChange("renamed", f"'{old.label}' is now '{new.label}'", *spans)
    if is_moved:
        yield TreeChange("moved", f"'{new.label}' {_place_now(old, new)} now", *spans)
    data = [old.data, new.data]
    for key in _GUARDS:
        yield from _guard(key, data[0].get(key), data[1].get(key), new.label, spans)
    if data[0].get("timeout") != data[1].get("timeout"):
        yield _change("time-limit-changed", "time limit", "timeout", data, new.label, spans)
    if data[0].get("retry") != data[1].get("retry"):
        yield _change("retry-changed", "retry", "retry", data, new.label, spans)
    for key in _MODIFIERS:
        if data[0].get(key) != data[1].get(key):
            yield _change("modifier-changed", key, key, data, new.label, spans)


def _guard(
    key: str, old: Any, new: Any, label: str, spans: tuple[Span | None, Span | None]
) -> Iterator[TreeChange]:
    if old == new:
        return
    if new is None:
        yield TreeChange("guard-dropped", f"'{label}' has no '{key}: {old}' any more", *spans)
    elif old is None:
        yield TreeChange("guard-added", f"'{label}' has '{key}: {new}' now", *spans)
    else:
        yield TreeChange("guard-changed", f"'{label}': '{key}: {old}' is now '{new}'", *spans)


def _change(
    kind: ChangeKind,
    what: str,
    key: str,
    data: list[dict[str, Any]],
    label: str,
    spans: tuple[Span | None, Span | None],
) -> TreeChange:
    values = [_shown(one.get(key)) for one in data]
    return TreeChange(kind, f"'{label}': {what} {values[0]} is now {values[1]}", *spans)


def _shown(value: Any) -> str:
    if value is None or value in ({}, []):
        return "(none)"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _place_now(old: ComparedNode, new: ComparedNode) -> str:
    if new.parent is None:
        return "stands at the top"
    if old.parent is None or old.parent.pair is not new.parent:
        return f"stands under '{new.parent.label}'"
    index = new.parent.children.index(new)
    if index == 0:
        return f"is the first under '{new.parent.label}'"
    return f"comes after '{new.parent.children[index - 1].label}'"


def _moved(old: Iterable[ComparedNode]) -> Iterator[ComparedNode]:
    """Yield the nodes that have another parent, or another order among their old siblings."""
    for node in old:
        other = node.pair
        if other is not None and (node.parent is None or other.parent is None):
            if (node.parent is None) != (other.parent is None):
                yield node
        elif other is not None and node.parent is not None and node.parent.pair is not other.parent:
            yield node
        if node.pair is None or not node.children:
            continue
        place = {id(child): index for index, child in enumerate(node.pair.children)}
        kept = [child for child in node.children if id(child.pair) in place]
        rising = _longest_rising([place[id(child.pair)] for child in kept])
        yield from (child for index, child in enumerate(kept) if index not in rising)


def _longest_rising(numbers: Sequence[int]) -> set[int]:
    """Return the positions of a longest rising part of a list of different numbers."""
    ends: list[int] = []
    places: list[int] = []
    before: list[int | None] = []
    for index, number in enumerate(numbers):
        length = bisect_left(ends, number)
        before.append(places[length - 1] if length else None)
        ends[length : length + 1], places[length : length + 1] = [number], [index]
    found, at = set[int](), places[-1] if places else None
    while at is not None:
        found.add(at)
        at = before[at]
    return found
