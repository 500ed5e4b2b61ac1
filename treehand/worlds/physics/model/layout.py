"""Layout of the physics kitchen: stations in a ring about the arm, and their models.

The frame is that of the arm's base: origin in its foot, z upwards, x towards the sink, in metres
and radians. Worktops are at z = 0. Each station has its own frame, turned about z by its azimuth,
with x away from the arm.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import mujoco
import numpy as np

from treehand.skills import FloatArray
from treehand.worlds.physics.model.surfaces import illuminate, paint

Kind = Literal["worktop", "basin", "chest", "drawer"]

BOX, CYLINDER, CAPSULE = (
    mujoco.mjtGeom.mjGEOM_BOX,
    mujoco.mjtGeom.mjGEOM_CYLINDER,
    mujoco.mjtGeom.mjGEOM_CAPSULE,
)
THINGS, FURNITURE, ARM = 1, 2, 4
"""Collision groups: objects collide with everything, furniture with objects and the arm."""
SOLID = {"contype": FURNITURE, "conaffinity": THINGS | ARM}
SEEN = {"contype": 0, "conaffinity": 0}
FLOOR_M = -0.9
"""Height of the kitchen's floor."""
HANDLE = {"friction": [1.2, 0.01, 0.001], "condim": 4, **SOLID}
BAR_M = 0.007
"""Radius of a handle."""


@dataclass(frozen=True)
class Station:
    """A piece of furniture.

    Attributes:
        name: Name in scenes.
        kind: Construction of the station.
        azimuth_rad: Azimuth about the arm.
        middle_m: Distance of the middle of its area from the arm; of a drawer, when open.
        half_m: Half of that area, along x and y of its frame.
        bottom_m: Height of the surface that objects lie on.
        material: Material of its model.
    """

    name: str
    kind: Kind
    azimuth_rad: float
    middle_m: float
    half_m: tuple[float, float]
    bottom_m: float
    material: str

    def point_m(self, x: Any, y: Any) -> FloatArray:
        """Return a point of its frame in the arm's frame, shape (2,); of arrays, (2, n)."""
        cos, sin = math.cos(self.azimuth_rad), math.sin(self.azimuth_rad)
        return np.array([cos * x - sin * y, sin * x + cos * y])

    def local_m(self, point_m: FloatArray) -> tuple[Any, Any]:
        """Return x and y of a point of the arm's frame in its own frame; of (2, n), two arrays."""
        cos, sin = math.cos(self.azimuth_rad), math.sin(self.azimuth_rad)
        x, y = point_m[0], point_m[1]
        return cos * x + sin * y, -sin * x + cos * y

    @property
    def rim_m(self) -> float:
        """Height of its walls."""
        return {"worktop": 0.0, "basin": 0.0, "chest": -0.02, "drawer": -0.04}[self.kind]

    @property
    def is_inside(self) -> bool:
        """True if objects are in it, not on it."""
        return self.kind != "worktop"

    @property
    def has_door(self) -> bool:
        """True if it can be opened and closed."""
        return self.kind in ("chest", "drawer")


def _station(
    name: str,
    kind: Kind,
    azimuth_deg: float,
    middle_m: float,
    half_m: tuple[float, float],
    bottom_m: float,
    material: str,
) -> Station:
    return Station(name, kind, math.radians(azimuth_deg), middle_m, half_m, bottom_m, material)


STATIONS: Mapping[str, Station] = {
    station.name: station
    for station in (
        _station("fridge", "chest", -126, 0.515, (0.125, 0.15), -0.10, "enamel"),
        _station("counter", "worktop", -84, 0.60, (0.18, 0.155), 0.0, "stone"),
        _station("dishwasher", "chest", -42, 0.515, (0.125, 0.15), -0.10, "steel"),
        _station("sink", "basin", 0, 0.58, (0.14, 0.135), -0.10, "steel"),
        _station("cupboard", "chest", 42, 0.515, (0.125, 0.15), -0.10, "wood"),
        _station("stove", "worktop", 84, 0.62, (0.16, 0.155), 0.0, "steel"),
        _station("drawer", "drawer", 126, 0.51, (0.13, 0.135), -0.095, "wood"),
        _station("bin", "basin", 160, 0.50, (0.11, 0.11), -0.24, "green"),
    )
}
KNOB_M = 0.445
"""Distance of the stove's knob from the arm."""
KNOB_GRIP_M = 0.03
"""Grasp height of the knob."""
KNOB_WIDE_M, KNOB_TOP_M = 0.024, 0.042
"""Radius and height of the knob."""
KNOB_ON_RAD = 1.4
KNOB_OFF_RAD = 0.3
"""Angle of the knob up to which the burner is off."""

