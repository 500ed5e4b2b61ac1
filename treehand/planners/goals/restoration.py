"""Facts of an earlier state that do not hold any more, as goals: "undo that", "put it back"."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

from treehand.skills.domain import Atom, Domain, Facts


class StateWords(Protocol):
    """Words for the states of things, which decide what may be restored."""

    @property
    def domain(self) -> Domain:
        """Return the domain."""
        ...

    @property
    def relations(self) -> Mapping[str, Sequence[str]]:
        """Return prepositions with the predicates that they stand for."""
        ...

    @property
    def adjectives(self) -> Mapping[str, Atom]:
        """Return adjectives with the literals that they stand for."""
        ...


class Restoration:
    """Finds the places and states of things that a run changed.

    What the robot itself does and where it is (in its hand, at a place) is not restored.

    Args:
        words: Words of the domain.
    """

    def __init__(self, words: StateWords) -> None:
        predicates = words.domain.predicates
        places = {name for names in words.relations.values() for name in names}
        self._places = {name for name in places if predicates[name].known_by != "given"}
        states = {atom.fact.predicate for atom in words.adjectives.values()}
        self._states = {name for name in states if predicates[name].known_by != "given"}
        self._states -= {"holding"}

    def moved(self, before: Facts, facts: Facts) -> dict[str, Atom]:
        """Return the things that are somewhere else now, each with its place before.

        Args:
            before: Beliefs then.
            facts: Beliefs now.
        """
        return {
            fact.terms[0]: Atom(fact)
            for fact in before.true_facts()
            if fact.predicate in self._places and facts.value(fact) is not True
        }

    def changed(self, before: Facts, facts: Facts) -> list[Atom]:
        """Return the literals that were so and are not so any more: places, then states."""
        return [*self.moved(before, facts).values(), *self._states_then(before, facts)]

    def _states_then(self, before: Facts, facts: Facts) -> Iterator[Atom]:
        for fact in before.true_facts():
            if fact.predicate in self._states and facts.value(fact) is False:
                yield Atom(fact)
        for fact in facts.true_facts():
            if fact.predicate in self._states and before.value(fact) is False:
                yield Atom(fact, positive=False)
