"""Motion of the arm: trajectories of the hand, motions of the joints, and inverse kinematics.

Inverse kinematics by damped least squares with a posture in the null space, one step each control
period. `mink` solves the same as a quadratic program and is several times slower. Only two limits
matter here: velocity, which is scaled, and the joint stops, which paths about the base do not come
near.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from treehand.skills import FloatArray, Pose, damped_solution
from treehand.worlds.physics.model.arm_axis import FIXED, ArmAxis
from treehand.worlds.physics.robots.kinematic_chain import KinematicChain
from treehand.worlds.physics.robots.robot_library import RobotModel

PERIOD_S = 0.02
"""Control period."""
SHARE = 0.9
"""Share of the velocity limits that is used."""
DAMPING = 1e-4
"""Square of the damping factor of the least squares."""
POSTURE_HZ = 1.0
"""Rate at which the elbow returns to its home posture."""
TURN_RAD_S, SWING_RAD_S = 1.8, 1.3
"""Greatest mean speeds of the hand's yaw, and about the base."""
SPEED_UP_S = 0.1
"""Least time in which a joint gets from rest to the speed that is used, on a trajectory."""
PTP_SHARE = 0.45
"""Share of the velocity limits that the mean speeds of a motion of all joints use."""
UPRIGHT = 0.2
"""Sine of the tilt below which the hand points down."""
YIELDS_M_N, LOWER_M = 1e-5, 0.02
"""Height change per control step and N of excess force while pressing, and greatest change."""
WINDUP_RAD = 0.1
"""Greatest lead of a joint's reference over the joint while joint velocities are commanded."""
PEAK = 1.9
"""Ratio of greatest to mean speed of a minimum-jerk motion (Flash & Hogan 1985): 15/8."""
FAR_RAD = 0.35
"""Azimuth change above which a transfer leads inwards first."""
INNER_M = 0.48
"""Radius at which the hand passes open lids."""
IN, OUT = 0.35, 0.65
"""Shares of such a transfer at which its inward part ends and its outward part begins."""


def wrapped(angle_rad: float) -> float:
    """Return an angle between -π and π."""
    return (angle_rad + math.pi) % (2 * math.pi) - math.pi