LID_HINGE_M = 0.145
"""Distance of a chest's hinge from the middle of the chest."""
LID_M = 0.29
"""Distance of the lid's edge from the hinge."""
LID_BAR_M = (0.32, 0.035)
"""Distance of the handle of a closed lid from the hinge, and its height above it."""
LID_Z_M = 0.01
LID_OPEN_RAD = 1.55
LID_RANGE_RAD = 1.65

DRAWER_CLOSED_M = 0.78
"""Distance of the closed drawer's middle from the arm."""
DRAWER_RANGE_M = 0.27
DRAWER_HANDLE_M = 0.195
"""Distance of the drawer's handle from its middle."""

WALLS_M = 1.3
"""Distance of the kitchen's two walls from the arm; they are visual only."""
OVERVIEW_M = [-1.85, -0.56, 1.3]
"""Position of the overview camera."""
FRONT_M = [-0.35, -0.95, 0.5]
"""Position of the front camera, which sees the work at the height of a person's hands."""


def furnish(spec: mujoco.MjSpec, light_rad: float | None = None, *, has_stand: bool = True) -> None:
    """Add floor, light, cameras and all stations to a model.

    Args:
        spec: The model.
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
    for turned in (False, True):
        middle = [0.0, WALLS_M, 0.1] if turned else [WALLS_M, 0.0, 0.1]
        side = [1.0, 0.0, 0.0] if turned else [0.0, 1.0, 0.0]
        _upright(world, middle, side, [1.5, 1.0, 0.02], "tiles")
    if has_stand:
        world.add_geom(
            type=CYLINDER, size=[0.12, 0.45, 0], pos=[0, 0, FLOOR_M / 2], material="dark", **SOLID
        )
    world.add_camera(
        name="overview",
        pos=OVERVIEW_M,
        xyaxes=_looking(np.array(OVERVIEW_M), np.array([0.16, 0.05, -0.08])),
        fovy=44,
    )
    world.add_camera(
        name="front",
        pos=FRONT_M,
        xyaxes=_looking(np.array(FRONT_M), np.array([0.42, 0.1, -0.04])),
        fovy=50,
    )
    world.add_camera(name="overhead", pos=[0, 0, 1.9], xyaxes=[0, -1, 0, 1, 0, 0], fovy=58)
    for station in STATIONS.values():
        turn = station.azimuth_rad / 2
        body = world.add_body(name=station.name, quat=[math.cos(turn), 0, 0, math.sin(turn)])
        {"worktop": _worktop, "basin": _basin, "chest": _chest, "drawer": _drawer}[station.kind](
            body, station
        )


def _upright(
    body: Any, middle_m: list[float], side: list[float], half_m: list[float], material: str
) -> None:
    """Add a visual panel whose texture lies along its side and upwards."""
    up = [0.0, 0.0, 1.0]
    axes = np.column_stack([side, up, np.cross(side, up)])
    quat = np.zeros(4)
    mujoco.mju_mat2Quat(quat, axes.ravel())
    body.add_geom(type=BOX, size=half_m, pos=middle_m, quat=quat, material=material, **SEEN)


def _looking(from_m: FloatArray, at_m: FloatArray) -> list[float]:
    """Return the x and y axes of an upright camera that looks at a point."""
    ahead = (at_m - from_m) / np.linalg.norm(at_m - from_m)
    right = np.cross(ahead, [0.0, 0.0, 1.0])
    right /= np.linalg.norm(right)
    return [*right, *np.cross(right, ahead)]


def _box(body: Any, middle_m: list[float], half_m: list[float], material: str, **more: Any) -> None:
    body.add_geom(type=BOX, pos=middle_m, size=half_m, material=material, **{**SOLID, **more})


def _bar(body: Any, from_m: list[float], to_m: list[float], **more: Any) -> None:
    size = [BAR_M, 0, 0]
    body.add_geom(type=CAPSULE, fromto=[*from_m, *to_m], size=size, material="steel", **more)


def _worktop(body: Any, station: Station) -> None:
    x, (hx, hy) = station.middle_m, station.half_m
    _box(body, [x, 0, -0.02], [hx, hy, 0.02], station.material, name=f"{station.name}_top")
    _box(body, [x, 0, (FLOOR_M - 0.04) / 2], [hx - 0.01, hy - 0.01, -FLOOR_M / 2 - 0.02], "wood")
    if station.name == "stove":
        for burner_x in (x - 0.03, x + 0.1):
            for y in (-0.08, 0.08):
                body.add_geom(
                    type=CYLINDER,
                    pos=[burner_x, y, 0.0005],
                    size=[0.05, 0.0006, 0],
                    material="dark",
                    **SEEN,
                )
        _knob(body)


def _knob(body: Any) -> None:
    _box(body, [KNOB_M, 0, -0.03], [0.03, 0.05, 0.028], "steel")
    knob = body.add_body(name="knob", pos=[KNOB_M, 0, 0])
    knob.add_joint(name="knob", axis=[0, 0, 1], range=[0, 1.6], frictionloss=0.03, damping=0.02)
    knob.add_geom(
        type=CYLINDER,
        pos=[0, 0, 0.008],
        size=[0.022, 0.008, 0],
        material="dark",
        mass=0.03,
        **SOLID,
    )
    _box(knob, [0, 0, 0.028], [0.022, 0.005, 0.014], "dark", mass=0.02)


def _basin(body: Any, station: Station) -> None:
    x, (hx, hy), z = station.middle_m, station.half_m, station.bottom_m
    _box(body, [x, 0, z - 0.01], [hx + 0.01, hy + 0.01, 0.01], station.material)
    for side in (-1, 1):
        _box(body, [x + side * (hx + 0.01), 0, z / 2], [0.01, hy + 0.02, -z / 2], station.material)
        _box(body, [x, side * (hy + 0.01), z / 2], [hx, 0.01, -z / 2], station.material)
    if station.name == "sink":
        post = x + hx + 0.05
        _bar(body, [post, 0, -0.1], [post, 0, 0.24], **SEEN)
        _bar(body, [post, 0, 0.24], [post - 0.11, 0, 0.22], **SEEN)
        _box(body, [x, 0, (FLOOR_M + z) / 2 - 0.02], [hx, hy, (z - FLOOR_M) / 2 - 0.02], "wood")
    else:
        half = (z - FLOOR_M) / 2 - 0.01
        body.add_geom(
            type=CYLINDER,
            pos=[x, 0, FLOOR_M + half],
            size=[0.05, half, 0],
            material="dark",
            **SOLID,
        )


def _chest(body: Any, station: Station) -> None:
    x, (hx, hy), z = station.middle_m, station.half_m, station.bottom_m
    material = station.material
    _box(body, [x, 0, z - 0.01], [hx + 0.01, hy + 0.01, 0.01], material)
    for side in (-1, 1):
        _box(body, [x + side * (hx + 0.008), 0, -0.06], [0.008, hy + 0.016, 0.04], material)
        _box(body, [x, side * (hy + 0.008), -0.06], [hx, 0.008, 0.04], material)
    _box(body, [x, 0, (FLOOR_M + z) / 2 - 0.02], [hx, hy, (z - FLOOR_M) / 2 - 0.02], material)
    door = body.add_body(name=f"{station.name}_door", pos=[x + LID_HINGE_M, 0, LID_Z_M])
    door.add_joint(
        name=station.name, axis=[0, 1, 0], range=[0, LID_RANGE_RAD], frictionloss=1.2, damping=0.3
    )
    wide = hy + 0.016
    _box(door, [-LID_M / 2, 0, 0.012], [LID_M / 2, wide, 0.006], material, mass=0.5)
    _box(door, [0.005 - LID_M, 0, -0.006], [0.005, wide, 0.018], material, mass=0.05)
    out, up = LID_BAR_M
    _bar(door, [-out, -0.06, up], [-out, 0.06, up], mass=0.05, **HANDLE)
    for side in (-1, 1):
        foot = [-LID_M, side * 0.06, 0.005]
        _bar(door, [-out, side * 0.06, up], foot, mass=0.02, **SEEN)


def _drawer(body: Any, station: Station) -> None:
    (hx, hy), z = station.half_m, station.bottom_m
    _box(body, [0.84, 0, 0.02], [0.16, hy + 0.02, 0.008], "wood")
    for side in (-1, 1):
        _box(body, [0.84, side * (hy + 0.026), -0.05], [0.16, 0.006, 0.078], "wood")
    _box(body, [0.82, 0, (FLOOR_M - 0.13) / 2], [0.18, hy + 0.02, (-0.13 - FLOOR_M) / 2], "wood")
    box = body.add_body(name="drawer_box", pos=[DRAWER_CLOSED_M, 0, 0])
    box.add_joint(
        name="drawer",
        type=mujoco.mjtJoint.mjJNT_SLIDE,
        axis=[-1, 0, 0],
        range=[0, DRAWER_RANGE_M],
        damping=8,
        frictionloss=1.5,
    )
    _box(box, [0, 0, z - 0.005], [hx + 0.01, hy + 0.01, 0.005], "wood", mass=0.6)
    for side in (-1, 1):
        _box(box, [side * (hx + 0.006), 0, z + 0.025], [0.006, hy + 0.01, 0.03], "wood", mass=0.15)
        _box(box, [0, side * (hy + 0.006), z + 0.025], [hx, 0.006, 0.03], "wood", mass=0.15)
    front = -hx - 0.016
    _box(box, [front, 0, -0.055], [0.006, hy + 0.02, 0.05], "enamel", mass=0.2)
    out = -DRAWER_HANDLE_M
    _bar(box, [out, 0, -0.06], [out, 0, 0.03], mass=0.05, **HANDLE)
    _bar(box, [out, 0, -0.055], [front, 0, -0.055], mass=0.02, **SEEN)
