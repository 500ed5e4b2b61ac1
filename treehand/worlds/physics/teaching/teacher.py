"""Common parts of the teachers: the state of a hand that they react to, and the way it moves.

The scripted skills are paths that were planned once, so they cannot say what to do beside them.
A teacher says from any pose of the hand how the motion leads on.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from treehand.skills import FloatArray, Pose
from treehand.skills.vla.conversion.rotations import exp
from treehand.worlds.physics.model.arm import FAR_RAD, INNER_M, GraspPose, wrapped

GAIN_HZ = 4.0
"""Speed towards a target, per distance from it."""
FREE_M_S, NEAR_M_S, TURN_RAD_S = 0.45, 0.12, 1.6
"""Greatest speeds of the hand: in the open, down to the object, and of its rotation."""
OVER_M = 0.07
"""Height above a target from which the hand goes straight down."""
WIDE_M, NARROW_M = 0.04, 0.008
"""Horizontal distance from a target beyond which the hand is at passing height, and within which it
goes down."""
AT_M = 0.005
"""Height above a target at which the fingers move."""
TURNED_RAD = 0.15
"""Rotation from a target's beyond which the hand does not go down."""
FINGERS_M_S = 0.24
"""Speed at which the opening changes."""
FIRM_S = 0.3
"""Time from the closing of the fingers to the motion with what they hold."""
YAW_M_RAD = 0.05
"""Distance that counts as much as one radian, in the choice of a target."""


@dataclass(frozen=True)
class HandState:
    """State of the hand that a teacher reacts to."""

    pose: Pose
    """Pose of the middle of the pads in the arm's base."""
    width_m: float
    """Distance of the pads."""
    closed_s: float = 0.0
    """Time since the pads have been closed on something."""
    opening: float = 0.0
    """Share to which the door or drawer that is worked at is open."""


class Teacher(ABC):
    """From any state of the hand to the motion that leads on.

    Args:
        width_m: Distance of the pads that hold the thing.
        open_m: Distance of the pads on the way to it.
        grip_n: Grip force.
    """

    def __init__(self, width_m: float, open_m: float, grip_n: float) -> None:
        self.width_m = width_m
        self.open_m = open_m
        self.grip_n = grip_n

    @abstractmethod
    def advice(self, state: HandState) -> tuple[FloatArray, float]:
        """Return the velocity of the hand in its own frame, and the grip force.

        Returns:
            Shape (6,) in m/s and rad/s, and N; 0 N opens the gripper.
        """

    @abstractmethod
    def aim(self, state: HandState) -> GraspPose:
        """Return the pose at which the hand opens or closes the fingers next."""

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
            state = self.after(state, velocity, grip_n, period_s)
        return actions

    def after(
        self, state: HandState, velocity: FloatArray, grip_n: float, period_s: float
    ) -> HandState:
        """Return the state after an action."""
        pose = state.pose @ Pose(velocity[:3] * period_s, exp(velocity[3:] * period_s))
        step_m = FINGERS_M_S * period_s
        if grip_n <= 0.0:
            width_m = min(state.width_m + step_m, max(self.open_m, state.width_m))
            return replace(state, pose=pose, width_m=width_m, closed_s=0.0)
        if state.closed_s > 0.0:  # what is held keeps the pads where they are, askew or not
            return replace(state, pose=pose, closed_s=state.closed_s + period_s)
        width_m = max(state.width_m - step_m, self.width_m)
        closed_s = period_s if width_m <= self.width_m + 1e-9 else 0.0
        return replace(state, pose=pose, width_m=width_m, closed_s=closed_s)

    def felt_n(self, state: HandState) -> float:
        """Return the grip force that the hand feels in a state."""
        is_closing = state.closed_s > 0.0 or state.width_m < self.open_m - 1e-6
        return self.grip_n if is_closing else 0.0

    def approach(
        self, pose: Pose, target: GraspPose, passing_m: float, *, near_m_s: float = NEAR_M_S
    ) -> FloatArray | None:
        """Return the velocity to a target from above; None where it is reached.

        Args:
            pose: Pose of the hand.
            target: Pose that is to be reached.
            passing_m: Height at which nothing is in the hand's way.
            near_m_s: Greatest speed of the last part.
        """
        aside_m, above_m, turned_rad = away(pose, target)
        here = polar(pose)
        if aside_m > WIDE_M and here.height_m < passing_m - 0.03:
            return velocity(pose, here.lifted(passing_m), FREE_M_S)
        if aside_m > NARROW_M or turned_rad > TURNED_RAD:
            over_m = target.height_m + max(min(above_m, OVER_M), AT_M)
            goal = target.lifted(passing_m if aside_m > WIDE_M else over_m)
            return velocity(pose, goal, FREE_M_S)
        if above_m > AT_M:
            return velocity(pose, target, near_m_s if above_m < OVER_M else FREE_M_S)
        return None


