"""From the nodes of a checked tree specification to py_trees nodes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from py_trees.behaviour import Behaviour
from py_trees.common import ParallelPolicy, Status
from py_trees.composites import Parallel

from treehand.core.spans import Span
from treehand.skills import SkillFactory
from treehand.skills.domain import Call, Formula, PortModel, RetryModel
from treehand.trees.assembly.entry_nodes import composite_of_entries, leaf_of_entries
from treehand.trees.engine.deferred import deferred
from treehand.trees.engine.guards import sequence_or_fallback
from treehand.trees.format.alternative_list import Alternatives
from treehand.trees.format.files import TreeLibrary
from treehand.trees.format.node_values import with_objects
from treehand.trees.format.spec import NodeSpec, TreeSpec, entry_label
from treehand.trees.nodes.alternatives import AlternativesNode
from treehand.trees.nodes.ask import AskLeaf
from treehand.trees.nodes.check import CheckLeaf
from treehand.trees.nodes.completed import CompletedNode
from treehand.trees.nodes.decorators import (
    IfNode,
    InvertNode,
    OptionalNode,
    RepeatNode,
    TimeoutNode,
    UnlessNode,
    WhileNode,
)
from treehand.trees.nodes.for_each import ForEachNode
from treehand.trees.nodes.retry import RetryNode
from treehand.trees.nodes.scripted import ScriptedLeaf
from treehand.trees.nodes.skill import SkillLeaf
from treehand.trees.nodes.timing.keep_running import KeepRunningNode
from treehand.trees.nodes.timing.rate import RateNode
from treehand.trees.runtime.blackboard import Blackboard, BlackboardKey, Ports
from treehand.trees.runtime.conditions import Condition
from treehand.trees.runtime.resume_state import ResumeState
from treehand.trees.runtime.runtime import Runtime


@dataclass(eq=False)
class NodeView:
    """One node of a compiled tree with its decorators, as views and the journal show it."""

    path: str
    label: str
    kind: str
    children: list[NodeView] = field(default_factory=list)
    """Views of its children; more are added while a for_each expands."""
    behaviour: Behaviour = field(init=False)
    """The py_trees node, its outermost modifier; set when its children are made."""
    order: tuple[int, ...] = ()
    """Place of the view among all: members of a for_each come as they are made, and behind each of
    these what is below it, as it is written."""
    for_each: ForEachNode | None = None
    """The for_each that makes its children, one for each member; None for other nodes."""
    taken: Status = Status.INVALID
    """Status that `CompiledTree.take_changes` returned last."""


class NodeTable:
    """Nodes of a compiled tree by path, with their positions and blackboards."""

    def __init__(self) -> None:
        self.nodes: dict[str, NodeView] = {}
        """Views by path; more are added while a for_each expands."""
        self._spans: dict[str, Span | None] = {}
        self._wanted: dict[str, int] = {}
        """Number of nodes that have wanted a path so far."""
        self._tops_n = 0
        """Number of nodes that were made apart: the root, and members of a for_each."""
        self.boards: dict[str, Blackboard] = {}
        """Blackboards by the path of the subtree node whose tree they belong to; "" at the top."""
        self._used: list[Blackboard] = []
        """Those of them that have entries."""

    def add(self, view: NodeView, span: Span | None, above: NodeView | None) -> None:
        """Add a node and its position; `above` is None if it is made apart from others."""
        if above is None:
            view.order = (self._tops_n,)
            self._tops_n += 1
        else:
            view.order = (*above.order, len(above.children))
        self.nodes[view.path] = view
        self._spans[view.path] = span

    def add_span(self, path: str, span: Span | None) -> None:
        """Add the position of a step that has no view of its own."""
        self._spans[path] = span

    def span_of(self, path: str) -> Span | None:
        """Return the position of the node at `path`; None if it was made in memory."""
        return self._spans.get(path)

    def board(self, path: str, ports: Mapping[str, BlackboardKey]) -> Blackboard:
        """Return the new blackboard of a tree, with ports that are wired to keys of other ones."""
        board = self.boards[path] = Blackboard(ports, self._used)
        return board

    def all_keys(self) -> tuple[BlackboardKey, ...]:
        """Return the keys of all blackboards."""
        return tuple(key for board in self._used for key in board.all_keys())

    def free_path(self, wanted: str) -> str:
        """Return a path that no node has yet: the second of a name ends in ``[2]``."""
        number = self._wanted.get(wanted, 0) + 1
        path = wanted if number == 1 else f"{wanted}[{number}]"
        while path in self.nodes:
            number += 1
            path = f"{wanted}[{number}]"
        self._wanted[wanted] = number
        return path


class NodeCompiler:
    """Makes the py_trees nodes of a tree, from its specification.

    Args:
        table: Takes in the nodes.
        library: Subtrees.
        runtime: State that the nodes share.
        resume: Node statuses of an earlier process, for the nodes that `compile` makes.
    """

    def __init__(
        self, table: NodeTable, library: TreeLibrary, runtime: Runtime, resume: ResumeState
    ) -> None:
        self._table = table
        self._library = library
        self._runtime = runtime
        self._resume = resume
        self._is_deferring = runtime.options.may_defer and not resume.statuses

    def compile(self, tree: TreeSpec, arguments: Mapping[str, str]) -> NodeView:
        """Return the view of a new tree's root."""
        defaults = {n: BlackboardKey(p.default) for n, p in tree.inputs.items()}
        board = self._table.board("", defaults)
        top = _Place(NodeView("", "", "tree"), tree, dict(arguments), board)
        self._node(tree.root, top)
        self._resume = ResumeState()  # nodes that are made later begin anew
        self._is_deferring = self._runtime.options.may_defer
        return top.view.children[0]

    def _node(self, node: NodeSpec, place: _Place) -> Behaviour:
        label = bound_label(node, place.binding)
        if place.prefix:
            label = f"{place.prefix}: {label}"
        label = label.replace("/", "|")
        above = place.view.path
        path = self._table.free_path(f"{above}/{label}" if above else label)
        view = NodeView(path, label, node.kind)
        is_apart = place.prefix or not above
        self._table.add(view, node.span(node.kind), None if is_apart else place.view)
        is_remembering = node.is_remembering and node.succeed_on != "one"
        inner = replace(place, view=view, prefix="", is_remembering=is_remembering)
        replacement = self._runtime.options.substitutions.find(path)
        if isinstance(replacement, tuple):
            view.behaviour = ScriptedLeaf(path, replacement, self._runtime)
        else:
            view.behaviour = self._wrap(node, inner, self._plain(node, inner, replacement))
        settled = self._resume.settled(path, above) if place.is_remembering else None
        if settled is not None and not any(any(part.written_keys()) for part in node.walk()):
            view.behaviour = CompletedNode(path, view.behaviour, settled)
        self._announce(view)
        place.view.children.append(view)  # last: a viewer in another thread sees whole nodes only
        return view.behaviour

    def _announce(self, view: NodeView) -> None:
        watch = self._runtime.options.watch
        if watch is not None:
            watch.node_made(view.path, view.kind, view.behaviour)

    def _plain(self, node: NodeSpec, place: _Place, factory: SkillFactory | None) -> Behaviour:
        path, binding = place.view.path, place.binding
        if node.check is not None:
            return self._check(node.check, place)
        if node.do is not None:
            return self._skill(node.do.substitute(binding), node, place, factory)
        if node.ask is not None:
            key = place.board.key(node.outputs["answer"]) if node.outputs else None
            return AskLeaf(path, node.ask.bound(binding), self._runtime, key)
        entry_leaf = leaf_of_entries(node, path, binding, place.board, self._runtime)
        if entry_leaf is not None:
            return entry_leaf
        if node.for_each is not None:
            return self._for_each(node, place)
        if node.subtree is not None:
            return self._subtree(node, node.subtree.substitute(binding), place)
        if self._is_deferring and _is_deferrable(node):
            return deferred(
                path,
                lambda: [self._node(child, place) for child in node.children()],
                is_sequence=node.sequence is not None,
                is_remembering=node.is_remembering,
            )
        children = [self._node(child, place) for child in node.children()]
        chooser = composite_of_entries(node, path, children, place.board)
        if chooser is not None:
            return chooser
        if node.parallel is not None:
            policy: ParallelPolicy.Base = ParallelPolicy.SuccessOnAll(synchronise=True)
            if node.succeed_on == "one":
                policy = ParallelPolicy.SuccessOnOne()
            return Parallel(path, policy, children)
        return sequence_or_fallback(
            path,
            children,
            is_sequence=node.sequence is not None,
            is_remembering=node.is_remembering,
        )

    def _check(self, formula: Formula, place: _Place) -> CheckLeaf:
        condition = self._condition(formula, place)
        return CheckLeaf(
            place.view.path, condition, is_paranoid=self._runtime.options.checks_conditions
        )

    def _condition(self, formula: Formula, place: _Place) -> Condition:
        return self._runtime.condition(formula.substitute(place.binding), place.board)

    def _skill(
        self, call: Call, node: NodeSpec, place: _Place, factory: SkillFactory | None
    ) -> Behaviour:
        model = self._runtime.domain.skills.get(call.name)
        inputs = _input_keys(node, model.inputs if model else {}, place.board)
        outputs = {port: place.board.key(entry) for port, entry in node.outputs.items()}
        ports = Ports(inputs, outputs, model.outputs if model else {})
        path, span = place.view.path, node.span("do")
        alternatives = self._runtime.skills.alternatives(call.name) if factory is None else None
        limit_s = model.limit_s if model and node.timeout is None else None
        if alternatives is not None:
            return self._alternatives(alternatives, call, place, span, ports, limit_s)
        return self._leaf(path, call, span, ports, factory, limit_s)

    def _leaf(
        self,
        path: str,
        call: Call,
        span: Span | None,
        ports: Ports,
        factory: SkillFactory | None,
        limit_s: float | None,
    ) -> SkillLeaf:
        return SkillLeaf(
            path,
            call,
            self._runtime,
            span,
            ports=ports,
            factory=factory,
            resume=self._resume,
            limit_s=limit_s,
        )

    def _alternatives(
        self,
        alternatives: Alternatives,
        call: Call,
        place: _Place,
        span: Span | None,
        ports: Ports,
        limit_s: float | None,
    ) -> Behaviour:
        """Return a node that tries the alternatives of a skill, one after the other."""
        place.view.kind = "fallback"
        model = self._runtime.domain.skills[call.name]
        binding = dict(zip(model.params, call.arguments, strict=True))
        able = [option for option in alternatives.options if option.serves(call)]
        for option in able or alternatives.options[-1:]:
            label = option.label.replace("/", "|")
            path = self._table.free_path(f"{place.view.path}/{label}")
            view = NodeView(path, label, "do" if option.ask is None else "ask")
            self._table.add(view, span, place.view)
            if option.ask is None:
                view.behaviour = self._leaf(path, call, span, ports, option.factory, limit_s)
            else:
                view.behaviour = AskLeaf(path, option.ask.bound(binding), self._runtime, None)
            self._announce(view)
            place.view.children.append(view)
        leaves = [view.behaviour for view in place.view.children]
        return AlternativesNode(place.view.path, leaves, alternatives.on)

    def _for_each(self, node: NodeSpec, place: _Place) -> Behaviour:
        head, each = node.for_each, node.each
        assert head is not None
        assert each is not None

        def make_child(name: str) -> Behaviour:
            binding = {**place.binding, head.variable: name}
            return self._node(each, replace(place, binding=binding, prefix=name))

        made = place.view.for_each = ForEachNode(
            place.view.path,
            head.head(place.binding),
            make_child,
            self._runtime,
            is_any=node.mode == "any",
            is_remembering=node.is_remembering,
        )
        return made

    def _subtree(self, node: NodeSpec, call: Call, place: _Place) -> Behaviour:
        used = self._library.resolve(place.owner, call.name)
        assert used is not None, f"unchecked tree: no subtree '{call.name}'"
        owner = used if isinstance(used, TreeSpec) else place.owner
        binding = dict(zip(used.params, call.arguments, strict=True))
        ports = _input_keys(node, used.inputs, place.board)
        ports |= {port: place.board.key(entry) for port, entry in node.outputs.items()}
        board = self._table.board(place.view.path, ports)
        return self._node(used.root, _Place(place.view, owner, binding, board))

    def _wrap(self, node: NodeSpec, place: _Place, inner: Behaviour) -> Behaviour:
        path, runtime = place.view.path, self._runtime
        if node.optional:
            inner = OptionalNode(path, inner)
        if node.invert:
            inner = InvertNode(path, inner)
        if node.timeout is not None:
            inner = TimeoutNode(path, inner, node.timeout, runtime)
        if node.retry is not None:
            inner = self._retry(node.retry, place, inner)
        if node.rate is not None:
            inner = RateNode(path, inner, node.rate, runtime)
        if node.keep_running:
            inner = KeepRunningNode(path, inner, runtime)
        if node.repeat is not None:
            inner = RepeatNode(path, inner, node.repeat, runtime)
        if node.while_ is not None:
            inner = WhileNode(path, inner, self._condition(node.while_, place))
        if node.unless is not None:
            inner = UnlessNode(path, inner, self._condition(node.unless, place))
        if node.if_ is not None:
            inner = IfNode(path, inner, node.if_.substitute(place.binding), runtime)
        return inner

    def _retry(self, policy: RetryModel, place: _Place, inner: Behaviour) -> Behaviour:
        policy = policy.bound(place.binding)
        first = [
            self._first(call, policy, index, f"{place.view.path}/first {call}")
            for index, call in enumerate(policy.first)
        ]
        return RetryNode(place.view.path, inner, first, policy, self._runtime)

    def _first(self, call: Call, policy: RetryModel, index: int, path: str) -> Behaviour:
        """Return a step before further attempts; its inputs have their defaults."""
        path = self._table.free_path(path)
        replacement = self._runtime.options.substitutions.find(path)
        if isinstance(replacement, tuple):
            return ScriptedLeaf(path, replacement, self._runtime)
        model = self._runtime.domain.skills.get(call.name)
        inputs = model.inputs if model else {}
        defaults = {n: BlackboardKey(p.default) for n, p in inputs.items() if p.default is not None}
        span = policy.span("first", index)
        self._table.add_span(path, span)
        ports = Ports(defaults, {}, model.outputs if model else {})
        limit_s = model.limit_s if model else None
        return self._leaf(path, call, span, ports, replacement, limit_s)


