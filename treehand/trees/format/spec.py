"""Tree files as typed data: every node with its position; YAML and JSON keep all of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import ConfigDict, Field, StrictBool, StrictInt, model_validator
from pydantic_core import PydanticCustomError

from treehand.documents.reader import Located
from treehand.skills.domain import (
    AtomField,
    Call,
    CallField,
    ConditionField,
    FormulaField,
    Name,
    PortModel,
    QuantifierField,
    RetryModel,
    Seconds,
    ValueField,
)

KINDS = ("sequence", "fallback", "parallel", "check", "do", "ask", "subtree", "for_each")
"""Keys that name the kind of a node; every node has exactly one."""

Kind = Literal["sequence", "fallback", "parallel", "check", "do", "ask", "subtree", "for_each"]


class AskModel(Located):
    """Question to a person. The robot holds still until it is answered."""

    question: str
    """Text of the question; ``{item}`` stands for the value of a parameter or variable."""
    options: Annotated[tuple[str, ...], Field(min_length=2)] = ("yes", "no")
    """Possible answers, at least two. The first one lets the node succeed."""
    default: str | None = None
    """Answer that counts if none comes in time, or if nobody can be asked."""
    deadline: Seconds | None = None
    """Longest wait for an answer, in wall time; no limit if left out."""
    picture: StrictBool = False
    """If true, the question shows a picture of the robot's first camera."""

    @model_validator(mode="after")
    def _default_is_an_option(self) -> Self:
        if self.default is not None and self.default not in self.options:
            context = {"code": "unknown-option", "hint": f"options: {', '.join(self.options)}"}
            message = f"the default '{self.default}' is not an option"
            raise PydanticCustomError("unknown_option", message, context)
        if len(set(self.options)) != len(self.options):
            context = {"code": "unknown-option", "hint": "give each option once"}
            raise PydanticCustomError("unknown_option", "an option is given twice", context)
        return self

    def bound(self, binding: Mapping[str, str]) -> AskModel:
        """Return a copy with each ``{variable}`` in the text replaced by its object."""
        text = self.question
        for name, value in binding.items():
            text = text.replace("{" + name + "}", value)
        return self.model_copy(update={"question": text})


