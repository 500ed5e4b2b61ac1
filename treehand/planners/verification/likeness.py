"""Objects that are alike for a goal: what one of them shows, the others show too."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable

from treehand.planners.goals.planning_problem import PlanningProblem
from treehand.skills.domain import Fact, quantifiers

TIGHT = 2
"""Room left at a place, in objects, up to which it is like no other."""


class Likeness:
    """Tells which objects a goal and a tree treat alike.

    Objects are alike if nothing names them, they are of the same ones of the types that a skill or
    a quantifier mentions, are within the same limits of skills, and the known facts about them are
    the same but for objects that are alike in turn, one level deep.

    Args:
        problem: Objects and beliefs.
        named: Objects that the goal, the constraints or the tree name.
        types: Types that these mention, besides those of the skills.
    """

    def __init__(
        self, problem: PlanningProblem, named: Iterable[str], types: Iterable[str]
    ) -> None:
        self._problem = problem
        self._named = frozenset(named)
        skills = problem.domain.skills.values()
        inner = {one.type for m in skills for part in m.preconditions for one in quantifiers(part)}
        params = {kind for model in skills for kind in model.params.values()}
        failures = (one for model in skills for one in model.failures.values())
        self._quantities = sorted({q for one in failures for q in one.only_for.values()})
        """Properties with which a skill may fail in another way."""
        self._types = sorted({*types, *inner, *params})
        self._facts: dict[str, list[tuple[Fact, bool]]] = defaultdict(list)
        for fact, belief in problem.facts.known():
            for term in fact.terms:
                self._facts[term].append((fact, belief.value))
        self._known: dict[str, Hashable] = {}

    def of(self, name: str) -> Hashable:
        """Return a value that is equal for objects that are alike."""
        known = self._known.get(name)
        if known is None:
            own = self._own(name)
            known = own if own == name else (own, self._relations(name))
            self._known[name] = known
        return known

    def of_fact(self, fact: Fact) -> Hashable:
        """Return a value that is equal for facts of objects that are alike."""
        return (fact.predicate, *map(self.of, fact.terms))

    def _own(self, name: str) -> Hashable:
        """Return the name of an object that is named or is nearly full, else its kind."""
        problem = self._problem
        entry = problem.scene.objects[name]
        there = sum(value and fact.terms[-1] == name for fact, value in self._facts[name])
        if name in self._named or (entry.capacity is not None and entry.capacity - there <= TIGHT):
            return name
        is_of = problem.vocabulary.is_of
        beyond = [
            (model.doc, quantity)
            for model in problem.domain.skills.values()
            for limits in model.limits.values()
            for quantity, most in limits.items()
            if (getattr(entry, quantity, None) or 0.0) > most
        ]
        kinds = tuple(kind for kind in self._types if is_of(name, kind))
        has = tuple(getattr(entry, quantity, None) is not None for quantity in self._quantities)
        return (kinds, tuple(beyond), has)

    def _relations(self, name: str) -> frozenset[Hashable]:
        """Return the kinds of facts that are known about an object."""
        return frozenset(
            (fact.predicate, value, *("" if t == name else self._own(t) for t in fact.terms))
            for fact, value in self._facts[name]
        )
