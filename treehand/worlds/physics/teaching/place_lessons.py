"""Lessons in setting down."""

from __future__ import annotations

import math

import numpy as np

from treehand.skills import FloatArray, Pose
from treehand.worlds.physics.model.arm import GraspPose
from treehand.worlds.physics.port import Track
from treehand.worlds.physics.robot import PhysicsRobot
from treehand.worlds.physics.skills.grasp_planning import (
    best_placement,
    release_opening_m,
    roomy_grasps,
)
from treehand.worlds.physics.skills.placing import LET_FALL_M
from treehand.worlds.physics.teaching.kitchen_variation import look, vary
from treehand.worlds.physics.teaching.lessons import Drawn, SkillLesson, grip_n
from treehand.worlds.physics.teaching.pick_teacher import LIFT_M
from treehand.worlds.physics.teaching.place_teacher import PlaceTeacher
from treehand.worlds.physics.teaching.teacher import HandState, polar

OVER_BIN_M = 0.12
"""Height over a bin at which the fingers let go."""
TURN_COST_M = 0.03
"""Clearance that a radian of the wrist has to be worth."""
SLIP_M = 0.003
"""Standard deviation of the object's position in the hand, from where it was grasped."""
HARDER = (0.9, 1.4)
"""Range of the force of the grip, as a share of what is needed."""
KINDS = (0.28, 0.12, 0.25, 0.12, 0.1, 0.13)
"""Shares of the states: on the way, around, above, there, letting go, leaving."""


class PlaceLesson(SkillLesson):
    """States on the way to a place with an object in the hand, at it, and after the release.

    Args:
        robot: The robot.
        random: Random numbers.
        item: The object.
        place: Where it is put.
        varies: False to leave the kitchen as it is, with the object in the hand.

    Raises:
        ValueError: If the object has no room there.
    """

    def __init__(
        self,
        robot: PhysicsRobot,
        random: np.random.Generator,
        item: str,
        place: str,
        *,
        varies: bool = True,
    ) -> None:
        super().__init__(robot, random)
        simulation = robot.simulation
        if item not in simulation.things or place not in simulation.stations:
            raise ValueError(f"there is no {item}, or no {place}")
        self.item = item
        if varies:
            seen = _truth(robot, item)
            vary(robot, random, keeps=item, opened=(place,))
            grasp, at_m = self._grasp(seen), seen.at_m + random.normal(0.0, SLIP_M, 3)
            point, rotation = grasp.frame()
        else:
            look(robot)
            point, rotation = simulation.hand_m, simulation.hand_rotation
            grasp, at_m = polar(Pose(point, rotation)), simulation.poses.at_m(item)
        self._from = grasp
        """Grasp at which it was taken."""
        self._away = rotation.T @ (at_m - point)
        """Position of its origin in the frame of the hand."""
        self._turned = rotation.T @ simulation.poses.rotation(item)

        robot.perception.tracked.pop(item, None)
        shape = simulation.shapes[item]
        self.teacher: PlaceTeacher = PlaceTeacher(
            release=self._release(item, place, grasp),
            width_m=2.0 * shape.grip_m,
            open_m=2.0 * release_opening_m(robot, shape),
            grip_n=min(grip_n(robot, item) * random.uniform(*HARDER), robot.model.gripper.force_n),
        )

    def drawn(self) -> Drawn:
        """Return a random state of the hand, with the object in it or under it."""
        random, teacher = self.random, self.teacher
        release = teacher.release
        kind = random.choice(len(KINDS), p=KINDS)
        if kind == 0:
            begun = self._begun()
            over = 0.26 - release.height_m
            return self._held(self.on_the_way(begun, release, (over - 0.06, over + 0.04)))
        if kind == 1:
            over = max(0.26 - release.height_m, 0.1)
            return self._held(self.near(release, 0.12, (0.02, over + 0.1), 0.3))
        if kind == 2:
            return self._held(self.near(release, 0.02, (0.0, 0.2), 0.12))
        if kind == 3:
            return self._held(self.near(release, 0.004, (-0.003, 0.004), 0.05))
        at = self.near(release, 0.003, (-0.002, 0.004), 0.04)
        freed = self._carried(at)
        if kind == 4:
            width_m = random.uniform(teacher.width_m + 0.001, teacher.open_m)
            return Drawn(HandState(at, width_m), freed)
        up = np.array([0.0, 0.0, random.uniform(0.0, 0.2)])
        width_m = random.uniform(teacher.open_m, self.robot.model.gripper.width_m)
        return Drawn(HandState(Pose(at.position_m + up, at.rotation), width_m), freed)

    def _begun(self) -> Pose:
        """Return a pose in which the object has been lifted."""
        if self.random.random() < 0.3:
            return self.begun()
        at = self._from.lifted(self._from.height_m + LIFT_M)
        return self.near(at, 0.02, (-0.06, 0.06), 0.1)

    def _held(self, pose: Pose) -> Drawn:
        return Drawn(HandState(pose, self.teacher.width_m, 1.0), self._carried(pose))

    def _carried(self, pose: Pose) -> Pose:
        """Return the pose of the object in a hand."""
        return Pose(pose.position_m + pose.rotation @ self._away, pose.rotation @ self._turned)

    def _grasp(self, seen: Track) -> GraspPose:
        robot, place = self.robot, seen.fact.terms[1]
        station = robot.library.stations[place]
        assert self.item is not None
        grasps = roomy_grasps(robot, self.item, seen, station, -math.inf)
        return grasps[self.random.integers(len(grasps))]

    def _release(self, item: str, place: str, grasp: GraspPose) -> GraspPose:
        """Return the pose of the hand in which it lets go."""
        robot = self.robot
        station = robot.simulation.stations[place]
        if station.kind == "bin":
            at = np.array([*station.at_m, OVER_BIN_M])
            ahead = GraspPose.turned(at, 0.0)
            return GraspPose(ahead.radius_m, ahead.azimuth_rad, OVER_BIN_M, grasp.turn_rad)
        robot.perception.held = item
        robot.perception.in_hand = _up(self._away)
        try:
            hold = best_placement(
                robot, item, station, turn_rad=grasp.turn_rad, turn_cost=TURN_COST_M
            )
        finally:
            robot.perception.held = robot.perception.in_hand = None
        if hold is None:
            raise ValueError(f"{item} has no room in the {place}")
        return hold.lifted(hold.height_m + LET_FALL_M)


def _up(away_m: FloatArray) -> FloatArray:
    """Return a position in the frame of the hand as the tracker has it: along, across, up."""
    along, across, down = away_m
    return np.array([along, -across, -down])


def _truth(robot: PhysicsRobot, item: str) -> Track:
    poses = robot.simulation.poses
    where = poses.place_of(item)
    if where is None or where.terms[1] not in robot.library.stations:
        raise ValueError(f"{item} is not where the arm can take it")
    return Track(where, poses.at_m(item), poses.yaw_rad(item), poses.lies_rad(item))
