"""Keys of the blackboard that nodes other than calls read and write, with their types."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from treehand.core.errors import Finding, near
from treehand.skills.domain import PortModel
from treehand.trees.format.expression import NoValue, names_in, type_of
from treehand.trees.format.node_values import PLACEHOLDER
from treehand.trees.format.spec import NodeSpec

ITEM_TYPES = {"numbers": "number", "texts": "text"}
"""Type of a list to that of its items."""


def read_keys(node: NodeSpec) -> Iterator[str]:
    """Yield the names that a `wait`, `set`, `switch`, `for_item` or text of a node reads.

    A name of an expression or a text may be a parameter or variable.
    """
    if isinstance(node.wait, str):
        yield node.wait
    for expression in (node.set or {}).values():
        yield from names_in(expression)
    if node.switch is not None:
        yield node.switch
    if node.for_item is not None:
        yield node.for_item.list
    for text in (node.log, node.ask.question if node.ask is not None else None):
        if text is not None:
            yield from PLACEHOLDER.findall(text)


def set_types(
    node: NodeSpec, types: Mapping[str, str]
) -> Iterator[tuple[str, PortModel | None, Finding | None]]:
    """Yield the keys that a `set` or `for_item` writes, with type and finding.

    Args:
        node: The node.
        types: Name to port type, of the names whose type is known so far.
    """
    for key, expression in (node.set or {}).items():
        try:
            kind = type_of(expression, types)
        except NoValue as error:
            span = node.entry_span("set", key)
            hint = (
                "compute with numbers, join texts with +, combine flags with and, or, not, compare "
                "values of one type"
            )
            yield key, None, Finding("entry-type", str(error), span, hint)
            continue
        yield key, PortModel(type=kind) if kind is not None else None, None
    head = node.for_item
    if head is not None:
        kind = ITEM_TYPES.get(types.get(head.list, ""))
        yield head.item, PortModel(type=kind) if kind is not None else None, None
        if head.index is not None:
            yield head.index, PortModel(type="number"), None


def list_findings(node: NodeSpec, types: Mapping[str, str]) -> Iterator[Finding]:
    """Yield the findings on keys that a node reads as a number, a list or a choice."""
    if isinstance(node.wait, str) and types.get(node.wait, "number") != "number":
        message = f"'wait' needs a number of seconds, and '{node.wait}' is a {types[node.wait]}"
        yield Finding("entry-type", message, node.span("wait"), "write a duration: wait: 3 s")
    head = node.for_item
    if head is not None and types.get(head.list, "numbers") not in ITEM_TYPES:
        message = f"'for_item' needs a list, and '{head.list}' is a {types[head.list]}"
        hint = "let a skill write numbers or texts, or set a list: [1, 2, 3]"
        yield Finding("entry-type", message, head.span("list"), hint)
    yield from _case_findings(node, types)


def _case_findings(node: NodeSpec, types: Mapping[str, str]) -> Iterator[Finding]:
    kind = types.get(node.switch) if node.switch is not None else None
    seen: dict[object, str] = {}
    for case in node.cases or ():
        span = node.entry_span("cases", case, is_key=True)
        value = _case_value(case)
        if value in seen:
            message = f"the cases '{seen[value]}' and '{case}' are the same"
            yield Finding("entry-type", message, span, "keep one")
        seen.setdefault(value, case)
        fits = {"number": isinstance(value, float), "flag": case in ("true", "false")}
        if kind in ("numbers", "texts") or not fits.get(kind or "", True):
            message = f"the case '{case}' never fits: '{node.switch}' is a {kind}"
            hint = "write numbers for a number, true and false for a flag"
            yield Finding("entry-type", message, span, hint)


def _case_value(case: str) -> object:
    try:
        return float(case)
    except ValueError:
        return case


def placeholder_findings(node: NodeSpec, names: Collection[str]) -> Iterator[Finding]:
    """Yield a finding for each ``{name}`` of a `log` that is neither in scope nor a key."""
    for name in PLACEHOLDER.findall(node.log or ""):
        if name not in names:
            hint = near(name, names, what="parameters, variables and keys here")
            message = f"unknown name '{name}' in the text '{node.log}'"
            yield Finding("unknown-object", message, node.span("log"), hint)
