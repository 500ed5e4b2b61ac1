"""Random states of the arm in a kitchen, labelled by a teacher."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import mujoco
import numpy as np

from treehand.skills import FloatArray, LabelledState, LessonPlan, Pose
from treehand.skills.contracts.grip_force import (
    FRAGILE_SHARE,
    LIFT_ACCELERATION_M_S2,
    needed_force_n,
)
from treehand.skills.vla.conversion.inverse_kinematics import joints_for
from treehand.skills.vla.conversion.rotations import exp, log
from treehand.worlds.physics.model.arm import GraspPose
from treehand.worlds.physics.model.objects import FRICTION, MASS_KG
from treehand.worlds.physics.perception.cameras import Cameras
from treehand.worlds.physics.robot import PhysicsRobot
from treehand.worlds.physics.skills.grasp_planning import rim_leverage
from treehand.worlds.physics.teaching.teacher import HandState, Teacher

CARRY = 1.6
"""Factor on the grip force for what follows the lift."""
LEAST_N = 5.0
"""Least grip force."""
OFF_M = 0.006
"""Greatest error of the inverse kinematics."""
DEEP_M = 0.003
"""Penetration from which a state is impossible."""
TRIES_N = 40
"""Greatest number of draws for one state."""
DAMPING = 0.02
HOME_SHARE = 0.5
"""Share of the ways that begin near the arm's home; the others begin over a place."""
NEAREST_M, FARTHEST_M = 0.36, 0.6
"""Least and greatest distance from the base at which they do."""
OVER_M = (0.12, 0.45)
"""Range of their heights."""
TILT_RAD = 0.08
"""Standard deviation of the hand's tilt away from a target: policies tilt it by up to 0.15."""


@dataclass(frozen=True)
class Drawn:
    """A drawn state of the hand, and what goes with it."""

    hand: HandState
    carried: Pose | None = None
    """Pose of the lesson's thing; where it is in the kitchen if None."""


class SkillLesson(ABC):
    """Random states on and beside the path of one call, which its teacher labels.

    Args:
        robot: The robot; its tracker knows where everything is.
        random: Random numbers.
    """

    teacher: Teacher
    item: str | None = None
    door: str | None = None
    """Door or drawer whose opening is the state's."""
    follows_item: bool = False
    """True if the way leads to where the item is now, as long as nothing holds it."""

    def __init__(self, robot: PhysicsRobot, random: np.random.Generator) -> None:
        self.robot, self.random = robot, random

    @abstractmethod
    def drawn(self) -> Drawn:
        """Return a random state of the hand."""

    def is_held(self, hand: HandState) -> bool:
        """Return True if closed fingers hold what they should, in the kitchen as it is."""
        return any(one == self.item for one in self.robot.simulation.contacts.touching())

    @property
    def properties(self) -> dict[str, float]:
        """Mass, friction and breaking force of the object; those of any other one without it."""
        if self.item is None:
            return {"mass_kg": MASS_KG, "friction": FRICTION}
        return properties_of(self.robot, self.item)

    def begun(self) -> Pose:
        """Return a random pose of the hand in which it may begin: near home, or over a place."""
        random, home = self.random, self.robot.model.home
        if random.random() < HOME_SHARE:
            return self.robot.kinematics.hand(home + random.normal(0.0, 0.05, len(home)))
        stations = list(self.robot.simulation.stations.values())
        at_m = np.array(stations[random.integers(len(stations))].at_m)
        radius_m = min(max(math.hypot(*at_m), NEAREST_M), FARTHEST_M)
        azimuth_rad = math.atan2(at_m[1], at_m[0])
        over = GraspPose(radius_m, azimuth_rad, 0.0, random.normal(0.0, 0.6))
        return self.near(over, 0.08, OVER_M, 0.2)

    def on_the_way(self, begun: Pose, target: GraspPose, above_m: tuple[float, float]) -> Pose:
        """Return a random pose between two, the second one so much above a target."""
        random = self.random
        point, rotation = target.frame()
        share = random.uniform(0.0, 1.0)
        over = point + np.array([0.0, 0.0, random.uniform(*above_m)])
        here, there = _polar(begun.position_m), _polar(over)
        at = _plain(here + share * (there - here)) + random.normal(0.0, 0.02, 3)
        aside = random.normal(0.0, TILT_RAD, 3)
        turn = exp(share * log(rotation @ begun.rotation.T) + aside)
        return Pose(at, turn @ begun.rotation)

    def near(
        self, target: GraspPose, spread_m: float, above_m: tuple[float, float], turn_rad: float
    ) -> Pose:
        """Return a random pose beside and above a target.

        Args:
            target: The target.
            spread_m: Standard deviation along each horizontal axis.
            above_m: Range of the height above it.
            turn_rad: Standard deviation of the yaw; half of it, at most `TILT_RAD`, of the tilt.
        """
        random = self.random
        point, rotation = target.frame()
        away = random.normal(0.0, (spread_m, spread_m, 0.0))
        away[2] = random.uniform(*above_m)
        tilt = min(turn_rad / 2, TILT_RAD)
        turn = exp(random.normal(0.0, (tilt, tilt, turn_rad)))
        return Pose(point + away, turn @ rotation)