@dataclass(frozen=True)
class _Place:
    """Place of a node: the view above it, the tree that it is written in, and its variables."""

    view: NodeView
    owner: TreeSpec
    binding: dict[str, str]
    board: Blackboard
    prefix: str = ""
    """Object that a for_each makes the node for."""
    is_remembering: bool = False
    """True if the node above carries on from its running child."""


def _is_deferrable(node: NodeSpec) -> bool:
    """Return True if the children of a node may be made at its first visit.

    It must be certain that it is no guard, and that no step besides takes the name of a child.
    """
    if node.sequence is None and node.fallback is None:
        return False
    takes_names = node.retry is not None and bool(node.retry.first)
    return not takes_names and any(part.do is not None for part in node.walk())


def _input_keys(
    node: NodeSpec, ports: Mapping[str, PortModel], board: Blackboard
) -> dict[str, BlackboardKey]:
    """Return the keys of a call's inputs: wired, fixed or by default."""
    keys = {n: BlackboardKey(p.default) for n, p in ports.items() if p.default is not None}
    keys |= {name: BlackboardKey(value) for name, value in node.given.items()}
    return keys | {name: board.key(entry) for name, entry in node.inputs.items()}


def bound_label(node: NodeSpec, binding: Mapping[str, str]) -> str:
    """Return the label of a node with its variables bound, as paths have it."""
    if node.name:
        return node.name
    if node.for_each is not None:
        return f"for each {node.for_each.head(binding)}"
    for text in (node.check, node.do, node.subtree):
        if text is not None:
            return str(text.substitute(dict(binding)))
    if node.ask is not None:
        return f"ask: {node.ask.bound(binding).question}"
    if node.log is not None:
        return f"log: {with_objects(node.log, binding)}"
    return entry_label(node) or node.kind
