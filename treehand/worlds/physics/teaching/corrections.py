"""Moments of an attempt at a call, and what a teacher does from there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from treehand.skills import LabelledState, LessonPlan, Moment
from treehand.worlds.physics.perception.cameras import Cameras
from treehand.worlds.physics.robot import PhysicsRobot
from treehand.worlds.physics.teaching.lessons import SkillLesson, StateDrawer
from treehand.worlds.physics.teaching.school import lesson_for
from treehand.worlds.physics.teaching.teacher import FIRM_S, HandState

STILL_M = 0.001
"""Change of the pads' distance between two moments up to which something keeps them apart."""


class Corrector:
    """Goes through the moments of an attempt, in each of which the kitchen is as it was then.

    Args:
        robot: The robot.
        cameras: Its cameras.
        random: Random numbers.
        plan: The call, and how many moments are wanted.
    """

    def __init__(
        self,
        robot: PhysicsRobot,
        cameras: Cameras,
        random: np.random.Generator,
        plan: LessonPlan,
    ) -> None:
        self._robot, self._random, self._plan = robot, random, plan
        self._drawer = StateDrawer(robot, cameras)
        self._closed_s = 0.0

    def states(self, moments: Sequence[Moment]) -> Iterator[LabelledState]:
        """Yield as many of the moments as are wanted, at random, with the teacher's actions.

        Raises:
            ValueError: If the call is impossible at the first one.
        """
        count = min(self._plan.count, len(moments))
        wanted = set(self._random.choice(len(moments), count, replace=False).tolist())
        lesson: SkillLesson | None = None
        before: Moment | None = None
        for number, moment in enumerate(moments):
            self._enter(moment)
            lesson = lesson or self._lesson()
            hand = self._hand(lesson, moment, before)
            before = moment
            if number not in wanted:
                continue
            if lesson.follows_item and hand.closed_s == 0.0:
                try:
                    lesson = self._lesson()
                except ValueError:
                    continue  # it is in the air, or where nobody can take it
            positions = self._robot.simulation.data.qpos.copy()
            yield self._drawer.labelled(lesson, self._plan, hand, moment.proprioception, positions)

    def _lesson(self) -> SkillLesson:
        return lesson_for(self._robot, self._random, self._plan.call, varies=False)

    def _enter(self, moment: Moment) -> None:
        """Make the kitchen as it was."""
        simulation = self._robot.simulation
        positions = np.frombuffer(moment.scene, dtype=np.float64)
        rest = np.zeros_like(simulation.data.qvel)
        simulation.set_state(positions, rest, moment.proprioception["joint_rad"])

    def _hand(self, lesson: SkillLesson, moment: Moment, before: Moment | None) -> HandState:
        robot, felt = self._robot, moment.proprioception
        opening = robot.encoders.opening(lesson.door) if lesson.door is not None else 0.0
        pose = robot.kinematics.hand(felt["joint_rad"])
        hand = HandState(pose, float(felt["gripper_width_m"][0]), opening=opening)
        lasted_s, changed_m = FIRM_S, 0.0
        if before is not None:
            lasted_s = moment.time_s - before.time_s
            changed_m = abs(hand.width_m - float(before.proprioception["gripper_width_m"][0]))
        is_closed = felt["gripper_force_n"][0] > 0.0 and changed_m < STILL_M
        self._closed_s = self._closed_s + lasted_s if is_closed and lesson.is_held(hand) else 0.0
        return replace(hand, closed_s=self._closed_s)
