"""Uses of deprecated predicates and objects by formulas, calls and domains."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping

from treehand.core.errors import Finding
from treehand.core.literals import Call
from treehand.core.spans import Span
from treehand.skills.domain.deprecation import (
    formula_uses,
    port_successor_findings,
    successor_findings,
    use_finding,
)
from treehand.skills.domain.language.formulas import Formula, quantifiers
from treehand.skills.domain.model import Domain, ObjectModel


def object_uses(
    uses: Iterable[tuple[Formula | Call | None, Span | None]],
    objects: Mapping[str, ObjectModel],
    variables: Collection[str] = (),
) -> Iterator[Finding]:
    """Yield a warning for each deprecated object of formulas and calls at their positions.

    Args:
        uses: Formulas and calls with their positions.
        objects: The scene's objects.
        variables: Names that stand for other objects there.
    """
    for use, span in uses:
        for name in dict.fromkeys(_terms(use)):
            if name not in variables:
                yield from use_finding("object", name, objects, span)


def _terms(use: Formula | Call | None) -> Iterator[str]:
    """Yield the names of objects in a formula or call; not the variables that it binds."""
    if isinstance(use, Call):
        yield from use.arguments
    elif use is not None:
        bound = {one.variable for one in quantifiers(use)}
        terms = [term for atom in use.atoms() for term in atom.fact.terms]
        terms += [name for one in quantifiers(use) for name in one.excluded]
        yield from (term for term in terms if term not in bound)


def deprecation_findings(domain: Domain) -> Iterator[Finding]:
    """Yield the errors in a domain's deprecations, and a warning for each use by the domain.

    What is deprecated itself may go on using what is.
    """
    yield from successor_findings("skill", domain.skills)
    yield from successor_findings("predicate", domain.predicates)
    for skill in domain.skills.values():
        yield from port_successor_findings(skill.inputs, skill.outputs)
        if skill.deprecated is None:
            for key in ("preconditions", "effects"):
                parts = enumerate(getattr(skill, key))
                uses = [(part, skill.span(key, index)) for index, part in parts]
                yield from formula_uses(uses, domain.predicates)
    for goal in (*domain.goals, *domain.maintenance_goals):
        yield from formula_uses([(goal.goal, goal.span("goal"))], domain.predicates)


def objects_of_domain(domain: Domain, objects: Mapping[str, ObjectModel]) -> Iterator[Finding]:
    """Yield a warning for each deprecated object of a scene that its domain names."""
    for goal in (*domain.goals, *domain.maintenance_goals):
        yield from object_uses([(goal.goal, goal.span("goal"))], objects, goal.params)
    for hazard in domain.hazards:
        for key in ("effect", "state", "when"):
            yield from object_uses([(getattr(hazard, key), hazard.span(key))], objects)
    for skill in domain.skills.values():
        for parameter, names in skill.only.items():
            for name in names:
                span = skill.entry_span("only", parameter)
                yield from use_finding("object", name, objects, span)
