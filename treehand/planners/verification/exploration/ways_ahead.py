"""Runs without failures from a state on, also where they were explored for other states only."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from treehand.planners.verification.branching.branching_run import RunKey
from treehand.planners.verification.exploration.differences import Differences, StateDifference
from treehand.planners.verification.exploration.explored_states import ExploredState, Transition


class RunPlace(NamedTuple):
    """State of a run: an explored one, and how the run differs from it."""

    state: ExploredState
    difference: StateDifference

    def is_at(self, key: RunKey) -> bool:
        """Return True if the run is in a state."""
        there = self.state.key
        return there.rest == key.rest and self.difference.key_at(there) == key


class FailedStep(NamedTuple):
    """Transition with a failure, and where the run was before it."""

    before: RunPlace
    transition: Transition


class WaysAhead:
    """Follows runs through what was explored.

    Args:
        differences: Makes differences between states.
    """

    def __init__(self, differences: Differences) -> None:
        self._differences = differences
        self._served: dict[RunPlace, RunPlace | None] = {}
        """Where the explored way shows a difference, to the place after the next step; None if the
        run ends."""

    def note_shown(
        self, before: RunPlace, target: ExploredState | None, after: StateDifference
    ) -> None:
        """Take in where a run without failures comes to that differs from an explored one.

        Args:
            before: Place before the transition in which it differs.
            target: State after it; None if the run ends.
            after: Difference from that state.
        """
        self._served[before] = None if target is None else RunPlace(target, after)

    def forget(self) -> None:
        """Forget what was taken in."""
        self._served.clear()

    def loops(self, failed: Iterable[FailedStep]) -> set[str]:
        """Return the failures after which a run without others comes back to where it was.

        If such a step fails every time, the tree alone does not end.
        """
        found: set[str] = set()
        for one in failed:
            said = one.transition.failed
            if said not in found and self._comes_back(one):
                found.add(said)
        return found

    def _comes_back(self, failed: FailedStep) -> bool:
        start, target = failed.before, failed.transition.target
        key = start.difference.key_at(start.state.key)
        here = None if target is None else RunPlace(target, self._differences.none)
        return here is not None and self.comes_to(here, key)

    def comes_to(self, place: RunPlace, key: RunKey) -> bool:
        """Return True if the run without failures from a place on comes to a state."""
        return any(one.is_at(key) for one in self.places(place))

    def places(self, place: RunPlace) -> Iterator[RunPlace]:
        """Yield the places of the run without failures from one on, until one comes again."""
        here: RunPlace | None = place
        met: set[RunPlace] = set()
        while here is not None and here not in met:
            yield here
            met.add(here)
            here = self.next(here)

    def resolved(self, place: RunPlace) -> RunPlace:
        """Return a place as one of a state that has transitions of its own."""
        state, difference = place
        while state.alike is not None:
            state, own = state.alike
            difference = self._differences.composed(difference, own)
        return RunPlace(state, difference)

    def next(self, here: RunPlace) -> RunPlace | None:
        """Return the place after the next step; None if the run ends, or that is not known."""
        state, difference = here if here.state.alike is None else self.resolved(here)
        success = state.success
        if success is None:
            return None
        after = difference if difference.is_none else difference.after(success)
        if after is None:
            return self._served.get(RunPlace(state, difference))
        return None if success.target is None else RunPlace(success.target, after)
