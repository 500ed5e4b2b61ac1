"""Debounced percepts: a fact that flickers is reported once it has kept its value for a while."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable

from treehand.skills.domain import Fact, Percept


class Debounce:
    """Filter between a sensor and `World.perceive`.

    A changed fact is passed on once it was read with the same value for `hold_s`; a change that is
    taken back before is never seen. The first reading of a fact is passed on at once. Grasps felt
    by contact, and detections near a threshold, flicker; each flip would halt the skill whose
    guard reads the fact.

    A world passes what it reads through `settle`, and offers `next_s` as one of its events, so that
    virtual time stops where a value has settled:

        def perceive(self):
            return self._steady.settle(self._read(), self._clock.now_s())

        def next_event_s(self):
            return self._steady.next_s()

    Args:
        hold_s: Time for which a value must stay, in s; >= 0.
        predicates: Predicates that are debounced; all of them if left out.

    Raises:
        ValueError: If `hold_s` is negative or no number.
    """

    def __init__(self, hold_s: float = 0.3, *, predicates: Collection[str] | None = None) -> None:
        if not (math.isfinite(hold_s) and hold_s >= 0.0):
            raise ValueError(f"hold_s is a time in seconds, at least 0, got {hold_s!r}")
        self._hold_s = hold_s
        self._predicates = None if predicates is None else frozenset(predicates)
        self._told: dict[Fact, bool] = {}
        self._waiting: dict[Fact, tuple[Percept, float]] = {}
        """Latest reading of a value that was not passed on yet, and when it was read first."""

    def settle(self, percepts: Iterable[Percept], now_s: float) -> list[Percept]:
        """Return the percepts that have settled, and those that are not debounced.

        Args:
            percepts: Readings since the last call, oldest first.
            now_s: Run time.
        """
        passed: list[Percept] = []
        for percept in percepts:
            fact = percept.fact
            if self._predicates is not None and fact.predicate not in self._predicates:
                passed.append(percept)
            elif self._told.setdefault(fact, percept.value) is percept.value:
                self._waiting.pop(fact, None)
                passed.append(percept)
            else:
                since_s = self._waiting[fact][1] if fact in self._waiting else now_s
                self._waiting[fact] = (percept, since_s)
        for fact, (percept, since_s) in tuple(self._waiting.items()):
            if now_s - since_s >= self._hold_s - 1e-9:
                del self._waiting[fact]
                self._told[fact] = percept.value
                passed.append(percept)
        return passed

    def next_s(self) -> float | None:
        """Return the run time at which the next value settles; None if none is waiting."""
        due_s = (since_s + self._hold_s for _, since_s in self._waiting.values())
        return min(due_s, default=None)
