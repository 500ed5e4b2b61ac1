"""Comparison of two trees by meaning: what was added, removed, moved, renamed or guarded anew."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

from treehand.authoring.migration.tree_names import Body, NewNames, new_names
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


@dataclass(eq=False)
class _ComparedNode:
    """One node of a tree, where it stands, and the node of the other tree that it is."""

    spec: NodeSpec
    place: tuple[str | int, ...]
    parent: _ComparedNode | None
    content: str
    """Kind and text, without name, modifiers and children."""
    data: dict[str, Any]
    """All keys; of the first tree with the names that the second one uses."""
    children: list[_ComparedNode] = field(default_factory=list)
    leaves: Counter[str] = field(default_factory=Counter)
    """Contents of all nodes below it that have no children."""
    branch: int = 0
    """Hash over all that the node and those below it say."""
    pair: _ComparedNode | None = None

    @property
    def label(self) -> str:
        return self.spec.label()


def compare_trees(before: TreeSpec, after: TreeSpec) -> list[TreeChange]:
    """Return the differences of two trees, in the order of the second; none for equal meaning.

    Layout, comments, texts for people (``doc``) and the names of the files do not count.
    """
    names = new_names(before, after, lambda spec: _content(spec, _dumped(spec)))
    changes = list(_interfaces(before, after, names))
    old, new = list(_nodes(before, names)), list(_nodes(after, NewNames()))
    _pair(old, new)
    for node in new:
        if node.pair is None:
            if node.parent is None or node.parent.pair is not None:
                changes.append(TreeChange("added", f"'{node.label}'", None, node.spec.span()))
        else:
            changes.extend(_differences(node.pair, node))
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


def _nodes(tree: TreeSpec, names: NewNames) -> Iterator[_ComparedNode]:
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
    parent: _ComparedNode | None,
    names: NewNames,
    body: str,
) -> _ComparedNode:
    data = names.applied(_dumped(spec), body)
    return _ComparedNode(spec, place, parent, _content(spec, data), data)


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


def _pair(old: list[_ComparedNode], new: list[_ComparedNode]) -> None:
    """Pair the nodes of two trees: equal ones first, then those at the same place."""
    by_content: dict[str, list[_ComparedNode]] = defaultdict(list)
    for node in new:
        by_content[node.content].append(node)
    for is_like in (_are_roots, _are_equal_branches, _have_equal_leaves, _are_equal, _is_alike):
        for node in old:
            if node.pair is None:
                open_ = (one for one in by_content[node.content] if one.pair is None)
                fits = [one for one in open_ if is_like(node, one)]
                if fits:
                    best = max(fits, key=lambda one, node=node: _likeness(node, one))  # type: ignore[misc]
                    node.pair, best.pair = best, node
    at = {node.place: node for node in new if node.pair is None}
    for node in old:
        other = at.get(node.place)
        if node.pair is None and other is not None and other.spec.kind == node.spec.kind:
            node.pair, other.pair = other, node


def _are_roots(one: _ComparedNode, other: _ComparedNode) -> bool:
    return one.parent is None and one.place == other.place


def _are_equal_branches(one: _ComparedNode, other: _ComparedNode) -> bool:
    return bool(one.children) and _are_equal(one, other)


def _have_equal_leaves(one: _ComparedNode, other: _ComparedNode) -> bool:
    return bool(one.children) and one.leaves == other.leaves


def _are_equal(one: _ComparedNode, other: _ComparedNode) -> bool:
    return one.branch == other.branch


def _is_alike(one: _ComparedNode, other: _ComparedNode) -> bool:
    return not one.children or bool(one.leaves & other.leaves) or one.place == other.place


def _likeness(one: _ComparedNode, other: _ComparedNode) -> tuple[int, bool, bool, bool]:
    is_sibling = one.parent is not None and one.parent.pair is other.parent
    common = (one.leaves & other.leaves).total()
    return common, one.place == other.place, is_sibling, one.spec.name == other.spec.name


def _differences(old: _ComparedNode, new: _ComparedNode) -> Iterator[TreeChange]:
    spans = old.spec.span(), new.spec.span()
    if old.content != new.content:
        yield TreeChange("changed", f"'{old.label}' is now '{new.label}'", *spans)
    elif old.spec.name != new.spec.name:
        yield TreeChange("renamed", f"'{old.label}' is now '{new.label}'", *spans)
    if _is_moved(old, new):
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


def _place_now(old: _ComparedNode, new: _ComparedNode) -> str:
    if new.parent is None:
        return "stands at the top"
    if old.parent is None or old.parent.pair is not new.parent:
        return f"stands under '{new.parent.label}'"
    index = new.parent.children.index(new)
    if index == 0:
        return f"is the first under '{new.parent.label}'"
    return f"comes after '{new.parent.children[index - 1].label}'"


def _is_moved(old: _ComparedNode, new: _ComparedNode) -> bool:
    """Return True if a node has another parent, or another order among its old siblings."""
    if old.parent is None or new.parent is None:
        return (old.parent is None) != (new.parent is None)
    if old.parent.pair is not new.parent:
        return True
    kept = [
        one for one in old.parent.children if one.pair is not None and one.pair.parent is new.parent
    ]
    order = [new.parent.children.index(one.pair) for one in kept if one.pair is not None]
    return kept.index(old) not in _longest_rising(order)


def _longest_rising(numbers: list[int]) -> set[int]:
    """Return the positions of a longest rising part of a list."""
    best: list[list[int]] = []
    for index, number in enumerate(numbers):
        before = [chain for chain in best if numbers[chain[-1]] < number]
        best.append([*_longest(before), index])
    return set(_longest(best))


def _longest(chains: list[list[int]]) -> list[int]:
    return max(chains, key=len) if chains else []
