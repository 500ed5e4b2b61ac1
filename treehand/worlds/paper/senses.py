"""Perception of the paper world: every sensed fact is told when it changes and can be known."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Iterator

from treehand.skills.domain import Fact, Percept
from treehand.worlds.paper.state import PaperState

MAX_FACTS = 20_000
"""Most facts of one predicate that are told to be false; beyond that only true ones are told."""
SENSOR = "paper"
LIE_CONFIDENCE = 0.6


class PaperSenses:
    """The robot's sensors.

    A fact is told if its predicate is ``known_by: sensed``, its ``known_when`` holds, and none of
    its objects is hidden.

    Args:
        state: True state of the world.
    """

    def __init__(self, state: PaperState) -> None:
        self._state = state
        self._reported: dict[Fact, bool] = {}
        self._pending: list[Percept] = []

    def drain(self) -> list[Percept]:
        """Return the percepts since the last call."""
        percepts, self._pending = self._pending, []
        return percepts

    def look_around(self) -> None:
        """Report every fact that can be known and was not reported so."""
        for name, model in self._state.domain.predicates.items():
            kinds = model.params.values()
            options = [self._state.vocabulary.objects(kind) for kind in kinds]
            if math.prod(map(len, options)) > MAX_FACTS:
                true = self._state.truth.true_facts()
                self._report(fact for fact in true if fact.predicate == name)
                continue
            self._report(Fact(name, terms) for terms in itertools.product(*options))

    def note(self, changed: Iterable[Fact]) -> None:
        """Report facts that have changed, and those that can be known by it."""
        facts = list(changed)
        for fact in facts:
            self._report([fact, *self._shown_by(fact)])

    def reveal(self, facts: Iterable[Fact]) -> None:
        """Report facts as they are, whether they could be known or not: a skill met them."""
        for fact in facts:
            if self._state.domain.predicates[fact.predicate].known_by == "sensed":
                self._tell(fact, self._state.truth.value(fact) is True)

    def lie(self, fact: Fact) -> None:
        """Report a fact that is not so; what it excludes counts as unreported from then on."""
        self._reported[fact] = True
        true = self._state.truth.excluding(fact)
        if true is not None:
            self._reported.pop(true, None)
        percept = Percept(fact, True, SENSOR, self._state.time_s, LIE_CONFIDENCE)
        self._pending.append(percept)

    def correct(self, names: Iterable[str]) -> None:
        """Report what is wrong in earlier reports about objects that the robot handles."""
        touched = set(names)
        self._report(fact for fact in tuple(self._reported) if touched & set(fact.terms))
        self._report(fact for fact in self._state.truth.true_facts() if touched & set(fact.terms))

    def _report(self, facts: Iterable[Fact]) -> None:
        for fact in facts:
            value = self._state.truth.value(fact) is True
            if self._reported.get(fact) is value or not self._can_know(fact):
                continue
            if value or fact in self._reported or not self._is_excluded(fact):
                self._tell(fact, value)

    def _tell(self, fact: Fact, value: bool) -> None:
        self._reported[fact] = value
        self._pending.append(Percept(fact, value, SENSOR, self._state.time_s))

    def _can_know(self, fact: Fact) -> bool:
        state, model = self._state, self._state.domain.predicates[fact.predicate]
        if model.known_by != "sensed" or any(map(state.is_hidden, fact.terms)):
            return False
        if model.known_when is None:
            return True
        binding = dict(zip(model.params, fact.terms, strict=True))
        return model.known_when.substitute(binding).holds(state.truth) is True

    def _is_excluded(self, fact: Fact) -> bool:
        """Return True if a fact that can be known says already that this one is false."""
        other = self._state.truth.excluding(fact)
        return other is not None and self._can_know(other)

    def _shown_by(self, fact: Fact) -> Iterator[Fact]:
        """Yield the facts whose ``known_when`` a fact decides."""
        for name, model in self._state.domain.predicates.items():
            mark = model.known_when
            if mark is None or mark.fact.predicate != fact.predicate:
                continue
            fixed = dict(zip(mark.fact.terms, fact.terms, strict=True))
            options = [
                (fixed[param],) if param in fixed else self._state.vocabulary.objects(kind)
                for param, kind in model.params.items()
            ]
            for terms in itertools.product(*options):
                yield Fact(name, terms)
