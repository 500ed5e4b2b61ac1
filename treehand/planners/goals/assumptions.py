"""Beliefs in which the conditions of a goal are assumed true or false, with few changes."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from treehand.planners.goals.conditional_parts import ConditionalPart
from treehand.planners.goals.planning_problem import PlanningProblem
from treehand.planners.goals.requirements.requirement import opposite
from treehand.skills.domain import (
    AllOf,
    AnyOf,
    Atom,
    Count,
    Domain,
    Exists,
    Fact,
    Facts,
    Forall,
    Formula,
    Negation,
    Quantifier,
)
from treehand.skills.domain.knowledge.certainty import certain
from treehand.skills.domain.knowledge.facts import MEMORY

ASSUMED = "assumed"
"""Source of the beliefs that are assumed."""


@dataclass(frozen=True)
class AssumedProblem:
    """A planning problem in which the conditions of a goal have assumed values."""

    conditions: tuple[Formula, ...]
    """The conditions, or their opposites, that are assumed to hold."""
    problem: PlanningProblem


def assumed_problems(
    cases: Sequence[ConditionalPart], problem: PlanningProblem
) -> Iterator[AssumedProblem]:
    """Yield a problem for each possible choice of the values of conditions.

    The choice that is believed now comes first.
    """
    conditions = list(dict.fromkeys(one.condition for one in cases))
    options = [
        (False, True) if one.holds(problem.facts) is False else (True, False) for one in conditions
    ]
    for values in itertools.product(*options):
        wanted = tuple(
            one if value else opposite(one) for one, value in zip(conditions, values, strict=True)
        )
        facts = assuming(AllOf(wanted), problem.facts, problem.domain)
        if facts is not None:
            yield AssumedProblem(wanted, replace(problem, facts=facts))


def assuming(formula: Formula, facts: Facts, domain: Domain) -> Facts | None:
    """Return a copy of beliefs in which a formula holds; None if it cannot be made to hold."""
    there = facts.copy()
    _assume(formula, there, domain)
    return there if certain(formula, there) is True else None


def _assume(formula: Formula, facts: Facts, domain: Domain) -> bool:
    """Change beliefs so that a formula holds; return True if it does."""
    if certain(formula, facts) is True:
        return True
    if isinstance(formula, Atom):
        if domain.predicates[formula.fact.predicate].known_by == "given":
            return False
        facts.predict(formula, ASSUMED, 0.0)
    elif isinstance(formula, AllOf):
        for part in formula.parts:
            _assume(part, facts, domain)
    elif isinstance(formula, AnyOf):
        any(_assume(part, facts, domain) for part in formula.parts)
    elif isinstance(formula, Forall):
        for body in _each(formula, facts):
            _assume(body, facts, domain)
    elif isinstance(formula, Exists):
        any(_assume(body, facts, domain) for body in _each(formula, facts))
    elif isinstance(formula, Count):
        _assume_count(formula, facts, domain)
    elif isinstance(formula, Negation) and opposite(formula.part) != formula:
        _assume(opposite(formula.part), facts, domain)
    return certain(formula, facts) is True


def _each(formula: Forall | Exists, facts: Facts) -> list[Formula]:
    """Return the instance of each object; those that match are counted first."""
    names = [name for name in facts.objects(formula.type) if name not in formula.excluded]
    value = {
        name: formula.where.substitute({formula.variable: name}).holds(facts) for name in names
    }
    names.sort(key=lambda name: value[name] is not True)
    found: list[Formula] = []
    for name in names:
        binding = {formula.variable: name}
        where, body = formula.where.substitute(binding), formula.body.substitute(binding)
        if isinstance(formula, Exists):
            found.append(AllOf((where, body)))
        elif value[name] is not False:
            found.append(AnyOf((opposite(where), body)))
    return found


def _assume_count(formula: Count, facts: Facts, domain: Domain) -> None:
    """Make objects match, or not, until their number is right."""
    for name, value in [*formula.candidates(facts)]:
        if formula.holds(facts) is True:
            return
        where = formula.where.substitute({formula.variable: name})
        enough = len(formula.qualified(facts)) >= formula.number
        if (formula.sign != ">=" and enough) or (formula.sign == "<=" and value is None):
            _assume(opposite(where), facts, domain)
        elif value is None:
            _assume(where, facts, domain)
    for name in facts.objects(formula.type):
        is_short = len(formula.qualified(facts)) < formula.number
        if name not in formula.excluded and formula.sign != "<=" and is_short:
            _assume(formula.where.substitute({formula.variable: name}), facts, domain)


def ground_atoms(formula: Formula, facts: Facts) -> Iterator[Atom]:
    """Yield the ground literals that a formula is about; quantifiers are written out."""
    if isinstance(formula, Quantifier):
        for name in facts.objects(formula.type):
            if name not in formula.excluded:
                binding = {formula.variable: name}
                yield from ground_atoms(formula.where.substitute(binding), facts)
                if isinstance(formula, Forall | Exists):
                    yield from ground_atoms(formula.body.substitute(binding), facts)
    elif isinstance(formula, AllOf | AnyOf):
        for part in formula.parts:
            yield from ground_atoms(part, facts)
    elif isinstance(formula, Negation):
        yield from ground_atoms(formula.part, facts)
    elif isinstance(formula, Atom):
        yield formula


def not_seen(condition: Formula, facts: Facts, domain: Domain) -> tuple[Fact, ...]:
    """Return the facts of a condition that are unknown, or only remembered.

    They may have changed, so that the condition has to be looked at before it is decided.
    """
    found: dict[Fact, None] = {}
    for atom in ground_atoms(condition, facts):
        fact = atom.fact
        if domain.predicates[fact.predicate].known_by == "given":
            continue
        belief, other = facts.belief(fact), facts.excluding(fact)
        if belief is None and other is not None:
            belief = facts.belief(other)
        is_remembered = belief is not None and belief.source == MEMORY
        if facts.value(fact) is None or is_remembered:
            found[fact] = None
    return tuple(found)
