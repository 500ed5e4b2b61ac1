"""A tree file as XML of BehaviorTree.CPP 4, with a report of what the format cannot say."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from treehand.core.errors import Finding
from treehand.core.spans import Span
from treehand.skills import FailureCode
from treehand.skills.domain import Call, Domain, Formula, PortModel, RetryModel
from treehand.trees.format.expression import Constant, names_in
from treehand.trees.format.files import TreeLibrary
from treehand.trees.format.node_values import ListLoop
from treehand.trees.format.spec import NodeSpec, SubtreeSpec, TreeSpec
from treehand.trees.interop.btcpp.btcpp_builtins import PORTS
from treehand.trees.interop.btcpp.btcpp_choices import ChoiceFinder
from treehand.trees.interop.btcpp.btcpp_controls import CONTROLS
from treehand.trees.interop.btcpp.btcpp_decorators import DECORATORS
from treehand.trees.interop.btcpp.btcpp_text import (
    Spelling,
    condition_of,
    port_name,
    port_text,
    script_of,
)

_CPP_TYPES = {
    "number": "double",
    "flag": "bool",
    "text": "std::string",
    "numbers": "std::vector<double>",
    "texts": "std::vector<std::string>",
}


_BUILT_IN = {
    *(PORTS.keys() - {"UnsetBlackboard"}),
    *CONTROLS,
    *DECORATORS,
    *("AlwaysSuccess", "AlwaysFailure", "Ask", "Check", "ForEachObject"),
}
"""IDs of nodes that no skill may have."""


@dataclass(frozen=True)
class ExportedTree:
    """Result of an export."""

    xml: str
    findings: tuple[Finding, ...]
    """All that the XML does not say as the tree does, in the order of the tree."""


def export_btcpp(tree: TreeSpec, domain: Domain, library: TreeLibrary) -> ExportedTree:
    """Return a checked tree as XML of format 4, with every tree that it calls.

    Args:
        tree: The tree.
        domain: Domain with the parameters and ports of its skills.
        library: Trees that it may call.
    """
    return _Exporter(domain, library).export(tree)


@dataclass
class _Exporter:
    domain: Domain
    library: TreeLibrary
    notes: list[Finding] = field(default_factory=list)
    waiting: list[tuple[TreeSpec, str, TreeSpec | SubtreeSpec]] = field(default_factory=list)
    """Owner, name and body of the trees that are not written yet."""
    written: set[str] = field(default_factory=set)
    """IDs of the trees that are written, or wait to be."""
    called: dict[str, None] = field(default_factory=dict)
    """Skills that are called."""
    skills: Spelling = field(init=False)
    trees: Spelling = field(init=False)

    def export(self, tree: TreeSpec) -> ExportedTree:
        files = list(_files(tree, self.library))[::-1]  # what the tree itself says, wins
        self.skills = Spelling(
            {ours: one for file in files for ours, one in file.foreign_names.skills.items()},
            _BUILT_IN,
        )
        self.trees = Spelling(
            {ours: one for file in files for ours, one in file.foreign_names.trees.items()}
        )
        root = Element("root", BTCPP_format="4", main_tree_to_execute=self.trees.of(tree.tree))
        self.waiting.append((tree, tree.tree, tree))
        self.written.add(self.trees.of(tree.tree))
        for name in tree.subtrees:
            self.subtree(tree, name)
        while self.waiting:
            owner, name, body = self.waiting.pop(0)
            identifier = self._tree_id(owner, name, body)
            element = ElementTree.SubElement(root, "BehaviorTree", ID=identifier)
            self._note_defaults(name, body)
            if body.doc:
                element.set("_description", body.doc)
            element.append(_TreeWriter(self, owner, body).node(body.root))
        self._models(root)
        ElementTree.indent(root)
        text = ElementTree.tostring(root, encoding="unicode", short_empty_elements=True)
        return ExportedTree(f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n', tuple(self.notes))

    def note(self, code: str, message: str, span: Span | None, hint: str | None = None) -> None:
        self.notes.append(Finding(code, message, span, hint, "warning"))

    def _note_defaults(self, name: str, body: TreeSpec | SubtreeSpec) -> None:
        keys = [key for key, port in body.inputs.items() if port.default is not None]
        if keys:
            listed = ", ".join(f"'{key}'" for key in keys)
            message = f"the default of {listed} in '{name}' is not carried over"
            hint = "set it in the tree before it is read, or give it where the tree is called"
            self.note("not-carried", message, body.inputs[keys[0]].span(), hint)

    def subtree(
        self, owner: TreeSpec, name: str, span: Span | None = None
    ) -> tuple[str, TreeSpec | SubtreeSpec | None]:
        """Return the ID of a tree that is called, and the tree, which will be written."""
        used = self.library.resolve(owner, name)
        identifier = self._tree_id(owner, name, used)
        if used is not None and identifier not in self.written:
            self.written.add(identifier)
            self.waiting.append((used if isinstance(used, TreeSpec) else owner, name, used))
            self._note_renamed("tree", name, identifier, self.trees, span)
        return identifier, used

    def _tree_id(self, owner: TreeSpec, name: str, body: TreeSpec | SubtreeSpec | None) -> str:
        return self.trees.of(name, owner.tree if isinstance(body, SubtreeSpec) else "")

    def skill(self, name: str, span: Span | None) -> str:
        """Return the ID of the node of a skill that is called."""
        identifier = self.skills.of(name)
        if name not in self.called:
            self.called[name] = None
            self._note_renamed("skill", name, identifier, self.skills, span)
        return identifier

    def _note_renamed(
        self, what: str, name: str, identifier: str, spelling: Spelling, span: Span | None
    ) -> None:
        wanted = spelling.wanted(name)
        if identifier != wanted:
            message = f"the {what} '{name}' is '{identifier}' there: '{wanted}' is taken"
            self.note("renamed", message, span)

    def _models(self, root: Element) -> None:
        models = Element("TreeNodesModel")
        for name in self.called:
            skill = self.domain.skills.get(name)
            if skill is None:
                continue
            model = ElementTree.SubElement(models, "Action", ID=self.skills.of(name))
            for parameter in skill.params:
                ElementTree.SubElement(
                    model, "input_port", name=port_name(parameter), type="std::string"
                )
            for port, declared in {**skill.outputs, **skill.inputs}.items():
                is_in, is_out = port in skill.inputs, port in skill.outputs
                tag = "inout_port" if is_in and is_out else "input_port" if is_in else "output_port"
                model.append(_port_model(tag, port, declared))
        if len(models):
            root.append(models)


def _port_model(tag: str, name: str, port: PortModel) -> Element:
    element = Element(tag, name=port_name(name), type=_CPP_TYPES.get(port.type, "std::string"))
    if port.default is not None:
        element.set("default", port_text(port.default))
    element.text = port.doc or None
    return element


class _TreeWriter:
    """Writes the nodes of one tree."""

    def __init__(self, exporter: _Exporter, owner: TreeSpec, body: TreeSpec | SubtreeSpec) -> None:
        self._exporter = exporter
        self._owner = owner
        self._params = set(body.params)
        self._choices = ChoiceFinder(body)
        self._writers: Mapping[str, Callable[[NodeSpec], Element]] = {
            "sequence": self._sequence,
            "fallback": lambda node: self._composite(node, "Fallback"),
            "parallel": self._parallel,
            "switch": self._switch,
            "check": lambda node: self._check(node.check, node.span("check")),
            "do": self._do,
            "ask": self._ask,
            "wait": self._wait,
            "log": lambda node: Element("Action", ID="LogMessage", message=node.log or ""),
            "set": self._set,
            "subtree": self._subtree,
            "for_each": self._for_each,
            "for_item": self._for_item,
        }

    def node(self, node: NodeSpec) -> Element:
        """Return the element of a node with its modifiers around it."""
        element = self._writers[node.kind](node)
        if node.name:
            element.set("name", node.name)
        for wrap in self._modifiers(node):
            element = wrap(element)
        return element

    def _note(self, code: str, message: str, span: Span | None, hint: str | None = None) -> None:
        self._exporter.note(code, message, span, hint)

    def _modifiers(self, node: NodeSpec) -> Iterator[Callable[[Element], Element]]:
        """Yield what wraps a node, from the inside out."""
        if node.optional:
            yield _around("ForceSuccess")
        if node.invert:
            yield _around("Inverter")
        if node.timeout is not None:
            yield _around("Timeout", msec=_milliseconds(node.timeout))
        if node.retry is not None:
            yield self._retry(node.retry)
        if node.rate is not None:
            message = "RateController of Nav2 is running between two starts"
            self._note("approximated", message, node.span("rate"))
            yield _explicit("Decorator", "RateController", hz=f"{node.rate:g}")
        if node.keep_running:
            yield _around("KeepRunningUntilFailure")
        if node.repeat is not None:
            yield _around("Repeat", num_cycles=str(node.repeat))
        if node.while_ is not None:
            yield self._guarded("ReactiveSequence", node.while_, node.span("while"))
        if node.unless is not None:
            yield self._unless(node.unless, node.span("unless"))
        if node.if_ is not None:
            message = "'if' is decided at each start there, and once in a run here"
            self._note("approximated", message, node.span("if"))
            yield self._either(node.if_, node.span("if"))

    def _unless(self, formula: Formula, span: Span | None) -> Callable[[Element], Element]:
        code = condition_of(formula)
        if code is None:
            return self._guarded("Fallback", formula, span)

        def wrap(inner: Element) -> Element:
            inner.set("_successIf", code)
            return inner

        return wrap

    def _guarded(
        self, tag: str, formula: Formula, span: Span | None
    ) -> Callable[[Element], Element]:
        def wrap(inner: Element) -> Element:
            outer = Element(tag)
            outer.extend([self._check(formula, span), inner])
            return outer

        return wrap

    def _either(self, formula: Formula, span: Span | None) -> Callable[[Element], Element]:
        def wrap(inner: Element) -> Element:
            outer = Element("IfThenElse")
            outer.extend([self._check(formula, span), inner, Element("AlwaysSuccess")])
            return outer

        return wrap

    def _retry(self, retry: RetryModel) -> Callable[[Element], Element]:
        span = retry.span()
        if set(retry.on) != set(FailureCode):
            message = "a retry there follows every failure, whatever its code"
            self._note("approximated", message, span, "write on: any, if that is meant")
        if retry.backoff or retry.replays is not None:
            self._note("not-carried", "backoff and replays have no counterpart", span)
        if len(retry.first) > 1:
            message = "the recoveries that differ by attempt are not carried over"
            self._note("not-carried", message, span)
        if len(retry.first) != 1:
            return _around("RetryUntilSuccessful", num_attempts=str(retry.attempts))

        def wrap(inner: Element) -> Element:
            tries = str(retry.attempts - 1)
            outer = Element("Control", ID="RecoveryNode", number_of_retries=tries)
            outer.extend([inner, self._call(retry.first[0], span)])
            return outer

        return wrap

    def _sequence(self, node: NodeSpec) -> Element:
        choice = self._choices.choice(node)
        if choice is None:
            return self._composite(node, "Sequence")
        element = Element(choice.tag)
        element.extend([self.node(part) for part in choice.parts])
        return element

    def _composite(self, node: NodeSpec, tag: str) -> Element:
        children = node.children()
        if not children:
            return Element("AlwaysSuccess" if tag == "Sequence" else "AlwaysFailure")
        element = Element(tag if node.is_remembering else f"Reactive{tag}")
        element.extend([self.node(child) for child in children])
        return element

    def _parallel(self, node: NodeSpec) -> Element:
        wins = "1" if node.succeed_on == "one" else "-1"
        if not node.children():
            return Element("AlwaysSuccess")
        element = Element("Parallel", success_count=wins, failure_count="1")
        element.extend([self.node(child) for child in node.children()])
        return element

    def _switch(self, node: NodeSpec) -> Element:
        cases = node.cases or {}
        element = Element(f"Switch{max(2, len(cases))}", variable=f"{{{node.switch}}}")
        names, children = [*cases], [*cases.values()]
        if len(cases) == 1:
            names, children = names * 2, children * 2
        if len(cases) > 6:
            message = f"BehaviorTree.CPP registers Switch2 to Switch6, not Switch{len(cases)}"
            self._note("not-carried", message, node.span("switch"), "nest two of them")
        if node.is_remembering:
            message = "a switch reads its key at every tick there"
            self._note("approximated", message, node.span("switch"), "write memory: false")
        for number, name in enumerate(names, 1):
            element.set(f"case_{number}", name)
        element.extend([self.node(child) for child in children])
        element.append(
            self.node(node.otherwise) if node.otherwise is not None else Element("AlwaysFailure")
        )
        return element

    def _check(self, formula: Formula | None, span: Span | None) -> Element:
        assert formula is not None
        code = condition_of(formula)
        if code is not None:
            return Element("ScriptCondition", code=code)
        if str(formula) == "":
            return Element("AlwaysSuccess")
        message = f"'{formula}' speaks of facts, which BehaviorTree.CPP does not keep"
        hint = "register a condition 'Check' that evaluates its port 'formula'"
        self._note("approximated", message, span, hint)
        return Element("Condition", ID="Check", formula=str(formula))

    def _do(self, node: NodeSpec) -> Element:
        assert node.do is not None
        element = self._call(node.do, node.span("do"))
        self._ports(node, element)
        return element

    def _call(self, call: Call, span: Span | None) -> Element:
        element = Element("Action", ID=self._exporter.skill(call.name, span))
        skill = self._exporter.domain.skills.get(call.name)
        names = list(skill.params) if skill is not None else []
        for index, argument in enumerate(call.arguments):
            name = names[index] if index < len(names) else f"argument_{index + 1}"
            element.set(port_name(name), self._argument(argument))
        return element

    def _argument(self, argument: str) -> str:
        return f"{{{argument}}}" if argument in self._params else argument

    def _ports(self, node: NodeSpec, element: Element) -> None:
        for port in {**node.given, **node.inputs, **node.outputs}:
            if port_name(port) == f"port{port}":
                message = f"the port '{port}' is '{port_name(port)}' there: it begins with a letter"
                self._note("renamed", message, node.span())
        for port, value in node.given.items():
            element.set(port_name(port), port_text(value))
        for port, key in (*node.inputs.items(), *node.outputs.items()):
            attribute = port_name(port)
            if element.get(attribute) not in (None, f"{{{key}}}"):
                message = f"the input and the output '{port}' have two keys, and one attribute"
                self._note("not-carried", message, node.span())
            element.set(attribute, f"{{{key}}}")

    def _ask(self, node: NodeSpec) -> Element:
        assert node.ask is not None
        message = "a question needs an action 'Ask' there"
        self._note("approximated", message, node.span("ask"))
        options = ";".join(node.ask.options)
        element = Element("Action", ID="Ask", question=node.ask.question, options=options)
        if node.outputs:
            element.set("answer", f"{{{node.outputs['answer']}}}")
        return element

    def _wait(self, node: NodeSpec) -> Element:
        if isinstance(node.wait, str):
            return Element("Action", ID="WaitForDuration", delay_duration=f"{{{node.wait}}}")
        assert node.wait is not None
        return Element("Sleep", msec=_milliseconds(node.wait))

    def _set(self, node: NodeSpec) -> Element:
        parts: list[str] = []
        lists: list[Element] = []
        values = node.set or {}
        done: set[str] = set()
        for key, expression in values.items():
            if not done.isdisjoint(names_in(expression)):
                message = "a script computes one value after the other, not all from the old ones"
                span = node.entry_span("set", key)
                self._note("approximated", message, span, "use two nodes")
            done.add(key)
            if isinstance(expression, Constant) and isinstance(expression.value, tuple):
                text = port_text(expression.value)
                lists.append(Element("SetBlackboard", value=text, output_key=f"{{{key}}}"))
                continue
            code = script_of(expression)
            if code is None:
                message = f"no script says '{expression}'"
                self._note("not-carried", message, node.entry_span("set", key))
                continue
            code = code[1:-1] if code.startswith("(") and code.endswith(")") else code
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
        identifier, used = self._exporter.subtree(self._owner, call.name, node.span("subtree"))
        element = Element("SubTree", ID=identifier)
        names = list(used.params) if used is not None else []
        for name, argument in zip(names, call.arguments, strict=False):
            element.set(port_name(name), self._argument(argument))
        self._ports(node, element)
        return element

    def _for_each(self, node: NodeSpec) -> Element:
        assert node.for_each is not None
        message = "a loop over the objects of a type has no counterpart"
        hint = "register a decorator 'ForEachObject', or loop over a list with for_item"
        self._note("not-carried", message, node.span("for_each"), hint)
        variable = node.for_each.variable
        self._params.add(variable)
        element = Element("Decorator", ID="ForEachObject", quantifier=str(node.for_each))
        element.extend([self.node(child) for child in node.children()])
        return element

    def _for_item(self, node: NodeSpec) -> Element:
        head = node.for_item
        assert isinstance(head, ListLoop)
        name = "ForEachUntilSuccess" if node.mode == "any" else "ForEach"
        element = Element("Decorator", ID=name, vector_in=f"{{{head.list}}}")
        element.set("out", f"{{{head.item}}}")
        if head.index is not None:
            element.set("index", f"{{{head.index}}}")
        element.extend([self.node(child) for child in node.children()])
        return element


def _files(tree: TreeSpec, library: TreeLibrary) -> Iterator[TreeSpec]:
    """Yield a tree and every file that it calls, straight or through others."""
    found, waiting = {tree.tree}, [tree]
    while waiting:
        owner = waiting.pop(0)
        yield owner
        for node in owner.nodes():
            used = library.resolve(owner, node.subtree.name) if node.subtree is not None else None
            if isinstance(used, TreeSpec) and used.tree not in found:
                found.add(used.tree)
                waiting.append(used)


def _around(tag: str, **attributes: str) -> Callable[[Element], Element]:
    def wrap(inner: Element) -> Element:
        outer = Element(tag, attributes)
        outer.append(inner)
        return outer

    return wrap


def _explicit(tag: str, name: str, **attributes: str) -> Callable[[Element], Element]:
    return _around(tag, ID=name, **attributes)


def _milliseconds(seconds: float) -> str:
    return str(round(seconds * 1000))
