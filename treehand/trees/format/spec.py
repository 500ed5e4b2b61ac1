"""Tree files as typed data: every node with its position; YAML and JSON keep all of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, ClassVar, Literal, Self, get_args

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
    write_duration,
)
from treehand.trees.format.expression_syntax import ExpressionField
from treehand.trees.format.node_values import AskModel, ListLoop, RateField, WaitField

Kind = Literal[
    "sequence",
    "fallback",
    "parallel",
    "switch",
    "check",
    "do",
    "ask",
    "wait",
    "log",
    "set",
    "subtree",
    "for_each",
    "for_item",
]
KINDS: tuple[Kind, ...] = get_args(Kind)
"""Keys that name the kind of a node; every node has exactly one."""


class NodeSpec(Located):
    """One node of a tree.

    Modifiers wrap it, from the outside in: ``if``, ``unless``, ``while``, ``repeat`` or
    ``keep_running``, ``rate``, ``retry``, ``timeout``, ``invert``, ``optional``.
    """

    model_config = ConfigDict(
        populate_by_name=True,
        json_schema_extra={
            "oneOf": [{"required": [kind]} for kind in KINDS],
            "dependentRequired": {
                "for_each": ["each"],
                "for_item": ["each"],
                "switch": ["cases"],
                "cases": ["switch"],
                "otherwise": ["switch"],
                "succeed_on": ["parallel"],
            },
        },
    )
    placeholder: ClassVar[dict[str, Any] | None] = {"sequence": []}
    other_names: ClassVar[Mapping[str, str]] = {
        "cooldown": "limit how often it starts, rate: 0.2 Hz",
        "delay": "put 'wait: 3 s' before it, in a sequence",
        "every": "limit how often it starts, rate: 1 Hz",
        "sleep": "write wait: 3 s",
        "until_failure": "write keep_running: true",
    }

    name: str | None = None
    """Label in drawings and node paths; the node's own text if left out."""

    sequence: tuple[NodeSpec, ...] | None = None
    """Children, run in order until one does not succeed."""
    fallback: tuple[NodeSpec, ...] | None = None
    """Children, run in order until one does not fail."""
    parallel: tuple[NodeSpec, ...] | None = None
    """Children, run at the same time."""
    switch: Name | None = None
    """Blackboard key whose value chooses one of `cases`."""
    check: ConditionField | None = None
    """Formula: SUCCESS if it is known to be true, else FAILURE; never RUNNING."""
    do: CallField | None = None
    """Skill call."""
    ask: AskModel | None = None
    """Question to a person."""
    wait: WaitField | None = None
    """Time that passes before the node succeeds: a duration, or a key with a number of seconds."""
    log: str | None = None
    """Line for the journal and the terminal; ``{name}`` stands for the value of a parameter,
    variable or blackboard key."""
    set: dict[Name, ExpressionField] | None = None
    """Blackboard key to its new value: a number, a flag, a list, or an expression over keys."""
    subtree: CallField | None = None
    """Call of another tree, with its arguments."""
    for_each: QuantifierField | None = None
    """Quantifier: the node under `each` runs for every object that qualifies during the run."""
    for_item: ListLoop | None = None
    """List on the blackboard: the node under `each` runs for one item after the other."""

    memory: StrictBool | None = None
    """For a sequence, fallback, for_each or switch.

    True (the default): a tick continues with the running child. False: every tick starts with the
    first child; a switch reads its key again.
    """
    succeed_on: Literal["all", "one"] | None = None
    """For a parallel: children that must succeed, all (the default) or one."""
    cases: Annotated[dict[str, NodeSpec], Field(min_length=1)] | None = None
    """For a switch: value of the key to the node that runs then."""
    otherwise: NodeSpec | None = None
    """For a switch: node that runs if no case fits; without one, the switch fails then."""
    each: NodeSpec | None = None
    """For a for_each or for_item: node that runs for one object or item."""
    mode: Literal["all", "any"] | None = None
    """For a for_each or for_item: those for which `each` must succeed, all (the default) or any."""

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
    keep_running: StrictBool = False
    """If true, the node runs again after each success, until it fails; it never succeeds."""
    rate: RateField | None = None
    """Greatest frequency of its starts; in between, the node has its last result."""
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
        self._only(kind, "memory", ("sequence", "fallback", "for_each", "switch"))
        self._only(kind, "succeed_on", ("parallel",))
        self._only(kind, "cases", ("switch",))
        self._only(kind, "otherwise", ("switch",))
        self._only(kind, "each", ("for_each", "for_item"))
        self._only(kind, "mode", ("for_each", "for_item"))
        for key, alias in (("inputs", "in"), ("given", "with")):
            self._only(kind, key, ("do", "subtree"), alias)
        self._only(kind, "outputs", ("do", "subtree", "ask"), "out")
        if kind in ("for_each", "for_item"):
            one = "object" if kind == "for_each" else "item"
            self._needs("each", f"under 'each:', give the node for one {one}")
        if kind == "switch":
            self._needs("cases", "under 'cases:', give a node for each value of the key")
        if self.repeat is not None and self.keep_running:
            context = {"code": "node-kind", "hint": "keep one of them"}
            message = "'repeat' and 'keep_running' exclude each other"
            raise PydanticCustomError("node_kind", message, context)
        return self

    def _only(self, kind: str, key: str, kinds: tuple[str, ...], alias: str = "") -> None:
        if getattr(self, key) not in (None, {}) and kind not in kinds:
            name = alias or key
            message = f"'{name}' does not apply to a {kind}"
            context = {"code": "node-kind", "hint": f"'{name}' belongs to: {', '.join(kinds)}"}
            raise PydanticCustomError("node_kind", message, context)

    def _needs(self, key: str, hint: str) -> None:
        if getattr(self, key) is None:
            context = {"code": "missing-key", "hint": hint}
            raise PydanticCustomError("missing_key", f"'{key}' is missing", context)

    @property
    def kind(self) -> Kind:
        """Key that names the node's kind."""
        for kind in KINDS:
            if getattr(self, kind) is not None:
                return kind
        raise AssertionError("a NodeSpec has a kind")

    @property
    def is_remembering(self) -> bool:
        """True if a tick continues with the running child (``memory`` is not false)."""
        return self.memory is not False

    def children(self) -> tuple[NodeSpec, ...]:
        """Return the nodes directly below, in order."""
        if self.each is not None:
            return (self.each,)
        if self.cases is not None:
            last = () if self.otherwise is None else (self.otherwise,)
            return (*self.cases.values(), *last)
        return self.sequence or self.fallback or self.parallel or ()

    def written_keys(self) -> Iterator[str]:
        """Yield the blackboard keys that this node writes."""
        yield from self.outputs.values()
        yield from self.set or ()
        if self.for_item is not None:
            yield self.for_item.item
            if self.for_item.index is not None:
                yield self.for_item.index

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
        return entry_label(self) or (f"for each {self.for_each}" if self.for_each else self.kind)


