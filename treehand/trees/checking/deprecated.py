"""Uses of deprecated skills and predicates in a tree."""

from __future__ import annotations

from collections.abc import Iterator

from treehand.core.errors import Finding
from treehand.skills.domain import Domain
from treehand.skills.domain.deprecation import formula_uses, use_finding
from treehand.trees.format.spec import TreeSpec


def deprecated_findings(tree: TreeSpec, domain: Domain) -> Iterator[Finding]:
    """Yield a warning for each use in one tree file."""
    predicates, skills = domain.predicates, domain.skills
    yield from formula_uses([(tree.achieves, tree.span("achieves"))], predicates)
    for node in tree.nodes():
        if node.do is not None:
            yield from use_finding("skill", node.do.name, skills, node.span("do"))
        for index, call in enumerate(node.retry.first if node.retry is not None else ()):
            assert node.retry is not None
            yield from use_finding("skill", call.name, skills, node.retry.span("first", index))
        keys = ("check", "if_", "unless", "while_")
        formulas = [(getattr(node, key), node.span(key.rstrip("_"))) for key in keys]
        if node.for_each is not None:
            formulas.append((node.for_each.where, node.span("for_each")))
        yield from formula_uses(formulas, predicates)
