"""The states that an exploration without assumptions reached, and the transitions between them.

A transition notes what decides if a run that differs a little would have gone the same way: the
facts at every end of a step, and the quantifiers whose objects were asked for. So an exploration
under a hypothesis goes through its own part of the runs only, and leaves this graph alone
elsewhere.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from treehand.planners.verification.branching_run import RunKey, RunPoint
from treehand.skills import FailureCode
from treehand.skills.domain import Fact, Vocabulary


@dataclass(frozen=True, slots=True)
class StepFacts:
    """Facts at one moment of a transition, as bit sets."""

    known: int
    true: int
    observable: int
    """Conditions of observation that hold, by their numbers in `Observability`."""


@dataclass(eq=False, slots=True)
class Transition:
    """Way from one state to the next, or to the end of the run."""

    codes: Mapping[str, FailureCode]
    """Codes of the steps that fail; the others succeed."""
    moments: list[StepFacts]
    asked: frozenset[str] = frozenset()
    """Keys of the quantifiers whose objects were asked for."""
    target: ExploredState | None = None
    """The next state; None if the run ends before one."""


@dataclass(eq=False, slots=True)
class ExploredState:
    """State in which steps are due."""

    key: RunKey
    failures: int = -1
    """Most failures with which it was explored."""
    transitions: list[Transition] = field(default_factory=list)
    via: tuple[ExploredState, Mapping[str, FailureCode]] | None = None
    """State from which it was met first, and the failures on the way; None at the start."""
    point: RunPoint | None = None
    """The state itself; None if it is to be reached from an earlier one."""
    distance: float | None = None
    """Number of transitions without failures to the end; None if it was not counted yet."""


class Variation(Protocol):
    """Way in which a run differs from the explored one."""

    def shows_in(self, transition: Transition) -> bool:
        """Return True if the run might go another way than the transition."""
        ...


@dataclass(frozen=True)
class Unseen:
    """Assumed facts that nothing has shown yet; the run does not differ."""

    hidden: tuple[tuple[int, int, int], ...]
    """Of each fact, as bits: the conditions under which it is observed, itself, and the facts of
    its exclusive groups."""

    def shows_in(self, transition: Transition) -> bool:
        """Return True if an assumed fact would be observed."""
        return any(
            one.observable & condition and not one.known & own and not one.true & group
            for one in transition.moments
            for condition, own, group in self.hidden
        )


@dataclass(frozen=True)
class StateDifference:
    """Beliefs that differ without a difference, and objects that a quantifier has bound besides.

    A fact that is known to be false and one that is false because another one is true have the
    same value while that other one is true.
    """

    facts: frozenset[tuple[Fact, bool]]
    """Facts that are false by exclusion, and True if they are known to be false besides."""
    members: frozenset[tuple[str, tuple[str, ...]]]
    """Keys of quantifiers, with the objects bound."""
    groups: frozenset[int]
    """Facts of the exclusive groups of each of these facts, as bits."""

    @property
    def is_none(self) -> bool:
        """Return True if nothing differs."""
        return not self.facts and not self.members

    def shows_in(self, transition: Transition) -> bool:
        """Return True if a value differs, or if the objects of such a quantifier are asked for."""
        if any(key in transition.asked for key, _ in self.members):
            return True
        return any(not one.true & group for one in transition.moments for group in self.groups)


class ExplorationGraph:
    """States that were met without assumptions.

    Args:
        vocabulary: Exclusive groups of facts.
    """

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._states: dict[RunKey, ExploredState] = {}
        self._alike: dict[Hashable, list[ExploredState]] = defaultdict(list)
        """States with the same nodes and true facts."""
        self._groups: dict[object, int] = defaultdict(int)
        self._counted = 0
        self.start: Transition | None = None
        """Transition to the first state."""

    def state(self, key: RunKey) -> ExploredState:
        """Return the state with a key; it is new if none was met."""
        found = self._states.get(key)
        if found is None:
            found = self._states[key] = ExploredState(key)
            self._alike[key.rest, key.facts[1]].append(found)
        return found

    @property
    def has_decisions(self) -> bool:
        """Return True if some condition was decided once and for all."""
        return any(name.startswith("if ") for key in self._states for name, _ in key.members)

    def group_bits(self, fact: Fact) -> int:
        """Return the facts of the exclusive groups of a fact that were ever observed, as bits."""
        bits = self._vocabulary.bits
        if self._counted < len(bits):
            for known in bits.facts((1 << len(bits)) - (1 << self._counted)):
                for group in self._vocabulary.groups(known):
                    self._groups[group] |= bits[known]
            self._counted = len(bits)
        found = 0
        for group in self._vocabulary.groups(fact):
            found |= self._groups.get(group, 0)
        return found

    def alike(self, key: RunKey, failures: int) -> tuple[ExploredState, StateDifference] | None:
        """Return a state from which the run goes on as from another one, and how they differ.

        Args:
            key: The other one.
            failures: Most failures from there on; the state was explored with as many.
        """
        for one in self._alike.get((key.rest, key.facts[1]), ()):
            if one.failures >= failures:
                difference = self._difference(key, one.key)
                if difference is not None:
                    return one, difference
        return None

    def _difference(self, key: RunKey, other: RunKey) -> StateDifference | None:
        (known, true), (known_there, _) = key.facts, other.facts
        facts, groups = [], set()
        for fact in self._vocabulary.bits.facts(known ^ known_there):
            group = self.group_bits(fact)
            if not true & group:
                return None
            facts.append((fact, bool(known & self._vocabulary.bits[fact])))
            groups.add(group)
        missing = {name for name, _ in other.members} - {name for name, _ in key.members}
        members = (key.members - other.members) | {(name, ()) for name in missing}
        return StateDifference(frozenset(facts), frozenset(members), frozenset(groups))

    def showing(
        self, state: ExploredState, variation: Variation, failures: int
    ) -> Iterator[tuple[ExploredState, Transition, int]]:
        """Yield the transitions after a state that a variation shows in first.

        Args:
            state: Where the run is.
            variation: How it differs.
            failures: Most failures from there on.

        Yields:
            The state before the transition, the transition, and the failures left at the state.
        """
        most: dict[ExploredState, int] = {}
        waiting = [(state, failures)]
        while waiting:
            here, left = waiting.pop()
            if most.get(here, -1) >= left:
                continue
            most[here] = left
            for transition in here.transitions:
                left_there = left - len(transition.codes)
                if left_there < 0:
                    continue
                if variation.shows_in(transition):
                    yield here, transition, left
                elif transition.target is not None:
                    waiting.append((transition.target, left_there))

    def distance(self, state: ExploredState) -> float:
        """Return the number of transitions to the end of the run without failures from a state."""
        way: list[ExploredState] = []
        here: ExploredState | None = state
        met: set[ExploredState] = set()
        while here is not None and here.distance is None and here not in met:
            met.add(here)
            way.append(here)
            nominal = [one.target for one in here.transitions if not one.codes]
            here = nominal[-1] if nominal else None
        ahead = 0.0 if here is None else here.distance
        ahead = math.inf if ahead is None else ahead
        for one in reversed(way):
            ahead += 1
            one.distance = ahead
        return ahead if way else (state.distance or 0.0)
