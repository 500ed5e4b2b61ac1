"""Axis about which an arm turns, and azimuths of points about it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from treehand.skills import FloatArray


@dataclass(frozen=True)
class ArmAxis:
    """Axis of an arm in the kitchen: the vertical through its base.

    Attributes:
        x_m: Its position.
        y_m: Likewise.
        heading_rad: Yaw of the base that carries the arm; not wrapped.
    """

    x_m: float = 0.0
    y_m: float = 0.0
    heading_rad: float = 0.0

    @property
    def at_m(self) -> FloatArray:
        """Its position, shape (2,)."""
        return np.array([self.x_m, self.y_m])

    def azimuth_rad(self, point_m: FloatArray) -> float:
        """Return the azimuth of a point, within π of the heading.

        Azimuths jump behind the arm, where its first joint has its stops. An interpolation between
        two of them therefore never leads through its back, wherever its base has turned.
        """
        azimuth = math.atan2(point_m[1] - self.y_m, point_m[0] - self.x_m)
        return azimuth + 2 * math.pi * round((self.heading_rad - azimuth) / (2 * math.pi))


FIXED = ArmAxis()
"""Axis of an arm that stands where it is: in the origin of the kitchen."""
