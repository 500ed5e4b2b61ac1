"""True state of a LIBERO scene: facts by its official predicates, and places of things."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from libero_task import LiberoTask

from treehand.skills import FloatArray
from treehand.skills.domain import Fact

SUPPORTS = {
    "cabinet": "top_side",
    "stove": "cook_region",
    "rack": "top_region",
    "shelf": "top_side",
}
"""Type of a fixture to the region of it on which LIBERO's goals put things."""
FLOOR_M = 0.004
"""Thickness of a drawer's floor."""


@dataclass(frozen=True)
class Handle:
    """Bar of a drawer's front."""

    at_m: FloatArray
    """Middle of the bar."""
    out: FloatArray
    """Unit vector out of the cabinet."""


class LiberoScene:
    """What is where, read from the simulation.

    Args:
        env: LIBERO's environment, below its wrapper.
        task: Its task.
    """

    def __init__(self, env: Any, task: LiberoTask) -> None:
        self._env = env
        self.types = {name: one["type"] for name, one in task.objects().items()}
        self.items = task.items
        self._names = {name: self._official(name) for name in self.types}

    def _official(self, name: str) -> str:
        """Return the name that LIBERO's predicates have for a place."""
        kind = self.types[name]
        region = f"{name}_{SUPPORTS.get(kind, '')}"
        if kind == "microwave":
            region = f"{name}_heating_region"
        return region if region in self._env.object_states_dict else name

    def facts(self) -> dict[Fact, bool]:
        """Return the facts of the domain, by LIBERO's predicates."""
        found: dict[Fact, bool] = {}
        held = [item for item in self.items if self.is_grasped(item)]
        for item in self.items:
            found[Fact("holding", (item,))] = item in held
            for place, kind in self.types.items():
                if place == item:
                    continue
                is_inside = kind in ("drawer", "microwave", "compartment")
                predicate = "in" if is_inside else "on"
                found[Fact(predicate, (item, place))] = item not in held and self._is(
                    predicate, item, self._names[place]
                )
        found[Fact("hand_empty", ())] = not held
        for place, kind in self.types.items():
            if kind in ("drawer", "microwave"):
                found[Fact("is_open", (place,))] = self._is("open", place)
                found[Fact("is_closed", (place,))] = self._is("close", place)
            if kind == "stove":
                found[Fact("turned_on", (place,))] = self._is("turnon", place)
                found[Fact("turned_off", (place,))] = self._is("turnoff", place)
        return found

    def _is(self, *state: str) -> bool:
        """Return an official predicate of LIBERO."""
        return bool(self._env._eval_predicate(list(state)))

    def is_grasped(self, item: str) -> bool:
        """Return True if both pads touch an item, by LIBERO's own check."""
        model = self._env.get_object(item)
        return bool(self._env._check_grasp(self._env.robots[0].gripper, model))

    @cached_property
    def _geoms(self) -> Mapping[str, list[int]]:
        """Collision geoms of each object."""
        model = self._env.sim.model._model
        found: dict[str, list[int]] = {name: [] for name in self._env.obj_body_id}
        roots = {body: name for name, body in self._env.obj_body_id.items()}
        for geom in range(model.ngeom):
            body = int(model.geom_bodyid[geom])
            while body and body not in roots:
                body = int(model.body_parentid[body])
            if body and (model.geom_contype[geom] or model.geom_conaffinity[geom]):
                found[roots[body]].append(geom)
        return found

    def box_of(self, name: str) -> tuple[FloatArray, FloatArray]:
        """Return the lower and the upper corner of an object's bounding box, in m."""
        model, data = self._env.sim.model._model, self._env.sim.data._data
        low, high = np.full(3, np.inf), np.full(3, -np.inf)
        for geom in self._geoms[name]:
            turned = data.geom_xmat[geom].reshape(3, 3)
            middle = data.geom_xpos[geom] + turned @ model.geom_aabb[geom][:3]
            half = np.abs(turned) @ model.geom_aabb[geom][3:]
            low, high = np.minimum(low, middle - half), np.maximum(high, middle + half)
        return low, high

    def width_along(self, name: str, axis: FloatArray) -> float:
        """Return the width of an object along a direction, in m."""
        model, data = self._env.sim.model._model, self._env.sim.data._data
        spans = []
        for geom in self._geoms[name]:
            turned = data.geom_xmat[geom].reshape(3, 3)
            middle = data.geom_xpos[geom] + turned @ model.geom_aabb[geom][:3]
            half = float(np.abs(axis @ turned) @ model.geom_aabb[geom][3:])
            spans += [float(axis @ middle) - half, float(axis @ middle) + half]
        return max(spans) - min(spans)

    def pose_of(self, name: str) -> tuple[FloatArray, FloatArray]:
        """Return position and rotation matrix of an object's body."""
        data, body = self._env.sim.data._data, self._env.obj_body_id[name]
        return data.xpos[body].copy(), data.xmat[body].reshape(3, 3).copy()

    def place_of(self, name: str) -> FloatArray:
        """Return the middle of the face that things are put on, in or onto."""
        site = self._names[name]
        if site in self._env.object_sites_dict:
            at: FloatArray = self._env.sim.data.get_site_xpos(site).copy()
            if self.types[name] == "drawer":
                at[2] += FLOOR_M - float(np.min(self._env.object_sites_dict[site].size))
            return at
        position, _ = self.pose_of(name)
        low, high = self.box_of(name)
        return np.array([position[0], position[1], low[2] + 0.3 * (high[2] - low[2])])

    def handle_of(self, drawer: str) -> Handle:
        """Return the bar of a drawer's front."""
        model, data = self._env.sim.model._model, self._env.sim.data._data
        joint = self._joint(drawer)
        body = int(model.jnt_bodyid[joint])
        out = -data.xmat[body].reshape(3, 3) @ model.jnt_axis[joint]
        geoms = [
            geom
            for geom in range(model.ngeom)
            if model.geom_bodyid[geom] == body and model.geom_contype[geom]
        ]
        bar = max(geoms, key=lambda geom: float(data.geom_xpos[geom] @ out))
        return Handle(data.geom_xpos[bar].copy(), out)

    def fronts_near(self, item: str, within_m: float) -> list[Handle]:
        """Return the handles of open drawers near an item, the nearest first."""
        middle = self.pose_of(item)[0][:2]
        found = []
        for name, kind in self.types.items():
            if kind == "drawer" and self.opening_of(name) > 0.05:
                handle = self.handle_of(name)
                away_m = float(np.linalg.norm(handle.at_m[:2] - middle))
                if away_m < within_m:
                    found.append((away_m, handle))
        return [handle for _, handle in sorted(found, key=lambda one: one[0])]

    def opening_of(self, name: str) -> float:
        """Return how far a drawer is pulled out, in m, or a door is turned, in rad."""
        return -float(self._env.sim.data.qpos[self._address(name)])

    def knob_of(self, stove: str) -> tuple[FloatArray, float]:
        """Return the place of a stove's knob, at the top of its ridge, and its angle in rad."""
        model, data = self._env.sim.model._model, self._env.sim.data._data
        body = int(model.jnt_bodyid[self._joint(stove)])
        tops = [
            float(data.geom_xpos[geom][2])
            for geom in range(model.ngeom)
            if model.geom_bodyid[geom] == body and model.geom_contype[geom]
        ]
        at = data.xpos[body].copy()
        at[2] = max(tops)
        return at, float(data.qpos[self._address(stove)])

    def _address(self, name: str) -> int:
        return int(self._env.sim.model._model.jnt_qposadr[self._joint(name)])

    def _joint(self, name: str) -> int:
        owner = self._env.object_sites_dict.get(name) or self._env.get_object(name)
        return int(self._env.sim.model.joint_name2id(owner.joints[0]))
