"""Teacher of grasps from above: from any pose of the hand to the motion that leads on.

The scripted skills are paths that were planned once, so they cannot say what to do beside them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from treehand.skills import FloatArray, Pose
from treehand.skills.vla.conversion.inverse_kinematics import twist
from treehand.skills.vla.conversion.rotations import exp
from treehand.worlds.physics.model.arm import GraspPose

GAIN_HZ = 4.0
"""Speed towards a target, per distance from it."""
FREE_M_S, NEAR_M_S, TURN_RAD_S = 0.45, 0.12, 1.6
"""Greatest speeds of the hand: in the open, down to the object, and of its rotation."""
OVER_M = 0.07
"""Height above the grasp from which the hand goes straight down."""
PASSING_M = 0.16
"""Height above the grasp at which the hand crosses the place."""
LIFT_M = 0.14
"""Height above the grasp to which the object is lifted."""
WIDE_M, NARROW_M = 0.04, 0.008
"""Horizontal distance from the grasp's axis beyond which the hand is at passing height, and within
which it goes down."""
AT_M = 0.005
"""Height above the grasp at which the fingers close."""
TILTED_RAD = 0.15
"""Rotation from the grasp's beyond which the hand does not go down."""
FINGERS_M_S = 0.24
"""Speed at which the opening changes."""
FIRM_S = 0.3
"""Time from the closing of the fingers to the lift."""


@dataclass(frozen=True)
class HandState:
    """State of the hand that the teacher reacts to."""

    pose: Pose
    """Pose of the middle of the pads in the arm's base."""
    width_m: float
    """Distance of the pads."""
    closed_s: float = 0.0
    """Time since the pads have been closed on the object."""


@dataclass(frozen=True)
class PickTeacher:
    """Knows where an object is best grasped, how wide and with what force."""

    grasp: GraspPose
    width_m: float
    """Width of the object between the pads."""
    open_m: float
    """Distance of the pads on the way to it."""
    grip_n: float

    def advice(self, state: HandState) -> tuple[FloatArray, float]:
        """Return the velocity of the hand in its own frame, and the grip force.

        Returns:
            Shape (6,) in m/s and rad/s, and N; 0 N opens the gripper.
        """
        point, rotation = self._target(state.pose)
        at = state.pose.position_m
        aside_m = float(np.linalg.norm(at[:2] - point[:2]))
        above_m = float(at[2] - point[2])
        tilt_rad = float(np.linalg.norm(twist(state.pose, Pose(at, rotation))[3:]))
        if self.is_held(state):
            goal, speed, grip_n = _above(point, LIFT_M), FREE_M_S / 2, self.grip_n
            if state.closed_s < FIRM_S:
                goal = at
        elif aside_m > WIDE_M and above_m < PASSING_M - 0.03:
            goal, speed, grip_n = np.array([*at[:2], point[2] + PASSING_M]), FREE_M_S, 0.0
        elif aside_m > NARROW_M or tilt_rad > TILTED_RAD:
            over_m = PASSING_M if aside_m > WIDE_M else max(min(above_m, OVER_M), AT_M)
            goal, speed, grip_n = _above(point, over_m), FREE_M_S, 0.0
        elif above_m > AT_M:
            goal, speed, grip_n = point, NEAR_M_S if above_m < OVER_M else FREE_M_S, 0.0
        else:
            goal, speed, grip_n = point, NEAR_M_S, self.grip_n
        return self._velocity(state.pose, Pose(goal, rotation), speed), grip_n

    def is_held(self, state: HandState) -> bool:
        """Return True if the pads are closed on the object."""
        return state.closed_s > 0.0

    def chunk(self, state: HandState, count: int, period_s: float) -> FloatArray:
        """Return the advice for a state and for those that follow if it is taken.

        Args:
            state: State at the first action.
            count: Number of actions.
            period_s: Duration of each.

        Returns:
            Shape (count, 7): velocity of the hand in its own frame, and grip force.
        """
        actions = np.zeros((count, 7))
        for number in range(count):
            velocity, grip_n = self.advice(state)
            actions[number] = [*velocity, grip_n]
            state = self._after(state, velocity, grip_n, period_s)
        return actions

    def _after(
        self, state: HandState, velocity: FloatArray, grip_n: float, period_s: float
    ) -> HandState:
        pose = state.pose @ Pose(velocity[:3] * period_s, exp(velocity[3:] * period_s))
        step_m = FINGERS_M_S * period_s
        if grip_n <= 0.0:
            width_m = min(state.width_m + step_m, max(self.open_m, state.width_m))
            return HandState(pose, width_m)
        width_m = max(state.width_m - step_m, self.width_m)
        is_closed = width_m <= self.width_m + 1e-9
        closed_s = state.closed_s + period_s if is_closed else 0.0
        return replace(state, pose=pose, width_m=width_m, closed_s=closed_s)

    def _target(self, pose: Pose) -> tuple[FloatArray, FloatArray]:
        """Return position and rotation of the grasp; of the two alike ones, the nearer."""
        point, rotation = self.grasp.frame()
        turned = rotation @ np.diag([-1.0, -1.0, 1.0])
        is_nearer = np.trace(turned.T @ pose.rotation) > np.trace(rotation.T @ pose.rotation)
        return point, turned if is_nearer else rotation

    def _velocity(self, pose: Pose, goal: Pose, speed_m_s: float) -> FloatArray:
        away = twist(pose, goal) * GAIN_HZ
        away[:3] *= min(1.0, speed_m_s / max(float(np.linalg.norm(away[:3])), 1e-9))
        away[3:] *= min(1.0, TURN_RAD_S / max(float(np.linalg.norm(away[3:])), 1e-9))
        back = pose.rotation.T
        return np.concatenate([back @ away[:3], back @ away[3:]])


def _above(point: FloatArray, height_m: float) -> FloatArray:
    over: FloatArray = point + np.array([0.0, 0.0, height_m])
    return over
