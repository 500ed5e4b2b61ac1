"""Kinematic chain of a robot, from its base to its tool, for skills and for action conversion."""

from __future__ import annotations

import threading

import mujoco
import numpy as np

from treehand.skills import FloatArray, Kinematics, Pose
from treehand.worlds.physics.robots.robot_library import RobotModel

STOP_RAD = 0.02
"""Distance that is kept from the joint stops."""


class KinematicChain:
    """`Kinematics` of a robot; the kitchen's frame is that of its base.

    Args:
        robot: The robot.
    """

    def __init__(self, robot: RobotModel) -> None:
        self._model = robot.spec().compile()  # alone: small is fast
        self._data = mujoco.MjData(self._model)
        self._site = self._model.site(robot.file.tool).id
        self._joints = slice(0, robot.joints_n)
        arm = self._model.jnt_bodyid[robot.base_n : robot.joints_n]
        self._links = [*arm, self._model.body(robot.file.hand).id]
        self._whole: FloatArray = np.zeros((6, self._model.nv))
        self._lock = threading.Lock()

    def base(self) -> Pose:
        """Return the pose of the base in the world."""
        return Pose.identity()

    def hand(self, joints: FloatArray) -> Pose:
        """Return the pose of the middle of the pads."""
        with self._lock:
            self._move(joints)
            site = self._data.site_xmat[self._site].reshape(3, 3)
            return Pose(self._data.site_xpos[self._site].copy(), site.copy())

    def links(self, joints: FloatArray) -> FloatArray:
        """Return the origins of the moving links, from the base to the hand, shape (m, 3)."""
        with self._lock:
            self._move(joints)
            at: FloatArray = self._data.xpos[self._links].copy()
            return at

    def jacobian(self, joints: FloatArray) -> FloatArray:
        """Return the Jacobian of the middle of the pads, shape (6, n)."""
        with self._lock:
            self._move(joints)
            mujoco.mj_comPos(self._model, self._data)
            whole = self._whole
            mujoco.mj_jacSite(self._model, self._data, whole[:3], whole[3:], self._site)
            return whole[:, self._joints].copy()

    def limits(self) -> tuple[FloatArray, FloatArray]:
        """Return the joint limits in rad or m, with the distance that is kept from the stops."""
        low, high = self._model.jnt_range[self._joints].T
        return low + STOP_RAD, high - STOP_RAD

    def _move(self, joints: FloatArray) -> None:
        self._data.qpos[self._joints] = joints
        mujoco.mj_kinematics(self._model, self._data)


class StandingArm:
    """`Kinematics` of an arm whose base stands: the joints of the base keep their positions.

    Args:
        chain: Kinematics of base and arm.
        joints: Positions of all joints, shape (n,).
        base_n: Number of joints of the base.
    """

    def __init__(self, chain: Kinematics, joints: FloatArray, base_n: int) -> None:
        self._chain = chain
        self._stance = joints[:base_n].copy()
        self._base = slice(0, base_n)

    def base(self) -> Pose:
        """Return the pose of the base in the world."""
        return self._chain.base()

    def hand(self, joints: FloatArray) -> Pose:
        """Return the pose of the middle of the pads."""
        return self._chain.hand(joints)

    def jacobian(self, joints: FloatArray) -> FloatArray:
        """Return the Jacobian of the middle of the pads, shape (6, n), zero for the base."""
        whole = self._chain.jacobian(joints)
        whole[:, self._base] = 0.0
        return whole

    def limits(self) -> tuple[FloatArray, FloatArray]:
        """Return the joint limits in rad or m; those of the base are where it stands."""
        low, high = (limit.copy() for limit in self._chain.limits())
        low[self._base] = high[self._base] = self._stance
        return low, high
