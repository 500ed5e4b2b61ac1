"""Contacts of the simulation: touching bodies and their forces."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

import mujoco
import numpy as np

from treehand.skills import FloatArray
from treehand.worlds.physics.robots.robot_library import RobotModel


class Contacts:
    """Reads contacts from a model's state.

    Args:
        model: Model of the kitchen.
        data: Its state.
        bodies: Object name to the id of its body.
        robot: The robot.
    """

    def __init__(
        self,
        model: mujoco.MjModel,
        data: mujoco.MjData,
        bodies: Mapping[str, int],
        robot: RobotModel,
    ) -> None:
        self._model = model
        self._data = data
        self._bodies = bodies
        free = model.jnt_bodyid[model.jnt_type == mujoco.mjtJoint.mjJNT_FREE]
        base = model.body_rootid[model.body(robot.file.hand).id]
        self.arm = np.isin(model.body_rootid, [base]) & ~np.isin(model.body_rootid, free)
        """Mask of the bodies of the arm."""
        self._pads = tuple(model.geom(pad).id for pad in robot.gripper.pads)
        self.fingers = frozenset(int(model.geom_bodyid[pad]) for pad in self._pads)
        """Bodies of the fingers."""
        first = int(model.jnt_bodyid[0])
        self.base = frozenset({first} if robot.base is not None else ())
        """Body of the base that drives."""

    def touching(self) -> Iterator[str]:
        """Yield the objects that both pads touch."""
        touched: dict[int, set[int]] = {}
        pairs = self._data.contact.geom
        for index in np.flatnonzero(np.isin(pairs, self._pads).any(axis=1)):
            one, two = (int(geom) for geom in pairs[index])
            for pad, other in ((one, two), (two, one)):
                if pad in self._pads:
                    touched.setdefault(int(self._model.geom_bodyid[other]), set()).add(pad)
        for name, body in self._bodies.items():
            if len(touched.get(body, ())) == 2:
                yield name

    def of(self, bodies: Collection[int]) -> Iterator[tuple[int, int, int]]:
        """Yield the contacts of some bodies: index, that body, and the other one."""
        if not bodies or not self._data.ncon:
            return
        pairs = self._model.geom_bodyid[self._data.contact.geom]
        for index in np.flatnonzero(np.isin(pairs, list(bodies)).any(axis=1)):
            one, other = (int(body) for body in pairs[index])
            if one in bodies:
                yield int(index), one, other
            if other in bodies:
                yield int(index), other, one

    def push_n(self) -> float:
        """Return the net force of the surroundings on the arm and what it holds, in N.

        The forces of a grip on a handle cancel out.
        """
        own = self.arm.copy()
        own[[self._bodies[name] for name in self.touching()]] = True
        bodies = self._model.geom_bodyid[self._data.contact.geom]
        net: FloatArray = np.zeros(3)
        for index in np.flatnonzero(own[bodies].sum(axis=1) == 1) if len(bodies) else ():
            force = self._wrench(int(index))[:3] @ self._data.contact.frame[index].reshape(3, 3)
            net += (
                force if own[bodies[index][1]] else -force
            )  # it acts from the first on the second
        return float(np.linalg.norm(net))

    def normal_n(self, index: int) -> float:
        """Return the normal force of a contact, in N."""
        return float(self._wrench(index)[0])

    def vertical_n(self, index: int) -> float:
        """Return the absolute vertical force of a contact, in N."""
        frame = self._data.contact.frame[index].reshape(3, 3)
        return abs(float(self._wrench(index)[:3] @ frame[:, 2]))

    def _wrench(self, index: int) -> FloatArray:
        wrench: FloatArray = np.zeros(6)
        mujoco.mj_contactForce(self._model, self._data, index, wrench)
        return wrench
