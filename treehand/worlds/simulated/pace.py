"""Pace of a simulated robot's motions."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass

from treehand.skills import MotionLimits, SkillStep

MotionSteps = Generator[float, None, SkillStep | None]
"""A motion: yields the seconds until its next event; returns the failed step, or None."""


@dataclass
class Pace:
    """Duration factor of all motions; one instance serves all parts of a robot."""

    slowness: float = 1.0
    limits_now: Callable[[], MotionLimits] = MotionLimits
    """Gives the limits that a person set on the present skill."""

    @property
    def factor(self) -> float:
        """Return the factor on the duration of a motion that begins now."""
        return self.slowness / self.limits_now().speed

    def work(self, seconds: float) -> MotionSteps:
        """Let the arm work for a time, in seconds."""
        yield seconds * self.factor
        return None
