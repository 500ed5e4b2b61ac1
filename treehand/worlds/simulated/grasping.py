"""Grasp model of the kinematic kitchen: estimates, grip force, and whether a grip holds.

`skills.contracts.grip_force` has the force that a grip needs. The robot does not know mass and
friction: it chooses its force from estimates with log-normal errors, with a margin, and never above
its estimate of the breaking force. Drops follow from the errors.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from treehand.core.keyed_random import KeyedRandom
from treehand.skills.contracts.grip_force import (
    FRAGILE_SHARE,
    LIFT_ACCELERATION_M_S2,
    needed_force_n,
)
from treehand.skills.contracts.motion_limits import UNLIMITED, MotionLimits
from treehand.skills.domain import ObjectModel

BUMP_DEVIATION_M_S2 = 0.3
"""Standard deviation of the extra acceleration while the base drives."""
MASS_ERROR = 0.12
"""Standard deviation of ln(estimated / true mass)."""
FRICTION_ERROR = 0.15
"""Standard deviation of ln(estimated / true friction)."""
MARGIN = 1.32
"""Factor on the needed force at the first attempt."""
MARGIN_GROWTH = 1.25
"""Factor on the margin for every further attempt at the same object."""
MAX_FORCE_N = 70.0
"""Greatest force of the gripper (Franka Hand, continuous)."""


@dataclass(frozen=True)
class Body:
    """Physical properties that decide if a grip holds."""

    mass_kg: float
    friction: float
    break_force_n: float | None = None

    @property
    def needed_n(self) -> float:
        """Return the least grip force that lifts it, in N."""
        return needed_force_n(self.mass_kg, self.friction, LIFT_ACCELERATION_M_S2)

    @classmethod
    def of(cls, model: ObjectModel) -> Body:
        """Return the body of an object; defaults are a mass of 0.3 kg and a friction of 0.5."""
        return cls(model.mass_kg or 0.3, model.friction or 0.5, model.break_force_n)


def estimate(body: Body, random: KeyedRandom) -> Body:
    """Return the robot's estimate of a body, with log-normal errors."""
    limit_n = body.break_force_n
    return Body(
        body.mass_kg * math.exp(random.normal("mass", deviation=MASS_ERROR)),
        body.friction * math.exp(random.normal("friction", deviation=FRICTION_ERROR)),
        None if limit_n is None else limit_n * math.exp(random.normal("limit", deviation=0.1)),
    )


def chosen_force_n(
    guess: Body, attempt: int, limits: MotionLimits = UNLIMITED, max_n: float = MAX_FORCE_N
) -> float:
    """Return the grip force for an estimated body at an attempt (from 1), in N.

    Args:
        guess: The estimated body.
        attempt: Number of the attempt, from 1; the margin grows with it.
        limits: Limits that a person set.
        max_n: Greatest force of the gripper.
    """
    margin = MARGIN * MARGIN_GROWTH ** (attempt - 1)
    force_n = margin * guess.needed_n
    if guess.break_force_n is not None:
        force_n = min(force_n, limits.force * FRAGILE_SHARE * guess.break_force_n)
    return min(force_n, limits.force * max_n)


def lift_holds(body: Body, force_n: float) -> bool:
    """Return True if the grip carries the body through a lift."""
    return force_n >= needed_force_n(body.mass_kg, body.friction, LIFT_ACCELERATION_M_S2)


def transport_holds(body: Body, force_n: float, random: KeyedRandom) -> bool:
    """Return True if the grip carries the body through a drive with one random bump."""
    bump = abs(random.normal("bump", deviation=BUMP_DEVIATION_M_S2))
    return force_n >= needed_force_n(body.mass_kg, body.friction, LIFT_ACCELERATION_M_S2 + bump)
