"""Boards, bars and panels that furniture is made of.

The frame of a piece of furniture has its origin in the middle of the front edge, x towards the
back, z upwards; worktops are at z = 0.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import mujoco
import numpy as np

from treehand.skills.domain import FurnitureModel
from treehand.worlds.physics.model.stations import (
    BAR_M,
    SURFACES,
    size_m,
)

BOX, CYLINDER, CAPSULE = (
    mujoco.mjtGeom.mjGEOM_BOX,
    mujoco.mjtGeom.mjGEOM_CYLINDER,
    mujoco.mjtGeom.mjGEOM_CAPSULE,
)
THINGS, FURNITURE, ARM = 1, 2, 4
"""Collision groups: objects collide with everything, furniture with objects and the arm."""
SOLID = {"contype": FURNITURE, "conaffinity": THINGS | ARM}
SEEN = {"contype": 0, "conaffinity": 0}
INSIDE = {"contype": 8, "conaffinity": ARM}
"""Carcasses below a worktop stop the arm. A tray that swings out passes what is beside its door,
with the objects on it."""
GRIPPED = {"friction": [1.2, 0.01, 0.001], "condim": 4, **SOLID}
FLOOR_M = -0.9
"""Height of the kitchen's floor."""
SLAB_M, PLINTH_M, FRONT_M = 0.03, 0.1, 0.018
"""Thickness of a worktop, height of a plinth, thickness of a front."""
GAP_M = 0.002
"""Half of the gap between fronts."""
WALL_M = 0.006
"""Half of the thickness of the walls of trays and basins."""

FRONTS: Mapping[str, str] = MappingProxyType(
    {"dishwasher": "brushed", "fridge": "enamel", "bin": "green", "hood": "brushed"}
)
"""Kind to the material of its front, where it is not the usual one."""
TOPS: Mapping[str, str] = MappingProxyType({"table": "stone"})
USUAL_FRONT, USUAL_TOP = "front", "oak"


class Carpenter:
    """Builds one piece of furniture.

    Args:
        body: Body of the furniture, in its frame.
        name: Its name, of which the names of joints and geoms are made.
        model: Its kind and size.
    """

    def __init__(self, body: Any, name: str, model: FurnitureModel) -> None:
        self.body = body
        self.name = name
        self.kind = model.kind
        self.width_m, self.depth_m = size_m(model)
        self.model = model
        self.side = 1 if model.hinge == "left" else -1
        usual = TOPS.get(model.kind, USUAL_TOP)
        has_top = model.kind in (*SURFACES, "sink")
        self.top = (model.material if has_top else None) or usual
        self.front = (None if has_top else model.material) or FRONTS.get(model.kind, USUAL_FRONT)

    def box(self, low: Sequence[float], high: Sequence[float], material: str, **more: Any) -> None:
        """Add a solid box between two corners."""
        box(self.body, low, high, material, **more)

    def carcass(self, from_m: float = 0.02, top_m: float = -SLAB_M) -> None:
        """Add plinth and carcass below a height, from a distance behind the front."""
        half = self.width_m / 2
        floor = FLOOR_M + PLINTH_M
        self.box([0.06, -half, FLOOR_M], [self.depth_m, half, floor], "dark")
        self.box([from_m, -half, floor], [self.depth_m, half, top_m], self.front, **INSIDE)

    def slab(self, from_m: float = 0.0, to_m: float | None = None, material: str = "") -> None:
        """Add a worktop between two distances from the front edge."""
        half, end = self.width_m / 2, self.depth_m if to_m is None else to_m
        low, high = [from_m, -half, -SLAB_M], [end, half, 0.0]
        self.box(low, high, material or self.top, name=f"{self.name}_top")

    def fronts(self, heights: Sequence[float], *, columns: int = 1, material: str = "") -> None:
        """Add fronts with handles for the eye, between heights from top to bottom."""
        wide = self.width_m / columns
        for column in range(columns):
            left = -self.width_m / 2 + column * wide
            for high, low in itertools.pairwise(heights):
                panel(self.body, left, left + wide, low, high, material or self.front)
                middle, at = left + wide / 2, high - min(0.035, (high - low) / 2)
                reach = min(0.09, wide / 4)
                bar(self.body, [-0.028, middle - reach, at], [-0.028, middle + reach, at], **SEEN)
                for end in (middle - reach, middle + reach):
                    bar(self.body, [-0.028, end, at], [0.0, end, at], **SEEN)


def box(body: Any, low: Sequence[float], high: Sequence[float], material: str, **more: Any) -> None:
    """Add a box between two corners to a body; it collides unless told otherwise."""
    one, other = np.minimum(low, high), np.maximum(low, high)
    body.add_geom(
        type=BOX,
        pos=((one + other) / 2).tolist(),
        size=((other - one) / 2).tolist(),
        material=material,
        **{**SOLID, **more},
    )


def bar(body: Any, from_m: Sequence[float], to_m: Sequence[float], **more: Any) -> None:
    """Add a round bar between two points to a body."""
    more.setdefault("material", "steel")
    body.add_geom(type=CAPSULE, fromto=[*from_m, *to_m], size=[BAR_M, 0, 0], **more)


def panel(
    body: Any, left: float, right: float, low: float, high: float, material: str, out: float = 0.0
) -> None:
    """Add a front panel for the eye, whose texture lies along it and upwards."""
    half = [(right - left) / 2 - GAP_M, (high - low) / 2 - GAP_M, FRONT_M / 2]
    middle = [FRONT_M / 2 - out, (left + right) / 2, (low + high) / 2]
    upright(body, middle, [0.0, 1.0, 0.0], half, material)


def upright(
    body: Any,
    middle_m: Sequence[float],
    along: Sequence[float],
    half_m: Sequence[float],
    material: str,
) -> None:
    """Add a visual panel whose texture lies along a direction and upwards."""
    up = [0.0, 0.0, 1.0]
    quat = np.zeros(4)
    mujoco.mju_mat2Quat(quat, np.column_stack([along, up, np.cross(along, up)]).ravel())
    body.add_geom(
        type=BOX, size=list(half_m), pos=list(middle_m), quat=quat, material=material, **SEEN
    )
