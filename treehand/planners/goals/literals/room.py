"""Room at the places that a goal fills: what has to leave them first."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from treehand.planners.goals.literals.required_literals import RequiredLiterals, in_positive_form
from treehand.skills.domain import AllOf, Atom, Domain, Fact, Facts, Formula, Scene, conjuncts

_THING = "?thing"


class Room:
    """Finds the objects that must leave places with a capacity before a goal can hold.

    Args:
        domain: Predicates that never change.
        facts: Where everything is.
        scene: Capacities of places.
    """

    def __init__(self, domain: Domain, facts: Facts, scene: Scene) -> None:
        self._domain = domain
        self._facts = facts
        self._scene = scene
        self._literals = RequiredLiterals(domain, facts)

    def to_make(self, formula: Formula) -> Formula | None:
        """Return the formula that makes room if it holds first; None if there is room enough.

        The objects that leave are the first ones at a place that a goal does not want there.

        Args:
            formula: The goal's formula, with each "all …" written out.
        """
        wanted: dict[tuple[str, str], set[str]] = defaultdict(set)
        for part in conjuncts(formula):
            for atom in self._literals.required(in_positive_form(part)):
                if atom.positive and len(atom.fact.terms) == 2:
                    thing, place = atom.fact.terms
                    wanted[atom.fact.predicate, place].add(thing)
        leaving: list[Atom] = []
        for (predicate, place), things in wanted.items():
            leaving += self._leaving(predicate, place, things)
        return AllOf(tuple(leaving)) if leaving else None

    def beyond(self, parts: Sequence[Formula]) -> frozenset[str]:
        """Return the objects that are one too many where parts want them all at one place."""
        facts = [part.fact for part in parts if isinstance(part, Atom) and part.positive]
        place = facts[0].terms[-1] if facts else ""
        entry = self._scene.objects.get(place)
        if entry is None or entry.capacity is None:
            return frozenset()
        away = [fact.terms[0] for fact in facts if self._facts.value(fact) is not True]
        surplus = max(0, len(facts) - entry.capacity)
        return frozenset(away[-surplus:] if surplus else ())

    def _leaving(self, predicate: str, place: str, things: set[str]) -> list[Atom]:
        entry = self._scene.objects.get(place)
        if entry is None or entry.capacity is None or len(things) > entry.capacity:
            return []
        kind = next(iter(self._domain.predicates[predicate].params.values()))
        there = self._facts.matching(Fact(predicate, (_THING, place)), _THING, kind) or ()
        lacking = len(things.union(there)) - entry.capacity
        others = [thing for thing in there if thing not in things]
        return [Atom(Fact(predicate, (one, place)), False) for one in others[: max(0, lacking)]]