class StateDrawer:
    """Draws and labels the states of lessons in one kitchen.

    Args:
        robot: The robot.
        cameras: Its cameras.
    """

    def __init__(self, robot: PhysicsRobot, cameras: Cameras) -> None:
        self._robot, self._cameras = robot, cameras
        self._simulation = robot.simulation
        self._data = mujoco.MjData(self._simulation.model)
        self._joints = robot.kinematics

    def states(self, lesson: SkillLesson, plan: LessonPlan) -> Iterator[LabelledState]:
        """Yield the states of a plan.

        Raises:
            ValueError: If the arm gets nowhere without touching something else.
        """
        given = 0
        for _ in range(plan.count * TRIES_N):
            if given == plan.count:
                return
            one = self._state(lesson, plan)
            if one is not None:
                given += 1
                yield one
        raise ValueError(f"{plan.call} cannot be reached without touching something else")

    def _state(self, lesson: SkillLesson, plan: LessonPlan) -> LabelledState | None:
        """Return a random state; None if the arm does not reach it, or touches something."""
        drawn = lesson.drawn()
        joints = self._reached(drawn.hand.pose)
        if joints is None:
            return None
        positions = self._positions(joints, drawn, lesson)
        if positions is None:
            return None
        felt = self._felt(joints, drawn.hand, lesson.teacher)
        return self.labelled(lesson, plan, drawn.hand, felt, positions)

    def labelled(
        self,
        lesson: SkillLesson,
        plan: LessonPlan,
        hand: HandState,
        felt: Mapping[str, FloatArray],
        positions: FloatArray,
    ) -> LabelledState:
        """Return a state with what the teacher does from there.

        Args:
            lesson: Lesson of the call.
            plan: What is wanted.
            hand: State of the hand.
            felt: Proprioception.
            positions: Positions of everything, shape (nq,).
        """
        actions = lesson.teacher.chunk(hand, plan.chunk, plan.period_s)
        now_s = self._simulation.time_s
        aim_m, _ = lesson.teacher.aim(hand).frame()
        return LabelledState(
            proprioception=felt,
            pictures={
                name: self._cameras.picture_at(positions, now_s, name, plan.size)
                for name in plan.cameras
            },
            velocities=actions[:, :6],
            grips_n=actions[:, 6],
            properties=lesson.properties,
            points={name: self._cameras.point_at(positions, name, aim_m) for name in plan.cameras},
        )

    def begun(self, lesson: SkillLesson) -> FloatArray:
        """Return joints in which the arm may begin and touches nothing, shape (n,).

        Raises:
            ValueError: If none is found.
        """
        for _ in range(TRIES_N):
            drawn = Drawn(HandState(lesson.begun(), self._robot.model.gripper.width_m))
            joints = self._reached(drawn.hand.pose)
            if joints is not None and self._positions(joints, drawn, lesson) is not None:
                return joints
        raise ValueError("the arm has no room to begin")

    def _reached(self, pose: Pose) -> FloatArray | None:
        turned = self._robot.model.home.copy()
        turned[0] = math.atan2(pose.position_m[1], pose.position_m[0])
        low, high = self._joints.limits()
        joints = joints_for(self._joints, np.clip(turned, low, high), pose, DAMPING)
        off_m = np.linalg.norm(self._joints.hand(joints).position_m - pose.position_m)
        return joints if off_m < OFF_M else None

    def _positions(
        self, joints: FloatArray, drawn: Drawn, lesson: SkillLesson
    ) -> FloatArray | None:
        """Return the positions of everything, or None if the arm would be inside of something."""
        simulation, data = self._simulation, self._data
        model = simulation.model
        data.qpos[:] = simulation.data.qpos
        if lesson.door is not None:
            simulation.swing(data, lesson.door, drawn.hand.opening)
        simulation.set_arm(data, joints, drawn.hand.width_m)
        if drawn.carried is not None and lesson.item is not None:
            at = data.joint(lesson.item).qpos
            at[:3] = drawn.carried.position_m
            mujoco.mju_mat2Quat(at[3:], drawn.carried.rotation.ravel())
        mujoco.mj_forward(model, data)
        bodies = model.geom_bodyid[data.contact.geom]
        if len(bodies):
            arm = simulation.contacts.arm[bodies].any(axis=1)
            is_held = drawn.hand.closed_s > 0.0
            own = [model.body(name).id for name in (lesson.item, lesson.door) if name and is_held]
            is_own = np.isin(bodies, own).any(axis=1)
            if ((data.contact.dist < -DEEP_M) & arm & ~is_own).any():
                return None
        positions: FloatArray = data.qpos.copy()
        return positions

    def _felt(
        self, joints: FloatArray, hand: HandState, teacher: Teacher
    ) -> Mapping[str, FloatArray]:
        measured = self._robot.measured()
        there = self._joints.hand(joints)
        return {
            **{name: np.zeros_like(value) for name, value in measured.items()},
            "joint_rad": joints,
            "hand_m": there.position_m,
            "hand_rotation": there.rotation.T[:2].ravel(),
            "gripper_width_m": np.array([hand.width_m]),
            "gripper_force_n": np.array([teacher.felt_n(hand)]),
        }


