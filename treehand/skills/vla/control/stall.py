"""Stall detector: nothing moves and no fact changes."""

from __future__ import annotations

from collections import deque

import numpy as np

from treehand.skills.contracts.embodiment import Embodiment, FloatArray
from treehand.skills.domain import FactsView

STILL = 0.002
"""Greatest change of a quantity at rest: 2 mm, 2 mrad, 2 mN."""
LOOKS_N = 20
"""Number of samples within the time limit."""


class StallDetector:
    """Detects that neither the robot nor the facts change.

    Args:
        robot: Robot whose proprioception is sampled.
        facts: Facts whose changes count.
        limit_s: Run seconds without a change that count as a stall.
    """

    def __init__(self, robot: Embodiment, facts: FactsView, limit_s: float) -> None:
        self._robot = robot
        self._facts = facts
        self._limit_s = limit_s
        self._version = facts.version
        self._felt: deque[tuple[float, FloatArray]] = deque()

    def is_stalled(self, now_s: float) -> bool:
        """Return True after `limit_s` without a change; call it at every step."""
        if self._facts.version != self._version:
            self._version = self._facts.version
            self._felt.clear()
        every_s = self._limit_s / LOOKS_N
        if not self._felt or now_s - self._felt[-1][0] >= every_s:
            values = self._robot.proprioception().values.values()
            self._felt.append((now_s, np.concatenate([*map(np.atleast_1d, values), np.zeros(0)])))
        while len(self._felt) > 1 and now_s - self._felt[1][0] >= self._limit_s:
            self._felt.popleft()
        if now_s - self._felt[0][0] < self._limit_s:
            return False
        spread = np.ptp(np.array([felt for _, felt in self._felt]), axis=0)
        return not bool((spread > STILL).any())
