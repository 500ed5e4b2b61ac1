"""Exploration of what a hypothesis changes in the runs of a tree.

Under a hypothesis, a run goes the same way until an assumed fact is observed. What follows is
explored until the state is that of an explored run again, or differs from one only in what it does
not read. A difference is followed through the explored transitions to those that read it, and from
there on explored anew; a transition that was explored for another difference serves as well, if it
does not read in what the two differ. Once all assumed facts were observed, a state is like any
other: what one hypothesis has explored serves the next ones.

A run without further failures has to come nearer to its end whenever it comes back to an explored
one, or a run that never ends would go unnoticed.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Hashable, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from treehand.planners.rollout.hypotheses import Hypothesis
from treehand.planners.verification.branching.branching_run import BranchingSkill, RunKey
from treehand.planners.verification.exploration.differences import (
    StateDifference,
    Unseen,
    Variation,
    size_of_difference,
)
from treehand.planners.verification.exploration.explored_states import (
    ExploredState,
    KnownTransition,
    Origin,
    Transition,
)
from treehand.planners.verification.exploration.like_hypotheses import LikeHypotheses
from treehand.planners.verification.exploration.stretch import Landing, Recording, Serving
from treehand.planners.verification.exploration.way_back import WayBack
from treehand.planners.verification.exploration.ways_ahead import FailedStep, RunPlace

if TYPE_CHECKING:
    from treehand.planners.verification.exploration.explorer import Explorer

MAX_COMPARED = 30
"""Most explored transitions that one is compared with."""


class ShownChange(NamedTuple):
    """Transition in which a run differs from an explored one."""

    state: ExploredState
    """Explored state before it."""
    transition: Transition
    failures: int
    """Most failures from the state on."""
    variation: Variation
    """Difference of the run from the state."""


class ChangedRuns:
    """Explores what hypotheses change, one after the other.

    Args:
        explorer: Has explored the runs without assumptions.
    """

    def __init__(self, explorer: Explorer) -> None:
        self._explorer = explorer
        self._run = explorer.run
        self._notes = explorer.notes
        self._graph = explorer.graph
        self._ways = explorer.ways
        self._none = self._graph.differences.none
        self._way_back = WayBack(explorer)
        self._like = LikeHypotheses(explorer.problem, self._graph, self._ways)
        self._recording = Recording()
        self._is_recording = False
        self._hypothesis = Hypothesis()
        self._waiting: list[ShownChange] = []
        self._observable: dict[int, list[ShownChange]] = {}
        """Conditions of observation, as bits, to the transitions in which one of them holds first
        in a run without assumptions."""
        self._followed: dict[Variation, dict[ExploredState | None, int]] = {}
        """Difference to the states that were looked at, with the most failures from there on; it is
        the same under every hypothesis."""
        self._unseen: dict[Hashable, list[KnownTransition]] = defaultdict(list)
        """Memory of the nodes and failures to the transitions in which the present hypothesis was
        observed."""
        self._changed: dict[Hashable, list[KnownTransition]] = defaultdict(list)
        """The same to transitions that read a difference."""
        self._pending: dict[RunKey, ExploredState] = {}
        """States in which the present hypothesis was not observed yet."""
        self._explored: list[ExploredState] = []
        """States that were met since the last change was taken on."""
        self._met: list[ExploredState] = []
        """States that were met under the present hypothesis."""
        self._failed: list[FailedStep] = []
        """Transitions with a failure that were explored under the present hypothesis."""
        self._is_seen_again = False
        """True if an assumed fact was observed a second time: it must have been forgotten."""

    def _shown(self, hypothesis: Hypothesis) -> list[ShownChange]:
        """Return the transitions in which a hypothesis is observed first.

        Where its condition holds first is the same for all hypotheses with that condition; mostly
        each of them is observed there.
        """
        unseen = self._explorer.assumed.unseen(hypothesis)
        first = self._observable.get(unseen.conditions)
        if first is None:
            anything = Unseen(((unseen.conditions, 0, 0),), unseen.conditions)
            first = self._observable[unseen.conditions] = self._shown_first(anything)
        if all(any(map(unseen.is_shown_at, one.transition.moments)) for one in first):
            return [
                one._replace(variation=unseen.differing(one.variation.difference)) for one in first
            ]
        return self._shown_first(unseen)

    def _shown_first(self, unseen: Unseen) -> list[ShownChange]:
        start, failures = self._graph.start, self._explorer.problem.failures
        if start is None or start.target is None:
            return []
        return list(self._showing(start.target, unseen, failures, {}))

    def explore(self, hypothesis: Hypothesis) -> bool:
        """Explore what a hypothesis changes.

        Returns:
            False if every run is to be explored under it, since its facts are forgotten and
            observed again: then no state is like one without assumptions.
        """
        self._hypothesis = hypothesis
        self._is_seen_again, self._met, self._failed = False, [], []
        self._unseen.clear()
        self._pending = {}
        self._recording = Recording()
        log, shown = self._explorer.log, self._shown(hypothesis)
        moments = frozenset(
            (one.state, one.transition, one.failures, one.variation.difference) for one in shown
        )
        mirrored = self._like.mirror(hypothesis, moments, log)
        if mirrored is None:
            self._waiting = sorted(
                shown, key=lambda one: (one.failures, -len(one.transition.codes))
            )
        else:
            log.mirrored += 1
            for (state, difference), failures in mirrored:
                self._follow_difference(state, difference, failures)
        while self._waiting and not log.is_spent and not self._is_seen_again:
            change = self._waiting.pop()
            key = change.variation.key_at(change.state.key)
            if not self._is_known(change, key):
                self._take_on(change)
        if self._is_seen_again:
            self._forget_all()
        elif not log.is_spent and not log.violations:
            self._like.add(hypothesis, moments, self._recording)
        log.loops |= self._ways.loops(self._failed)
        return not self._is_seen_again

    def _forget_all(self) -> None:
        """Forget all that was explored under any hypothesis."""
        self._followed.clear()
        self._like.forget()
        self._ways.forget()
        self._changed.clear()
        self._graph.forget(self._met)

    # Transitions that were explored before.

    def _is_known(self, change: ShownChange, key: RunKey) -> bool:
        """Return True if an explored transition tells how a run goes on; its end is followed."""
        known = self._known_at(change, key)
        nearest = sorted(known, key=lambda one: size_of_difference(one.key, key))[:MAX_COMPARED]
        codes = change.transition.codes
        left = change.failures - len(codes)
        most = math.inf if codes else self._graph.distance(change.state)
        for one in nearest:
            difference = self._graph.differences.between(key, one.key)
            after = difference.after(one.transition)
            is_nearer = bool(codes) or one.transition.landing < most
            if after is None or not is_nearer:
                continue
            self._note_shown(change, one.transition, after)
            if self._is_recorded(change):
                self._record_known(change, key, one, after)
            elif one.transition.target in self._recording.states:
                self._recording.is_unlike_any = True
            if one.transition.target is not None and not after.is_none:
                self._follow_difference(one.transition.target, after, left)
            return True
        return False

    def _is_recorded(self, change: ShownChange) -> bool:
        """Return True if a run was not as an explored one before a transition."""
        return isinstance(change.variation, Unseen) or change.state in self._recording.states

    def _record_known(
        self, change: ShownChange, key: RunKey, known: KnownTransition, after: StateDifference
    ) -> None:
        """Record that a run takes a transition that was explored, its own or another one's."""
        recording, target = self._recording, known.transition.target
        left = change.failures - len(change.transition.codes)
        if not isinstance(change.variation, StateDifference):
            recording.starts.append(key)
        elif known.transition.codes:
            before = RunPlace(change.state, change.variation)
            recording.failed.append(FailedStep(before, known.transition))
        if known.transition not in recording.own:
            recording.servings.append(Serving(key, known, left))
        elif target is not None and target not in recording.states:
            recording.landings.append(Landing(target, after.key_at(target.key), left))

    def _note_shown(self, change: ShownChange, shown: Transition, after: StateDifference) -> None:
        """Note a transition that a run takes where it differs from an explored one."""
        if not isinstance(change.variation, StateDifference):
            return
        before = RunPlace(change.state, change.variation)
        if shown.codes:
            self._failed.append(FailedStep(before, shown))
        else:
            self._ways.note_shown(before, shown.target, after)

    def _known_at(self, change: ShownChange, key: RunKey) -> list[KnownTransition]:
        codes = change.transition.codes
        table = self._unseen if isinstance(change.variation, Unseen) else self._changed
        known = table.get((key.rest, frozenset(codes.items())), ())
        return [one for one in known if one.failures >= change.failures]

    def _follow_difference(
        self, state: ExploredState, difference: StateDifference, failures: int
    ) -> None:
        self._waiting.extend(self._showing(state, difference, failures, self._followed))

    def _showing(
        self,
        state: ExploredState,
        variation: Variation,
        failures: int,
        followed: dict[Variation, dict[ExploredState | None, int]],
    ) -> Iterator[ShownChange]:
        """Yield the transitions after a state that a variation shows in first.

        Args:
            state: Where the run is.
            variation: How it differs.
            failures: Most failures from there on.
            followed: For each variation, the states that were looked at, with the most failures
                from there on; those that are looked at now are added.
        """
        waiting, inside = [(state, failures, variation)], self._recording.states
        while waiting:
            here, left, variation = waiting.pop()
            here, variation = self._resolved(here, variation, left)
            if variation.is_none:
                continue
            most = followed.setdefault(variation, {})
            if most.get(here, -1) >= left:
                continue
            most[here] = left
            is_same = variation.is_untouched_by(here.use)
            if is_same and here.is_plain:
                ahead = self._graph.use_ahead(here, left)
                if variation.is_untouched_by(ahead):
                    continue
            for transition in here.transitions:
                left_there = left - len(transition.codes)
                if left_there < 0:
                    continue
                if is_same and not inside and most.get(transition.target, -1) >= left_there:
                    continue
                after = variation if is_same else variation.after(transition)
                if after is None:
                    yield ShownChange(here, transition, left, variation)
                elif transition.target is not None:
                    if inside:
                        self._note_way(here, transition.target, after, left_there)
                    if not after.is_none:
                        waiting.append((transition.target, left_there, after))

    def _note_way(
        self,
        state: ExploredState,
        target: ExploredState,
        after: Variation,
        failures: int,
    ) -> None:
        """Note that a run leaves what is recorded, or comes back to it."""
        is_before, is_after = (one in self._recording.states for one in (state, target))
        if is_before and not is_after:
            landing = Landing(target, after.key_at(target.key), failures)
            self._recording.landings.append(landing)
        elif is_after and not is_before:
            self._recording.is_unlike_any = True

    def _resolved(
        self, state: ExploredState, variation: Variation, failures: int
    ) -> tuple[ExploredState, Variation]:
        """Return the place of a run as one of a state that has transitions of its own."""
        inside = self._recording.states
        while state.alike is not None:
            other, own = state.alike
            if state in inside and other not in inside:
                key = variation.key_at(state.key)
                self._recording.landings.append(Landing(other, key, failures))
            state, variation = other, variation.besides(own)
        return state, variation

    # Transitions that are explored now.

    def _take_on(self, change: ShownChange) -> None:
        """Explore a run from a transition on in which it differs."""
        state, shown, failures, variation = change
        codes = shown.codes
        self._way_back.go_to(state, variation, self._hypothesis)
        key = self._run.key()
        self._explorer.note_tried(codes)
        due = self._run.next_due()
        transition = self._notes.begin(None, codes)
        self._run.end(due, codes)
        ahead = math.inf if codes else self._graph.distance(state)
        origin = Origin(state, codes, variation, self._hypothesis)
        left = failures - len(codes)
        is_first = isinstance(variation, Unseen)
        if is_first:
            self._recording.starts.append(key)
        if self._is_recorded(change):
            self._recording.own[transition] = key
            self._record(transition, origin, left, ahead, can_observe=is_first)
        else:
            transition.landing = self._follow(origin, left, ahead, can_observe=is_first)
        for one in self._explored:
            one.is_done = True
        self._met += self._explored
        self._explored = []
        if not self._explorer.log.is_spent:
            table = self._unseen if isinstance(variation, Unseen) else self._changed
            same = table[(key.rest, frozenset(codes.items()))]
            same.append(KnownTransition(key, failures, transition))
            self._note_shown(change, transition, self._none)

    def _record(
        self,
        transition: Transition,
        origin: Origin,
        failures: int,
        ahead: float,
        *,
        can_observe: bool,
    ) -> None:
        """Follow a run that was not as an explored one, and record it."""
        recording, failed = self._recording, self._failed
        self._failed, self._notes.begun, self._is_recording = [], [transition], True
        with self._explorer.log.part(recording.tried, recording.given_up):
            transition.landing = self._follow(origin, failures, ahead, can_observe=can_observe)
        self._is_recording = False
        recording.transitions += self._notes.begun
        recording.failed += self._failed
        self._failed = failed + self._failed

    def _follow(
        self,
        origin: Origin,
        failures: int,
        ahead: float,
        *,
        can_observe: bool,
    ) -> float:
        """Follow the run until it goes on as an explored one, with every failure at each step.

        Args:
            origin: The transition that the run is on.
            failures: Most failures from here on.
            ahead: Number of transitions to the end before it differed; a run without failures must
                come nearer to the end.
            can_observe: True if an assumed fact was not observed before that transition.

        Returns:
            Number of transitions to the end where the run came back to an explored one; 0 if it
            ended, infinite if that is not known.
        """
        seen: set[Hashable] = set()
        chain: list[ExploredState] = []
        landing = math.inf
        explorer = self._explorer
        while not explorer.log.is_spent:
            due = self._run.next_due()
            self._note_observed(can_observe=can_observe)
            is_stopped = explorer.judge.stops_here()
            if is_stopped or not due:
                if not is_stopped:
                    explorer.judge.judge_end()
                self._notes.end(None)
                landing = 0.0
                break
            here = self._run.key()
            is_pending = not self._hypothesis.is_shown(self._run.facts)
            state = self._state(here, is_pending, failures, ahead)
            if state.failures < 0:
                state.via = origin
            self._notes.end(state)
            if here in seen:
                explorer.judge.report_endless()
                break
            seen.add(here)
            if state.failures >= failures:
                self._note_landing(state, here, failures, ahead)
                landing = math.inf if state.distance is None else state.distance
                break
            self._explored.append(state)
            if self._is_recording:
                self._recording.states.add(state)
                self._recording.is_unlike_any |= is_pending
            if not is_pending and self._has_come_back(state, failures, ahead):
                landing = math.inf if state.distance is None else state.distance
                break
            state.failures = failures
            chain.append(state)
            explorer.log.count_state()
            can_observe = is_pending
            if failures:
                self._fail_each(state, due, failures, can_observe=can_observe)
            origin = Origin(state, {}, None, self._hypothesis)
            self._notes.begin(state, {})
            self._run.end(due, {})
        for state in chain:
            state.distance = landing
        return landing

    def _note_landing(self, state: ExploredState, key: RunKey, failures: int, ahead: float) -> None:
        """Record that a run goes on as an explored one, unless that is a part of the record."""
        if self._is_recording and state not in self._recording.states:
            self._recording.landings.append(Landing(state, key, failures, ahead))

    def _note_observed(self, *, can_observe: bool) -> None:
        self._is_seen_again |= self._notes.has_observed and not can_observe
        self._notes.has_observed = False

    def _state(self, key: RunKey, is_pending: bool, failures: int, ahead: float) -> ExploredState:
        """Return the state of a run; a new one if the known one does not serve."""
        if is_pending:
            state = self._pending.setdefault(key, ExploredState(key))
            if 0 <= state.failures < failures:
                state = self._pending[key] = ExploredState(key)
            return state
        state = self._graph.state(key)
        if 0 <= state.failures < failures:
            return self._graph.renewed(key)
        is_nearer = state.is_plain or self._graph.distance(state) < ahead
        if state.is_done and state.failures >= failures and not is_nearer:
            return ExploredState(key)
        return state

    def _fail_each(
        self,
        state: ExploredState,
        due: Sequence[BranchingSkill],
        failures: int,
        *,
        can_observe: bool,
    ) -> None:
        explorer = self._explorer
        outcomes = list(explorer.outcomes(due, failures))
        if not outcomes:
            return
        point = self._run.point()
        self._graph.keep(state, point)
        for codes in outcomes:
            explorer.note_tried(codes)
            transition = self._notes.begin(state, codes)
            self._run.end(due, codes)
            origin = Origin(state, codes, None, self._hypothesis)
            left = failures - len(codes)
            transition.landing = self._follow(origin, left, math.inf, can_observe=can_observe)
            self._failed.append(FailedStep(RunPlace(state, self._none), transition))
            self._run.set_back(point)

    def _has_come_back(self, state: ExploredState, failures: int, ahead: float) -> bool:
        """Return True if the run goes on from here as from an explored state, or nearly.

        The transitions that it differs in are noted. It must have come nearer to the end.
        """
        found = self._graph.alike(state.key, failures)
        if found is None:
            return False
        nearest, difference = found
        distance = self._graph.distance(nearest)
        if distance >= ahead or any(
            not one.codes and difference.after(one) is None for one in nearest.transitions
        ):
            return False
        state.failures, state.alike, state.distance = failures, found, distance
        self._note_landing(nearest, state.key, failures, ahead)
        if not self._is_recording and nearest in self._recording.states:
            self._recording.is_unlike_any = True
        self._follow_difference(nearest, difference, failures)
        return True