class NodeSpec(Located):
    """One node of a tree.

    Modifiers wrap it, from the outside in: ``if``, ``unless``, ``while``, ``repeat``, ``retry``,
    ``timeout``, ``invert``, ``optional``.
    """

    model_config = ConfigDict(
        populate_by_name=True,
        json_schema_extra={
            "oneOf": [{"required": [kind]} for kind in KINDS],
            "dependentRequired": {
                "for_each": ["each"],
                "each": ["for_each"],
                "mode": ["for_each"],
                "succeed_on": ["parallel"],
            },
        },
    )
    placeholder: ClassVar[dict[str, Any] | None] = {"sequence": []}

    name: str | None = None
    """Label in drawings and node paths; the node's own text if left out."""

    sequence: tuple[NodeSpec, ...] | None = None
    """Children, run in order until one does not succeed."""
    fallback: tuple[NodeSpec, ...] | None = None
    """Children, run in order until one does not fail."""
    parallel: tuple[NodeSpec, ...] | None = None
    """Children, run at the same time."""
    check: ConditionField | None = None
    """Formula: SUCCESS if it is known to be true, else FAILURE; never RUNNING."""
    do: CallField | None = None
    """Skill call."""
    ask: AskModel | None = None
    """Question to a person."""
    subtree: CallField | None = None
    """Call of another tree, with its arguments."""
    for_each: QuantifierField | None = None
    """Quantifier: the node under `each` runs for every object that qualifies during the run."""

    memory: StrictBool | None = None
    """For a sequence, fallback or for_each.

    True (the default): a tick continues with the running child. False: every tick starts with the
    first child.
    """
    succeed_on: Literal["all", "one"] | None = None
    """For a parallel: children that must succeed, all (the default) or one."""
    each: NodeSpec | None = None
    """For a for_each: node that runs for one object."""
    mode: Literal["all", "any"] | None = None
    """For a for_each: objects for which `each` must succeed, all (the default) or any one."""

    inputs: Annotated[dict[Name, Name], Field(alias="in")] = {}
    """For a do or subtree: input port to the blackboard key that it reads."""
    given: Annotated[dict[Name, ValueField], Field(alias="with")] = {}
    """For a do or subtree: input port to a fixed value."""
    outputs: Annotated[dict[Name, Name], Field(alias="out")] = {}
    """For a do or subtree: output port to the blackboard key that it writes.

    For an ask: ``{answer: KEY}``; then any answer is a success.
    """

    if_: Annotated[FormulaField | None, Field(alias="if")] = None
    """Condition decided once in a run, when the node starts; if false, the node succeeds at once.

    While it is unknown, the node fails. The decision lasts to the end of the run, whatever changes
    later; nodes with the same condition, or its negation, share it.
    """
    unless: ConditionField | None = None
    """Condition checked once, at the start; if known to be true, the node succeeds at once."""
    while_: Annotated[ConditionField | None, Field(alias="while")] = None
    """Guard, checked at every tick: if not known to be true, the node is halted and fails."""
    repeat: Annotated[StrictInt, Field(ge=1, le=1000)] | None = None
    """Number of runs in a row; a failure ends them."""
    retry: RetryModel | None = None
    """Retry policy: attempts, and the failure codes that lead to another one."""
    timeout: Seconds | None = None
    """Time limit of one attempt."""
    invert: StrictBool = False
    """If true, success and failure are swapped."""
    optional: StrictBool = False
    """If true, a failure counts as success."""

    @model_validator(mode="after")
    def _has_one_kind(self) -> Self:
        kinds = [kind for kind in KINDS if getattr(self, kind) is not None]
        if len(kinds) != 1:
            found = " and ".join(f"'{kind}'" for kind in kinds) or "none"
            context = {"code": "node-kind", "hint": f"give exactly one of: {', '.join(KINDS)}"}
            raise PydanticCustomError(
                "node_kind", f"a node has exactly one kind, this one has {found}", context
            )
        kind = kinds[0]
        self._only(kind, "memory", ("sequence", "fallback", "for_each"))
        self._only(kind, "succeed_on", ("parallel",))
        self._only(kind, "each", ("for_each",))
        self._only(kind, "mode", ("for_each",))
        for key, alias in (("inputs", "in"), ("given", "with")):
            self._only(kind, key, ("do", "subtree"), alias)
        self._only(kind, "outputs", ("do", "subtree", "ask"), "out")
        if kind == "for_each" and self.each is None:
            context = {
                "code": "missing-key",
                "hint": "under 'each:', give the node for one object",
            }
            raise PydanticCustomError("missing_each", "'each' is missing", context)
        return self

    def _only(self, kind: str, key: str, kinds: tuple[str, ...], alias: str = "") -> None:
        if getattr(self, key) not in (None, {}) and kind not in kinds:
            name = alias or key
            message = f"'{name}' does not apply to a {kind}"
            context = {"code": "node-kind", "hint": f"'{name}' belongs to: {', '.join(kinds)}"}
            raise PydanticCustomError("node_kind", message, context)

    @property
    def kind(self) -> Kind:
        """Key that names the node's kind."""
        for kind in KINDS:
            if getattr(self, kind) is not None:
                return kind  # type: ignore[return-value]
        raise AssertionError("a NodeSpec has a kind")

    @property
    def is_remembering(self) -> bool:
        """True if a tick continues with the running child (``memory`` is not false)."""
        return self.memory is not False

    def children(self) -> tuple[NodeSpec, ...]:
        """Return the nodes directly below, in order."""
        if self.each is not None:
            return (self.each,)
        return self.sequence or self.fallback or self.parallel or ()

    def walk(self) -> Iterator[NodeSpec]:
        """Yield this node and all nodes below it, parents first."""
        stack = [self]
        while stack:
            node = stack.pop()
            yield node
            stack.extend(reversed(node.children()))

    def label(self) -> str:
        """Return the name, else the node's own text: its condition, call, question or kind."""
        if self.name:
            return self.name
        for text in (self.check, self.do, self.subtree):
            if text is not None:
                return str(text)
        if self.ask is not None:
            return f"ask: {self.ask.question}"
        return f"for each {self.for_each}" if self.for_each else self.kind


class SubtreeSpec(Located):
    """Tree that is defined inside the file that uses it."""

    doc: str = ""
    """Description for people."""
    params: dict[Name, Name] = {}
    """Parameter name to type name, in the order of a call's arguments."""
    inputs: dict[Name, PortModel] = {}
    """Input ports by name; each one is a key of the tree's own blackboard."""
    outputs: dict[Name, PortModel] = {}
    """Output ports by name; each one is a key of the tree's own blackboard."""
    root: NodeSpec
    """Root node."""


class TreeSpec(Located):
    """Tree file."""

    tree: Name
    """Name of the tree; the file is ``NAME.tree.yaml``."""
    doc: str = ""
    """Description for people."""
    domain: Name | None = None
    """Domain whose types, predicates and skills it names; the deployment's if left out."""
    params: dict[Name, Name] = {}
    """Parameter name to type name, in the order of a call's arguments."""
    inputs: dict[Name, PortModel] = {}
    """Input ports by name; each one is a key of the tree's own blackboard."""
    outputs: dict[Name, PortModel] = {}
    """Output ports by name; each one is a key of the tree's own blackboard."""
    achieves: AtomField | None = None
    """Fact that holds after it succeeds; the planner may use the tree to achieve it."""
    side_effects: tuple[AtomField, ...] = ()
    """Other facts that a tree with `achieves` may change; ``_`` matches any object."""
    subtrees: dict[Name, SubtreeSpec] = {}
    """Trees that only this file uses, by name."""
    root: NodeSpec
    """Root node."""

    def bodies(self) -> tuple[TreeSpec | SubtreeSpec, ...]:
        """Return the tree, then the subtrees that its file defines."""
        return (self, *self.subtrees.values())

    def nodes(self) -> Iterator[NodeSpec]:
        """Yield every node of the file, those of its subtrees included."""
        for body in self.bodies():
            yield from body.root.walk()

    def calls(self) -> Iterator[Call]:
        """Yield every skill call in the file, those under a retry's `first` included."""
        for node in self.nodes():
            if node.do is not None:
                yield node.do
            if node.retry is not None and node.retry.first is not None:
                yield node.retry.first
