"""Blackboard keys: each is written before it is read, and the types fit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from treehand.core.errors import Finding, near
from treehand.core.spans import Span
from treehand.skills.domain import (
    ORDERED,
    Comparison,
    Domain,
    PortModel,
    Vocabulary,
    comparisons,
    type_text,
)
from treehand.trees.checking.computed_keys import (
    list_findings,
    placeholder_findings,
    read_keys,
    set_types,
)
from treehand.trees.format.files import TreeLibrary
from treehand.trees.format.spec import NodeSpec, SubtreeSpec, TreeSpec

_VALUE_OF = {bool: "flag", float: "number", str: "text", tuple: "numbers"}


@dataclass(frozen=True)
class _Writer:
    port: PortModel | None
    """Declared output port; None if the skill or tree declares none."""
    who: str
    """The writer in messages: ``'measure(cup)'``."""
    is_computed: bool = False
    """True if a `set` writes it."""


def entry_findings(
    tree: TreeSpec, domain: Domain, vocabulary: Vocabulary, library: TreeLibrary
) -> Iterator[Finding]:
    """Yield the findings on the blackboard keys of a tree and of the subtrees in its file."""
    for body in tree.bodies():
        yield from _Entries(tree, body, domain, vocabulary, library).findings()


def key_types(
    tree: TreeSpec,
    body: TreeSpec | SubtreeSpec,
    domain: Domain,
    vocabulary: Vocabulary,
    library: TreeLibrary,
) -> dict[str, str]:
    """Return the port types of the keys of one tree of a file, as far as they are known."""
    entries = _Entries(tree, body, domain, vocabulary, library)
    list(entries.findings())
    return entries.types()


class _Entries:
    """Blackboard keys of one tree; every tree has a namespace of its own."""

    def __init__(
        self,
        tree: TreeSpec,
        body: TreeSpec | SubtreeSpec,
        domain: Domain,
        vocabulary: Vocabulary,
        library: TreeLibrary,
    ) -> None:
        self._tree = tree
        self._body = body
        self._domain = domain
        self._vocabulary = vocabulary
        self._library = library
        self._writers: dict[str, _Writer] = {
            name: _Writer(port, f"the tree's input '{name}'") for name, port in body.inputs.items()
        }
        variables = (node.for_each.variable for node in body.root.walk() if node.for_each)
        self._scope = frozenset((*body.params, *variables))
        """Parameters and variables, which are no keys."""

    def findings(self) -> Iterator[Finding]:
        for node in self._body.root.walk():
            yield from self._writes(node)
        for node in self._body.root.walk():
            yield from self._computes(node)
        types, names = self.types(), {*self._writers, *self._scope}
        for node in self._body.root.walk():
            yield from list_findings(node, types)
            yield from placeholder_findings(node, names)
        yield from self._reads(self._body.root, frozenset(self._body.inputs))[1]
        for name, port in self._body.outputs.items():
            span = self._body.entry_span("outputs", name, is_key=True)
            if name not in self._writers:
                message = f"nothing writes the output '{name}'"
                yield Finding("unwritten-entry", message, span, self._hint(name))
            else:
                yield from self._fit(name, port, f"output '{name}'", span)

    def _ports(
        self, node: NodeSpec
    ) -> tuple[Mapping[str, PortModel], Mapping[str, PortModel]] | None:
        """Return inputs and outputs of the call in a node; None if they are not declared."""
        if node.do is not None:
            model = self._domain.skills.get(node.do.name)
            return (model.inputs, model.outputs) if model else None
        if node.ask is not None:
            return {}, {"answer": PortModel(type="text")}
        used = self._library.resolve(self._tree, node.subtree.name) if node.subtree else None
        return (used.inputs, used.outputs) if used else None

    def _writes(self, node: NodeSpec) -> Iterator[Finding]:
        declared = self._ports(node)
        for port, entry in node.outputs.items():
            model = declared[1].get(port) if declared else None
            yield from self._write(node, entry, model, node.entry_span("out", port))

    def _computes(self, node: NodeSpec) -> Iterator[Finding]:
        """Note what a `set` or `for_item` writes, whose types may depend on other keys."""
        for key, model, problem in set_types(node, self.types()):
            if problem is not None:
                yield problem
            span = node.entry_span("set", key, is_key=True) if node.set else node.span("for_item")
            yield from self._write(node, key, model, span)

    def types(self) -> dict[str, str]:
        """Return the types that are known so far."""
        known = {name: w.port.type for name, w in self._writers.items() if w.port is not None}
        return {name: "text" for name in self._scope} | known

    def _write(
        self, node: NodeSpec, entry: str, model: PortModel | None, span: Span | None
    ) -> Iterator[Finding]:
        if entry in self._body.inputs and entry not in self._body.outputs:
            message = f"'{node.label()}' writes to the tree's input '{entry}'"
            hint = "write to another key, or declare it under 'outputs' too"
            yield Finding("entry-type", message, span, hint)
            return
        if entry in self._scope:
            message = f"'{entry}' is a parameter or variable here, and no key"
            yield Finding("entry-type", message, span, "write to a key of another name")
            return
        earlier = self._writers.setdefault(
            entry, _Writer(model, f"'{node.label()}'", is_computed=node.set is not None)
        )
        if earlier.port is None and model is not None:
            self._writers[entry] = replace(earlier, port=model)
        elif earlier.port is not None and model is not None and not self._is_one(model, earlier):
            message = (
                f"'{node.label()}' writes {type_text(model)} to '{entry}', "
                f"{earlier.who} writes {type_text(earlier.port)}"
            )
            yield Finding("entry-type", message, span, "use two blackboard keys")

    def _is_one(self, port: PortModel, earlier: _Writer) -> bool:
        other = earlier.port
        if other is None:
            return False
        is_computed = port.type == other.type and port.unit is None  # `set` knows no units
        return is_computed or (port.type, port.unit) == (other.type, other.unit)

    def _reads(
        self, node: NodeSpec, before: frozenset[str]
    ) -> tuple[frozenset[str], list[Finding]]:
        """Return the keys that may be written after a node, and the findings on its reads."""
        inside = frozenset(_written_in(node))
        if _comes_again(node):
            before |= inside
        found = list(self._own_reads(node, before))
        if node.parallel is not None:
            before |= inside
        now = before | frozenset(node.written_keys() if node.for_item is not None else ())
        for child in node.children():
            now_after, more = self._reads(child, now)
            now = now if node.cases is not None else now_after
            found.extend(more)
        return before | inside, found

    def _own_reads(self, node: NodeSpec, before: frozenset[str]) -> Iterator[Finding]:
        declared = self._ports(node)
        for port, entry in node.inputs.items():
            span = node.entry_span("in", port)
            yield from self._written(entry, before, span)
            model = declared[0].get(port) if declared else None
            if model is not None:
                yield from self._fit(entry, model, f"input '{port}' of '{node.label()}'", span)
        for key in ("check", "if_", "unless", "while_"):
            formula, span = getattr(node, key), node.span(key.rstrip("_"))
            for comparison in comparisons(formula) if formula is not None else ():
                yield from self._written(comparison.entry, before, span)
                yield from self._comparable(comparison, span)
        for name in read_keys(node):
            if name not in self._scope and node.log is None and node.ask is None:
                yield from self._written(name, before, node.span(node.kind))

    def _written(self, entry: str, before: frozenset[str], span: Span | None) -> Iterator[Finding]:
        if entry not in self._writers:
            message = f"nothing writes the blackboard key '{entry}'"
            yield Finding("unwritten-entry", message, span, self._hint(entry))
        elif entry not in before:
            message = (
                f"blackboard key '{entry}' is read before {self._writers[entry].who} writes it"
            )
            yield Finding("unwritten-entry", message, span, "move the writing node to the front")

    def _hint(self, entry: str) -> str:
        if not self._writers:
            return f"let a skill write it, out: {{PORT: {entry}}}"
        return near(entry, self._writers, what="blackboard keys that are written")

    def _fit(self, entry: str, port: PortModel, what: str, span: Span | None) -> Iterator[Finding]:
        writer = self._writers.get(entry)
        made = writer.port if writer else None
        if writer is None or made is None:
            return
        is_same = made.type == port.type or self._vocabulary.is_a(made.type, port.type)
        is_computed = writer.is_computed and made.unit is None  # `set` knows no units
        if not is_same or (made.unit != port.unit and not is_computed):
            message = f"{what} wants {type_text(port)}, but '{entry}' is {type_text(made)}"
            hint = f"{writer.who} writes it; use another blackboard key"
            yield Finding("entry-type", message, span, hint)

    def _comparable(self, comparison: Comparison, span: Span | None) -> Iterator[Finding]:
        writer = self._writers.get(comparison.entry)
        made = writer.port if writer else None
        if made is None:
            return
        kind = _VALUE_OF[type(comparison.value)]
        fits = kind == made.type or (kind == "text" and made.type in self._vocabulary.types)
        if not fits or (comparison.sign in ORDERED and made.type != "number"):
            message = f"'{comparison}' does not fit: '{comparison.entry}' is {type_text(made)}"
            hint = "numbers are compared with any operator, everything else with == and !="
            yield Finding("entry-type", message, span, hint)


def _written_in(node: NodeSpec) -> Iterator[str]:
    for part in node.walk():
        yield from part.written_keys()


def _comes_again(node: NodeSpec) -> bool:
    """Return True if a node may start its children again after some of them have written."""
    loops = (node.retry, node.repeat, node.for_each, node.for_item)
    return any(one is not None for one in loops) or node.keep_running or node.memory is False
