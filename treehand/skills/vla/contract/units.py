"""Units of one kind, and their factors."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from treehand.skills.contracts.embodiment import ActionDim, FloatArray, Unit

KINDS: Mapping[Unit, tuple[str, float]] = {
    **{"m": ("length", 1.0), "cm": ("length", 1e-2), "mm": ("length", 1e-3)},
    **{"m/s": ("speed", 1.0), "cm/s": ("speed", 1e-2), "mm/s": ("speed", 1e-3)},
    **{"rad": ("angle", 1.0), "deg": ("angle", np.pi / 180.0)},
    **{"rad/s": ("turning speed", 1.0), "deg/s": ("turning speed", np.pi / 180.0)},
    **{"N": ("force", 1.0), "N*m": ("torque", 1.0)},
    **{"1": ("ratio", 1.0), "%": ("ratio", 1e-2)},
}
"""Unit to its kind, and the factor to the kind's SI unit."""


def kind(unit: Unit) -> str:
    """Return the kind of a unit: length, angle and so on."""
    return KINDS[unit][0]


def factor(unit: Unit, to: Unit) -> float:
    """Return the number by which a value in `unit` is multiplied to be in `to`."""
    return KINDS[unit][1] / KINDS[to][1]


def si_factors(dims: tuple[ActionDim, ...]) -> FloatArray:
    """Return the factors that bring an action's values into SI units, shape (n,)."""
    return np.array([KINDS[dim.unit][1] for dim in dims])
