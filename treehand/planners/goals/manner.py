"""Manner in which a goal is to be reached: slowly, or carefully."""

from __future__ import annotations

from enum import StrEnum

from treehand.skills import MotionLimits

HALF = 0.5
"""Share of the speed that "slowly" and "carefully" leave."""
GENTLE = 0.6
"""Share of the limits on grip force that "carefully" leaves."""


class Manner(StrEnum):
    """Manner in which a goal is to be reached; its words are those of the text syntax."""

    SLOWLY = "slowly"
    CAREFULLY = "carefully"

    @property
    def limits(self) -> MotionLimits:
        """Return the limits on every motion of a run for the goal."""
        return MotionLimits(HALF, GENTLE if self is Manner.CAREFULLY else 1.0)

    @property
    def words(self) -> str:
        """Return the manner with its limits: "carefully (50 % speed, 60 % grip force)"."""
        return f"{self.value} ({self.limits})"