@dataclass(frozen=True)
class GraspPose:
    """A pose of the hand in SE(3).

    The position is in cylindrical coordinates about the base's axis, the rotation in Euler angles:
    turn about the vertical, tilt about the opening axis, roll about the approach. A hand that
    points down has no tilt, one that points level has π/2, along its turn.

    Attributes:
        radius_m: Horizontal distance from the arm's axis.
        azimuth_rad: Azimuth about the arm's axis, within π of the base's heading.
        height_m: Height of the middle of the pads.
        turn_rad: Yaw of the hand, relative to the azimuth.
        axis: The arm's axis.
        tilt_rad: Angle between the approach and straight down.
        roll_rad: Rotation about the approach.
    """

    radius_m: float
    azimuth_rad: float
    height_m: float
    turn_rad: float = 0.0
    axis: ArmAxis = FIXED
    tilt_rad: float = 0.0
    roll_rad: float = 0.0

    @classmethod
    def at(cls, point_m: FloatArray, yaw_rad: float, axis: ArmAxis = FIXED) -> GraspPose:
        """Return the pose with the middle of the pads at a point; yaw is modulo π."""
        pose = cls.turned(point_m, yaw_rad, axis)
        turn = (pose.turn_rad + math.pi / 2) % math.pi - math.pi / 2
        return replace(pose, turn_rad=turn)

    @classmethod
    def turned(cls, point_m: FloatArray, yaw_rad: float, axis: ArmAxis = FIXED) -> GraspPose:
        """Return the pose with the middle of the pads at a point, and that very yaw."""
        radius_m = math.hypot(point_m[0] - axis.x_m, point_m[1] - axis.y_m)
        azimuth = axis.azimuth_rad(point_m)
        turn = wrapped(yaw_rad - azimuth)
        return cls(radius_m, azimuth, float(point_m[2]), turn, axis)

    @classmethod
    def of(cls, hand: Pose, axis: ArmAxis = FIXED) -> GraspPose:
        """Return the pose of a hand from its frame in the kitchen."""
        point, rotation = hand.position_m, hand.rotation
        if math.hypot(*rotation[:2, 2]) < UPRIGHT:
            return cls.turned(point, math.atan2(rotation[1, 0], rotation[0, 0]), axis)
        pose = cls.turned(point, math.atan2(rotation[1, 2], rotation[0, 2]), axis)
        tilt = math.acos(min(max(-float(rotation[2, 2]), -1.0), 1.0))
        roll = math.atan2(-rotation[2, 1], rotation[2, 0])
        return replace(pose, tilt_rad=tilt, roll_rad=roll)

    @property
    def yaw_rad(self) -> float:
        """Yaw of the hand in the kitchen: of its approach if it is tilted."""
        return self.azimuth_rad + self.turn_rad

    @property
    def is_tilted(self) -> bool:
        """True if the hand does not point down."""
        return self.tilt_rad != 0.0 or self.roll_rad != 0.0

    def lifted(self, height_m: float) -> GraspPose:
        """Return the pose at another height."""
        return replace(self, height_m=height_m)

    def moved(self, by_m: FloatArray) -> GraspPose:
        """Return the pose moved by a vector, shape (3,); the hand keeps its rotation."""
        pose = GraspPose.turned(self.frame()[0] + by_m, self.yaw_rad, self.axis)
        return replace(pose, tilt_rad=self.tilt_rad, roll_rad=self.roll_rad)

    def to_hand_frame(self, away_m: FloatArray) -> FloatArray:
        """Return a vector, shape (3,), in the frame of the hand: along the pads, across, up."""
        if self.is_tilted:
            along: FloatArray = (self.frame()[1] * [1.0, -1.0, -1.0]).T @ away_m
            return along
        cos, sin = math.cos(self.yaw_rad), math.sin(self.yaw_rad)
        x, y, z = away_m
        return np.array([cos * x + sin * y, cos * y - sin * x, z])

    def from_hand_frame(self, in_hand_m: FloatArray) -> FloatArray:
        """Return a vector, shape (3,), that is given in the frame of the hand."""
        away: FloatArray = (self.frame()[1] * [1.0, -1.0, -1.0]) @ in_hand_m
        return away

    def towards(self, other: GraspPose, share: float) -> GraspPose:
        """Return an intermediate pose on the arc to another pose; `share` is from 0 to 1."""
        pairs = zip(self._coordinates(), other._coordinates(), strict=True)
        radius, azimuth, height, turn, tilt, roll = (
            here + share * (there - here) for here, there in pairs
        )
        return GraspPose(radius, azimuth, height, turn, self.axis, tilt, roll)

    def _coordinates(self) -> tuple[float, ...]:
        place = (self.radius_m, self.azimuth_rad, self.height_m)
        return (*place, self.turn_rad, self.tilt_rad, self.roll_rad)

    def frame(self) -> tuple[FloatArray, FloatArray]:
        """Return position, shape (3,), and rotation matrix, (3, 3), of the hand."""
        cos, sin = math.cos(self.yaw_rad), math.sin(self.yaw_rad)
        x, y = math.cos(self.azimuth_rad), math.sin(self.azimuth_rad)
        x, y = self.radius_m * x + self.axis.x_m, self.radius_m * y + self.axis.y_m
        point = np.array([x, y, self.height_m])
        down = np.array([[cos, sin, 0.0], [sin, -cos, 0.0], [0.0, 0.0, -1.0]])
        if not self.is_tilted:
            return point, down
        cos, sin = math.cos(self.tilt_rad), math.sin(self.tilt_rad)
        tilted = np.array([[cos, 0.0, sin], [0.0, 1.0, 0.0], [-sin, 0.0, cos]])
        cos, sin = math.cos(self.roll_rad), math.sin(self.roll_rad)
        rolled = np.array([[cos, -sin, 0.0], [sin, cos, 0.0], [0.0, 0.0, 1.0]])
        return point, down @ tilted @ rolled

    def hand(self) -> Pose:
        """Return the frame of the hand as a pose."""
        return Pose(*self.frame())


def _smooth(share: float) -> float:
    """Return the completed share of a minimum-jerk motion (Flash & Hogan 1985)."""
    share = min(max(share, 0.0), 1.0)
    return share**3 * (10.0 - 15.0 * share + 6.0 * share**2)


