"""The physics of a parallel grip, on paper.

What a grip needs stands in `treehand/skills/contracts/grip_force.py`. The robot does not know mass
and friction: it chooses its force from estimates that are wrong by a factor, with a margin, and
never above its estimate of the object's breaking force. From that come the drops.
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
from treehand.skills.domain import ObjectModel

BUMP_DEVIATION_M_S2 = 0.3
"""Spread of the extra acceleration while the base drives."""
MASS_ERROR = 0.12
"""Deviation of ln(estimated / true mass)."""
FRICTION_ERROR = 0.15
"""Deviation of ln(estimated / true friction)."""
MARGIN = 1.32
"""Factor on the computed force at the first attempt."""
MARGIN_GROWTH = 1.25
"""The margin grows by this factor with every further attempt at the same object."""
MAX_FORCE_N = 70.0
"""The gripper's greatest force (Franka Hand, continuous)."""


@dataclass(frozen=True)
class Body:
    """What decides whether a grip holds."""

    mass_kg: float
    friction: float
    break_force_n: float | None = None

    @classmethod
    def of(cls, model: ObjectModel) -> Body:
        """Return the body of an object; what the scene leaves out is 0.3 kg with friction 0.5."""
        return cls(model.mass_kg or 0.3, model.friction or 0.5, model.break_force_n)


def estimate(body: Body, random: KeyedRandom) -> Body:
    """Return the body as the robot takes it to be, wrong by log-normal factors."""
    limit_n = body.break_force_n
    return Body(
        body.mass_kg * math.exp(random.normal("mass", deviation=MASS_ERROR)),
        body.friction * math.exp(random.normal("friction", deviation=FRICTION_ERROR)),
        None if limit_n is None else limit_n * math.exp(random.normal("limit", deviation=0.1)),
    )


def chosen_force_n(guess: Body, attempt: int) -> float:
    """Return the grip force for an estimated body at the given attempt (from 1), in N."""
    margin = MARGIN * MARGIN_GROWTH ** (attempt - 1)
    force_n = margin * needed_force_n(guess.mass_kg, guess.friction, LIFT_ACCELERATION_M_S2)
    if guess.break_force_n is not None:
        force_n = min(force_n, FRAGILE_SHARE * guess.break_force_n)
    return min(force_n, MAX_FORCE_N)


def lift_holds(body: Body, force_n: float) -> bool:
    """Return whether the grip carries the body through a lift."""
    return force_n >= needed_force_n(body.mass_kg, body.friction, LIFT_ACCELERATION_M_S2)


def transport_holds(body: Body, force_n: float, random: KeyedRandom) -> bool:
    """Return whether the grip carries the body through a drive with one random bump."""
    bump = abs(random.normal("bump", deviation=BUMP_DEVIATION_M_S2))
    return force_n >= needed_force_n(body.mass_kg, body.friction, LIFT_ACCELERATION_M_S2 + bump)
