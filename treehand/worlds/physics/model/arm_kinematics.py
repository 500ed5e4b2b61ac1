"""Kinematics of the arm, for actions of the hand."""

from __future__ import annotations

import threading

import mujoco
import numpy as np

from treehand.skills import FloatArray, Pose
from treehand.worlds.physics.model.arm import JOINTS_N, PANDA, STOP_RAD


class ArmKinematics:
    """`Kinematics` of the arm; the kitchen's frame is that of its base."""

    def __init__(self) -> None:
        self._model = mujoco.MjModel.from_xml_path(str(PANDA))
        self._data = mujoco.MjData(self._model)
        self._site = self._model.site("tcp").id
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

    def jacobian(self, joints: FloatArray) -> FloatArray:
        """Return the Jacobian of the middle of the pads, shape (6, 7)."""
        whole = np.zeros((6, self._model.nv))
        with self._lock:
            self._move(joints)
            mujoco.mj_comPos(self._model, self._data)
            mujoco.mj_jacSite(self._model, self._data, whole[:3], whole[3:], self._site)
        return whole[:, :JOINTS_N]

    def limits(self) -> tuple[FloatArray, FloatArray]:
        """Return the joint limits in rad, with the distance that is kept from the stops."""
        low, high = self._model.jnt_range[:JOINTS_N].T
        return low + STOP_RAD, high - STOP_RAD

    def _move(self, joints: FloatArray) -> None:
        self._data.qpos[:JOINTS_N] = joints
        mujoco.mj_kinematics(self._model, self._data)
