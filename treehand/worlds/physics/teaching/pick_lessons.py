"""Random states of the arm on and beside the path to an object, labelled by its teacher."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

import mujoco
import numpy as np

from treehand.skills import FloatArray, LabelledState, LessonPlan, Pose
from treehand.skills.contracts.grip_force import (
    FRAGILE_SHARE,
    LIFT_ACCELERATION_M_S2,
    needed_force_n,
)
from treehand.skills.domain import ObjectModel
from treehand.skills.vla.conversion.inverse_kinematics import joints_for
from treehand.skills.vla.conversion.rotations import exp, log
from treehand.worlds.physics.model.stations import Station
from treehand.worlds.physics.perception.cameras import Cameras
from treehand.worlds.physics.port import Track
from treehand.worlds.physics.robot import PhysicsRobot
from treehand.worlds.physics.skills.grasp_planning import best_grasp, rim_leverage
from treehand.worlds.physics.teaching.pick_teacher import LIFT_M, HandState, PickTeacher

CARRY = 1.6
"""Factor on the grip force for what follows the lift."""
LEAST_N = 5.0
"""Least grip force."""
WIDER_M = 0.02
"""Room of the open pads beside the object, in all."""
OFF_M = 0.006
"""Greatest error of the inverse kinematics."""
DEEP_M = 0.003
"""Penetration from which a state is impossible."""
TRIES_N = 40
"""Greatest number of draws for one state."""
DAMPING = 0.02
EMPTY_SHARE = 0.2
"""Share of the states away from the object in which the fingers are closed."""


class PickLessons:
    """Lessons for grasps of one object where it stands.

    Args:
        robot: The robot, whose tracker has looked.
        cameras: Its cameras.
        item: The object.
        random: Random numbers.

    Raises:
        ValueError: If the object cannot be grasped where it is.
    """

    def __init__(
        self, robot: PhysicsRobot, cameras: Cameras, item: str, random: np.random.Generator
    ) -> None:
        seen = robot.perception.tracked.get(item)
        place = seen.fact.terms[1] if seen is not None else ""
        if seen is None or place not in robot.library.stations:
            raise ValueError(f"{item} is not where the arm can take it")
        if robot.simulation.poses.opening(place) < 0.5:
            raise ValueError(f"{item} is in the {place}, which is closed")
        self._robot, self._cameras, self._item, self._random = robot, cameras, item, random
        self._simulation = robot.simulation
        self._station: Station = robot.library.stations[place]
        self._data = mujoco.MjData(self._simulation.model)
        self._properties = _properties(self._simulation.scene.objects[item])
        self._joints = robot.kinematics

    def states(self, plan: LessonPlan) -> Iterator[LabelledState]:
        """Yield the states of a plan."""
        given = 0
        for _ in range(plan.count * TRIES_N):
            if given == plan.count:
                return
            one = self._state(plan)
            if one is not None:
                given += 1
                yield one
        raise ValueError(f"{self._item} cannot be reached without touching something else")

    def _state(self, plan: LessonPlan) -> LabelledState | None:
        """Return a random state; None if the arm does not reach it, or touches something."""
        teacher = self.teacher()
        hand = self._drawn(teacher)
        joints = self._reached(hand.pose)
        if joints is None:
            return None
        positions = self._positions(joints, hand, teacher)
        if positions is None:
            return None
        actions = teacher.chunk(hand, plan.chunk, plan.period_s)
        now_s = self._simulation.time_s
        return LabelledState(
            proprioception=self._felt(joints, hand, teacher),
            pictures={
                name: self._cameras.picture_at(positions, now_s, name, plan.size)
                for name in plan.cameras
            },
            velocities=actions[:, :6],
            grips_n=actions[:, 6],
            properties=self._properties,
        )

    def teacher(self) -> PickTeacher:
        """Return the teacher for the object where it stands now."""
        simulation, item = self._simulation, self._item
        poses = simulation.poses
        seen = Track(
            self._robot.perception.tracked[item].fact,
            poses.at_m(item),
            poses.yaw_rad(item),
            poses.lies_rad(item),
        )
        shape = simulation.shapes[item]
        gripper = self._robot.model.gripper
        width_m = 2.0 * shape.grip_m
        force_n = CARRY * needed_force_n(
            self._properties["mass_kg"], self._properties["friction"], LIFT_ACCELERATION_M_S2
        )
        force_n = max(force_n, LEAST_N) * rim_leverage(self._robot, shape)
        if "break_force_n" in self._properties:
            force_n = min(force_n, FRAGILE_SHARE * self._properties["break_force_n"])
        return PickTeacher(
            grasp=best_grasp(self._robot, item, seen, self._station),
            width_m=width_m,
            open_m=min(width_m + WIDER_M, gripper.width_m),
            grip_n=min(force_n, gripper.force_n),
        )

    def _drawn(self, teacher: PickTeacher) -> HandState:
        """Return a random state of the hand: on the way, above, at the object, or holding it."""
        random = self._random
        point, rotation = teacher.grasp.frame()
        kind = random.choice(5, p=(0.22, 0.3, 0.12, 0.16, 0.2))
        open_m = random.choice([teacher.open_m, self._robot.model.gripper.width_m])
        if kind == 0:
            away = random.normal(0.0, (0.16, 0.16, 0.0))
            away[2] = random.uniform(0.0, 0.35)
            turn = exp(random.normal(0.0, (0.08, 0.08, 0.5)))
        elif kind == 1:
            away = random.normal(0.0, (0.02, 0.02, 0.0))
            away[2] = random.uniform(0.0, 0.12)
            turn = exp(random.normal(0.0, (0.04, 0.04, 0.12)))
        else:
            away = random.normal(0.0, (0.003, 0.003, 0.002))
            turn = exp(random.normal(0.0, (0.02, 0.02, 0.05)))
        closed_s = 0.0
        if kind in (0, 4) and random.random() < EMPTY_SHARE:
            open_m = random.uniform(0.0, open_m)  # the fingers have closed beside the object
        if kind == 4:
            return HandState(self._on_the_way(teacher), open_m)
        if kind == 2:
            open_m = random.uniform(teacher.width_m, open_m)
        if kind == 3:
            open_m, closed_s = teacher.width_m, random.uniform(0.02, 1.0)
            if closed_s > 0.3:
                away[2] += random.uniform(0.0, LIFT_M)
        return HandState(Pose(point + away, turn @ rotation), open_m, closed_s)

    def _on_the_way(self, teacher: PickTeacher) -> Pose:
        """Return a random pose between the start and the object."""
        random = self._random
        home = self._robot.model.home
        begun = self._joints.hand(home + random.normal(0.0, 0.05, len(home)))
        point, rotation = teacher.grasp.frame()
        share = random.uniform(0.0, 1.0)
        over = point + np.array([0.0, 0.0, random.uniform(0.05, 0.2)])
        at = begun.position_m + share * (over - begun.position_m) + random.normal(0.0, 0.02, 3)
        turn = exp(share * log(rotation @ begun.rotation.T) + random.normal(0.0, 0.05, 3))
        return Pose(at, turn @ begun.rotation)

    def _reached(self, pose: Pose) -> FloatArray | None:
        home = self._robot.model.home
        turned = home.copy()
        azimuth = math.atan2(pose.position_m[1], pose.position_m[0])
        turned[0] = azimuth
        low, high = self._joints.limits()
        joints = joints_for(self._joints, np.clip(turned, low, high), pose, DAMPING)
        off_m = np.linalg.norm(self._joints.hand(joints).position_m - pose.position_m)
        return joints if off_m < OFF_M else None

    def _positions(
        self, joints: FloatArray, hand: HandState, teacher: PickTeacher
    ) -> FloatArray | None:
        """Return the positions of everything, or None if the arm would be inside of something."""
        simulation, data = self._simulation, self._data
        model = simulation.model
        data.qpos[:] = simulation.data.qpos
        simulation.set_arm(data, joints, hand.width_m)
        if teacher.is_held(hand):
            at = model.joint(self._item).qposadr[0]
            point, _ = teacher.grasp.frame()
            carried = hand.pose.position_m - point
            data.qpos[at : at + 3] += carried
        mujoco.mj_forward(model, data)
        item = model.body(self._item).id
        bodies = model.geom_bodyid[data.contact.geom]
        is_deep = data.contact.dist < -DEEP_M
        arm = simulation.contacts.arm
        is_arm = arm[bodies].any(axis=1) if len(bodies) else np.zeros(0, dtype=bool)
        is_item = (bodies == item).any(axis=1) if len(bodies) else is_arm
        if (is_deep & is_arm & ~(is_item & teacher.is_held(hand))).any():
            return None
        positions: FloatArray = data.qpos.copy()
        return positions

    def _felt(
        self, joints: FloatArray, hand: HandState, teacher: PickTeacher
    ) -> Mapping[str, FloatArray]:
        is_closing = hand.closed_s > 0.0 or hand.width_m < teacher.open_m - 1e-6
        measured = self._robot.measured()
        return {
            **{name: np.zeros_like(value) for name, value in measured.items()},
            "joint_rad": joints,
            "hand_m": self._joints.hand(joints).position_m,
            "gripper_width_m": np.array([hand.width_m]),
            "gripper_force_n": np.array([teacher.grip_n if is_closing else 0.0]),
        }


def _properties(model: ObjectModel) -> dict[str, float]:
    found = {"mass_kg": model.mass_kg or 0.3, "friction": model.friction or 0.5}
    if model.break_force_n is not None:
        found["break_force_n"] = model.break_force_n
    return found
