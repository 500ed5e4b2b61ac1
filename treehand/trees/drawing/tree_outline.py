"""Outline of a plan's tree with every subtree opened: the nodes that a run's events name.

It is made from the specification, as `trees.assembly.node_compiler` makes the nodes; nodes that a
``for_each`` adds while it runs are added when an event names them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from pydantic import BaseModel, ConfigDict

from treehand.core.errors import InputError
from treehand.skills.domain import Call, SkillModel
from treehand.trees.assembly.node_compiler import bound_label
from treehand.trees.format.files import TreeLibrary, parse_tree, tree_to_yaml
from treehand.trees.format.spec import NodeSpec, SubtreeSpec, TreeSpec

RECHECKS = "conditions checked again at every tick"
"""Note of a node without memory."""
MAX_NODES = 20_000


class OutlineNode(BaseModel):
    """One node of a tree with its status."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)

    path: str
    """Path, as events have it."""
    pattern: str = ""
    """Pattern of its paths in a run if it is shown once for all objects of a ``for_each``."""
    label: str
    """Last part of the path."""
    kind: str
    """sequence, fallback, parallel, check, do, ask, subtree or for_each."""
    status: str = "INVALID"
    """RUNNING, SUCCESS, FAILURE or INVALID (idle)."""
    notes: tuple[str, ...] = ()
    """Its modifiers, in words: attempts, time limit, conditions."""
    call: str = ""
    """The skill call of a leaf."""
    preconditions: tuple[str, ...] = ()
    """Preconditions of the call."""
    effects: tuple[str, ...] = ()
    """Declared effects of the call."""
    irreversible: bool = False
    """True if the call cannot be undone."""
    limit_s: float | None = None
    """Time limit of the node, in seconds of run time."""
    source: str = ""
    """Name of the tree that it is written in."""
    line: int = 0
    """Line in that tree's text, from 1; 0 if unknown."""
    column: int = 0
    """Column in that line, from 1; 0 if unknown."""
    children: list[OutlineNode] = []


class TreeReport(BaseModel):
    """A plan's tree with the texts of all trees that it is made of."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)

    plan_hash: str
    """Hash of the plan."""
    at: int
    """Position in the run's journal to which the statuses belong; 0 before a run."""
    root: OutlineNode
    sources: dict[str, str]
    """Name of a tree to its YAML."""


@dataclass
class _OpenNode:
    """Place of a node: the tree that it is written in, and its variables."""

    node: OutlineNode
    owner: TreeSpec
    source: str
    spec: NodeSpec | None
    binding: dict[str, str]
    starred: dict[str, str]
    """The same with ``*`` for objects that a ``for_each`` binds in a run."""
    wanted: dict[str, int] = field(default_factory=dict)
    """Number of children that have wanted a path so far."""


