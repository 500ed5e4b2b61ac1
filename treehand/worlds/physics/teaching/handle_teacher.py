"""Teacher that opens and closes doors and drawers by their handles."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from treehand.skills import FloatArray
from treehand.worlds.physics.model.arm import GraspPose
from treehand.worlds.physics.model.stations import BAR_M, HANDLE_GRIP_M, Station
from treehand.worlds.physics.skills.grasp_planning import SAFE_M
from treehand.worlds.physics.skills.handles import HANDLE_N
from treehand.worlds.physics.teaching.teacher import (
    FIRM_S,
    FREE_M_S,
    HandState,
    Teacher,
    away,
    half_turns,
    nearest,
    polar,
    velocity,
)

PULL_M_S = 0.22
"""Greatest speed of the hand that leads a handle."""
AHEAD = 0.25
"""Share of a door's range by which the hand's target is ahead of the handle."""
DONE = 0.04
"""Share of its range from the end at which a door is open or closed."""


class HandleTeacher(Teacher):
    """Knows the way of a handle.

    Args:
        station: The furniture.
        is_to_open: True to open it, False to close it.
        open_m: Distance of the pads on the way to the handle.
    """

    def __init__(self, station: Station, *, is_to_open: bool, open_m: float) -> None:
        super().__init__(2 * BAR_M, open_m, HANDLE_N)
        self._station = station
        self._is_to_open = is_to_open

    def grasp(self, opening: float) -> GraspPose:
        """Return the grasp of the handle at an opening."""
        at = np.array([*self._station.handle_m(opening), HANDLE_GRIP_M])
        return GraspPose.at(at, self._station.turn_rad)

    def is_done(self, state: HandState) -> bool:
        """Return True if the door is where it has to be."""
        return state.opening > 1.0 - DONE if self._is_to_open else state.opening < DONE

    def advice(self, state: HandState) -> tuple[FloatArray, float]:
        """Return the velocity of the hand in its own frame, and the grip force."""
        pose = state.pose
        if self.is_done(state):
            if state.closed_s > 0.0 or state.width_m < self.open_m - 0.01:
                return np.zeros(6), 0.0
            return velocity(pose, polar(pose).lifted(SAFE_M), FREE_M_S / 2), 0.0
        if state.closed_s > 0.0:
            if state.closed_s < FIRM_S:
                return np.zeros(6), self.grip_n
            ahead = AHEAD if self._is_to_open else -AHEAD
            goal = nearest(
                pose, half_turns([self.grasp(min(max(state.opening + ahead, -0.05), 1.05))])
            )
            return velocity(pose, goal, PULL_M_S), self.grip_n
        target = self.aim(state)
        to = self.approach(pose, target, SAFE_M)
        if to is None:
            return velocity(pose, target, FREE_M_S / 4), self.grip_n
        return to, 0.0

    def aim(self, state: HandState) -> GraspPose:
        """Return the grasp of the handle where it is."""
        return nearest(state.pose, half_turns([self.grasp(state.opening)]))

    def after(
        self, state: HandState, velocity: FloatArray, grip_n: float, period_s: float
    ) -> HandState:
        """Return the state after an action: a handle that is held comes along."""
        then = super().after(state, velocity, grip_n, period_s)
        if state.closed_s <= 0.0:
            return then
        here = self._station.handle_m(state.opening)
        way = (self._station.handle_m(state.opening + 0.01) - here) / 0.01
        moved = then.pose.position_m[:2] - state.pose.position_m[:2]
        share = state.opening + float(moved @ way) / float(way @ way)
        return replace(then, opening=min(max(share, 0.0), 1.0))

    def is_at(self, state: HandState) -> bool:
        """Return True if the hand is where it holds the handle."""
        aside_m, above_m, _ = away(state.pose, self.grasp(state.opening))
        return aside_m < 0.02 and abs(above_m) < 0.02
