"""Lessons in grasping."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from treehand.skills import Pose
from treehand.worlds.physics.model.arm import GraspPose
from treehand.worlds.physics.model.objects import Shape
from treehand.worlds.physics.port import Track
from treehand.worlds.physics.robot import PhysicsRobot
from treehand.worlds.physics.skills.grasp_planning import roomy_grasps
from treehand.worlds.physics.teaching.kitchen_variation import look, move, vary
from treehand.worlds.physics.teaching.lessons import Drawn, SkillLesson, grip_n
from treehand.worlds.physics.teaching.pick_teacher import LIFT_M, PickTeacher
from treehand.worlds.physics.teaching.teacher import FIRM_S, HandState, half_turns

WIDER_M = 0.02
"""Room of the open pads beside the object, in all."""
ROOM_M = 0.004
"""Clearance of the fingers from which a grasp is as good as any other."""
EMPTY_SHARE = 0.2
"""Share of the states away from the object in which the fingers are closed."""
MOVED_SHARE = 0.1
"""Share of the lessons in which the object is not where it was."""
TAUGHT_TURN_RAD = 0.6
"""Turn of the hand, relative to its azimuth, that is taught where an object can be held in several:
none of this kitchen's boxes lies so that two of its turns are as far from this one."""
TAUGHT_WITHIN_RAD = 2.0
"""Greatest turn of the hand that is taught."""
OUT_RAD_M = 5.0
"""Turn that a metre nearer to the base is worth: of two sides of a rim, the one here."""
FREE_TURN_RAD = math.pi / 12
"""Turn of the hand within which a thing of revolution is held as well: half of the coarsest step
between its grasps."""
KINDS = (0.22, 0.3, 0.12, 0.16, 0.2)
"""Shares of the states: around, above, closing, holding, on the way from the start."""


class PickLesson(SkillLesson):
    """States on the way to an object, above it, at it, and with it in the hand.

    Args:
        robot: The robot.
        random: Random numbers.
        item: The object.
        varies: False to leave the kitchen as it is.

    Raises:
        ValueError: If the object cannot be grasped where it is.
    """

    follows_item = True

    def __init__(
        self, robot: PhysicsRobot, random: np.random.Generator, item: str, *, varies: bool = True
    ) -> None:
        super().__init__(robot, random)
        simulation = robot.simulation
        if item not in simulation.things:
            raise ValueError(f"there is no {item}")
        where = simulation.poses.place_of(item)
        if where is None or where.terms[1] not in simulation.stations:
            raise ValueError(f"{item} is not where the arm can take it")
        if varies:
            vary(robot, random, keeps=item, opened=where.terms[1:])
            if random.random() < MOVED_SHARE:
                move(robot, random, item)
        look(robot)
        seen = robot.perception.tracked.get(item)
        if seen is None:
            raise ValueError(f"{item} is not where the arm can take it")
        self.item = item
        station = robot.library.stations[seen.fact.terms[1]]
        shape = simulation.shapes[item]
        width_m = 2.0 * shape.grip_m
        gripper = robot.model.gripper
        seen = _as_shown(shape, seen)
        grasps = roomy_grasps(robot, item, seen, station, ROOM_M, open_m=gripper.open_m)
        self.teacher: PickTeacher = PickTeacher(
            grasps=_taught(shape, seen, grasps),
            free_turn_rad=FREE_TURN_RAD if _has_any_turn(shape, seen) else 0.0,
            width_m=width_m,
            open_m=min(width_m + WIDER_M, gripper.width_m),
            grip_n=grip_n(robot, item),
        )

    def drawn(self) -> Drawn:
        """Return a random state of the hand."""
        random, teacher = self.random, self.teacher
        grasp = teacher.grasps[random.integers(len(teacher.grasps))]
        kind = random.choice(len(KINDS), p=KINDS)
        open_m = random.choice([teacher.open_m, self.robot.model.gripper.width_m])
        if kind in (0, 4) and random.random() < EMPTY_SHARE:
            open_m = random.uniform(0.0, open_m)  # the fingers have closed beside the object
        if kind == 0:
            return Drawn(HandState(self.near(grasp, 0.16, (0.0, 0.35), 0.5), open_m))
        if kind == 1:
            return Drawn(HandState(self.near(grasp, 0.02, (0.0, 0.12), 0.12), open_m))
        if kind == 4:
            return Drawn(HandState(self.on_the_way(self.begun(), grasp, (0.05, 0.2)), open_m))
        pose = self.near(grasp, 0.003, (-0.003, 0.003), 0.05)
        if kind == 2:
            return Drawn(HandState(pose, random.uniform(teacher.width_m, open_m)))
        closed_s, lifted_m = random.uniform(0.02, 1.0), 0.0
        if closed_s > FIRM_S:
            lifted_m = random.uniform(0.0, LIFT_M)
        return self._holding(pose, closed_s, lifted_m)

    def _holding(self, pose: Pose, closed_s: float, lifted_m: float) -> Drawn:
        assert self.item is not None
        poses, up = self.robot.simulation.poses, np.array([0.0, 0.0, lifted_m])
        state = HandState(Pose(pose.position_m + up, pose.rotation), self.teacher.width_m, closed_s)
        at, rotation = poses.at_m(self.item), poses.rotation(self.item)
        return Drawn(state, Pose(at + up, rotation))


def _has_any_turn(shape: Shape, seen: Track) -> bool:
    """Return True for what is held in the middle and looks the same from all sides."""
    return shape.kind == "ball" or (shape.kind == "round" and seen.lies_rad is None)


def _as_shown(shape: Shape, seen: Track) -> Track:
    """Return a track whose yaw pictures tell: a standing thing of revolution faces the arm."""
    if shape.kind not in ("round", "ring") or seen.lies_rad is not None:
        return seen
    return replace(seen, yaw_rad=GraspPose.turned(seen.at_m, 0.0).azimuth_rad)


def _taught(shape: Shape, seen: Track, grasps: Sequence[GraspPose]) -> Sequence[GraspPose]:
    """Return the grasps among which a lesson takes the nearest one.

    A thing that looks the same from all sides has all of them. Any other one has one, whatever the
    pose of the hand: the mean of two ways to turn is to stand still, and that is what a model
    learns where the nearest one changes.
    """
    both = half_turns(grasps)
    if _has_any_turn(shape, seen):
        return both
    within = [one for one in both if abs(one.turn_rad) < TAUGHT_WITHIN_RAD] or both
    return [
        min(within, key=lambda one: abs(one.turn_rad - TAUGHT_TURN_RAD) + OUT_RAD_M * one.radius_m)
    ]
