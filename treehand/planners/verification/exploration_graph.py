"""The states that an exploration without assumptions reached, and the transitions between them.

A transition notes what decides if a run that differs a little would have gone the same way: the
facts at every end of a step, and the quantifiers whose objects were asked for. So an exploration
under a hypothesis goes through its own part of the runs only, and leaves this graph alone
elsewhere.
"""

from __future__ import annotations

import itertools
import math
from collections import defaultdict
from collections.abc import Hashable, Iterator

from treehand.planners.verification.branching_run import RunKey
from treehand.planners.verification.differences import (
    Differences,
    ExploredState,
    StateDifference,
    Transition,
    Variation,
)
from treehand.skills.domain import QuantifierBindings, Vocabulary

MAX_COMPARED = 100
"""Most states that one is compared with to find one from which the run goes on alike."""


class ExplorationGraph:
    """States that were met without assumptions.

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

    def state(self, key: RunKey) -> ExploredState:
        """Return the state with a key; it is new if none was met."""
        found = self._states.get(key)
        if found is None:
            found = self._states[key] = ExploredState(key)
            self._alike[key.rest].append(found)
        return found

    @property
    def has_decisions(self) -> bool:
        """Return True if some condition was decided once and for all."""
        return any(name.startswith("if ") for key in self._states for name, _ in key.members)

    def alike(self, key: RunKey, failures: int) -> tuple[ExploredState, StateDifference] | None:
        """Return a state from which the run goes on as from another one, and how they differ.

        Args:
            key: The other one.
            failures: Most failures from there on; the state was explored with as many.
        """
        explored = (one for one in self._alike.get(key.rest, ()) if one.failures >= failures)
        known, true = key.facts
        best = min(
            itertools.islice(explored, MAX_COMPARED),
            key=lambda one: (
                (one.key.facts[1] ^ true).bit_count(),
                one.key.members != key.members,
                (one.key.facts[0] ^ known).bit_count(),
            ),
            default=None,
        )
        return None if best is None else (best, self.differences.between(key, best.key))

    def showing(
        self,
        state: ExploredState,
        variation: Variation,
        failures: int,
        spread: dict[Variation, dict[ExploredState, int]] | None = None,
    ) -> Iterator[tuple[ExploredState, Transition, int, Variation]]:
        """Yield the transitions after a state that a variation shows in first.

        Args:
            state: Where the run is.
            variation: How it differs.
            failures: Most failures from there on.
            spread: For each variation, the states that were looked at, with the most failures from
                there on; those that are looked at now are added.

        Yields:
            The state before the transition, the transition, the failures left at the state, and
            how the run differs there.
        """
        spread = {} if spread is None else spread
        waiting = [(state, failures, variation)]
        while waiting:
            here, left, variation = waiting.pop()
            most = spread.setdefault(variation, {})
            if most.get(here, -1) >= left:
                continue
            most[here] = left
            for transition in here.transitions:
                left_there = left - len(transition.codes)
                if left_there < 0:
                    continue
                after = variation.after(transition)
                if after is None:
                    yield here, transition, left, variation
                elif transition.target is not None and not after.is_none:
                    waiting.append((transition.target, left_there, after))

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
