"""Lessons in opening and closing doors and drawers."""

from __future__ import annotations

import numpy as np

from treehand.worlds.physics.robot import PhysicsRobot
from treehand.worlds.physics.teaching.handle_teacher import DONE, HandleTeacher
from treehand.worlds.physics.teaching.kitchen_variation import vary
from treehand.worlds.physics.teaching.lessons import Drawn, SkillLesson
from treehand.worlds.physics.teaching.teacher import HandState

KINDS = (0.22, 0.18, 0.1, 0.32, 0.08, 0.1)
"""Shares of the states: around, above, closing, pulling, letting go, on the way from the start."""
AROUND_RAD = 0.8
"""Standard deviation of the yaw around a handle: hands arrive before they have turned."""
ASKEW_M = 0.012
"""Standard deviation of how much wider than its bar a handle is held, askew."""
PARTED_M = 0.01
"""Distance from the widest opening from which the pads are at something."""
AJAR_SHARE = 0.3
"""Share of the states before the grasp in which the door is neither open nor closed."""


class HandleLesson(SkillLesson):
    """States on the way to a handle, above it, at it, and with it in the hand.

    Args:
        robot: The robot.
        random: Random numbers.
        place: What is opened or closed.
        is_to_open: True to open it, False to close it.
        varies: False to leave the kitchen as it is.

    Raises:
        ValueError: If it has no door.
    """

    def __init__(
        self,
        robot: PhysicsRobot,
        random: np.random.Generator,
        place: str,
        *,
        is_to_open: bool,
        varies: bool = True,
    ) -> None:
        super().__init__(robot, random)
        station = robot.simulation.stations.get(place)
        if station is None or not station.has_door:
            raise ValueError(f"{place} has no door")
        if varies:
            opened, closed = ((), (place,)) if is_to_open else ((place,), ())
            vary(robot, random, opened=opened, closed=closed)
        self.door = place
        self._is_to_open = is_to_open
        open_m = robot.model.gripper.width_m
        self.teacher: HandleTeacher = HandleTeacher(station, is_to_open=is_to_open, open_m=open_m)

    def drawn(self) -> Drawn:
        """Return a random state of the hand and of the door."""
        random, teacher = self.random, self.teacher
        kind = random.choice(len(KINDS), p=KINDS)
        begin, end = (0.0, 1.0) if self._is_to_open else (1.0, 0.0)
        towards = end - begin
        opening = begin
        if kind == 3:
            opening = random.uniform(0.0, 1.0)
        elif kind == 4:
            opening = end - towards * random.uniform(0.0, DONE)
        elif kind < 2 and random.random() < AJAR_SHARE:
            opening = random.uniform(0.0, 1.0)
        grasp, open_m = teacher.grasp(opening), teacher.open_m
        if kind == 0:
            return Drawn(
                HandState(self.near(grasp, 0.15, (0.0, 0.35), AROUND_RAD), open_m, opening=opening)
            )
        if kind == 1:
            return Drawn(
                HandState(self.near(grasp, 0.02, (0.0, 0.15), 0.12), open_m, opening=opening)
            )
        if kind == 5:
            pose = self.on_the_way(self.begun(), grasp, (0.1, 0.25))
            return Drawn(HandState(pose, open_m, opening=opening))
        held = self.near(grasp, 0.004, (-0.004, 0.006), 0.06)
        if kind == 2:
            width_m = random.uniform(teacher.width_m, open_m)
            return Drawn(HandState(held, width_m, opening=opening))
        if kind == 4 and random.random() < 0.5:
            # It has let go and leaves.
            pose = self.near(grasp, 0.006, (0.0, 0.2), 0.06)
            return Drawn(HandState(pose, open_m, opening=opening))
        closed_s = random.uniform(0.02, 1.0) if kind == 3 and opening < 0.02 else 1.0
        width_m = teacher.width_m + abs(random.normal(0.0, ASKEW_M))
        return Drawn(HandState(held, min(width_m, open_m), closed_s, opening))

    def is_held(self, hand: HandState) -> bool:
        """Return True if the pads are at the handle, and something keeps them apart."""
        return self.teacher.is_at(hand) and hand.width_m < self.teacher.open_m - PARTED_M
