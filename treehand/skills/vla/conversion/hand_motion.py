"""Actions of a hand as poses: any control, frame and rotation, to a target and back."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from treehand.skills.contracts.embodiment import NO_ROTATION, ActionSpec, FloatArray
from treehand.skills.contracts.kinematics import Pose
from treehand.skills.vla.contract.units import si_factors
from treehand.skills.vla.conversion.rotations import REPRESENTATIONS, exp, log

HAND_FRAMES = ("base", "world", "tool")


def is_of_hand(spec: ActionSpec) -> bool:
    """Return True if an action moves a hand: x, y and z, and at most one rotation."""
    if spec.frame not in HAND_FRAMES:
        return False
    turning = int(spec.is_rotation.sum())
    moving = spec.size - turning - int(spec.is_gripper.sum())
    return moving == 3 and turning == len(NO_ROTATION[spec.rotation])


@dataclass(frozen=True)
class HandMotion:
    """Conversion between the hand's part of an action and the hand's target pose.

    Attributes:
        spec: Convention of the action.
        base: Pose of the arm's base in the world.
        period_s: Duration of an action with ``control: velocity``.
    """

    spec: ActionSpec
    base: Pose
    period_s: float

    def target(self, action: FloatArray, start: Pose) -> Pose:
        """Return the pose of the hand, in the base, to which an action leads.

        Args:
            action: Shape (size,), in the convention's own units.
            start: Pose of the hand in the base: now, or at the observation.

        Raises:
            ValueError: If the numbers of the rotation are no rotation.
        """
        spec = self.spec
        physical = action * si_factors(spec.dims)
        moved = physical[~spec.is_gripper & ~spec.is_rotation]
        values = physical[spec.is_rotation]
        if spec.control == "velocity":
            moved, values = moved * self.period_s, values * self.period_s
        motion = Pose(moved, REPRESENTATIONS[spec.rotation].matrix(values))
        if spec.control == "position":
            rotation = start.rotation if spec.rotation == "none" else motion.rotation
            if spec.frame != "world":
                return Pose(motion.position_m, rotation)
            inside = self.base.inverse() @ motion
            return Pose(inside.position_m, rotation if spec.rotation == "none" else inside.rotation)
        if spec.frame == "tool":
            return start @ motion
        turn = self.base.rotation.T if spec.frame == "world" else np.eye(3)
        return Pose(
            start.position_m + turn @ motion.position_m,
            turn @ motion.rotation @ turn.T @ start.rotation,
        )

    def action(self, target: Pose, start: Pose, like: FloatArray) -> FloatArray:
        """Return the action that leads from `start` to `target`; the gripper is that of `like`."""
        spec = self.spec
        if spec.control == "position":
            motion = self.base @ target if spec.frame == "world" else target
        elif spec.frame == "tool":
            motion = start.inverse() @ target
        else:
            turn = self.base.rotation if spec.frame == "world" else np.eye(3)
            motion = Pose(
                turn @ (target.position_m - start.position_m),
                turn @ target.rotation @ start.rotation.T @ turn.T,
            )
        moved = motion.position_m
        values = REPRESENTATIONS[spec.rotation].values(motion.rotation)
        if spec.control == "velocity":
            moved, values = moved / self.period_s, values / self.period_s
        action = np.array(like, dtype=float)
        factors = si_factors(spec.dims)
        is_moved = ~spec.is_gripper & ~spec.is_rotation
        action[is_moved] = moved / factors[is_moved]
        action[spec.is_rotation] = values / factors[spec.is_rotation]
        return action


def shortened(start: Pose, target: Pose, share: float) -> Pose:
    """Return the pose after a share of the motion from one pose to another."""
    turn = exp(share * log(target.rotation @ start.rotation.T))
    moved = start.position_m + share * (target.position_m - start.position_m)
    return Pose(moved, turn @ start.rotation)
