"""The arm's motion: a hand that points down and follows paths about the base.

Inverse kinematics by damped least squares (Nakamura & Hanafusa 1986; Wampler 1986) with a posture
in the null space, one step each control period. `mink` solves the same as a quadratic program and
is several times slower; limits bind here only in velocity, which is scaled, and at the joint stops,
which paths about the base do not come near.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import mujoco
import numpy as np

from ...skills import FloatArray

JOINTS_N = 7
PERIOD_S = 0.02
"""From one control step to the next."""
HOME_RAD = np.array([0.0, -0.785, 0.0, -2.356, 0.0, 1.571, 0.785])
LIMITS_RAD_S = np.array([2.175] * 4 + [2.61] * 3)
"""Greatest joint velocities; Franka Control Interface documentation."""
SHARE = 0.9
"""Of the velocity limits that is used."""
STOP_RAD = 0.02
"""Distance that is kept from the joint stops."""
DAMPING = 1e-4
POSTURE_HZ = 1.0
"""How fast the elbow goes back to where it is at home."""
TURN_RAD_S, SWING_RAD_S = 1.8, 1.3
"""Greatest mean speeds of the hand's yaw, and about the base."""
PEAK = 1.9
"""Greatest over mean speed of a minimum-jerk motion (Flash & Hogan 1985): 15/8."""


def wrapped(angle_rad: float) -> float:
    """Return an angle between -π and π."""
    return (angle_rad + math.pi) % (2 * math.pi) - math.pi


@dataclass(frozen=True)
class Hold:
    """A pose of the hand, in coordinates about the base.

    Attributes:
        radius_m: Horizontal distance from the base.
        azimuth_rad: About the base.
        height_m: Of the middle of the pads.
        turn_rad: Yaw of the hand, from the azimuth.
    """

    radius_m: float
    azimuth_rad: float
    height_m: float
    turn_rad: float = 0.0

    @classmethod
    def at(cls, point_m: FloatArray, yaw_rad: float) -> Hold:
        """Return the pose with the middle of the pads at a point; the hand is symmetric."""
        azimuth = math.atan2(point_m[1], point_m[0])
        turn = (yaw_rad - azimuth + math.pi / 2) % math.pi - math.pi / 2
        radius = math.hypot(point_m[0], point_m[1])
        return cls(radius, azimuth, float(point_m[2]), turn)

    def lifted(self, height_m: float) -> Hold:
        """Return the pose at another height."""
        return Hold(self.radius_m, self.azimuth_rad, height_m, self.turn_rad)

    def to(self, other: Hold, share: float) -> Hold:
        """Return a pose on the way to another one, an arc about the base."""

        def between(a: float, b: float) -> float:
            return a + share * (b - a)

        return Hold(
            between(self.radius_m, other.radius_m),
            between(self.azimuth_rad, other.azimuth_rad),
            between(self.height_m, other.height_m),
            between(self.turn_rad, other.turn_rad),
        )

    def lasts_s(self, other: Hold, speed_m_s: float) -> float:
        """Return how long a smooth motion to another pose takes, at a mean speed at most."""
        swing = abs(other.azimuth_rad - self.azimuth_rad)
        along = math.hypot(other.radius_m - self.radius_m, other.height_m - self.height_m)
        around = swing * max(self.radius_m, other.radius_m)
        turn = abs(other.turn_rad - self.turn_rad)
        return PEAK * max(
            along / speed_m_s, around / speed_m_s, swing / SWING_RAD_S, turn / TURN_RAD_S
        )

    def frame(self) -> tuple[FloatArray, FloatArray]:
        """Return position, shape (3,), and rotation matrix, (3, 3), of the hand."""
        yaw = self.azimuth_rad + self.turn_rad
        cos, sin = math.cos(yaw), math.sin(yaw)
        x, y = math.cos(self.azimuth_rad), math.sin(self.azimuth_rad)
        point = np.array([self.radius_m * x, self.radius_m * y, self.height_m])
        return point, np.array([[cos, sin, 0.0], [sin, -cos, 0.0], [0.0, 0.0, -1.0]])


