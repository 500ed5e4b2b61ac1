"""Capacities of places.

A place with little room left is counted: an atom for each number of objects there lets the search
see that it is full and empty it. Other places are not counted, because counting multiplies the
operators; a plan found is then checked against their capacity.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass

from treehand.planners.goals.planning_problem import PlanningProblem
from treehand.skills.domain import Fact, Facts

TIGHT = 2
"""Free room, in objects, up to which a place is counted."""


@dataclass(frozen=True)
class Capacity:
    """Capacity of one place, and the facts that fill it."""

    name: str
    facts: frozenset[Fact]
    """One fact for each object, true if it is at the place."""
    capacity: int
    """Most objects there."""
    held: int
    """Number of objects there now."""
    is_counted: bool
    """True if atoms count the objects there."""

    def level(self, number: int) -> str:
        """Return the atom for a number of objects there."""
        return f"{number} things {self.name}"

    def start(self) -> str:
        """Return the atom for the number of objects there now."""
        return self.level(self.held)

    def steps(self, change: int) -> Iterator[tuple[str, str]]:
        """Yield the atoms before and after a change of the number of objects."""
        for before in range(self.capacity + 1):
            if 0 <= before + change <= self.capacity:
                yield self.level(before), self.level(before + change)


def capacities_of(problem: PlanningProblem, goals: Sequence[Set[Fact]]) -> tuple[Capacity, ...]:
    """Return the capacity of every place that skills put objects in or on.

    Args:
        problem: Action models, objects and beliefs.
        goals: The facts wanted by each alternative of the goal.
    """
    domain, facts = problem.domain, problem.facts
    filled = {
        effect.fact.predicate
        for model in domain.skills.values()
        for effect in model.effects
        if effect.positive and len(effect.fact.terms) == 2
    }
    capacities: list[Capacity] = []
    for predicate in sorted(filled):
        item, place = domain.predicates[predicate].params.values()
        for name in facts.objects(place):
            capacity = problem.scene.objects[name].capacity
            if capacity is None:
                continue
            there = frozenset(Fact(predicate, (thing, name)) for thing in facts.objects(item))
            held = sum(facts.value(fact) is True for fact in there)
            new = max((_new(wanted, there, facts) for wanted in goals), default=0)
            is_tight = capacity - held <= max(TIGHT, new - 1) and held <= capacity
            said = f"{predicate} {name}"
            capacities.append(
                Capacity(said, there, capacity, held, is_tight and capacity < len(there))
            )
    return tuple(capacities)


def _new(wanted: Set[Fact], there: frozenset[Fact], facts: Facts) -> int:
    return sum(not facts.value(fact) for fact in wanted & there)
