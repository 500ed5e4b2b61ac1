"""Hypotheses that need no exploration: what was explored under a like one tells what happens."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Container, Hashable
from typing import NamedTuple

from treehand.planners.rollout.hypotheses import Hypothesis
from treehand.planners.verification.branching.branching_run import RunKey
from treehand.planners.verification.branching.verification_problem import VerificationProblem
from treehand.planners.verification.exploration.differences import StateDifference
from treehand.planners.verification.exploration.exploration_graph import ExplorationGraph
from treehand.planners.verification.exploration.exploration_log import ExplorationLog
from treehand.planners.verification.exploration.explored_states import ExploredState
from treehand.planners.verification.exploration.scene_symmetry import SceneSymmetry, Swap, TextWords
from treehand.planners.verification.exploration.stretch import (
    Landing,
    Recording,
    Serving,
    Stretch,
    StretchContext,
)
from treehand.planners.verification.exploration.ways_ahead import (
    FailedStep,
    RunPlace,
    WaysAhead,
)

Moments = frozenset[tuple[ExploredState, Hashable, int, StateDifference | None]]
"""States, transitions, failures left, and differences with which a hypothesis shows first."""


class MirroredEnd(NamedTuple):
    """Place where a run under a like hypothesis goes on as an explored one, or nearly."""

    place: RunPlace
    failures: int


class _Known(NamedTuple):
    hypothesis: Hypothesis
    stretch: Stretch


class LikeHypotheses:
    """Remembers what was explored under hypotheses, and mirrors it for like ones.

    Args:
        problem: The tree, and what it is checked against.
        graph: Explored states.
        ways: Follows runs through them.
    """

    def __init__(
        self, problem: VerificationProblem, graph: ExplorationGraph, ways: WaysAhead
    ) -> None:
        self._symmetry = SceneSymmetry(problem)
        self._context = StretchContext(self._symmetry, problem.planning.vocabulary, TextWords())
        self._graph = graph
        self._ways = ways
        self._known: dict[Moments, list[_Known]] = defaultdict(list)

    def add(self, hypothesis: Hypothesis, moments: Moments, recording: Recording) -> None:
        """Take in what was explored under a hypothesis; it has led to no violation."""
        if recording.starts and not recording.is_unlike_any:
            stretch = Stretch(recording, self._context)
            self._known[moments].append(_Known(hypothesis, stretch))

    def forget(self) -> None:
        """Forget all hypotheses."""
        self._known.clear()

    def mirror(
        self, hypothesis: Hypothesis, moments: Moments, log: ExplorationLog
    ) -> list[MirroredEnd] | None:
        """Take the results under a hypothesis from those under a like one.

        Args:
            hypothesis: The hypothesis.
            moments: Where it shows first.
            log: Receives them.

        Returns:
            Where its runs go on as explored ones; None if it is like none that was explored.
        """
        for known, stretch in self._known.get(moments, ()):
            swap = _exchanged(known, hypothesis)
            if swap is None or not self._symmetry.are_alike(swap) or not stretch.mirrors(swap):
                continue
            ends = self._ends(stretch, swap)
            loops = self._loops(stretch, swap, log.known_loops) if ends is not None else None
            if loops is None:
                continue
            log.tried |= set(map(swap.text, stretch.tried))
            log.given_up |= set(map(swap.text, stretch.given_up))
            log.loops |= loops
            return ends
        return None

    def _ends(self, stretch: Stretch, swap: Swap) -> list[MirroredEnd] | None:
        """Return where the mirrored runs end; None if one is not known to go on as that one."""
        ends = [(self._landed(stretch, one, swap), one.failures) for one in stretch.landings]
        ends += [(self._served(stretch, one, swap), one.failures) for one in stretch.servings]
        found = [MirroredEnd(end, failures) for end, failures in ends if end is not None]
        return found if len(found) == len(ends) else None

    def _landed(self, stretch: Stretch, landing: Landing, swap: Swap) -> RunPlace | None:
        """Return where a mirrored run goes on.

        Returns:
            None if it is not known to go on like that, and to come nearer to its end.
        """
        place = self._place(stretch.key_of(landing.key, swap), landing.state)
        if place is None or landing.ahead == math.inf:
            return place
        state, difference = self._ways.resolved(place)
        if self._graph.distance(landing.state) >= landing.ahead:
            return None
        if any(not one.codes and difference.after(one) is None for one in state.transitions):
            return None
        return place

    def _served(self, stretch: Stretch, serving: Serving, swap: Swap) -> RunPlace | None:
        """Return where a mirrored run goes on; None if it reads in what it differs."""
        key, known = stretch.key_of(serving.key, swap), serving.known
        target = known.transition.target
        if key.rest != known.key.rest or target is None:
            return None
        after = self._graph.differences.between(key, known.key).after(known.transition)
        return None if after is None else RunPlace(target, after)

    def _place(self, key: RunKey, state: ExploredState) -> RunPlace | None:
        if key.rest != state.key.rest:
            return None
        return RunPlace(state, self._graph.differences.between(key, state.key))

    def _loops(self, stretch: Stretch, swap: Swap, known: Container[str]) -> set[str] | None:
        """Return the failures after which a mirrored run comes back; None if that is not known."""
        found: set[str] = set()
        ahead: dict[RunPlace, list[RunPlace]] = {}
        for failed in stretch.failed:
            said = swap.text(failed.transition.failed)
            if said in known or said in found:
                continue
            comes_back = self._comes_back(stretch, failed, swap, ahead)
            if comes_back is None:
                return None
            if comes_back:
                found.add(said)
        return found

    def _comes_back(
        self,
        stretch: Stretch,
        failed: FailedStep,
        swap: Swap,
        ahead: dict[RunPlace, list[RunPlace]],
    ) -> bool | None:
        """Return True if a mirrored run comes back to where it was; None if that is not known.

        Args:
            stretch: The run that it mirrors.
            failed: Its failure.
            swap: The two objects.
            ahead: Places to those that come after them; new ones are added.
        """
        before, target = failed.before, failed.transition.target
        start = before.difference.key_at(before.state.key)
        here = None if target is None else RunPlace(target, self._graph.differences.none)
        met: set[RunPlace] = set()
        while here is not None and here not in met:
            met.add(here)
            key = here.difference.key_at(here.state.key)
            if key == start:
                return True
            place = self._ways.resolved(here)
            if place.state not in stretch.states:
                mirrored = self._place(stretch.key_of(key, swap), place.state)
                if mirrored is None:
                    return None
                if mirrored not in ahead:
                    ahead[mirrored] = list(self._ways.places(mirrored))
                mine = stretch.key_of(start, swap)
                return any(one.is_at(mine) for one in ahead[mirrored])
            here = self._ways.next(here)
        return False


def _exchanged(one: Hypothesis, other: Hypothesis) -> Swap | None:
    """Return the two objects in whose exchange two hypotheses differ; None if they do otherwise."""
    if len(one.hidden) != 1 or len(other.hidden) != 1:
        return None
    (mine,), (theirs,) = one.hidden, other.hidden
    if mine.value is not theirs.value or mine.fact.predicate != theirs.fact.predicate:
        return None
    pairs = {
        (here, there)
        for here, there in zip(mine.fact.terms, theirs.fact.terms, strict=True)
        if here != there
    }
    if len(pairs) != 1:
        return None
    swap = Swap(*pairs.pop())
    return swap if swap.fact(mine.fact) == theirs.fact else None
