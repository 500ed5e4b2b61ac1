"""Limits on speed and force that a person set, for everything or for one thing."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping

from treehand.core.events import Event, LimitRecord, LimitsChanged
from treehand.skills import UNLIMITED, MotionLimits
from treehand.skills.domain import Call, Fact, Facts

ALL = ""
"""Subject of a limit on everything that the robot does."""


class LimitBook:
    """Keeps the limits of one robot; they last until somebody lifts them.

    `change` may be called from any thread. The limits take effect when the thread of the run
    announces them, after they were journalled, or at once if none runs.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._wanted: dict[str, MotionLimits] = {}
        self._words = ""
        self._in_force: dict[str, MotionLimits] = {}
        self._is_announced = True
        self.of_goal = UNLIMITED
        """Limits of the manner of the goal that runs, or ran last; the next run sets its own."""

    @property
    def wanted(self) -> Mapping[str, MotionLimits]:
        """Return the limits that were asked for, by thing; those on everything under ``ALL``."""
        with self._lock:
            return dict(self._wanted)

    def change(self, subject: str, limits: MotionLimits, words: str) -> None:
        """Set the limits on a thing, or on everything.

        Args:
            subject: Name of the thing; ``ALL`` for everything.
            limits: The limits; `UNLIMITED` lifts them.
            words: The person's words, for the journal.
        """
        with self._lock:
            self._wanted.pop(subject, None)
            if limits != UNLIMITED:
                self._wanted[subject] = limits
            self._words, self._is_announced = words, False

    def lift(self, words: str) -> None:
        """Lift all limits."""
        with self._lock:
            self._wanted.clear()
            self._words, self._is_announced = words, False

    def restore(self, records: tuple[LimitRecord, ...]) -> None:
        """Set the limits of an interrupted run again; they are journalled once more."""
        with self._lock:
            self._wanted = {r.subject: MotionLimits(r.speed, r.force) for r in records}
            self._words, self._is_announced = "the limits before the interruption", not records

    def begin_run(self) -> None:
        """Take in that a new journal begins: limits that are in force are announced in it."""
        with self._lock:
            self._is_announced = not (self._wanted or self._in_force)

    def announce(self, emit: Callable[[Event], None], now_s: float) -> None:
        """Journal a change, and put it in force then; called by the thread of the run.

        Args:
            emit: Takes the event.
            now_s: Run time.
        """
        with self._lock:
            if self._is_announced:
                return
            wanted, words, self._is_announced = dict(self._wanted), self._words, True
        records = tuple(
            LimitRecord(subject=subject, speed=limits.speed, force=limits.force)
            for subject, limits in wanted.items()
        )
        emit(LimitsChanged(t_s=now_s, limits=records, words=words))
        self._in_force = wanted

    def on(self, call: Call, facts: Facts) -> MotionLimits:
        """Return the limits in force for a call: those on everything, on its things, of its goal.

        A thing in the hand counts as one of them.
        """
        return self.of_goal.tightest(_tightest(self._in_force, call, facts))

    def expected_on(self, call: Call, facts: Facts) -> MotionLimits:
        """Return the limits that a call will run under, for an estimate before the run."""
        return _tightest(self.wanted, call, facts)

    def lines(self) -> tuple[str, ...]:
        """Return the limits that were asked for in words, one line each."""
        return tuple(
            f"{subject.replace('_', ' ') or 'everything'}: {limits}"
            for subject, limits in self.wanted.items()
        )


def _tightest(entries: Mapping[str, MotionLimits], call: Call, facts: Facts) -> MotionLimits:
    tightest = UNLIMITED
    for subject, limits in entries.items():
        is_meant = subject in (ALL, *call.arguments) or _is_held(subject, facts)
        tightest = tightest.tightest(limits) if is_meant else tightest
    return tightest


def _is_held(thing: str, facts: Facts) -> bool:
    known = "holding" in facts.vocabulary.predicates
    return known and facts.value(Fact("holding", (thing,))) is True