def grip_n(robot: PhysicsRobot, item: str) -> float:
    """Return the grip force that lifts and carries an object, from its true properties."""
    true = properties_of(robot, item)
    needed_n = needed_force_n(true["mass_kg"], true["friction"], LIFT_ACCELERATION_M_S2)
    force_n = max(CARRY * needed_n, LEAST_N) * rim_leverage(robot, robot.simulation.shapes[item])
    if "break_force_n" in true:
        force_n = min(force_n, FRAGILE_SHARE * true["break_force_n"])
    return min(force_n, robot.model.gripper.force_n)


def properties_of(robot: PhysicsRobot, item: str) -> dict[str, float]:
    """Return mass, friction and breaking force of an object, as far as it has them."""
    model = robot.simulation.scene.objects[item]
    found = {"mass_kg": model.mass_kg or MASS_KG, "friction": model.friction or FRICTION}
    if model.break_force_n is not None:
        found["break_force_n"] = model.break_force_n
    return found


def _polar(at_m: FloatArray) -> FloatArray:
    return np.array([math.hypot(at_m[0], at_m[1]), math.atan2(at_m[1], at_m[0]), at_m[2]])


def _plain(polar_m: FloatArray) -> FloatArray:
    radius, azimuth, height = polar_m
    return np.array([radius * math.cos(azimuth), radius * math.sin(azimuth), height])
