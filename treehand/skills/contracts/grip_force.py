"""Force that a parallel gripper needs to hold an object.

Two pads press with force F each. Coulomb friction carries at most 2·µ·F, and lifting the object
with acceleration a takes m·(g + a), so the grip holds if 2·µ·F ≥ m·(g + a).

Source:
    Coulomb 1785; for grippers in Siciliano & Khatib, Springer Handbook of Robotics, 2nd ed., §38.2.
"""

from __future__ import annotations

GRAVITY_M_S2 = 9.81
LIFT_ACCELERATION_M_S2 = 1.0
"""Upward acceleration that is assumed for a lift."""
FRAGILE_SHARE = 0.8
"""Share of the estimated breaking force that a grip may use."""


def needed_force_n(mass_kg: float, friction: float, acceleration_m_s2: float) -> float:
    """Return the least force of each pad that holds the body, in N: m·(g + a) / (2·µ)."""
    return mass_kg * (GRAVITY_M_S2 + acceleration_m_s2) / (2.0 * friction)
