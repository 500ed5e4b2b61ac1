"""How many things places take.

Where it is tight, an atom for each number of things that may stand there keeps count, so that a
search sees a full place and empties it. Elsewhere counting would only multiply the operators: there
a plan is held to the room that places have once it is found.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass

from treehand.planners.goals.planning_problem import PlanningProblem
from treehand.skills.domain import Fact, Facts

TIGHT = 2
"""A place with room for so few more things is counted."""


@dataclass(frozen=True)
class Capacity:
    """What may stand at one place."""

    name: str
    facts: frozenset[Fact]
    """A thing is there if its fact is true."""
    capacity: int
    held: int
    """How many things are there now."""
    is_counted: bool

    def level(self, number: int) -> str:
        """Return the atom that says how many things are there."""
        return f"{number} things {self.name}"

    def start(self) -> str:
        """Return the atom that is true now."""
        return self.level(self.held)

    def steps(self, change: int) -> Iterator[tuple[str, str]]:
        """Yield the levels before and after something changes the number of things."""
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
