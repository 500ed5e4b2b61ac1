"""Leaves of a tree, calls of other trees too, as nodes of BehaviorTree.CPP."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from xml.etree.ElementTree import Element

from treehand.core.spans import Span
from treehand.skills.domain import Call, Comparison, Formula, comparisons
from treehand.trees.format.expression import Constant, Expression, Operation, names_in
from treehand.trees.format.spec import NodeSpec, SubtreeSpec, TreeSpec
from treehand.trees.interop.btcpp.exporting.export_book import ExportBook
from treehand.trees.interop.btcpp.exporting.number_keys import NumberKeys
from treehand.trees.interop.btcpp.format.btcpp_text import (
    DIVISION,
    condition_of,
    may_divide_by_0,
    port_text,
    script_of,
)


class LeafWriter:
    """Writes the leaves of one tree.

    Args:
        book: Names and findings of the export.
        owner: File of the tree.
        body: The tree.
        numbers: Keys that may hold fractions.
    """

    def __init__(
        self,
        book: ExportBook,
        owner: TreeSpec,
        body: TreeSpec | SubtreeSpec,
        numbers: NumberKeys,
    ) -> None:
        self._book = book
        self._owner = owner
        self._numbers = numbers
        self._variables = set(body.params)
        """Parameters, and variables of the loops so far; they become keys of the same name."""
        self.writers: Mapping[str, Callable[[NodeSpec], Element]] = {
            "check": lambda node: self.condition(node.check, node.span("check")),
            "do": self._do,
            "ask": self._ask,
            "wait": self._wait,
            "log": lambda node: Element("Action", ID="LogMessage", message=node.log or ""),
            "set": self._set,
            "subtree": self._subtree,
        }
        """Kind of a leaf to what writes it."""

    def bind(self, variable: str) -> None:
        """Take in the variable of a loop."""
        self._variables.add(variable)

    def condition(self, formula: Formula | None, span: Span | None) -> Element:
        """Return the element of a condition."""
        assert formula is not None
        code = condition_of(formula)
        if code is not None:
            if not code.isascii():
                message = f"a script there holds ASCII texts only, not {code[:60]}"
                self._book.note("not-carried", message, span)
            for comparison in comparisons(formula):
                self._note_numbers(comparison, span)
            return Element("ScriptCondition", code=code)
        if str(formula) == "":
            return Element("AlwaysSuccess")
        message = f"'{formula}' speaks of facts, which BehaviorTree.CPP does not keep"
        hint = "register a condition 'Check' that evaluates its port 'formula'"
        self._book.note("approximated", message, span, hint)
        return Element("Condition", ID="Check", formula=str(formula))

    def _note_numbers(self, value: Expression | Comparison, span: Span | None) -> None:
        """Tell where numbers go another way there."""
        if self._numbers.equals_fraction(value):
            message = f"'{value}': fractions are equal there up to a difference of 1.2e-7"
            self._book.note("approximated", message, span)
        if not isinstance(value, Comparison) and may_divide_by_0(value):
            message = f"'{value}': {DIVISION}"
            self._book.note("approximated", message, span)

    def _do(self, node: NodeSpec) -> Element:
        assert node.do is not None
        element = self.call(node.do, node.span("do"))
        self._ports(node, node.do.name, element)
        return element

    def call(self, call: Call, span: Span | None) -> Element:
        """Return the element of a skill call."""
        element = Element("Action", ID=self._book.skill(call.name, span))
        skill = self._book.domain.skills.get(call.name)
        names = list(skill.params) if skill is not None else []
        for index, argument in enumerate(call.arguments):
            name = names[index] if index < len(names) else f"argument_{index + 1}"
            element.set(self._book.port(call.name, name), self._argument(argument))
        return element

    def _argument(self, argument: str) -> str:
        return f"{{{argument}}}" if argument in self._variables else argument

    def _ports(self, node: NodeSpec, called: str, element: Element) -> None:
        attributes: dict[str, str] = {}
        for port in {**node.given, **node.inputs, **node.outputs}:
            attribute = self._book.port(called, port)
            if attribute == f"port{port}":
                message = f"the port '{port}' is '{attribute}' there: it begins with a letter"
                self._book.note("renamed", message, node.span())
            other = attributes.setdefault(attribute, port)
            if other != port:
                message = f"the ports '{other}' and '{port}' are both '{attribute}' there"
                self._book.note("not-carried", message, node.span())
        for port, value in node.given.items():
            element.set(self._book.port(called, port), port_text(value))
        for port, key in (*node.inputs.items(), *node.outputs.items()):
            attribute = self._book.port(called, port)
            if element.get(attribute) not in (None, f"{{{key}}}"):
                message = f"the input and the output '{port}' have two keys, and one attribute"
                self._book.note("not-carried", message, node.span())
            element.set(attribute, f"{{{key}}}")

    def _ask(self, node: NodeSpec) -> Element:
        assert node.ask is not None
        message = "a question needs an action 'Ask' there"
        self._book.note("approximated", message, node.span("ask"))
        options = ";".join(node.ask.options)
        element = Element("Action", ID="Ask", question=node.ask.question, options=options)
        if node.outputs:
            element.set("answer", f"{{{node.outputs['answer']}}}")
        return element

    def _wait(self, node: NodeSpec) -> Element:
        if isinstance(node.wait, str):
            return Element("Action", ID="WaitForDuration", delay_duration=f"{{{node.wait}}}")
        assert node.wait is not None
        return Element("Sleep", msec=milliseconds(node.wait))

    def _set(self, node: NodeSpec) -> Element:
        parts: list[str] = []
        lists: list[Element] = []
        done: set[str] = set()
        for key, expression in _in_order(node.set or {}):
            if not done.isdisjoint(names_in(expression)):
                message = "a script computes one value after the other, not all from the old ones"
                span = node.entry_span("set", key)
                self._book.note("approximated", message, span, "use two nodes")
            done.add(key)
            if isinstance(expression, Constant) and isinstance(expression.value, tuple):
                text = port_text(expression.value)
                lists.append(Element("SetBlackboard", value=text, output_key=f"{{{key}}}"))
                continue
            code = script_of(expression, as_fractions=key in self._numbers.fractional)
            if code is None:
                message = f"no script says '{expression}'"
                self._book.note("not-carried", message, node.entry_span("set", key))
                continue
            code = code[1:-1] if code.startswith("(") and code.endswith(")") else code
            if not code.isascii():
                message = f"a script there holds ASCII texts only, not {code[:60]}"
                hint = "let an action write it"
                self._book.note("not-carried", message, node.entry_span("set", key), hint)
            self._note_numbers(expression, node.entry_span("set", key))
            parts.append(f"{key} := {code}")
        elements = [*([Element("Script", code="; ".join(parts))] if parts else []), *lists]
        if len(elements) == 1:
            return elements[0]
        element = Element("Sequence" if elements else "AlwaysSuccess")
        element.extend(elements)
        return element

    def _subtree(self, node: NodeSpec) -> Element:
        assert node.subtree is not None
        call = node.subtree
        identifier, used = self._book.subtree(self._owner, call.name, node.span("subtree"))
        element = Element("SubTree", ID=identifier)
        names = list(used.params) if used is not None else []
        for name, argument in zip(names, call.arguments, strict=False):
            element.set(self._book.port(call.name, name), self._argument(argument))
        self._ports(node, call.name, element)
        typed = self._typed_ports(used) if used is not None else ()
        for port, value in node.given.items():
            if port in typed and not isinstance(value, str | tuple):
                message = f"the fixed '{port}' is a text there: no number or flag to the tree"
                span = node.entry_span("with", port)
                self._book.note("approximated", message, span, "set a key before, and connect it")
        return element

    def _typed_ports(self, called: TreeSpec | SubtreeSpec) -> set[str]:
        """Return the keys of a tree whose type matters to it, or to a tree that it calls."""
        found: set[str] = set()
        for node in called.root.walk():
            found |= {*(node.set or {}), *([node.switch] if node.switch is not None else ())}
            for value in (node.set or {}).values():
                found |= set(names_in(value)) if isinstance(value, Operation) else set()
            if node.subtree is None or not node.inputs:
                continue
            owner = called if isinstance(called, TreeSpec) else self._owner
            inner = self._book.library.resolve(owner, node.subtree.name)
            ports = self._typed_ports(inner) if inner is not None else ()
            found |= {key for port, key in node.inputs.items() if port in ports}
        return found


def _in_order(values: Mapping[str, Expression]) -> list[tuple[str, Expression]]:
    """Return the entries of a `set` so that each is read before it is written, if that can be."""
    waiting, ordered = dict(values), list[tuple[str, Expression]]()
    while waiting:
        read = {key: {*names_in(value)} - {key} for key, value in waiting.items()}
        free = [key for key in waiting if not any(key in names for names in read.values())]
        key = (free or [*waiting])[0]
        ordered.append((key, waiting.pop(key)))
    return ordered


def milliseconds(seconds: float) -> str:
    """Return a duration as BehaviorTree.CPP writes it; there, 0 is no time limit."""
    return str(round(seconds * 1000) if seconds == 0.0 else max(1, round(seconds * 1000)))
