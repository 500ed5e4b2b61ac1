"""Check of the names, arguments and types in a tree file."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping

from treehand.core.errors import Finding, near
from treehand.core.spans import Span
from treehand.skills.domain import (
    Call,
    Domain,
    Formula,
    PortModel,
    Signature,
    Value,
    Vocabulary,
    mismatch_findings,
    parse_formula,
    port_findings,
    value_problem,
)
from treehand.skills.domain.deprecation import port_successor_findings
from treehand.trees.format.files import TreeLibrary
from treehand.trees.format.node_values import AskModel
from treehand.trees.format.spec import NodeSpec, SubtreeSpec, TreeSpec


class NameChecker:
    """Checks the names in one tree file.

    Args:
        tree: The file.
        domain: Domain with the action models of its skills.
        vocabulary: Known names, of the domain and the scene.
        library: Trees that it may call.
        skills: Names of further skills, which the domain does not describe.
    """

    def __init__(
        self,
        tree: TreeSpec,
        domain: Domain,
        vocabulary: Vocabulary,
        library: TreeLibrary,
        skills: Collection[str],
    ) -> None:
        self._tree = tree
        self._domain = domain
        self._vocabulary = vocabulary
        self._library = library
        self._skills = skills

    def findings(self) -> Iterator[Finding]:
        """Yield the findings."""
        tree = self._tree
        if tree.domain is not None and tree.domain != self._domain.domain:
            message = f"the tree is written for domain '{tree.domain}'"
            hint = f"the domain in use is '{self._domain.domain}'; give another with --domain"
            yield Finding("wrong-domain", message, tree.span("domain"), hint)
            return
        yield from self._declared(tree)
        for body in tree.bodies():
            yield from self._body(body)

    def _declared(self, tree: TreeSpec) -> Iterator[Finding]:
        """Check the facts under `achieves` and `side_effects`."""
        declared = [(tree.achieves, "achieves", None)] if tree.achieves is not None else []
        named = [
            (i, atom) for i, atom in enumerate(tree.side_effects) if "_" not in atom.fact.terms
        ]
        for atom, key, index in (*declared, *((atom, "side_effects", i) for i, atom in named)):
            mismatches = self._vocabulary.check(atom, tree.params)
            yield from mismatch_findings(mismatches, tree.span(key, index), str(atom))

    def _body(self, tree: TreeSpec | SubtreeSpec) -> Iterator[Finding]:
        types = self._vocabulary.types
        for name, kind in tree.params.items():
            if kind not in types:
                hint = near(kind, types, what="known types")
                span = tree.entry_span("params", name)
                yield Finding("unknown-type", f"unknown type '{kind}'", span, hint)
        for port in (*tree.inputs.values(), *tree.outputs.values()):
            yield from port_findings(port, types)
        yield from port_successor_findings(tree.inputs, tree.outputs)
        if all(kind in types for kind in tree.params.values()):
            yield from self._node(tree.root, tree.params)

    def _node(self, node: NodeSpec, scope: Mapping[str, str]) -> Iterator[Finding]:
        for key in ("check", "if_", "unless", "while_"):
            formula = getattr(node, key)
            if formula is not None:
                for part, span, text in _written_parts(node, key.rstrip("_"), formula):
                    mismatches = self._vocabulary.check(part, scope)
                    yield from mismatch_findings(mismatches, span, text)
        if node.do is not None:
            text = node.text("do") or str(node.do)
            yield from self._skill(node.do, node.span("do"), text, scope)
            model = self._domain.skills.get(node.do.name)
            if model is not None:
                yield from self._ports(node, "skill", node.do.name, model.inputs, model.outputs)
        if node.ask is not None:
            answer = {"answer": PortModel(type="text")}
            yield from self._ports(node, "question", node.ask.question, {}, answer)
            yield from _unknown_placeholders(node.ask, scope)
            if node.outputs:
                yield from _incomparable(node.ask)
        if node.retry is not None:
            for index, call in enumerate(node.retry.first):
                span = node.retry.span("first", index)
                text = node.retry.text("first", index) or node.retry.text("first") or str(call)
                yield from self._skill(call, span, text, scope)
                yield from self._first_ports(call, span)
        if node.subtree is not None:
            yield from self._subtree(node.subtree, node, scope)
        inner = dict(scope)
        if node.for_each is not None:
            head, span = node.for_each, node.span("for_each")
            text = node.text("for_each") or str(head)
            misfits = list(self._vocabulary.check_head(head.type, head.excluded, scope))
            inner[head.variable] = head.type
            if head.type not in self._vocabulary.types:
                yield from mismatch_findings(misfits, span, text)
                return
            misfits += self._vocabulary.check(head.where, inner)
            yield from mismatch_findings(misfits, span, text)
        for child in node.children():
            yield from self._node(child, inner)

    def _skill(
        self, call: Call, span: Span | None, text: str, scope: Mapping[str, str]
    ) -> Iterator[Finding]:
        if call.name in self._domain.skills:
            signature = self._domain.signature(call.name)
            yield from self._arguments("skill", signature, call, (span, text), scope)
        elif call.name not in self._skills:
            known = [*self._domain.skills, *self._skills]
            hint = near(call.name, known, what="known skills")
            message = f"unknown skill '{call.name}'"
            yield Finding("unknown-skill", message, span, hint)

    def _subtree(self, call: Call, node: NodeSpec, scope: Mapping[str, str]) -> Iterator[Finding]:
        used = self._library.resolve(self._tree, call.name)
        if used is None and call.name in self._library.broken:
            return  # the findings of that file are reported there
        if used is None:
            known = [*self._tree.subtrees, *self._library.names()]
            hint = near(call.name, known, what="known subtrees")
            message = f"unknown subtree '{call.name}'"
            yield Finding("unknown-subtree", message, node.span("subtree"), hint)
        else:
            signature = Signature(call.name, tuple(used.params.items()))
            place = (node.span("subtree"), node.text("subtree") or str(call))
            yield from self._arguments("subtree", signature, call, place, scope)
            yield from self._ports(node, "subtree", call.name, used.inputs, used.outputs)

    def _arguments(
        self,
        what: str,
        signature: Signature,
        call: Call,
        place: tuple[Span | None, str],
        scope: Mapping[str, str],
    ) -> Iterator[Finding]:
        """Yield the misfits of a call, at its position and with its text."""
        mismatches = self._vocabulary.check_arguments(what, signature, call.arguments, scope)
        yield from mismatch_findings(mismatches, *place)

    def _ports(
        self,
        node: NodeSpec,
        what: str,
        name: str,
        inputs: Mapping[str, PortModel],
        outputs: Mapping[str, PortModel],
    ) -> Iterator[Finding]:
        for key, given, known in (
            ("in", node.inputs, inputs),
            ("with", node.given, inputs),
            ("out", node.outputs, outputs),
        ):
            for port in given:
                if port not in known:
                    kind = "output" if key == "out" else "input"
                    message = f"{what} '{name}' has no {kind} '{port}'"
                    span = node.entry_span(key, port, is_key=True)
                    hint = near(port, known, what=f"its {kind}s") if known else f"it has no {kind}s"
                    yield Finding("unknown-port", message, span, hint)
        for port, value in node.given.items():
            span = node.entry_span("with", port)
            problem = self._misfit(inputs[port], value) if port in inputs else ""
            if problem:
                hint = f"for example {port}: {_example(inputs[port])}"
                message = f"port '{port}' of {what} '{name}' {problem}"
                yield Finding("port-type", message, span, hint)
            if port in node.inputs:
                message = f"input '{port}' is given under 'in' and under 'with'"
                yield Finding("duplicate-port", message, span, "keep one")
        for port, model in inputs.items():
            if model.default is None and port not in node.inputs and port not in node.given:
                message = f"{what} '{name}' needs its input '{port}'"
                hint = f"connect it, in: {{{port}: KEY}}, or fix it, with: {{{port}: VALUE}}"
                yield Finding("missing-port", message, node.span(what.replace("skill", "do")), hint)

    def _first_ports(self, call: Call, span: Span | None) -> Iterator[Finding]:
        """Yield a finding for each input without a default of a retry's `first` step."""
        model = self._domain.skills.get(call.name)
        for port, declared in model.inputs.items() if model else ():
            if declared.default is None:
                message = f"skill '{call.name}' needs its input '{port}', and nothing is connected"
                hint = "give the input a default in the domain, or take another step first"
                yield Finding("missing-port", message, span, hint)

    def _misfit(self, model: PortModel, value: Value) -> str:
        if model.type in self._vocabulary.types and isinstance(value, str):
            known = self._vocabulary.objects(model.type)
            return "" if value in known else f"wants a {model.type}, got '{value}'"
        return value_problem(model, value)


