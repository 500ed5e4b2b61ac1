"""What a domain refuses, looked for in goals; in plans it is looked for by their effects."""

from __future__ import annotations

from collections.abc import Iterator

from ..skills.domain import (
    Atom,
    Comparison,
    Count,
    Domain,
    Exists,
    Facts,
    Forall,
    Formula,
    Negation,
    positive_form,
)
from .goal import GoalSpec


def with_refusal(goal: GoalSpec, domain: Domain, facts: Facts) -> GoalSpec:
    """Return a goal, refused if it asks for what the domain calls a hazard.

    Hazards that a person may allow are asked about before the step that has them.
    """
    if goal.status != "plan":
        return goal
    for atom in _asked_for(goal.formula):
        for hazard in domain.hazards:
            if not hazard.confirm and hazard.because(atom, facts) is not None:
                words = f"it would make {atom} true: {hazard.reason}"
                return goal.model_copy(update={"status": "refuse", "words": words})
    return goal


def _asked_for(formula: Formula) -> Iterator[Atom]:
    """Yield the literals that a goal wants; not those that only say which objects it is about."""
    if isinstance(formula, Atom):
        yield formula
    elif isinstance(formula, Forall):
        yield from _asked_for(formula.body)
    elif isinstance(formula, Exists):
        yield from _asked_for(formula.body)
        yield from _asked_for(formula.where)
    elif isinstance(formula, Count):
        yield from _asked_for(formula.where) if formula.sign != "<=" else ()
    elif isinstance(formula, Negation):
        try:
            yield from _asked_for(positive_form(formula))
        except ValueError:
            return  # an exact count, negated: nothing plans for it
    elif not isinstance(formula, Comparison):
        for part in formula.parts:
            yield from _asked_for(part)
