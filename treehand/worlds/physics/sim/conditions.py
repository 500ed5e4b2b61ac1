"""Conditions of objects and worktops that the simulation changes: clean, broken, wiped."""

from __future__ import annotations

from collections.abc import Mapping

import mujoco
import numpy as np

from treehand.skills.domain import Scene, Vocabulary
from treehand.worlds.physics.model.arm import PERIOD_S
from treehand.worlds.physics.model.wiping_grid import CELLS_N, WIPED_SHARE, cell_of
from treehand.worlds.physics.sim.contacts import Contacts
from treehand.worlds.physics.sim.poses import Poses

RUB_S = 0.5
"""Time for which a dish must be rubbed to be clean."""


class Conditions:
    """Breaks what is pressed too hard, and cleans what a held sponge rubs.

    Args:
        scene: Objects with their breaking forces.
        vocabulary: Vocabulary of the scene.
        model: Model of the kitchen.
        data: Its state.
        bodies: Object name to the id of its body.
        contacts: Contacts of the state.
        poses: Poses of the state.
    """

    def __init__(
        self,
        scene: Scene,
        vocabulary: Vocabulary,
        model: mujoco.MjModel,
        data: mujoco.MjData,
        bodies: Mapping[str, int],
        contacts: Contacts,
        poses: Poses,
    ) -> None:
        self._model = model
        self._data = data
        self._bodies = bodies
        self._contacts = contacts
        self._poses = poses
        self.clean: dict[str, bool] = {}
        self.rubbed_s: dict[str, float] = {}
        """Time for which each object was rubbed with a sponge."""
        self.wiped: dict[str, set[tuple[int, int]]] = {}
        """Cells of each worktop that a sponge was rubbed over."""
        self.broken: set[str] = set()
        self._fragile = {
            bodies[name]: (name, limit_n)
            for name in bodies
            if (limit_n := scene.objects[name].break_force_n) is not None
        }
        self._is_fragile = np.isin(model.geom_bodyid, list(self._fragile))
        self.sponges = frozenset(
            body
            for name, body in bodies.items()
            if vocabulary.is_a(scene.objects[name].type, "sponge")
        )
        """Bodies of the sponges."""

    def check_breakage(self) -> None:
        """Mark fragile objects as broken if the sum of a pair's contact forces is too large."""
        if not self._is_fragile[self._data.contact.geom].any():
            return
        forces_n: dict[tuple[int, int], float] = {}
        for index, body, other in self._contacts.of(self._fragile):
            force_n = self._contacts.normal_n(index)
            forces_n[body, other] = forces_n.get((body, other), 0.0) + force_n
        for (body, _), force_n in forces_n.items():
            name, limit_n = self._fragile[body]
            if force_n > limit_n:
                self.broken.add(name)

    def update_rubbing(self) -> None:
        """Record the worktop cells and dishes that a held sponge touches."""
        held = {self._bodies[name] for name in self._contacts.touching()} & self.sponges
        rubbed: set[int] = set()
        for index, _, other in self._contacts.of(held):
            name = self._model.body(other).name
            station = self._poses.stations.get(name)
            if station is not None and not station.is_inside:
                cell = cell_of(station, self._data.contact.pos[index])
                self.wiped.setdefault(name, set()).add(cell)
            elif name in self._bodies and self._is_in_sink(name):
                rubbed.add(other)
        for body in rubbed:
            name = self._model.body(body).name
            self.rubbed_s[name] = self.rubbed_s.get(name, 0.0) + PERIOD_S
            if self.rubbed_s[name] >= RUB_S:
                self.clean[name] = True

    def _is_in_sink(self, name: str) -> bool:
        fact = self._poses.place_of(name)
        station = self._poses.stations.get(fact.terms[1]) if fact is not None else None
        return station is not None and station.kind == "sink"

    def is_wiped(self, place: str) -> bool:
        """Return True if enough cells of a worktop were rubbed with a sponge."""
        return len(self.wiped.get(place, ())) >= WIPED_SHARE * CELLS_N**2

    def dump(self) -> dict[str, object]:
        """Return the variable state."""
        return {name: vars(self)[name] for name in ("clean", "rubbed_s", "wiped", "broken")}

    def load(self, dumped: dict[str, object]) -> None:
        """Restore a state from `dump`."""
        vars(self).update(dumped)
