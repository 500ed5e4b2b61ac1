"""The beat that ticks a tree in real time when nothing else happens."""

from __future__ import annotations

import math

from treehand.core.clock import Clock

PERIOD_S = 0.1
"""In real time the tree is ticked at least this often."""


class Heartbeat:
    """Absolute deadlines, a period apart from the first one on: late ticks do not add up.

    Args:
        clock: The run's time.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._next_s: float | None = None
        self.missed = 0
        """Beats that were over before anybody waited for them."""

    def next_s(self) -> float:
        """Return when the next beat is due; beats that are past are counted and dropped."""
        now_s = self._clock.now_s()
        if self._next_s is None:
            self._next_s = now_s + PERIOD_S
        elif now_s >= self._next_s:
            beats = math.floor((now_s - self._next_s) / PERIOD_S) + 1
            self.missed += beats - 1
            self._next_s += beats * PERIOD_S
        return self._next_s
