"""From a checked tree to py_trees nodes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from py_trees.behaviour import Behaviour
from py_trees.common import ParallelPolicy, Status
from py_trees.composites import Parallel, Selector, Sequence

from ..skills import FailureCode
from ..skills.domain import Call, RetryModel
from ..spans import Span
from .files import TreeLibrary
from .leaves import CheckLeaf, SkillLeaf
from .modifiers import (
    ForEachNode,
    InvertNode,
    RepeatNode,
    RetryNode,
    TimeoutNode,
    UnlessNode,
    WhileNode,
)
from .runtime import Runtime
from .spec import NodeSpec, TreeSpec


@dataclass(eq=False)
class NodeView:
    """One node of a compiled tree, as people see it: with its modifiers, under its path."""

    path: str
    label: str
    kind: str
    children: list[NodeView] = field(default_factory=list)
    """Grow while a for_each expands."""
    behaviour: Behaviour = field(init=False)
    """The py_trees node, its outermost modifier; set when its children are made."""
    taken: Status = Status.INVALID
    """The status that `CompiledTree.take_changes` last gave out."""


class CompiledTree:
    """A tree that can be ticked.

    Attributes:
        root: The py_trees node at the top.
        nodes: Every node by path; grows while a for_each expands.
    """

    def __init__(
        self, tree: TreeSpec, arguments: Mapping[str, str], library: TreeLibrary, runtime: Runtime
    ) -> None:
        self.nodes: dict[str, NodeView] = {}
        self._library = library
        self._runtime = runtime
        top = _Place(NodeView("", "", "tree"), tree, dict(arguments))
        self.root = self._node(tree.root, top)
        self.view = top.view.children[0]

    def take_changes(self) -> dict[str, str]:
        """Return path and status name of the nodes whose status differs from the last time."""
        changes: dict[str, str] = {}
        for path, view in self.nodes.items():
            status = view.behaviour.status
            if status is not view.taken:
                view.taken = status
                changes[path] = status.value
        return changes

    def attempts_at(self, path: str, code: FailureCode) -> int:
        """Return how often the node at `path` is tried in all, if it always fails with `code`."""
        view = self.nodes.get(path)
        node: Behaviour | None = view.behaviour if view is not None else None
        attempts = 1
        while node is not None:
            if isinstance(node, RetryNode):
                attempts *= node.attempts_after(code)
            node = node.parent
        return attempts

    def _node(self, node: NodeSpec, place: _Place) -> Behaviour:
        label = _bound_label(node, place.binding)
        if place.prefix:
            label = f"{place.prefix}: {label}"
        label = label.replace("/", "|")
        above = place.view.path
        path = self._free_path(f"{above}/{label}" if above else label)
        view = NodeView(path, label, node.kind)
        self.nodes[path] = view
        inner = _Place(view, place.owner, place.binding)
        view.behaviour = self._wrap(node, inner, self._plain(node, inner))
        place.view.children.append(view)  # last: a viewer in another thread sees whole nodes only
        return view.behaviour

    def _free_path(self, wanted: str) -> str:
        path, number = wanted, 1
        while path in self.nodes:
            number += 1
            path = f"{wanted}[{number}]"
        return path

    def _plain(self, node: NodeSpec, place: _Place) -> Behaviour:
        path, binding = place.view.path, place.binding
        if node.check is not None:
            return CheckLeaf(path, node.check.substitute(binding), self._runtime)
        if node.do is not None:
            return self._skill(node.do.substitute(binding), path, node.span("do"))
        if node.for_each is not None:
            return self._for_each(node, place)
        if node.subtree is not None:
            return self._subtree(node.subtree.substitute(binding), place)
        children = [self._node(child, place) for child in node.children()]
        if node.parallel is not None:
            policy: ParallelPolicy.Base = ParallelPolicy.SuccessOnAll(synchronise=True)
            if node.succeed_on == "one":
                policy = ParallelPolicy.SuccessOnOne()
            return Parallel(path, policy, children)
        composite = Sequence if node.sequence is not None else Selector
        return composite(path, memory=node.is_remembering, children=children)

    def _skill(self, call: Call, path: str, span: Span | None) -> SkillLeaf:
        model = self._runtime.domain.skills.get(call.name)
        return SkillLeaf(path, call, model, self._runtime, span)

    def _for_each(self, node: NodeSpec, place: _Place) -> Behaviour:
        head, each = node.for_each, node.each
        assert head is not None
        assert each is not None

        def make_child(name: str) -> Behaviour:
            binding = {**place.binding, head.variable: name}
            return self._node(each, _Place(place.view, place.owner, binding, name))

        return ForEachNode(
            place.view.path,
            head.head(place.binding),
            make_child,
            self._runtime,
            is_any=node.mode == "any",
            is_remembering=node.is_remembering,
        )

    def _subtree(self, call: Call, place: _Place) -> Behaviour:
        used = self._library.resolve(place.owner, call.name)
        assert used is not None, f"unchecked tree: no subtree '{call.name}'"
        owner = used if isinstance(used, TreeSpec) else place.owner
        binding = dict(zip(used.params, call.arguments, strict=True))
        return self._node(used.root, _Place(place.view, owner, binding))

    def _wrap(self, node: NodeSpec, place: _Place, inner: Behaviour) -> Behaviour:
        path, binding, runtime = place.view.path, place.binding, self._runtime
        if node.invert:
            inner = InvertNode(path, inner)
        if node.timeout is not None:
            inner = TimeoutNode(path, inner, node.timeout, runtime)
        if node.retry is not None:
            inner = self._retry(node.retry, place, inner)
        if node.repeat is not None:
            inner = RepeatNode(path, inner, node.repeat, runtime)
        if node.while_ is not None:
            inner = WhileNode(path, inner, node.while_.substitute(binding), runtime)
        if node.unless is not None:
            inner = UnlessNode(path, inner, node.unless.substitute(binding), runtime)
        return inner

    def _retry(self, policy: RetryModel, place: _Place, inner: Behaviour) -> Behaviour:
        first = None
        if policy.first is not None:
            call = policy.first.substitute(place.binding)
            first = self._skill(call, f"{place.view.path}/first {call}", policy.span("first"))
            policy = policy.model_copy(update={"first": call})
        return RetryNode(place.view.path, inner, first, policy, self._runtime)


@dataclass(frozen=True)
class _Place:
    """Where a node is compiled: below which view, in which tree, and what its variables mean."""

    view: NodeView
    owner: TreeSpec
    binding: dict[str, str]
    prefix: str = ""
    """The object that a for_each makes the node for."""


def _bound_label(node: NodeSpec, binding: Mapping[str, str]) -> str:
    if node.name:
        return node.name
    if node.for_each is not None:
        return f"for each {node.for_each.head(binding)}"
    for text in (node.check, node.do, node.subtree):
        if text is not None:
            return str(text.substitute(dict(binding)))
    return node.kind
