"""Room of the physics kitchen: floor, walls, light and cameras about the furniture of a scene."""

from __future__ import annotations

from collections.abc import Mapping

import mujoco
import numpy as np

from treehand.skills import FloatArray
from treehand.skills.domain import FurnitureModel
from treehand.worlds.physics.model.furniture.carpentry import (
    CYLINDER,
    FLOOR_M,
    SOLID,
    upright,
)
from treehand.worlds.physics.model.furniture.furniture_builder import build_furniture
from treehand.worlds.physics.model.stations import corners
from treehand.worlds.physics.model.surfaces import illuminate, paint

EXTENT_M = 1.6
"""Extent of the part of the room that has shadows."""
BEHIND_M = 0.005
"""Distance of a wall from the furniture before it."""
SPLASH_M, CEILING_M = 0.5, 1.6
"""Height of the tiles above the worktops, and of the walls."""
PEDESTAL_M = 0.11
"""Radius of the arm's pedestal."""
CAMERA_POSES: Mapping[str, tuple[list[float], list[float], float]] = {
    "overview": ([-1.8, -0.62, 1.22], [0.2, 0.08, -0.2], 44.0),
    "front": ([-0.55, -0.6, 0.7], [0.42, 0.0, -0.03], 55.0),
}
"""Position, point that it looks at, and vertical field of view in degrees of each camera that
stands in the room. The front camera sees the work at the height of a person's hands."""


def furnish(
    spec: mujoco.MjSpec,
    furniture: Mapping[str, FurnitureModel],
    light_rad: float | None = None,
    *,
    has_stand: bool = True,
) -> None:
    """Add floor, walls, light, cameras and all furniture to a model.

    Args:
        spec: The model.
        furniture: Furniture by name.
        light_rad: Azimuth of the lamp; the default position if None.
        has_stand: True if the arm stands on a pedestal.
    """
    paint(spec)
    illuminate(spec, light_rad)
    world = spec.worldbody
    plane = mujoco.mjtGeom.mjGEOM_PLANE
    world.add_geom(
        name="floor", type=plane, size=[3, 3, 0.1], pos=[0, 0, FLOOR_M], material="floor", **SOLID
    )
    if has_stand:
        world.add_geom(
            type=CYLINDER,
            size=[PEDESTAL_M, -FLOOR_M / 2, 0],
            pos=[0, 0, FLOOR_M / 2],
            material="pedestal",
            **SOLID,
        )
    _walls(spec, furniture)
    spec.stat.extent, spec.stat.center = EXTENT_M, [0.1, 0.0, -0.2]
    for name, (at, towards, field) in CAMERA_POSES.items():
        axes = _looking(np.array(at), np.array(towards))
        world.add_camera(name=name, pos=at, xyaxes=axes, fovy=field)
    world.add_camera(name="overhead", pos=[0, 0, 1.9], xyaxes=[0, -1, 0, 1, 0, 0], fovy=58)
    for name, model in furniture.items():
        build_furniture(spec, name, model)


def _walls(spec: mujoco.MjSpec, furniture: Mapping[str, FurnitureModel]) -> None:
    """Add the two walls that the overview camera looks at, behind the furniture."""
    taken = np.vstack([corners(model) for model in furniture.values()])
    x, y = (max(float(edge) + BEHIND_M, 1.0) for edge in taken.max(axis=0))
    thick, long = 0.02, 2.2
    for low, high, material, out in (
        (FLOOR_M, CEILING_M, "plaster", 0.0),
        (0.0, SPLASH_M, "tiles", 0.004),
    ):
        half = [long, (high - low) / 2, thick]
        middle = (low + high) / 2
        world = spec.worldbody
        upright(world, [x + thick - out, y - long, middle], [0.0, 1.0, 0.0], half, material)
        upright(world, [x - long, y + thick - out, middle], [1.0, 0.0, 0.0], half, material)


def _looking(from_m: FloatArray, at_m: FloatArray) -> list[float]:
    """Return the x and y axes of an upright camera that looks at a point."""
    ahead = (at_m - from_m) / np.linalg.norm(at_m - from_m)
    right = np.cross(ahead, [0.0, 0.0, 1.0])
    right /= np.linalg.norm(right)
    return [*right, *np.cross(right, ahead)]
