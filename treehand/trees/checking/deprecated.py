"""Uses of deprecated skills, predicates, ports and objects in a tree."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set

from treehand.core.errors import Finding
from treehand.core.literals import Call
from treehand.core.spans import Span
from treehand.skills.domain import Domain, Formula, ObjectModel, PortModel
from treehand.skills.domain.deprecated_uses import object_uses
from treehand.skills.domain.deprecation import formula_uses, use_finding
from treehand.trees.format.files import TreeLibrary
from treehand.trees.format.spec import NodeSpec, TreeSpec

Use = tuple[Formula | Call | None, Span | None]


def deprecated_findings(
    tree: TreeSpec, domain: Domain, objects: Mapping[str, ObjectModel], library: TreeLibrary
) -> Iterator[Finding]:
    """Yield a warning for each use in one tree file.

    Args:
        tree: The file.
        domain: Domain with its skills and predicates.
        objects: Objects of the scene.
        library: Trees that it may call.
    """
    yield from formula_uses([(tree.achieves, tree.span("achieves"))], domain.predicates)
    for body in tree.bodies():
        for node, variables in _in_scope(body.root, frozenset(body.params)):
            calls, formulas = list(_calls(node)), list(_formulas(node))
            for call, span in calls:
                yield from use_finding("skill", call.name, domain.skills, span)
            yield from formula_uses(formulas, domain.predicates)
            yield from _ports(node, tree, domain, library)
            uses: list[Use] = [*calls, *formulas, (node.subtree, node.span("subtree"))]
            yield from object_uses(uses, objects, variables)
            yield from _head(node, domain, objects, variables)


def _in_scope(
    node: NodeSpec, variables: frozenset[str]
) -> Iterator[tuple[NodeSpec, frozenset[str]]]:
    """Yield each node with the names that are parameters or variables at it."""
    yield node, variables
    below = variables | {node.for_each.variable} if node.for_each is not None else variables
    for child in node.children():
        yield from _in_scope(child, below)


def _calls(node: NodeSpec) -> Iterator[tuple[Call, Span | None]]:
    if node.do is not None:
        yield node.do, node.span("do")
    if node.retry is not None:
        for index, call in enumerate(node.retry.first):
            yield call, node.retry.span("first", index)


def _formulas(node: NodeSpec) -> Iterator[tuple[Formula | None, Span | None]]:
    for key in ("check", "if_", "unless", "while_"):
        yield getattr(node, key), node.span(key.rstrip("_"))


def _head(
    node: NodeSpec, domain: Domain, objects: Mapping[str, ObjectModel], variables: Set[str]
) -> Iterator[Finding]:
    """Yield a warning for each use in the quantifier of a loop."""
    loop, span = node.for_each, node.span("for_each")
    if loop is not None:
        bound = {*variables, loop.variable}
        yield from formula_uses([(loop.where, span)], domain.predicates)
        yield from object_uses([(loop.where, span)], objects, bound)
        for name in set(loop.excluded) - variables:
            yield from use_finding("object", name, objects, span)


def _ports(
    node: NodeSpec, tree: TreeSpec, domain: Domain, library: TreeLibrary
) -> Iterator[Finding]:
    """Yield a warning for each deprecated port that a call connects."""
    call = node.do or node.subtree
    if call is None:
        return
    called = (
        domain.skills.get(call.name) if node.do is not None else library.resolve(tree, call.name)
    )
    if called is None:
        return
    sides: tuple[tuple[str, Mapping[str, object], Mapping[str, PortModel]], ...] = (
        ("in", node.inputs, called.inputs),
        ("with", node.given, called.inputs),
        ("out", node.outputs, called.outputs),
    )
    for key, wired, models in sides:
        for port in wired:
            span = node.entry_span(key, port, is_key=True)
            yield from use_finding("port", port, models, span, owner=call.name)
