"""Declared names of a tree file that nothing uses."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from treehand.core.errors import Finding
from treehand.skills.domain import Formula, comparisons, quantifiers
from treehand.trees.checking.computed_keys import read_keys
from treehand.trees.format.spec import NodeSpec, SubtreeSpec, TreeSpec


def unused_findings(tree: TreeSpec) -> Iterator[Finding]:
    """Yield a finding for each unused parameter, input and subtree of a file."""
    for body in tree.bodies():
        yield from _unused_names(body)
    called = {node.subtree.name for node in tree.nodes() if node.subtree is not None}
    for name in tree.subtrees:
        if name not in called:
            span = tree.entry_span("subtrees", name, is_key=True)
            message = f"nothing in this file uses the subtree '{name}'"
            yield Finding("unused-subtree", message, span, "take it out", "warning")
    yield from _unused_foreign_names(tree, called)


def _unused_foreign_names(tree: TreeSpec, called: Collection[str]) -> Iterator[Finding]:
    skills = {call.name for call in tree.calls()}
    trees = {tree.tree, *tree.subtrees, *called}
    names = tree.foreign_names
    kinds: tuple[tuple[str, Collection[str], Collection[str]], ...] = (
        ("skills", names.skills, skills),
        ("trees", names.trees, trees),
        ("ports", names.ports, skills | trees),
    )
    for kind, given, used in kinds:
        for name in given:
            if name not in used:
                span = names.entry_span(kind, name, is_key=True)
                what = "skill or tree" if kind == "ports" else kind.removesuffix("s")
                message = f"this file has no {what} '{name}'"
                yield Finding("unused-name", message, span, "take it out", "warning")


def _unused_names(body: TreeSpec | SubtreeSpec) -> Iterator[Finding]:
    terms: set[str] = set()
    entries: set[str] = set()
    for node in body.root.walk():
        terms.update(_terms(node))
        entries.update(node.inputs.values())
        entries.update(read_keys(node))
        entries.update(c.entry for formula in _formulas(node) for c in comparisons(formula))
    for key, names, used in (
        ("params", body.params, terms),
        ("inputs", body.inputs, entries),
    ):
        for name in names:
            if name not in used:
                what = "parameter" if key == "params" else "input"
                span = body.entry_span(key, name, is_key=True)
                message = f"the {what} '{name}' is never used"
                yield Finding("unused-parameter", message, span, "take it out", "warning")


def _formulas(node: NodeSpec) -> Iterator[Formula]:
    for formula in (node.check, node.if_, node.unless, node.while_):
        if formula is not None:
            yield formula
    if node.for_each is not None:
        yield node.for_each.where


def _terms(node: NodeSpec) -> Iterator[str]:
    first = node.retry.first if node.retry is not None else ()
    for call in (node.do, node.subtree, *first):
        if call is not None:
            yield from call.arguments
    if node.for_each is not None:
        yield from node.for_each.excluded
    yield from read_keys(node)
    for formula in _formulas(node):
        yield from _terms_of(formula)


def _terms_of(formula: Formula) -> Iterator[str]:
    for atom in formula.atoms():
        yield from atom.fact.terms
    for comparison in comparisons(formula):
        yield str(comparison.value)
    for quantifier in quantifiers(formula):
        yield from quantifier.excluded