def polar(pose: Pose) -> GraspPose:
    """Return a pose of the hand in cylindrical coordinates, without its tilt."""
    yaw = math.atan2(pose.rotation[1, 0], pose.rotation[0, 0])
    return GraspPose.turned(pose.position_m, yaw)


def away(pose: Pose, target: GraspPose) -> tuple[float, float, float]:
    """Return the horizontal distance to a target, the height above it, and the angle of the yaw."""
    here = polar(pose)
    point, _ = target.frame()
    aside_m = math.hypot(*(pose.position_m[:2] - point[:2]))
    turned = wrapped(here.azimuth_rad + here.turn_rad - target.azimuth_rad - target.turn_rad)
    return aside_m, float(pose.position_m[2] - point[2]), abs(turned)


def half_turns(targets: Sequence[GraspPose]) -> list[GraspPose]:
    """Return the targets as they are, and turned by half a turn: the pads are alike."""
    return [
        replace(one, turn_rad=wrapped(one.turn_rad + half))
        for one in targets
        for half in (0.0, math.pi)
    ]


def nearest(pose: Pose, targets: Sequence[GraspPose]) -> GraspPose:
    """Return the target that is nearest to the hand."""
    here = polar(pose)

    def cost(one: GraspPose) -> float:
        aside_m, _, _ = away(pose, one)
        return aside_m + YAW_M_RAD * abs(wrapped(here.turn_rad - one.turn_rad))

    return min(targets, key=cost)


def velocity(pose: Pose, goal: GraspPose, speed_m_s: float) -> FloatArray:
    """Return the velocity of the hand to a goal, in its own frame, shape (6,).

    The hand goes about the base, never across it; on a long way it is drawn in first, because open
    doors stand farther out. Its yaw turns with the azimuth.
    """
    here = polar(pose)
    around = goal.azimuth_rad - here.azimuth_rad
    radius_m = goal.radius_m if abs(around) < FAR_RAD else min(goal.radius_m, INNER_M)
    wanted = GAIN_HZ * np.array(
        [radius_m - here.radius_m, around * here.radius_m, goal.height_m - here.height_m]
    )
    wanted *= min(1.0, speed_m_s / max(float(np.linalg.norm(wanted)), 1e-9))
    cos, sin = math.cos(here.azimuth_rad), math.sin(here.azimuth_rad)
    out, across, up = wanted
    linear = np.array([cos * out - sin * across, sin * out + cos * across, up])
    tilt = np.cross(pose.rotation[:, 2], [0.0, 0.0, -1.0]) * GAIN_HZ
    turn = min(max(GAIN_HZ * wrapped(goal.turn_rad - here.turn_rad), -TURN_RAD_S), TURN_RAD_S)
    angular = tilt + np.array([0.0, 0.0, turn + across / max(here.radius_m, 0.1)])
    angular *= min(1.0, TURN_RAD_S / max(float(np.linalg.norm(angular)), 1e-9))
    back = pose.rotation.T
    return np.concatenate([back @ linear, back @ angular])
