"""States that a rollout went through, from which later rollouts of the same tree go on alike."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import replace
from typing import NamedTuple

from treehand.planners.rollout.rollout import Rollout
from treehand.skills.domain import Facts


class CourseState(NamedTuple):
    """State of a rollout as a step has begun."""

    rest: Hashable
    """Everything but which facts are known: what is true, the nodes, the bound objects."""
    known: int
    """The known facts, as bits."""


class CourseMoment(NamedTuple):
    """Place of a state in a rollout."""

    known: int
    steps: int
    """Steps done before it."""
    time_s: float
    number: int
    """Number of states before it."""


class Course:
    """States at the beginnings of a rollout's steps, and what follows from each.

    The tree goes on alike from equal states, so a later rollout that comes to one of them ends as
    this one did. It does so, too, if a fact was observed to be false in one and never in the other,
    as long as one that excludes it is true to the end: it is false in both.
    """

    def __init__(self) -> None:
        self._known: dict[Hashable, list[CourseMoment]] = {}
        self._emptied: dict[object, int] = {}
        """Exclusive groups without a true fact to the number of states before that."""
        self._rollout: Rollout | None = None
        self._new: dict[Hashable, list[CourseMoment]] = {}
        self._new_emptied: dict[object, int] = {}
        self._latest: CourseMoment | None = None

    @property
    def is_empty(self) -> bool:
        """Return True if no rollout is known whose states decide how it goes on."""
        return self._rollout is None

    def note_emptied(self, groups: Iterable[object]) -> None:
        """Take in exclusive groups of which no fact is true now in the present rollout."""
        number = 0 if self._latest is None else self._latest.number + 1
        self._new_emptied.update(dict.fromkeys(groups, number))

    def takes(
        self, state: CourseState, facts: Facts, steps: int, now_s: float
    ) -> CourseMoment | None:
        """Take in a state of the present rollout; return where the last one has come to it.

        Args:
            state: The state.
            facts: Its facts.
            steps: Steps done before it.
            now_s: Its time in seconds.
        """
        number = 0 if self._latest is None else self._latest.number + 1
        self._latest = CourseMoment(state.known, steps, now_s, number)
        self._new.setdefault(state.rest, []).append(self._latest)
        return self.find(state, facts)

    def find(self, state: CourseState, facts: Facts) -> CourseMoment | None:
        """Return where the last rollout has come to a state, from which it goes on alike."""
        known = self._known.get(state.rest, ())
        return next((one for one in known if self._is_alike(one, state.known, facts)), None)

    def _is_alike(self, one: CourseMoment, known: int, facts: Facts) -> bool:
        """Return True if facts known at one of two moments only are false in both, and stay so.

        Args:
            one: Moment of the last rollout.
            known: Facts that are known at the other moment, as bits.
            facts: The facts there; the same are true.
        """
        vocabulary = facts.vocabulary
        for fact in vocabulary.bits.facts(one.known ^ known):
            if vocabulary.default(fact.predicate) is False:
                continue
            groups = vocabulary.groups(fact)
            lasting = (group for group in groups if self._emptied.get(group, 0) <= one.number)
            if not any(map(facts.is_decided, lasting)):
                return False
        return True

    def rest(self, moment: CourseMoment) -> Rollout:
        """Return the rest of the last rollout from a moment on: its steps, and how it ended."""
        assert self._rollout is not None
        whole = self._rollout
        duration_s = whole.duration_s - moment.time_s
        return replace(whole, steps=whole.steps[moment.steps :], duration_s=duration_s)

    def finish(self, rollout: Rollout, joined: CourseMoment | None, *, is_plain: bool) -> None:
        """Put the present rollout in the place of the last one.

        Args:
            rollout: The present rollout.
            joined: Moment from which on it is the last one; None if it is all new.
            is_plain: False if equal states need not go on alike; then nothing is kept.
        """
        if joined is not None and self._latest is not None:
            self._add_rest(joined, self._latest)
        self._known = self._new if is_plain else {}
        self._emptied = self._new_emptied if is_plain else {}
        self._new, self._new_emptied, self._latest = {}, {}, None
        self._rollout = rollout if is_plain else None

    def _add_rest(self, joined: CourseMoment, present: CourseMoment) -> None:
        """Add what follows a moment of the last rollout to the present one.

        Args:
            joined: The moment.
            present: The same moment in the present rollout.
        """
        later = present.number - joined.number
        for rest, moments in self._known.items():
            moved = [
                CourseMoment(
                    one.known,
                    one.steps - joined.steps + present.steps,
                    one.time_s - joined.time_s + present.time_s,
                    one.number + later,
                )
                for one in moments
                if one.number > joined.number
            ]
            if moved:
                self._new.setdefault(rest, []).extend(moved)
        for group, number in self._emptied.items():
            if number > joined.number:
                self._new_emptied[group] = number + later