class TreeOutline:
    """Nodes of one plan by path.

    Args:
        tree: The plan's tree.
        arguments: Values of its parameters.
        library: Trees that it uses.
        skills: Action models by name.
        opens_loops: True to show what a ``for_each`` does once, with its variable unbound.
        text: Text that the tree was read from, for its lines; it is written anew if left out.
    """

    def __init__(
        self,
        tree: TreeSpec,
        arguments: Mapping[str, str],
        library: TreeLibrary,
        skills: Mapping[str, SkillModel],
        *,
        opens_loops: bool = False,
        text: str = "",
    ) -> None:
        self._opens_loops = opens_loops
        self._library = library
        self._skills = skills
        self.sources: dict[str, str] = {}
        self._parsed: dict[str, TreeSpec] = {}
        self._places: dict[str, _OpenNode] = {}
        if text:
            self.sources[tree.tree], self._parsed[tree.tree] = text, tree
        own = self._sourced(tree)
        top = _OpenNode(OutlineNode(path="", label="", kind="tree"), own, own.tree, None, {}, {})
        self.root = self._add(own.root, top, dict(arguments), own, own.tree)

    def take(self, changes: Mapping[str, str]) -> None:
        """Take in statuses by path; nodes that are not known yet are added."""
        for path, status in changes.items():
            place = self._place(path)
            if place is not None:
                place.node.status = status

    def report(self, plan_hash: str, at: int) -> TreeReport:
        """Return the tree as it is now."""
        return TreeReport(plan_hash=plan_hash, at=at, root=self.root, sources=self.sources)

    def _place(self, path: str) -> _OpenNode | None:
        place = self._places.get(path)
        if place is not None or "/" not in path:
            return place
        above, _, label = path.rpartition("/")
        parent = self._place(above)
        if parent is None:
            return None
        if parent.spec is not None and parent.spec.for_each is not None and ": " in label:
            self._open_for_each(parent, parent.spec, label.partition(": ")[0])
            if path in self._places:
                return self._places[path]
        node = OutlineNode(path=path, label=label, kind="do", source=parent.source)
        parent.node.children.append(node)
        self._places[path] = _OpenNode(
            node, parent.owner, parent.source, None, parent.binding, parent.starred
        )
        return self._places[path]

    def _open_for_each(self, place: _OpenNode, spec: NodeSpec, name: str) -> None:
        assert spec.for_each is not None
        assert spec.each is not None
        binding = {**place.binding, spec.for_each.variable: name}
        self._add(spec.each, place, binding, place.owner, place.source, prefix=name)

    def _add(
        self,
        spec: NodeSpec,
        above: _OpenNode,
        binding: dict[str, str],
        owner: TreeSpec,
        source: str,
        *,
        prefix: str = "",
        starred: dict[str, str] | None = None,
    ) -> OutlineNode:
        if len(self._places) >= MAX_NODES:
            raise InputError.of("too-large", f"the tree has more than {MAX_NODES} nodes")
        label = bound_label(spec, binding)
        label = (f"{prefix}: {label}" if prefix else label).replace("/", "|")
        wanted = f"{above.node.path}/{label}" if above.node.path else label
        number = above.wanted[wanted] = above.wanted.get(wanted, 0) + 1
        path = wanted if number == 1 else f"{wanted}[{number}]"
        starred = binding if starred is None else starred
        span = spec.span()
        node = OutlineNode(
            path=path,
            pattern=_pattern(spec, above, path, starred) if self._opens_loops else "",
            label=path.rpartition("/")[2],
            kind=spec.kind,
            notes=tuple(_notes(spec, binding)),
            source=source,
            line=span.line if span is not None else 0,
            column=span.column if span is not None else 0,
            limit_s=spec.timeout,
        )
        if spec.do is not None:
            self._describe_call(node, spec.do.substitute(binding))
        above.node.children.append(node)
        place = self._places[path] = _OpenNode(node, owner, source, spec, binding, starred)
        if spec.subtree is not None:
            self._open_subtree(spec.subtree.substitute(binding), place)
        elif spec.for_each is None or self._opens_loops:
            if spec.for_each is not None:
                starred = {**starred, spec.for_each.variable: "*"}
            for child in spec.children():
                self._add(child, place, binding, owner, source, starred=starred)
        return node

    def _open_subtree(self, call: Call, place: _OpenNode) -> None:
        used = self._library.resolve(place.owner, call.name)
        if used is None:
            return
        binding = dict(zip(used.params, call.arguments, strict=False))
        assert place.spec is not None
        assert place.spec.subtree is not None
        stars = place.spec.subtree.substitute(place.starred).arguments
        starred = dict(zip(used.params, stars, strict=False))
        if isinstance(used, SubtreeSpec):
            self._add(used.root, place, binding, place.owner, place.source, starred=starred)
        else:
            used = self._sourced(used)
            self._add(used.root, place, binding, used, used.tree, starred=starred)

    def _describe_call(self, node: OutlineNode, call: Call) -> None:
        model = self._skills.get(call.name)
        node.call = str(call)
        if model is None:
            return
        binding = dict(zip(model.params, call.arguments, strict=False))
        node.preconditions = tuple(str(c.substitute(binding)) for c in model.preconditions)
        node.effects = tuple(str(e.substitute(binding)) for e in model.effects)
        node.irreversible = model.irreversible
        node.limit_s = node.limit_s or model.limit_s

    def _sourced(self, tree: TreeSpec) -> TreeSpec:
        """Return a tree as its own text has it, so that its nodes have lines in that text."""
        if tree.tree not in self._parsed:
            text = tree_to_yaml(tree)
            self.sources[tree.tree] = text
            self._parsed[tree.tree] = parse_tree(text, file=f"{tree.tree}.tree.yaml")
        return self._parsed[tree.tree]


def _pattern(spec: NodeSpec, above: _OpenNode, path: str, starred: dict[str, str]) -> str:
    """Return the pattern of a node's paths in a run; empty if it has the one path."""
    label = bound_label(spec, starred).replace("/", "|")
    if above.spec is not None and above.spec.for_each is not None:
        label = f"*: {label}"
    elif path.endswith("]") and not label.endswith("]"):
        label += path[path.rindex("[") :]
    over = above.node.pattern or above.node.path
    found = f"{over}/{label}" if over else label
    return "" if found == path else found


def _notes(spec: NodeSpec, binding: dict[str, str]) -> Iterator[str]:
    own = spec.check or spec.do or spec.subtree
    if spec.name is not None and own is not None:
        yield str(own.substitute(binding))
    if spec.if_ is not None:
        yield f"if {spec.if_.substitute(binding)}"
    if spec.unless is not None:
        yield f"unless {spec.unless.substitute(binding)}"
    if spec.while_ is not None:
        yield f"while {spec.while_.substitute(binding)}"
    if spec.repeat is not None:
        yield f"{spec.repeat} times"
    if spec.retry is not None:
        yield f"up to {spec.retry.attempts} attempts"
    if spec.timeout is not None:
        yield f"at most {spec.timeout:g} s"
    yield from _switches(spec)


def _switches(spec: NodeSpec) -> Iterable[str]:
    if spec.memory is False:
        yield RECHECKS
    if spec.invert:
        yield "inverted"
    if spec.optional:
        yield "optional"
    if spec.succeed_on == "one":
        yield "one child must succeed"
    if spec.mode == "any":
        yield "any one object"
