"""A `switch` as a Switch of BehaviorTree.CPP, or as a chain of choices where that differs."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from xml.etree.ElementTree import Element

from treehand.skills.domain import Comparison, Value
from treehand.trees.format.spec import NodeSpec
from treehand.trees.interop.btcpp.exporting.export_book import ExportBook
from treehand.trees.interop.btcpp.exporting.leaf_writer import LeafWriter
from treehand.trees.interop.btcpp.exporting.number_keys import NumberKeys

_FLAGS = {"true": "1", "false": "0"}
"""Case of a switch to the text that BehaviorTree.CPP compares a flag by."""
_MOST_CASES = 6
"""BehaviorTree.CPP registers Switch2 to Switch6."""
_BEGINS_AS_NUMBER = re.compile(r"\s*[+-]?\d")
"""Texts that a Switch compares by the whole number at their beginning."""


class SwitchWriter:
    """Writes the `switch` nodes of one tree.

    Args:
        book: Findings of the export.
        leaves: Writer of the conditions.
        types: Key to its port type, where it is known.
        numbers: Keys that may hold fractions.
        child: Writes the node of a case.
    """

    def __init__(
        self,
        book: ExportBook,
        leaves: LeafWriter,
        types: Mapping[str, str],
        numbers: NumberKeys,
        child: Callable[[NodeSpec], Element],
    ) -> None:
        self._book = book
        self._leaves = leaves
        self._types = types
        self._numbers = numbers
        self._child = child

    def write(self, node: NodeSpec) -> Element:
        """Return the element of a `switch`."""
        assert node.switch is not None
        kind = self._types.get(node.switch) or _kind_of(list(node.cases or ()))
        if node.is_remembering or not self._is_switch(node, kind):
            return self._chain(node, kind)
        if kind == "number" and self._numbers.may_be_fraction(node.switch):
            message = f"a Switch there compares whole parts: 2.9 in '{node.switch}' fits case 2"
            self._book.note("approximated", message, node.span("switch"))
        return self._switch(node, _FLAGS if kind == "flag" else {})

    def _is_switch(self, node: NodeSpec, kind: str) -> bool:
        """Return True if a Switch chooses the same case as ours, for whole numbers."""
        cases = node.cases or {}
        if len(cases) > _MOST_CASES:
            return False
        if kind == "flag":
            return cases.keys() <= _FLAGS.keys()
        if kind == "number":
            is_fraction = str(node.switch) in self._numbers.fractional
            return not is_fraction and all(re.fullmatch(r"-?\d{1,9}", case) for case in cases)
        return not any(map(_BEGINS_AS_NUMBER.match, cases))

    def _switch(self, node: NodeSpec, spelled: Mapping[str, str]) -> Element:
        cases = node.cases or {}
        element = Element(f"Switch{max(2, len(cases))}", variable=f"{{{node.switch}}}")
        names, children = [*cases], [*cases.values()]
        if len(cases) == 1:
            names, children = names * 2, children * 2
        for number, name in enumerate(names, 1):
            element.set(f"case_{number}", spelled.get(name, name))
        element.extend([self._child(child) for child in children])
        last = node.otherwise
        element.append(self._child(last) if last is not None else Element("AlwaysFailure"))
        return element

    def _chain(self, node: NodeSpec, kind: str) -> Element:
        """Return choices in one another, which keep or renew their choice as ours does."""
        key, span = str(node.switch), node.span("switch")
        written = [(case, self._child(child)) for case, child in (node.cases or {}).items()]
        chain = None if node.otherwise is None else self._child(node.otherwise)
        if kind == "flag" and len(written) == len(_FLAGS):  # it is one of both
            chain = written.pop()[1]
        for case, child in reversed(written):
            outer = Element("IfThenElse" if node.is_remembering else "WhileDoElse")
            comparison = Comparison(key, "==", _value(case, kind))
            outer.extend([self._leaves.condition(comparison, span), child])
            if chain is not None:
                outer.append(chain)
            chain = outer
        assert chain is not None
        return chain


def _kind_of(cases: Sequence[str]) -> str:
    """Return the type that the cases of a switch speak of."""
    if all(case in _FLAGS for case in cases):
        return "flag"
    return "number" if all(isinstance(_value(case, "number"), float) for case in cases) else "text"


def _value(case: str, kind: str) -> Value:
    """Return the value that a case stands for."""
    if kind == "flag" and case in _FLAGS:
        return case == "true"
    if kind != "number":
        return case
    try:
        return float(case)
    except ValueError:
        return case