def _written_parts(
    node: NodeSpec, key: str, formula: Formula
) -> Iterator[tuple[Formula, Span | None, str]]:
    """Yield each written item of a formula (a list has several), its span and its text."""
    texts = node.texts(key)
    if not texts:
        yield formula, node.span(key), node.text(key) or str(formula)
    for index, text in enumerate(texts):
        yield parse_formula(text), node.span(key, index), text


def _example(port: PortModel) -> str:
    number = port.least if port.least is not None else port.most or 1.0
    examples = {"number": f"{number:g}", "numbers": "[0.1, 0.2]", "text": "a_text", "flag": "true"}
    examples["texts"] = "[one, two]"
    return examples.get(port.type, f"a_{port.type}")


def _incomparable(ask: AskModel) -> Iterator[Finding]:
    """Yield a finding for each option that no condition can compare with the answer."""
    for index, option in enumerate(ask.options):
        if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_-]*", option):
            message = f"no condition can compare the answer with '{option}'"
            hint = "write it as one word, like keep_it"
            yield Finding("unknown-option", message, ask.span("options", index), hint)


def _unknown_placeholders(ask: AskModel, scope: Mapping[str, str]) -> Iterator[Finding]:
    """Yield a finding for each ``{name}`` of a question that is not in scope."""
    for name in re.findall(r"{(\w+)}", ask.question):
        if name not in scope:
            message = f"unknown name '{name}' in the question '{ask.question}'"
            hint = near(name, scope, what="parameters and variables here")
            yield Finding("unknown-object", message, ask.span("question"), hint)
