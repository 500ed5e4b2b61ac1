"""Pace of the kitchen robot's motions."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass

from treehand.skills import SkillStep

MotionSteps = Generator[float, None, SkillStep | None]
"""A motion: yields the seconds until its next event; returns the failed step, or None."""


@dataclass
class Pace:
    """Duration factor of all motions; one instance serves base and manipulator."""

    slowness: float = 1.0

    def work(self, seconds: float) -> MotionSteps:
        """Let the arm work for a time, in seconds."""
        yield seconds * self.slowness
        return None
