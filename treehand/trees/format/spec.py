"""``*.tree.yaml`` as data: every node with its position, loss-free to and from YAML and JSON."""

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
    Name,
    PortModel,
    QuantifierField,
    RetryModel,
    Seconds,
    ValueField,
)

KINDS = ("sequence", "fallback", "parallel", "check", "do", "ask", "subtree", "for_each")
"""The keys of which every node has exactly one."""

Kind = Literal["sequence", "fallback", "parallel", "check", "do", "ask", "subtree", "for_each"]


class AskModel(Located):
    """A question to a person. The robot holds still until it is answered."""

    question: str
    """What is asked; ``{item}`` stands for the value of a parameter or variable."""
    options: Annotated[tuple[str, ...], Field(min_length=2)] = ("yes", "no")
    """The possible answers; the first one means: go on."""
    default: str | None = None
    """The answer that is taken when none comes in time, or nobody can be asked."""
    deadline: Seconds | None = None
    """How long an answer is waited for, on the wall; as long as it takes if left out."""
    picture: StrictBool = False
    """Show what the robot's first camera sees."""

    @model_validator(mode="after")
    def _default_is_an_option(self) -> Self:
        if self.default is not None and self.default not in self.options:
            context = {"code": "unknown-option", "hint": f"options: {', '.join(self.options)}"}
            message = f"the default '{self.default}' is not an option"
            raise PydanticCustomError("unknown_option", message, context)
        if len(set(self.options)) != len(self.options):
            context = {"code": "unknown-option", "hint": "give each option once"}
            raise PydanticCustomError("unknown_option", "an option is there twice", context)
        return self

    def bound(self, binding: Mapping[str, str]) -> AskModel:
        """Return the question about the objects that the variables stand for."""
        text = self.question
        for name, value in binding.items():
            text = text.replace("{" + name + "}", value)
        return self.model_copy(update={"question": text})


