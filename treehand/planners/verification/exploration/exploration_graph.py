"""The states that an exploration reached, and the transitions between them.

A transition notes what decides if a run that differs a little would have gone the same way: the
facts at every end of a step, and the quantifiers whose objects were asked for.
"""

from __future__ import annotations

import itertools
import math
from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator

from treehand.planners.verification.branching.branching_run import RunKey, RunPoint
from treehand.planners.verification.exploration.differences import (
    Differences,
    StateDifference,
    size_of_difference,
)
from treehand.planners.verification.exploration.explored_states import (
    ANY_USE,
    ExploredState,
    StateUse,
    StepFacts,
    Transition,
)
from treehand.planners.verification.exploration.ways_ahead import FailedStep, RunPlace
from treehand.skills.domain import QuantifierBindings, Vocabulary

MAX_COMPARED = 100
"""Most states that one is compared with to find one from which the run goes on alike."""
MAX_POINTS = 2_000
"""Most states that are kept whole; others are reached again from an earlier one."""


class ExplorationGraph:
    """States that were met without assumptions, or after all assumed facts were observed.

    Args:
        vocabulary: Exclusive groups of facts.
        bindings: The quantifiers of the run.
    """

    def __init__(self, vocabulary: Vocabulary, bindings: QuantifierBindings) -> None:
        self.differences = Differences(vocabulary, bindings)
        self._states: dict[RunKey, ExploredState] = {}
        self._alike: dict[Hashable, list[ExploredState]] = defaultdict(list)
        """States with the same nodes."""
        self.start: Transition | None = None
        """Transition to the first state."""
        self._points = 0
        self._use_ahead: dict[tuple[ExploredState, int], StateUse] = {}
        self._has_decisions = False

    def state(self, key: RunKey) -> ExploredState:
        """Return the state with a key; it is new if none was met."""
        found = self._states.get(key)
        if found is None:
            found = self._states[key] = ExploredState(key)
            self._alike[key.rest].append(found)
        return found

    def renewed(self, key: RunKey) -> ExploredState:
        """Return a new state in the place of one that was explored with fewer failures."""
        found = self._states[key] = ExploredState(key)
        self._alike[key.rest].append(found)
        return found

    def forget(self, states: Iterable[ExploredState]) -> None:
        """Forget states, as if they had never been met."""
        for one in states:
            one.is_done = False
            if self._states.get(one.key) is one:
                del self._states[one.key]

    def keep(self, state: ExploredState, point: RunPoint) -> None:
        """Keep a state whole, to set the run back to it."""
        if self._points < MAX_POINTS and state.point is None:
            state.point = point
            self._points += 1

    def finish(self) -> None:
        """Take the exploration without assumptions as complete."""
        for state in self._states.values():
            state.is_plain = state.is_done = True
        self._has_decisions = any(
            name.startswith("if ") for key in self._states for name, _ in key.members
        )

    @property
    def has_decisions(self) -> bool:
        """Return True if some condition was decided once and for all."""
        return self._has_decisions

    def alike(self, key: RunKey, failures: int) -> tuple[ExploredState, StateDifference] | None:
        """Return a state from which the run goes on as from another one, and how they differ.

        Args:
            key: The other one.
            failures: Most failures from there on; the state was explored with as many.
        """
        explored = (
            one
            for one in self._alike.get(key.rest, ())
            if one.is_done and one.alike is None and one.failures >= failures
        )
        best = min(
            itertools.islice(explored, MAX_COMPARED),
            key=lambda one: size_of_difference(one.key, key),
            default=None,
        )
        return None if best is None else (best, self.differences.between(key, best.key))

    def distance(self, state: ExploredState) -> float:
        """Return the number of transitions to the end of the run without failures from a state."""
        way: list[ExploredState] = []
        here: ExploredState | None = state
        met: set[ExploredState] = set()
        while here is not None and here.distance is None and here not in met:
            met.add(here)
            way.append(here)
            here = _next(here)
        ahead = 0.0 if here is None else here.distance
        ahead = math.inf if ahead is None else ahead
        for one in reversed(way):
            ahead += one.alike is None
            one.distance = ahead
        return ahead if way else (state.distance or 0.0)

    def use_ahead(self, state: ExploredState, failures: int) -> StateUse:
        """Return the use of all transitions from a state on, in runs without assumptions.

        Args:
            state: A state that was met without assumptions.
            failures: Most failures from there on.
        """
        way: list[ExploredState] = []
        here: ExploredState | None = state
        met: set[ExploredState] = set()
        while here is not None and (here, failures) not in self._use_ahead and here not in met:
            met.add(here)
            way.append(here)
            here = _next(here)
        for one in reversed(way):
            parts = [StateUse.of(t for t in one.transitions if len(t.codes) <= failures)]
            if one.alike is not None:
                parts.append(self._use_ahead.get((one.alike[0], failures), ANY_USE))
            for transition in one.transitions:
                left, target = failures - len(transition.codes), transition.target
                if target is None or left < 0:
                    continue
                if left < failures:
                    parts.append(self.use_ahead(target, left))
                elif target in met and (target, left) not in self._use_ahead:
                    return ANY_USE  # a run that never ends
                else:
                    parts.append(self._use_ahead[target, left])
            self._use_ahead[one, failures] = StateUse.together(parts)
        return self._use_ahead[state, failures]

    def failed(self) -> Iterator[FailedStep]:
        """Yield every transition with a failure."""
        for state in self._states.values():
            for one in state.transitions:
                if one.codes:
                    yield FailedStep(RunPlace(state, self.differences.none), one)

    def moments(self) -> list[StepFacts]:
        """Return the different moments of all transitions from state to state."""
        found = (
            m for state in self._states.values() for one in state.transitions for m in one.moments
        )
        return list(dict.fromkeys(found))


def _next(state: ExploredState) -> ExploredState | None:
    """Return the explored state that the run without failures comes to, or goes on as from."""
    if state.alike is not None:
        return state.alike[0]
    return state.success.target if state.success is not None else None