class Arm:
    """Joint references for a hand that follows paths.

    Args:
        model: The kitchen; only the arm's kinematics are used.
    """

    def __init__(self, model: mujoco.MjModel) -> None:
        self._model = model
        self._scratch = mujoco.MjData(model)
        self._site = model.site("tcp").id
        low, high = model.jnt_range[:JOINTS_N].T
        self._low, self._high = low + STOP_RAD, high - STOP_RAD
        self._linear = np.zeros((3, model.nv))
        self._angular = np.zeros((3, model.nv))
        self.reference_rad: FloatArray = HOME_RAD.copy()
        """What the joints are commanded to, shape (7,)."""
        self._from: Hold | None = None
        self._to: Hold | None = None
        self._lasts_s = self._since_s = 0.0
        self._rates_rad_s: FloatArray | None = None
        self.error_m = self.error_rad = 0.0
        """How far the reference is from where the path wants it."""

    def pose(self) -> Hold:
        """Return where the reference holds the hand."""
        point, rotation = self._forward()
        azimuth = math.atan2(point[1], point[0])
        yaw = math.atan2(rotation[1, 0], rotation[0, 0])
        radius = math.hypot(point[0], point[1])
        return Hold(radius, azimuth, float(point[2]), wrapped(yaw - azimuth))

    def go(self, to: Hold, speed_m_s: float) -> float:
        """Begin a smooth motion; return how long it takes, in s."""
        self._rates_rad_s = None
        self._from = self.pose()
        self._to = to
        self._since_s = 0.0
        self._lasts_s = max(self._from.lasts_s(to, speed_m_s), PERIOD_S)
        return self._lasts_s

    def stand(self) -> None:
        """Stay where it is."""
        self._from = self._to = self._rates_rad_s = None

    def drive(self, rates_rad_s: FloatArray) -> None:
        """Move with joint velocities, shape (7,), until told otherwise."""
        self.stand()
        self._rates_rad_s = rates_rad_s

    def step(self) -> None:
        """Go on by one control period."""
        if self._rates_rad_s is not None:
            self._advance(self._rates_rad_s)
        if self._from is None or self._to is None:
            return
        self._since_s += PERIOD_S
        share = min(self._since_s / self._lasts_s, 1.0)
        smooth = share**3 * (10.0 - 15.0 * share + 6.0 * share**2)
        self._approach(*self._from.to(self._to, smooth).frame())

    def _approach(self, point: FloatArray, rotation: FloatArray) -> None:
        at, now = self._forward()
        mujoco.mj_jacSite(self._model, self._scratch, self._linear, self._angular, self._site)
        jacobian = np.vstack([self._linear[:, :JOINTS_N], self._angular[:, :JOINTS_N]])
        away = point - at
        twist = 0.5 * np.cross(now.T, rotation.T).sum(axis=0)
        self.error_m, self.error_rad = float(np.linalg.norm(away)), float(np.linalg.norm(twist))
        wanted = 0.5 * np.concatenate([away, twist]) / PERIOD_S
        square = jacobian @ jacobian.T + DAMPING * np.eye(6)
        posture = POSTURE_HZ * (HOME_RAD - self.reference_rad)
        posture[0] = 0.0
        rates = posture + jacobian.T @ np.linalg.solve(square, wanted - jacobian @ posture)
        self._advance(rates)

    def _advance(self, rates_rad_s: FloatArray) -> None:
        fastest = (np.abs(rates_rad_s) / (SHARE * LIMITS_RAD_S)).max()
        step = rates_rad_s / max(fastest, 1.0) * PERIOD_S
        self.reference_rad = np.clip(self.reference_rad + step, self._low, self._high)

    def _forward(self) -> tuple[FloatArray, FloatArray]:
        self._scratch.qpos[:JOINTS_N] = self.reference_rad
        mujoco.mj_kinematics(self._model, self._scratch)
        mujoco.mj_comPos(self._model, self._scratch)
        point = self._scratch.site_xpos[self._site].copy()
        return point, self._scratch.site_xmat[self._site].reshape(3, 3).copy()
