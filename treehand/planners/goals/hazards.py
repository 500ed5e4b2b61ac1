"""Goals that ask for a hazard of the domain; plans are checked by their effects."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from treehand.planners.goals.goal import Goal
from treehand.planners.goals.readings import Refusal
from treehand.skills.domain import (
    AnyOf,
    Atom,
    Comparison,
    Count,
    Domain,
    Exists,
    Facts,
    Forall,
    Formula,
    Negation,
    conjuncts,
    positive_form,
)


def with_refusal(goal: Goal, domain: Domain, facts: Facts) -> Goal | Refusal:
    """Return the goal, or a refusal if it asks for a hazard of the domain.

    Hazards that a person may confirm are asked about before the step that causes them.
    """
    for atom in (one for ending in goal.endings() for one in _asked_for(ending)):
        for hazard in domain.hazards:
            if not hazard.confirm and hazard.because(atom, facts) is not None:
                words = f"it would make {atom} true: {hazard.reason}"
                return Refusal(words, said=goal.text, goal=goal)
    for hazard in domain.hazards:
        state = hazard.state
        if state is not None and any(_leads_to(state, one, facts) for one in goal.endings()):
            words = f"then '{hazard.state}': {hazard.reason}"
            return Refusal(words, said=goal.text, goal=goal)
    return goal


def _leads_to(state: Formula, formula: Formula, facts: Facts) -> bool:
    """Return True if a goal, or one of its alternatives, makes a state true that is not."""
    if state.holds(facts) is True:
        return False
    parts = [one for part in conjuncts(formula) for one in _instances(part, facts)]
    sure = [atom for part in parts if not isinstance(part, AnyOf) for atom in _asked_for(part)]
    options = [option for part in parts if isinstance(part, AnyOf) for option in part.parts]
    alternatives = [[*sure, *_asked_for(option)] for option in options] or [sure]
    return any(_is_so_after(some, state, facts) for some in alternatives)


def _is_so_after(atoms: Iterable[Atom], state: Formula, facts: Facts) -> bool:
    there = facts.copy()
    known = facts.vocabulary.object_types
    for atom in (one for one in atoms if all(term in known for term in one.fact.terms)):
        there.predict(atom, "the goal", 0.0)
    return state.holds(there) is True


def _instances(part: Formula, facts: Facts) -> Iterator[Formula]:
    """Yield the instances of "all …" and "some …", object by object."""
    if isinstance(part, Forall | Exists):
        for name in facts.objects(part.type):
            if name not in part.excluded:
                yield from _instances(part.body.substitute({part.variable: name}), facts)
    else:
        yield part


def _asked_for(formula: Formula) -> Iterator[Atom]:
    """Yield the literals that a goal makes true; filters of its quantifiers are left out."""
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