class NodeSpec(Located):
    """One node. Modifiers wrap it, from the outside in.

    Unless, while, repeat, retry, timeout, invert, optional.
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
    """What people call it; its label in drawings and paths."""

    sequence: tuple[NodeSpec, ...] | None = None
    """Its children in order, until one does not succeed."""
    fallback: tuple[NodeSpec, ...] | None = None
    """Its children in order, until one does not fail."""
    parallel: tuple[NodeSpec, ...] | None = None
    """All children at once."""
    check: ConditionField | None = None
    """Succeeds if the formula is known to be true, else fails; never runs."""
    do: CallField | None = None
    """A skill."""
    ask: AskModel | None = None
    """A question to a person."""
    subtree: CallField | None = None
    """Another tree with its arguments."""
    for_each: QuantifierField | None = None
    """The node under `each`, once for every object that qualifies, expanded while the tree runs."""

    memory: StrictBool | None = None
    """Of a sequence, fallback or for_each.

    Carry on from the running child (true, the default), or begin with the
    first child at every tick (false)."""
    succeed_on: Literal["all", "one"] | None = None
    """Of a parallel: how many children must succeed (default all)."""
    each: NodeSpec | None = None
    """Of a for_each: what to do for one object."""
    mode: Literal["all", "any"] | None = None
    """Of a for_each: succeed when it succeeded for all (the default) or for any."""

    inputs: Annotated[dict[Name, Name], Field(alias="in")] = {}
    """Of a do or subtree: input port to the entry of the blackboard that it reads."""
    given: Annotated[dict[Name, ValueField], Field(alias="with")] = {}
    """Of a do or subtree: input port to a fixed value."""
    outputs: Annotated[dict[Name, Name], Field(alias="out")] = {}
    """Of a do or subtree: output port to the entry of the blackboard that it writes.

    Of an ask: ``{answer: ENTRY}``; then any answer is a success."""

    unless: ConditionField | None = None
    """Checked once, when the node starts.

    If known to be true, the node succeeds without running.
    """
    while_: Annotated[ConditionField | None, Field(alias="while")] = None
    """A guard, checked at every tick: if not known to be true, the node is halted and fails."""
    repeat: Annotated[StrictInt, Field(ge=1, le=1000)] | None = None
    """Run it this many times; a failure ends it."""
    retry: RetryModel | None = None
    """Try it again after these failures."""
    timeout: Seconds | None = None
    """Time limit of one attempt."""
    invert: StrictBool = False
    """Swap success and failure."""
    optional: StrictBool = False
    """Its failure counts as success."""

    @model_validator(mode="after")
    def _has_one_kind(self) -> Self:
        kinds = [kind for kind in KINDS if getattr(self, kind) is not None]
        if len(kinds) != 1:
            found = " and ".join(f"'{kind}'" for kind in kinds) or "none"
            context = {"code": "node-kind", "hint": f"give exactly one of: {', '.join(KINDS)}"}
            raise PydanticCustomError(
                "node_kind", f"a node has one kind, this has {found}", context
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
            context = {"code": "missing-key", "hint": "say what to do for one object under 'each:'"}
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
        """Return which kind of node it is."""
        for kind in KINDS:
            if getattr(self, kind) is not None:
                return kind  # type: ignore[return-value]
        raise AssertionError("a NodeSpec has a kind")

    @property
    def is_remembering(self) -> bool:
        """Return whether it carries on from its running child."""
        return self.memory is not False

    def children(self) -> tuple[NodeSpec, ...]:
        """Return the nodes directly below."""
        if self.each is not None:
            return (self.each,)
        return self.sequence or self.fallback or self.parallel or ()

    def walk(self) -> Iterator[NodeSpec]:
        """Yield this node and all below, parents first."""
        stack = [self]
        while stack:
            node = stack.pop()
            yield node
            stack.extend(reversed(node.children()))

    def label(self) -> str:
        """Return the name, or what the node says of itself."""
        if self.name:
            return self.name
        for text in (self.check, self.do, self.subtree):
            if text is not None:
                return str(text)
        if self.ask is not None:
            return f"ask: {self.ask.question}"
        return f"for each {self.for_each}" if self.for_each else self.kind


class SubtreeSpec(Located):
    """A tree that is defined inside the file that uses it."""

    doc: str = ""
    """What it does."""
    params: dict[Name, Name] = {}
    """Parameter name to type name, in order."""
    inputs: dict[Name, PortModel] = {}
    """Values that it takes besides its arguments, by port; entries of its blackboard."""
    outputs: dict[Name, PortModel] = {}
    """Entries of its blackboard that it gives out."""
    root: NodeSpec
    """Its node at the top."""


class TreeSpec(Located):
    """A tree file."""

    tree: Name
    """Its name, which is also the file's."""
    doc: str = ""
    """What it does."""
    domain: Name | None = None
    """The domain whose words it uses; the deployment's if left out."""
    params: dict[Name, Name] = {}
    """Parameter name to type name, in order."""
    inputs: dict[Name, PortModel] = {}
    """Values that it takes besides its arguments, by port; entries of its blackboard."""
    outputs: dict[Name, PortModel] = {}
    """Entries of its blackboard that it gives out."""
    achieves: AtomField | None = None
    """What holds when it succeeds; the planner may use it for that."""
    side_effects: tuple[AtomField, ...] = ()
    """Of a tree that declares what it achieves: what else it may change; ``_`` matches anything."""
    subtrees: dict[Name, SubtreeSpec] = {}
    """Trees that only this file uses."""
    root: NodeSpec
    """The node at the top."""

    def bodies(self) -> tuple[TreeSpec | SubtreeSpec, ...]:
        """Return the tree and the subtrees that its file defines."""
        return (self, *self.subtrees.values())

    def nodes(self) -> Iterator[NodeSpec]:
        """Yield every node of the file, those of its subtrees included."""
        for body in self.bodies():
            yield from body.root.walk()

    def calls(self) -> Iterator[Call]:
        """Yield every skill call in the file."""
        for node in self.nodes():
            if node.do is not None:
                yield node.do
            if node.retry is not None and node.retry.first is not None:
                yield node.retry.first
