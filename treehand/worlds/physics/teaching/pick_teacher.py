"""Teacher of grasps from above."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from treehand.skills import FloatArray
from treehand.worlds.physics.model.arm import GraspPose, wrapped
from treehand.worlds.physics.skills.grasp_planning import SAFE_M
from treehand.worlds.physics.teaching.teacher import (
    FIRM_S,
    FREE_M_S,
    HandState,
    Teacher,
    nearest,
    polar,
    velocity,
)

PASSING_M = 0.12
"""Height above the grasp at which the hand crosses the place, if the safe one is lower."""
LIFT_M = 0.14
"""Height above the grasp to which the object is lifted."""


class PickTeacher(Teacher):
    """Knows where an object can be grasped, how wide and with what force.

    Args:
        grasps: Grasps with room for the fingers; it takes the one that is nearest to the hand.
        width_m: Width of the object between the pads.
        open_m: Distance of the pads on the way to it.
        grip_n: Grip force.
        free_turn_rad: Turn by which the hand may differ from a grasp, as a thing of revolution
            allows: the yaw of its grasps is in no picture, so it teaches nothing.
    """

    def __init__(
        self,
        grasps: Sequence[GraspPose],
        width_m: float,
        open_m: float,
        grip_n: float,
        free_turn_rad: float = 0.0,
    ) -> None:
        super().__init__(width_m, open_m, grip_n)
        self.grasps = tuple(grasps)
        self.free_turn_rad = free_turn_rad

    def advice(self, state: HandState) -> tuple[FloatArray, float]:
        """Return the velocity of the hand in its own frame, and the grip force."""
        target = self.aim(state)
        if state.closed_s > 0.0:
            if state.closed_s < FIRM_S:
                return np.zeros(6), self.grip_n
            lifted = polar(state.pose).lifted(target.height_m + LIFT_M)
            return velocity(state.pose, lifted, FREE_M_S / 2), self.grip_n
        passing_m = max(target.height_m + PASSING_M, SAFE_M)
        to = self.approach(state.pose, target, passing_m)
        if to is None:
            return velocity(state.pose, target, FREE_M_S / 4), self.grip_n
        return to, 0.0

    def aim(self, state: HandState) -> GraspPose:
        """Return the grasp that is nearest to the hand, turned as the hand where that is free."""
        grasp = nearest(state.pose, self.grasps)
        turned_rad = wrapped(polar(state.pose).turn_rad - grasp.turn_rad)
        free_rad = min(max(turned_rad, -self.free_turn_rad), self.free_turn_rad)
        return replace(grasp, turn_rad=grasp.turn_rad + free_rad) if free_rad else grasp
