"""The reference model's output in units: actions, and properties of the object."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from treehand.skills.contracts.embodiment import ActionSpec, FloatArray
from treehand.skills.vla.contract.policy import Properties

MASS_KG = (0.01, 20.0)
FRICTION = (0.05, 2.0)
BREAK_FORCE_N = (0.5, 1000.0)
"""Ranges of the property head, on a logarithmic scale; the last end means unbreakable."""
RANGES = (MASS_KG, FRICTION, BREAK_FORCE_N)


def actions_of(motion: FloatArray, grips: FloatArray, spec: ActionSpec) -> FloatArray:
    """Return the actions for the model's numbers.

    Args:
        motion: Actions with the limits mapped to -1 and 1, shape (n, d).
        grips: Logits that a gripper's number is above its lower limit, shape (n, d).
        spec: Units and limits.
    """
    share = (np.clip(motion, -1.0, 1.0) + 1.0) / 2.0
    actions = spec.lows() + share * (spec.highs() - spec.lows())
    is_open = spec.is_gripper & (grips < 0.0)
    whole: FloatArray = np.where(is_open, spec.lows(), actions)
    return whole


def properties_of(shares: Sequence[float]) -> Properties:
    """Return the properties for the head's numbers, which are from 0 to 1."""
    values = [
        low * (high / low) ** share for (low, high), share in zip(RANGES, shares, strict=True)
    ]
    return Properties(*values)


def shares_of(properties: Properties) -> list[float]:
    """Return the inverse of `properties_of`; values outside the ranges become their ends."""
    values = (properties.mass_kg, properties.friction, properties.break_force_n)
    return [
        float(np.clip(np.log(value / low) / np.log(high / low), 0.0, 1.0))
        for value, (low, high) in zip(values, RANGES, strict=True)
    ]
