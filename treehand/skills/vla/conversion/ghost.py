"""Ghost of a robot: executes converted actions in mind, so that their path can be looked at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from treehand.skills.contracts.embodiment import (
    Controllable,
    EmbodimentSpec,
    FloatArray,
    Frames,
    Proprioception,
    SensorReading,
    StopStatus,
)
from treehand.skills.contracts.kinematics import Kinematic, Pose
from treehand.skills.vla.contract.action_limits import Beyond
from treehand.skills.vla.contract.spec import PolicySpec
from treehand.skills.vla.contract.units import factor, si_factors
from treehand.skills.vla.conversion.action_conversion import ActionConversion
from treehand.skills.vla.conversion.gripper import opening
from treehand.skills.vla.conversion.hand_motion import HandMotion, is_of_hand
from treehand.skills.vla.conversion.inverse_kinematics import joints_for, twist


class GhostRobot(Controllable):
    """A robot that begins where the real one is, and moves exactly as it is told.

    Args:
        robot: The real robot, which is only read.
        period_s: Duration of one action.
    """

    def __init__(self, robot: Controllable, period_s: float) -> None:
        self._spec = robot.spec
        self._period_s = period_s
        now = robot.proprioception()
        self._time_s = now.time_s
        self._values = {name: np.array(values, float) for name, values in now.values.items()}
        if isinstance(robot, Kinematic):
            self.kinematics = robot.kinematics
        self.moved = np.zeros(robot.spec.action.size)
        """Sum of the displacements of every dimension, in SI units."""

    @property
    def spec(self) -> EmbodimentSpec:
        """Declaration of the real robot."""
        return self._spec

    def proprioception(self) -> Proprioception:
        """Return the state of the ghost."""
        return Proprioception(self._time_s, self._values)

    def frames(
        self, cameras: Sequence[str], size: tuple[int, int] = (224, 224), *, depth: bool = False
    ) -> Frames:
        """Return no picture."""
        return Frames({}, {})

    def readings(self, sensors: Sequence[str]) -> Mapping[str, SensorReading]:
        """Return no reading."""
        return {}

    def stop(self) -> StopStatus:
        """Do nothing."""
        return StopStatus(acknowledged=True)

    def apply(self, action: FloatArray) -> None:
        """Move for one period."""
        spec = self._spec.action
        moving = ~spec.is_gripper
        physical = action * si_factors(spec.dims)
        if spec.control == "velocity":
            physical = physical * self._period_s
        if spec.control == "position":
            self.moved = np.where(moving, physical, 0.0)
        else:
            self.moved = self.moved + np.where(moving & ~spec.is_rotation, physical, 0.0)
        if spec.starts_at is not None:
            self._values[spec.starts_at] = action.copy()
        name = self._spec.joints
        if name is None or not isinstance(self, Kinematic):
            return
        unit = self._spec.proprioception[name].unit
        by = factor(unit, "m" if unit in ("m", "cm", "mm") else "rad")
        joints = self._values[name] * by
        if spec.frame == "joint":
            step = physical[moving]
            joints = step if spec.control == "position" else joints + step
        elif is_of_hand(spec):
            motion = HandMotion(spec, self.kinematics.base(), self._period_s)
            target = motion.target(action, self.kinematics.hand(joints))
            joints = joints_for(self.kinematics, joints, target, 0.01)
        self._values[name] = joints / by

    def hand(self) -> Pose | None:
        """Return the pose of its hand in the base; None if the robot does not know it."""
        name = self._spec.joints
        if name is None or not isinstance(self, Kinematic):
            return None
        unit = self._spec.proprioception[name].unit
        by = factor(unit, "m" if unit in ("m", "cm", "mm") else "rad")
        return self.kinematics.hand(self._values[name] * by)


@dataclass(frozen=True)
class GhostPath:
    """Path that a chunk would move a robot along."""

    points_m: FloatArray
    """Positions of the hand, shape (n + 1, 3), in the base; without kinematics the displacement of
    the first dimensions, from zero."""
    openings: tuple[float, ...]
    """Opening of the gripper after each action, from 0 to 1; empty without a gripper."""
    turn_rad: float
    """Angle between the first and the last orientation of the hand."""
    sent: FloatArray
    """Actions of the robot, shape (n, size)."""
    is_of_hand: bool
    """True if the points are positions of the hand."""

    def __str__(self) -> str:
        moved = 1e3 * (self.points_m[-1] - self.points_m[0])
        parts = [f"{axis} {value:+.0f}" for axis, value in zip("xyz", moved, strict=True)]
        text = f"the hand would go {np.linalg.norm(moved):.0f} mm ({', '.join(parts)})"
        if not self.is_of_hand:
            text = f"it would move {', '.join(parts)} (thousandths of m or rad, first dimensions)"
        if self.is_of_hand:
            text += f" and turn {np.degrees(self.turn_rad):.0f}°"
        if self.openings:
            ends = "open" if self.openings[-1] >= 0.5 else "closed"
            text += f"; the gripper ends {ends}"
        return text


def ghost_path(
    spec: PolicySpec, robot: Controllable, actions: FloatArray, beyond: Beyond = "fail"
) -> GhostPath:
    """Return the path of a ghost that executes a chunk from where the robot is.

    Args:
        spec: Inputs and outputs of the policy.
        robot: Robot that is read.
        actions: Decoded chunk, shape (n, size), in the convention of `ActionConversion.policy`.
        beyond: Treatment of an action beyond a limit of the robot.

    Raises:
        PolicyError: If an action may not be sent.
    """
    ghost = GhostRobot(robot, spec.period_s)
    conversion = ActionConversion(spec, ghost, beyond)
    first = ghost.hand()
    points, sent, openings = [_point(ghost)], [], []
    its = robot.spec.action
    grips = np.flatnonzero(its.is_gripper)
    for action in actions:
        command = conversion.to_robot(action)
        ghost.apply(command)
        sent.append(command)
        points.append(_point(ghost))
        if len(grips):
            dim = its.dims[grips[0]]
            openings.append(opening(float(command[grips[0]]), its.gripper, dim))
    last = ghost.hand()
    turn = 0.0
    if first is not None and last is not None:
        turn = float(np.linalg.norm(twist(first, last)[3:]))
    return GhostPath(
        np.array(points), tuple(openings), turn, np.array(sent), is_of_hand=first is not None
    )


def _point(ghost: GhostRobot) -> FloatArray:
    hand = ghost.hand()
    if hand is not None:
        return hand.position_m
    moved = ghost.moved[~ghost.spec.action.is_gripper]
    point = np.zeros(3)
    point[: min(len(moved), 3)] = moved[:3]
    return point
