"""Teacher that sets a held object down."""

from __future__ import annotations

import numpy as np

from treehand.skills import FloatArray
from treehand.worlds.physics.model.arm import GraspPose
from treehand.worlds.physics.skills.grasp_planning import SAFE_M
from treehand.worlds.physics.teaching.teacher import (
    FREE_M_S,
    HandState,
    Teacher,
    away,
    polar,
    velocity,
)

PASSING_M = SAFE_M + 0.04
"""Height of the hand that carries an object across other ones."""
LOOSE_M = 0.016
"""Distance from the release, across and up, from which an object may fall."""
FREED_M = 0.004
"""Distance of the pads from the opening of a release at which the hand leaves."""


class PlaceTeacher(Teacher):
    """Knows where a held object has room.

    Args:
        release: Pose of the hand in which the fingers open.
        width_m: Distance of the pads on the object.
        open_m: Distance of the pads from which the object is free.
        grip_n: Grip force.
    """

    def __init__(self, release: GraspPose, width_m: float, open_m: float, grip_n: float) -> None:
        super().__init__(width_m, open_m, grip_n)
        self.release = release

    def advice(self, state: HandState) -> tuple[FloatArray, float]:
        """Return the velocity of the hand in its own frame, and the grip force."""
        pose = state.pose
        if state.closed_s > 0.0:
            aside_m, above_m, _ = away(pose, self.release)
            to = self.approach(pose, self.release, PASSING_M)
            if to is None or (aside_m < LOOSE_M and above_m < LOOSE_M / 2):
                return np.zeros(6), 0.0
            return to, self.grip_n
        if state.width_m < self.open_m - FREED_M:
            return np.zeros(6), 0.0
        return velocity(pose, polar(pose).lifted(PASSING_M), FREE_M_S / 2), 0.0

    def aim(self, state: HandState) -> GraspPose:
        """Return the pose of the release."""
        return self.release

    def felt_n(self, state: HandState) -> float:
        """Return the grip force that the hand feels in a state."""
        return self.grip_n if state.closed_s > 0.0 else 0.0
