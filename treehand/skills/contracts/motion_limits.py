"""Limits on speed and grip force that a person asked for, as a skill sees them."""

from __future__ import annotations

import math
from dataclasses import dataclass

LEAST_SHARE = 0.1
"""Least share of speed and force that a limit may leave."""


@dataclass(frozen=True)
class MotionLimits:
    """Limits on one activation: shares of the usual speed and of the usual limits on grip force.

    A skill multiplies its usual greatest speed by `speed`. It multiplies its usual greatest grip
    force, and the share of an object's breaking force that a grip may use, by `force`; if less
    than that would not hold the object, it fails with ``unsafe-force``. The limits may change
    while a skill runs; `SkillContext.limits` returns those in force now.

    Attributes:
        speed: Share of the usual speed, 0.1 to 1.
        force: Share of the usual limits on grip force, 0.1 to 1.
    """

    speed: float = 1.0
    force: float = 1.0

    def __post_init__(self) -> None:
        for name, share in (("speed", self.speed), ("force", self.force)):
            if not (math.isfinite(share) and LEAST_SHARE <= share <= 1.0):
                raise ValueError(f"{name} must be {LEAST_SHARE:g} to 1, got {share:g}")

    def tightest(self, other: MotionLimits) -> MotionLimits:
        """Return the smaller share of each of two limits."""
        return MotionLimits(min(self.speed, other.speed), min(self.force, other.force))

    def __str__(self) -> str:
        """Return the limits in words: "50 % speed, 60 % grip force"."""
        parts = [f"{self.speed:.0%} speed".replace("%", " %")] if self.speed < 1.0 else []
        parts += [f"{self.force:.0%} grip force".replace("%", " %")] if self.force < 1.0 else []
        return ", ".join(parts) or "no limit"


UNLIMITED = MotionLimits()
"""The usual speed and force."""