class Trajectory(Protocol):
    """A smooth trajectory of the hand."""

    @property
    def lasts_s(self) -> float:
        """Duration."""
        ...

    def pose(self, share: float) -> GraspPose:
        """Return the pose after a share of the duration."""
        ...


@dataclass(frozen=True)
class HandPath:
    """A `Trajectory` through close poses without a stop, for moving handles and wiping.

    Attributes:
        poses: At least two poses.
        speed_m_s: Greatest speed of the hand.
    """

    poses: tuple[GraspPose, ...]
    speed_m_s: float

    @property
    def lasts_s(self) -> float:
        """Duration."""
        points = np.array([pose.frame()[0] for pose in self.poses])
        turns = np.diff([pose.turn_rad for pose in self.poses])
        long_m = float(np.linalg.norm(np.diff(points, axis=0), axis=1).sum())
        return PEAK * max(long_m / self.speed_m_s, float(np.abs(turns).sum()) / TURN_RAD_S)

    def pose(self, share: float) -> GraspPose:
        """Return the pose after a share of the duration."""
        count = len(self.poses) - 1
        index = min(int(_smooth(share) * count), count - 1)
        return self.poses[index].towards(self.poses[index + 1], _smooth(share) * count - index)


@dataclass(frozen=True)
class Transfer:
    """A `Trajectory` from one pose to another.

    A far transfer about the base leads inwards first, then around, then outwards, because open lids
    stand farther out; the parts are blended.

    Attributes:
        start: First pose.
        end: Last pose.
        speed_m_s: Greatest speed of the hand along each part.
    """

    start: GraspPose
    end: GraspPose
    speed_m_s: float

    @property
    def _is_swing(self) -> bool:
        return abs(self.end.azimuth_rad - self.start.azimuth_rad) > FAR_RAD

    @property
    def _inner_m(self) -> float:
        return min(self.start.radius_m, self.end.radius_m, INNER_M)

    @property
    def lasts_s(self) -> float:
        """Duration."""
        start, end, speed = self.start, self.end, self.speed_m_s
        swing = abs(end.azimuth_rad - start.azimuth_rad)
        turns = (end.turn_rad - start.turn_rad, end.tilt_rad - start.tilt_rad)
        turn = max(map(abs, (*turns, end.roll_rad - start.roll_rad))) / TURN_RAD_S
        if self._is_swing:
            out = max(start.radius_m, end.radius_m) - self._inner_m
            around = max(swing / SWING_RAD_S, swing * self._inner_m / speed, turn)
            rise = abs(end.height_m - start.height_m)
            return PEAK * max(out / speed / IN, around / (1.0 - IN), rise / speed)
        along = math.hypot(end.radius_m - start.radius_m, end.height_m - start.height_m)
        around = swing * max(start.radius_m, end.radius_m)
        return PEAK * max(along / speed, around / speed, swing / SWING_RAD_S, turn)

    def pose(self, share: float) -> GraspPose:
        """Return the pose after a share of the duration."""
        start, end = self.start, self.end
        along = around = _smooth(share)
        radius = start.radius_m + along * (end.radius_m - start.radius_m)
        if self._is_swing:
            around = _smooth((share - IN / 2) / (1.0 - IN))
            inwards, outwards = _smooth(share / IN), _smooth((share - OUT) / (1.0 - OUT))
            inner = self._inner_m
            radius = start.radius_m + inwards * (inner - start.radius_m)
            radius += outwards * (end.radius_m - inner)
        return GraspPose(
            radius,
            start.azimuth_rad + around * (end.azimuth_rad - start.azimuth_rad),
            start.height_m + along * (end.height_m - start.height_m),
            start.turn_rad + around * (end.turn_rad - start.turn_rad),
            start.axis,
            start.tilt_rad + around * (end.tilt_rad - start.tilt_rad),
            start.roll_rad + around * (end.roll_rad - start.roll_rad),
        )


@dataclass(frozen=True)
class Slowed:
    """A `Trajectory` that takes longer than another one along the same poses.

    Attributes:
        trajectory: The other one.
        factor: Factor on its duration.
    """

    trajectory: Trajectory
    factor: float

    @property
    def lasts_s(self) -> float:
        """Duration."""
        return self.trajectory.lasts_s * self.factor

    def pose(self, share: float) -> GraspPose:
        """Return the pose after a share of the duration."""
        return self.trajectory.pose(share)


