"""Literals that goals ask for, and the states that they lead to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from treehand.skills.domain import (
    AnyOf,
    Atom,
    Comparison,
    Count,
    Exists,
    Facts,
    Forall,
    Formula,
    Negation,
    conjuncts,
    positive_form,
)


def leads_to(state: Formula, formula: Formula, facts: Facts) -> bool:
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
            if name not in part.excluded and not _is_left_out(part, name, facts):
                yield from _instances(part.body.substitute({part.variable: name}), facts)
    else:
        yield part


def _is_left_out(part: Forall | Exists, name: str, facts: Facts) -> bool:
    """Return True if an "all …" is known not to be about an object."""
    where = part.where.substitute({part.variable: name})
    return isinstance(part, Forall) and where.holds(facts) is False


def asked_for(formula: Formula, facts: Facts) -> Iterator[Atom]:
    """Yield the literals that a goal makes true, for each object that it may be about."""
    for part in conjuncts(formula):
        yield from _asked_for(part)
        for instance in _instances(part, facts):
            yield from _asked_for(instance)


def has_choice(formula: Formula, atom: Atom, facts: Facts) -> bool:
    """Return True if a goal asks for a literal only as one of several: "something on the stove"."""
    for part in conjuncts(formula):
        instances = list(_instances(part, facts))
        if any(atom in _asked_for(one) for one in instances):
            return isinstance(part, Exists) and len(instances) > 1
    return False


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
