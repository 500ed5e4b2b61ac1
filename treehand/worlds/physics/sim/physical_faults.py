"""Faults of the simulated physics: forced fingers, pushes, slippery objects, jammed doors."""

from __future__ import annotations

from collections.abc import Callable

import mujoco
import numpy as np

from treehand.skills import FloatArray
from treehand.worlds.physics.model.randomization import KitchenSample
from treehand.worlds.physics.sim.poses import Poses

FORCED_S = 0.6
"""Time for which a fault forces the fingers open."""
SLIPPERY = 0.01
"""Friction of an object with the fault ``slippery``."""
PUSH_M_S, PUSH_S = 0.3, 0.1
"""Speed that the fault ``push`` gives an object, and its duration."""
LIFTED_S = 0.5
"""Time after the grip at which the fault ``grasp-dropped`` opens the fingers."""
JAM, JAMMED_S = 500.0, 15.0
"""Friction of a jammed door, in N or N·m, and duration of the fault ``jam``."""


class PhysicalFaults:
    """Applies faults to a model and its state.

    Args:
        model: Model of the kitchen; friction is changed in it.
        data: Its state; external forces are set in it.
        sample: Sample that the model was built from.
        poses: Poses of the state.
        now_s: The simulation's time.
    """

    def __init__(
        self,
        model: mujoco.MjModel,
        data: mujoco.MjData,
        sample: KitchenSample,
        poses: Poses,
        now_s: Callable[[], float],
    ) -> None:
        self._model = model
        self._data = data
        self._sample = sample
        self._poses = poses
        self._now_s = now_s
        self._forced_s: tuple[float, float] = (0.0, 0.0)
        """Start and end of a forced opening of the fingers."""
        self._pushed: tuple[str, FloatArray, float] | None = None
        """Pushed object, force in N, shape (3,), and end time."""
        self._jammed: dict[str, float] = {}
        """Jammed door to the end time."""
        self._friction_of: dict[str, float] = {}
        self._slippery: dict[int, float] = {}
        """Geom of a slippery object to its normal friction."""

    @property
    def is_forced_open(self) -> bool:
        """True while the fingers are forced open."""
        return self._forced_s[0] <= self._now_s() < self._forced_s[1]

    def apply(self) -> None:
        """Apply the forces and end the jams of the present control step."""
        self._data.xfrc_applied[:] = 0.0
        if self._pushed is not None:
            name, force, until_s = self._pushed
            if self._now_s() < until_s:
                self._data.xfrc_applied[self._model.body(name).id, :3] = force
            else:
                self._pushed = None
        for place, until_s in tuple(self._jammed.items()):
            dof = self._model.joint(place).dofadr[0]
            if self._now_s() >= until_s:
                self._model.dof_frictionloss[dof] = self._friction_of[place]
                del self._jammed[place]

    def strike(self, kind: str, item: str) -> None:
        """Let a fault strike an object that the robot works on; other kinds are not physical."""
        if kind == "push":
            self.push(item, PUSH_M_S, PUSH_S)
        elif kind == "grasp-dropped":
            self.force_open(after_s=LIFTED_S)
        elif kind == "slippery":
            self.make_slippery(item)

    def force_open(self, after_s: float) -> None:
        """Force the fingers open for `FORCED_S`, beginning after a delay, in s."""
        from_s = self._now_s() + after_s
        self._forced_s = (from_s, from_s + FORCED_S)

    def push(self, name: str, speed_m_s: float, for_s: float) -> None:
        """Push an object away from the arm with the force that gives a free one a speed."""
        away = self._poses.at_m(name) * np.array([1.0, 1.0, 0.0])
        force_n = self._sample.things[name].mass_kg * speed_m_s / for_s
        self._pushed = (name, force_n * away / np.linalg.norm(away), self._now_s() + for_s)

    def make_slippery(self, name: str) -> None:
        """Make an object slippery until `restore_friction`."""
        for geom in self._geoms_of(name):
            self._slippery.setdefault(geom, float(self._model.geom_friction[geom][0]))
            self._model.geom_friction[geom][0] = SLIPPERY

    def restore_friction(self) -> None:
        """Restore the normal friction of all slippery objects."""
        for geom, friction in self._slippery.items():
            self._model.geom_friction[geom][0] = friction
        self._slippery.clear()

    def _geoms_of(self, name: str) -> range:
        body = self._model.body(name)
        return range(body.geomadr[0], body.geomadr[0] + body.geomnum[0])

    def jam(self, place: str) -> None:
        """Jam a door or drawer for `JAMMED_S`."""
        dof = self._model.joint(place).dofadr[0]
        self._friction_of.setdefault(place, float(self._model.dof_frictionloss[dof]))
        self._model.dof_frictionloss[dof] = JAM
        self._jammed[place] = self._now_s() + JAMMED_S

    def dump(self) -> dict[str, object]:
        """Return the variable state."""
        names = ("_forced_s", "_pushed", "_jammed", "_slippery")
        return {name: vars(self)[name] for name in names}

    def load(self, dumped: dict[str, object]) -> None:
        """Restore a state from `dump`; the frictions are part of the model."""
        vars(self).update(dumped)
