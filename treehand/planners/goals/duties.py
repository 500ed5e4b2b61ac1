"""Maintenance goals of a domain: which of them a goal's tree has to keep, and what it leaves alone.

A maintenance goal ("broken things are swept up") is for what goes wrong in a run. A mess that was
there before and has nothing to do with the goal is told, and left as it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from treehand.planners.goals.goal import Goal
from treehand.planners.goals.planning_problem import PlanningProblem
from treehand.skills.domain import (
    Comparison,
    Domain,
    Facts,
    Forall,
    Formula,
    conjuncts,
    positive_form,
)


@dataclass(frozen=True)
class Duty:
    """A maintenance goal as the tree for one goal keeps it."""

    words: str
    formula: Formula


def mess_in(domain: Domain, facts: Facts) -> frozenset[str]:
    """Return the objects for which a maintenance goal of a domain does not hold now."""
    parts = (part for named in domain.maintenance_goals for part in conjuncts(named.goal))
    return frozenset(name for part in parts for name in _violators(part, facts))


def duties(goal: Goal, problem: PlanningProblem) -> list[Duty]:
    """Return the maintenance goals for a goal, without the mess that is left alone."""
    left = left_alone(goal, problem)
    found = []
    for named in problem.domain.maintenance_goals:
        for part in conjuncts(named.goal):
            kept = _without(part, left, problem.facts)
            if kept is not None:
                found.append(Duty(named.words[0], kept))
    return found


def left_alone(goal: Goal, problem: PlanningProblem) -> frozenset[str]:
    """Return the objects whose mess a goal's tree leaves as it is."""
    old = problem.old_mess
    if old is None:
        old = mess_in(problem.domain, problem.facts)
    if not old and not problem.hopeless_mess:
        return frozenset()
    about = set(_objects_of(goal, problem))
    kept = {name for name in old if name in about or about & set(_around(name, problem.facts))}
    return (old - kept) | problem.hopeless_mess


def untidied(goal: Goal, problem: PlanningProblem) -> Iterator[tuple[str, Formula]]:
    """Yield what a goal's tree leaves alone: an object, and the maintenance goal for it."""
    left = left_alone(goal, problem)
    for named in problem.domain.maintenance_goals:
        for part in conjuncts(named.goal):
            for name in _violators(part, problem.facts):
                if name in left:
                    yield name, _instance(part, name)


def _instance(part: Formula, name: str) -> Formula:
    """Return the reason why a maintenance goal is about an object, else the goal itself."""
    if not isinstance(part, Forall):
        return part
    return part.where.substitute({part.variable: name})


def _violators(part: Formula, facts: Facts) -> Iterator[str]:
    """Yield the objects for which a maintenance goal does not hold."""
    if isinstance(part, Forall):
        for name in part.qualified(facts):
            if part.body.substitute({part.variable: name}).holds(facts) is not True:
                yield name
    elif part.holds(facts) is not True:
        yield from _names(part)


def _without(part: Formula, left: frozenset[str], facts: Facts) -> Formula | None:
    """Return a maintenance goal without the objects that are left alone; None if none remain."""
    if isinstance(part, Forall):
        gone = tuple(sorted(name for name in left if name in facts.objects(part.type)))
        excluded = tuple(dict.fromkeys((*part.excluded, *gone)))
        return Forall(part.variable, part.type, excluded, part.where, part.body)
    is_left = part.holds(facts) is not True and left.issuperset(_names(part))
    return None if is_left else part


def _names(formula: Formula) -> Iterator[str]:
    for atom in formula.atoms():
        yield from atom.fact.terms


def _objects_of(goal: Goal, problem: PlanningProblem) -> Iterator[str]:
    """Yield the objects that a goal names, or that its "all …" are about."""
    formulas = [goal.formula, *goal.before, *(one.condition for one in goal.cases)]
    formulas += [part for one in goal.cases for part in (one.then, one.otherwise)]
    for formula in formulas:
        yield from _names(positive_form(formula)) if not isinstance(formula, Comparison) else ()
    for _, instance in goal.instances(problem.facts, problem.bindings.copy()):
        yield from _names(instance)


def _around(name: str, facts: Facts) -> Iterator[str]:
    """Yield the places where an object is."""
    for fact in facts.true_facts():
        if fact.terms[:1] == (name,) and len(facts.vocabulary.related(fact.predicate)) > 1:
            yield from fact.terms[1:]
