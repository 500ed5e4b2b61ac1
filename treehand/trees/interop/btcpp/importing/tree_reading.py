"""One foreign tree under conversion: its keys, its notes and its scripts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from treehand.core.errors import Finding
from treehand.core.literals import SyntaxFault
from treehand.core.spans import Span
from treehand.documents.composer import Mapping
from treehand.trees.format.expression import Constant, Expression, names_in
from treehand.trees.format.expression_syntax import plain_value
from treehand.trees.interop.btcpp.format.btcpp_builtins import (
    WHOLE_PORTS,
    key_of,
    whole_number,
)
from treehand.trees.interop.btcpp.format.btcpp_script import (
    Statement,
    as_formula,
    parse_condition,
    parse_script,
)
from treehand.trees.interop.btcpp.format.btcpp_text import DIVISION, may_divide_by_0
from treehand.trees.interop.btcpp.format.xml_document import XmlElement
from treehand.trees.interop.btcpp.importing.located_nodes import group, mapping
from treehand.trees.interop.btcpp.importing.usage_scan import TreeUsage, UsageScan


@dataclass(frozen=True)
class ScriptedCondition:
    """A condition on keys, with the `set` that it needs before it is read."""

    formula: str
    before: Mapping | None


@dataclass
class TreeReading:
    """One foreign tree under conversion."""

    tree: str
    """ID of the tree."""
    scan: UsageScan
    notes: list[Finding]
    """Everything that could not be said as it was; grows."""
    starts: dict[str, bool | int] = field(default_factory=dict)
    """Keys of our own that have a value before the tree first runs."""

    @property
    def usage(self) -> TreeUsage:
        """Keys of the tree."""
        return self.scan.usage[self.tree]

    def note(self, code: str, message: str, span: Span, hint: str | None = None) -> None:
        """Add a warning to the report."""
        finding = Finding(code, message, span, hint, "warning")
        if finding not in self.notes[-50:]:
            self.notes.append(finding)

    def own_key(self, wanted: str) -> str:
        """Return a new key, for what only the conversion needs."""
        return self.usage.keys.free(wanted)

    def kind(self, key: str) -> str:
        """Return the port type of a key."""
        return self.scan.table.kind(("key", self.tree, key))

    def attribute(self, element: XmlElement, name: str) -> tuple[str | None, str]:
        """Return our key and the text of an attribute: the key if it names one in braces."""
        text = (element.get(name) or "").strip()
        foreign = key_of(text, name)
        return (self.usage.key(foreign) if foreign is not None else None), text

    def number(self, element: XmlElement, name: str, default: float) -> float | str:
        """Return the number of an attribute, or our key that holds it."""
        key, text = self.attribute(element, name)
        if key is not None or not text:
            return key or default
        whole = whole_number(text.strip().removeprefix("+")) if name in WHOLE_PORTS else None
        try:
            value = float(text if whole is None else whole)
        except ValueError:
            value = float("nan")
        if value != value or value in (float("inf"), float("-inf")):
            message = f"'{name}' of {element.tag} is no number: '{text[:40]}'"
            self.note("not-carried", message, element.at(name), f"{default:g} was taken")
            return default
        return value

    def set_nodes(self, statements: Iterable[Statement], span: Span) -> list[Mapping]:
        """Return the `set` nodes of a script's assignments, in their order."""
        nodes: list[Mapping] = []
        values: dict[str, Expression] = {}
        for statement in statements:
            if statement.key is None:
                continue
            if statement.key in values or not values.keys().isdisjoint(names_in(statement.value)):
                nodes.append(set_node(values, span))
                values = {}
            values[statement.key] = statement.value
        return [*nodes, set_node(values, span)] if values else nodes

    def script(self, code: str, span: Span) -> list[Mapping] | None:
        """Return the nodes of a script; None, with a note, if it cannot be said."""
        try:
            statements = parse_script(code, self.usage.key)
        except SyntaxFault as fault:
            message = f"the script '{code[:60]}' is not carried over: {fault.message}"
            self.note("not-carried", message, span, "compute it in a skill")
            return None
        if any(statement.key is None for statement in statements):
            message = f"an expression alone has no effect: '{code[:60]}'"
            self.note("not-carried", message, span)
        self._note_order(statements, code, span)
        return self.set_nodes(statements, span)

    def _note_order(self, statements: Iterable[Statement], code: str, span: Span) -> None:
        if any(statement.depends_on_version for statement in statements):
            message = f"'{code[:60]}' is read from left to right, as since BehaviorTree.CPP 4.9"
            hint = "earlier ones read 9 - 2 - 3 as 9 - (2 - 3): write the brackets"
            self.note("approximated", message, span, hint)
        if any(may_divide_by_0(statement.value) for statement in statements):
            self.note("approximated", f"'{code[:60]}': {DIVISION}", span)

    def condition(self, code: str, span: Span) -> ScriptedCondition | None:
        """Return the condition that a script stands for; None, with a note, if there is none."""
        try:
            statement = parse_condition(code, self.usage.key)
        except SyntaxFault as fault:
            message = f"the condition '{code[:60]}' is not carried over: {fault.message}"
            self.note("not-carried", message, span, "compute it in a skill")
            return None
        self._note_order([statement], code, span)
        formula = as_formula(statement.value)
        if formula is not None:
            return ScriptedCondition(
                formula.removeprefix("(").removesuffix(")") if _is_bracketed(formula) else formula,
                None,
            )
        key = self.own_key("is_so")
        return ScriptedCondition(f"{key} == true", set_node({key: statement.value}, span))


def set_node(values: dict[str, Expression], span: Span) -> Mapping:
    """Return a `set` node."""
    plain = {key: plain_value(value) for key, value in values.items()}
    return mapping(span, set=mapping(span, **plain))


def constant(value: object) -> Expression:
    """Return the expression of a value as files hold it."""
    if isinstance(value, list):
        return Constant(tuple(float(v) if isinstance(v, int | float) else v for v in value))
    if isinstance(value, int | float) and not isinstance(value, bool):
        return Constant(float(value))
    assert isinstance(value, bool | str)
    return Constant(value)


def in_order(nodes: Iterable[Mapping | None], span: Span) -> Mapping:
    """Return a sequence of nodes, or the node itself if it is the only one."""
    there = [node for node in nodes if node is not None]
    return there[0] if len(there) == 1 else group("sequence", there, span)


def _is_bracketed(text: str) -> bool:
    """Return True if a pair of brackets goes around a whole text."""
    depth = 0
    for position, sign in enumerate(text):
        depth += {"(": 1, ")": -1}.get(sign, 0)
        if depth == 0:
            return text[0] == "(" and position == len(text) - 1
    return False