class Arm:
    """Joint references for a hand that follows trajectories.

    Args:
        robot: The robot whose arm it is.
    """

    def __init__(self, robot: RobotModel) -> None:
        self.chain = KinematicChain(robot)
        """Kinematics from the base to the tool."""
        self._low, self._high = self.chain.limits()
        self._home, self._speeds = robot.home, robot.speeds
        self._lag_s = robot.file.lag_s
        self._base_n = robot.base_n
        self._drive: FloatArray | None = None
        """Positions that the joints move through by themselves, shape (k, n)."""
        self.reference_rad: FloatArray = robot.home
        """Reference positions of the joints, shape (n,)."""
        self._before_rad = self.reference_rad
        self._step_rad: FloatArray = np.zeros(robot.joints_n)
        """Motion of the reference in the control period before, shape (n,)."""
        self._trajectory: Trajectory | None = None
        self._lasts_s = self._since_s = 0.0
        self._rates_rad_s: FloatArray | None = None
        self.is_stopped = False
        """True from a stop to the next command; then it gives way."""
        self.press_n = 0.0
        """Force with which the hand presses down; 0 to keep the trajectory's height."""
        self.felt_n = 0.0
        """Force that the wrist senses while pressing."""
        self._lower_m = 0.0
        self.error_m = self.error_rad = 0.0
        """Error of the reference against the trajectory."""

    def pose(self) -> GraspPose:
        """Return the pose of the hand at the reference positions."""
        return GraspPose.of(self.chain.hand(self.reference_rad), self.axis)

    @property
    def axis(self) -> ArmAxis:
        """The arm's axis at the reference positions."""
        return ArmAxis(*map(float, self.stance)) if self._base_n else FIXED

    @property
    def stance(self) -> FloatArray:
        """Reference positions of the base's joints: x, y and yaw; empty if it has none."""
        return self.reference_rad[: self._base_n].copy()

    def follow(self, trajectory: Trajectory, press_n: float = 0.0) -> float:
        """Begin a trajectory, pressing down with a force in N; return its duration in s."""
        self.hold_still()
        self._trajectory = trajectory
        self.press_n, self._lower_m = press_n, 0.0
        self._since_s = 0.0
        self._lasts_s = max(trajectory.lasts_s, PERIOD_S)
        return self._lasts_s

    def go(self, to: GraspPose, speed_m_s: float) -> float:
        """Begin a transfer to a pose; return its duration in s."""
        return self.follow(Transfer(self.pose(), to, speed_m_s))

    def move_base(self, stance: FloatArray) -> float:
        """Begin to drive straight to a stance, shape (3,); return the duration in s."""
        end = np.concatenate([stance, self.reference_rad[self._base_n :]])
        share = np.abs(stance - self.stance) / (SHARE * self._speeds[: self._base_n])
        return self._move(end[None], PEAK * float(share.max()))

    def move_joints(self, path_rad: FloatArray, least_s: float = 0.0, slower: float = 1.0) -> float:
        """Begin a motion of all joints through close positions; return its duration in s.

        Args:
            path_rad: The positions, shape (k, n), in rad or m; one for a point-to-point motion.
            least_s: Mean duration that it takes at least.
            slower: Factor on the duration.
        """
        way = np.abs(np.diff(path_rad, axis=0, prepend=self.reference_rad[None]))
        mean_s = len(way) * float((way / (PTP_SHARE * self._speeds)).max())
        mean_s = max(mean_s, least_s)
        return self._move(path_rad, slower * PEAK * mean_s)

    def _move(self, path_rad: FloatArray, lasts_s: float) -> float:
        path = np.vstack([self.reference_rad[None], path_rad])
        self.hold_still()
        self._drive = path
        self._since_s, self.error_m = 0.0, 0.0
        self._lasts_s = max(lasts_s, PERIOD_S)
        return self._lasts_s

    def hold_still(self) -> None:
        """Hold the present reference."""
        self._trajectory = self._rates_rad_s = self._drive = None
        self.is_stopped = False

    def stand(self, joints_rad: FloatArray) -> None:
        """Hold the arm where it is: a reference that lies ahead would go on pushing.

        Args:
            joints_rad: Measured positions of the joints, shape (n,).
        """
        self.hold_still()
        self.is_stopped = True
        self.reference_rad = np.clip(joints_rad, self._low, self._high)
        self._before_rad = self.reference_rad

    def limit_windup(self, joints_rad: FloatArray) -> None:
        """Keep the reference of commanded velocities near the joints, which may be blocked.

        Args:
            joints_rad: Measured positions of the joints, shape (n,).
        """
        if self._rates_rad_s is not None:
            near = np.clip(self.reference_rad, joints_rad - WINDUP_RAD, joints_rad + WINDUP_RAD)
            self.reference_rad = np.clip(near, self._low, self._high)

    def drive(self, rates_rad_s: FloatArray) -> None:
        """Move with joint velocities, shape (n,), until the next command."""
        self.hold_still()
        self._rates_rad_s = rates_rad_s

    @property
    def command_rad(self) -> FloatArray:
        """Commands of the joints' servos, shape (n,): the reference, advanced by their lag."""
        return self.reference_rad + self._lag_s / PERIOD_S * (self.reference_rad - self._before_rad)

    @property
    def moved_rad(self) -> FloatArray:
        """Motion of the reference in the last control period, shape (n,)."""
        moved: FloatArray = self.reference_rad - self._before_rad
        return moved

    def step(self) -> None:
        """Advance by one control period."""
        self._step_rad = self.moved_rad
        self._before_rad = self.reference_rad
        if self._rates_rad_s is not None:
            self._advance(self._step(self._rates_rad_s))
        self._since_s += PERIOD_S
        if self._drive is not None:
            count = len(self._drive) - 1
            share = _smooth(self._since_s / self._lasts_s) * count
            index = min(int(share), count - 1)
            start, end = self._drive[index : index + 2]
            self.reference_rad = start + (share - index) * (end - start)
        if self._trajectory is None:
            return
        pose = self._trajectory.pose(self._since_s / self._lasts_s)
        if self.press_n > 0.0:
            self._lower_m += YIELDS_M_N * (self.press_n - self.felt_n)
            self._lower_m = min(max(self._lower_m, -LOWER_M), LOWER_M)
            pose = pose.lifted(pose.height_m - self._lower_m)
        self._approach(*pose.frame())

    def _approach(self, point: FloatArray, rotation: FloatArray) -> None:
        hand = self.chain.hand(self.reference_rad)
        at, now = hand.position_m, hand.rotation
        jacobian = self.chain.jacobian(self.reference_rad)
        away = point - at
        between = rotation @ now.T  # for small angles, its skew part is the axis times the angle
        twist = 0.5 * np.array(
            [
                between[2, 1] - between[1, 2],
                between[0, 2] - between[2, 0],
                between[1, 0] - between[0, 1],
            ]
        )
        self.error_m, self.error_rad = math.hypot(*away), math.hypot(*twist)
        wanted = np.concatenate([away, twist]) / PERIOD_S
        posture = POSTURE_HZ * (self._home - self.reference_rad)
        axis = self.axis
        swing = wrapped(axis.azimuth_rad(point) - axis.azimuth_rad(at))
        # about the base turns the arm's first joint, not the elbow; the base itself stands
        posture[self._base_n] = swing / PERIOD_S
        posture[: self._base_n] = 0.0
        jacobian[:, : self._base_n] = 0.0
        step = self._step(posture + damped_solution(jacobian, wanted - jacobian @ posture, DAMPING))
        # Beyond the reach the solution turns back and forth: a joint may stop at once, but its
        # servo overshoots where it speeds up or turns back at once.
        before, faster = self._step_rad, SHARE * self._speeds * PERIOD_S**2 / SPEED_UP_S
        step = np.clip(step, np.minimum(before, 0.0) - faster, np.maximum(before, 0.0) + faster)
        self._advance(step)

    def _step(self, rates_rad_s: FloatArray) -> FloatArray:
        """Return the motion of one control period, none of whose joints is too fast."""
        fastest = float((np.abs(rates_rad_s) / (SHARE * self._speeds)).max())
        step: FloatArray = rates_rad_s / max(fastest, 1.0) * PERIOD_S
        return step

    def _advance(self, step_rad: FloatArray) -> None:
        self.reference_rad = np.clip(self.reference_rad + step_rad, self._low, self._high)