def entry_label(node: NodeSpec) -> str:
    """Return the text of a node that has to do with time or the blackboard; empty for others."""
    if node.wait is not None:
        shown = node.wait if isinstance(node.wait, str) else write_duration(node.wait)
        return f"wait {shown}"
    if node.log is not None:
        return f"log: {node.log}"
    if node.set is not None:
        return "set " + ", ".join(f"{key} = {value}" for key, value in node.set.items())
    if node.switch is not None:
        return f"switch {node.switch}"
    return f"for each {node.for_item}" if node.for_item is not None else ""


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


ForeignName = Annotated[str, Field(min_length=1, pattern=r"^[^\x00-\x1f\x7f]*$")]
FOREIGN_PORT = r"^[^\W\d_][\w.\-]*$"
"""Names that BehaviorTree.CPP takes for a port, and XML for an attribute."""
ForeignPort = Annotated[str, Field(pattern=FOREIGN_PORT)]


class ForeignNames(Located):
    """Names in BehaviorTree.CPP, where an export would spell them in another way."""

    skills: dict[Name, ForeignName] = {}
    """Skill to the ID of its node."""
    trees: dict[Name, ForeignName] = {}
    """Tree to its ID, for the file's own trees and those that it calls."""
    ports: dict[Name, dict[Name, ForeignPort]] = {}
    """Skill, or tree that it calls, to its ports to their names."""


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
    foreign_names: ForeignNames = ForeignNames()
    """Names that its skills and trees have in BehaviorTree.CPP."""

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
            if node.retry is not None:
                yield from node.retry.first
