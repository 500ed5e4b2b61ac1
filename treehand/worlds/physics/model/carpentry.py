"""Models of furniture: each kind of `stations.KINDS` as bodies, joints and shapes.

The frame of a piece of furniture has its origin in the middle of the front edge, x towards the
back, z upwards; worktops are at z = 0.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import mujoco
import numpy as np

from treehand.skills.domain import FurnitureModel
from treehand.worlds.physics.model.stations import (
    BAR_M,
    DRAWER_M,
    DRAWER_WALL_M,
    EDGE_M,
    FRONT_TOP_M,
    HANDLE_M,
    HANDLE_OUT_M,
    HANDLE_TOP_M,
    KNOB_M,
    PANEL_M,
    PULL_M,
    REACHED_M,
    SURFACES,
    SWING_RAD,
    TRAY_HALF_M,
    TRAY_M,
    TRAY_WALL_M,
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
BURNERS = ((0.14, 0.5, 0.05), (0.14, -0.5, 0.042), (0.28, 0.5, 0.042), (0.28, -0.5, 0.05))
"""Distance of each burner from the front edge, its place across, and its radius."""
TOP_M = 0.9
"""Height of a tall fridge above the worktops."""

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


def _worktop(made: Carpenter) -> None:
    made.carcass()
    made.slab()
    columns = max(1, round(made.width_m / 0.5))
    bottom = FLOOR_M + PLINTH_M
    made.fronts([-SLAB_M, -0.20, -0.48, bottom], columns=columns)


def _stove(made: Carpenter) -> None:
    half = made.width_m / 2
    made.carcass()
    made.slab(material="brushed")
    made.box([0.075, 0.02 - half, 0.0], [made.depth_m - 0.1, half - 0.02, 0.0008], "glassy", **SEEN)
    for x, y, wide in BURNERS:
        for shrink, material in ((1.0, "steel"), (0.93, "dark")):
            made.body.add_geom(
                type=CYLINDER,
                pos=[x, y * half, 0.0009 + (1.0 - shrink) * 0.003],
                size=[wide * shrink, 0.0004, 0],
                material=material,
                **SEEN,
            )
    panel(made.body, -half, half, -0.14, -SLAB_M, "brushed")
    panel(made.body, -half, half, -0.66, -0.14, "glassy")
    panel(made.body, -half, half, FLOOR_M + PLINTH_M, -0.66, made.front)
    bar(made.body, [-0.035, 0.04 - half, -0.18], [-0.035, half - 0.04, -0.18], **SEEN)
    _knob(made.body)


def _knob(body: Any) -> None:
    knob = body.add_body(name="knob", pos=[KNOB_M, 0, 0])
    knob.add_joint(name="knob", axis=[0, 0, 1], range=[0, 1.6], frictionloss=0.03, damping=0.02)
    knob.add_geom(
        type=CYLINDER,
        pos=[0, 0, 0.009],
        size=[0.022, 0.008, 0],
        material="dark",
        mass=0.03,
        **SOLID,
    )
    box(knob, [-0.022, -0.005, 0.014], [0.022, 0.005, 0.042], "steel", mass=0.02)


def _sink(made: Carpenter) -> None:
    half, bottom = made.width_m / 2, -0.10
    near, far, across = EDGE_M, EDGE_M + REACHED_M, half - EDGE_M
    made.slab(far)
    for low, high in (
        ([0.0, -half, -SLAB_M], [near, half, 0.0]),
        ([near, across, -SLAB_M], [far, half, 0.0]),
        ([near, -half, -SLAB_M], [far, -across, 0.0]),
    ):
        made.box(low, high, made.top)
    thin = 2 * WALL_M
    made.box([near, -across, bottom - thin], [far, across, bottom], "brushed")
    for low, high in (
        ([near - thin, -across, bottom], [near, across, 0.001]),
        ([far, -across, bottom], [far + thin, across, 0.001]),
        ([near - thin, across, bottom], [far + thin, across + thin, 0.001]),
        ([near - thin, -across - thin, bottom], [far + thin, -across, 0.001]),
    ):
        made.box(low, high, "steel")
    made.body.add_geom(
        type=CYLINDER,
        pos=[(near + far) / 2, 0, bottom + 0.0006],
        size=[0.022, 0.0008, 0],
        material="dark",
        **SEEN,
    )
    made.carcass(top_m=bottom - thin)
    made.box([0.02, -half, bottom - thin], [0.022, half, -SLAB_M], "wood", **SEEN)
    for y in (-half, half - 0.01):
        made.box([0.02, y, bottom - thin], [made.depth_m, y + 0.01, -SLAB_M], "wood", **SEEN)
    made.fronts([-SLAB_M, -0.16, FLOOR_M + PLINTH_M])
    _tap(made.body, far + 0.06)


def _tap(body: Any, at_m: float) -> None:
    """Add a tap behind a basin; the hand passes over it."""
    body.add_geom(
        type=CYLINDER, pos=[at_m, 0, 0.012], size=[0.024, 0.012, 0], material="steel", **SEEN
    )
    arc = [
        [at_m - 0.075 + 0.075 * math.cos(turn), 0, 0.2 + 0.075 * math.sin(turn)]
        for turn in np.linspace(0, math.pi, 7)
    ]
    points = [[at_m, 0, 0.0], *arc, [at_m - 0.15, 0, 0.16]]
    for start, end in itertools.pairwise(points):
        bar(body, start, end, **SEEN)
    bar(body, [at_m, 0.0, 0.05], [at_m, 0.06, 0.075], **SEEN)


def _table(made: Carpenter) -> None:
    half = made.width_m / 2
    made.slab()
    inset = 0.03
    for x in (inset, made.depth_m - inset):
        for y in (inset - half, half - inset):
            made.body.add_geom(
                type=CYLINDER,
                pos=[x, y, (FLOOR_M - SLAB_M) / 2],
                size=[0.02, -(FLOOR_M + SLAB_M) / 2, 0],
                material="wood",
                **SOLID,
            )
    made.box([0.02, 0.02 - half, -0.09], [0.035, half - 0.02, -SLAB_M], "wood", **SEEN)
    far = made.depth_m
    made.box([far - 0.035, 0.02 - half, -0.09], [far - 0.02, half - 0.02, -SLAB_M], "wood", **SEEN)


def _bin(made: Carpenter) -> None:
    half, far, rim, thin = made.width_m / 2, made.depth_m, -0.04, 0.012
    inner = -0.24
    made.box([thin, thin - half, FLOOR_M + 0.02], [far - thin, half - thin, inner], "dark")
    for low, high in (
        ([0.0, -half, FLOOR_M + 0.02], [thin, half, rim]),
        ([far - thin, -half, FLOOR_M + 0.02], [far, half, rim]),
        ([thin, -half, FLOOR_M + 0.02], [far - thin, thin - half, rim]),
        ([thin, half - thin, FLOOR_M + 0.02], [far - thin, half, rim]),
    ):
        made.box(low, high, made.front)
    edge = 0.004
    for y in (-half, half):
        bar(made.body, [edge, y, rim], [far - edge, y, rim], **SEEN)
    for x in (0.0, far):
        bar(made.body, [x, edge - half, rim], [x, half - edge, rim], **SEEN)
    made.box([0.01, 0.01 - half, FLOOR_M], [far - 0.01, half - 0.01, FLOOR_M + 0.02], "dark")
    made.box([-0.05, -0.05, FLOOR_M + 0.01], [0.0, 0.05, FLOOR_M + 0.025], "steel", **SEEN)


def _niche(made: Carpenter, floor: float) -> None:
    """Add carcass and sides about a tray or drawer."""
    half = made.width_m / 2
    made.carcass(top_m=floor)
    made.box([0.36, -half, floor], [made.depth_m, half, -SLAB_M], made.front, **INSIDE)
    for side in (-half, half - 0.006):
        made.box([0.02, side, floor], [0.36, side + 0.006, -SLAB_M], made.front, **SEEN)


def _tray(
    body: Any,
    x: tuple[float, float],
    y: tuple[float, float],
    z: tuple[float, float],
    material: str,
) -> None:
    """Add a tray between three pairs of coordinates to a body that moves."""
    thin, (bottom, top) = 2 * WALL_M, z
    (x0, x1), (y0, y1) = sorted(x), sorted(y)
    box(body, [x0, y0, bottom - thin], [x1, y1, bottom], material, mass=0.6)
    for low, high in (
        ([x0 - thin, y0 - thin, bottom - thin], [x0, y1 + thin, top]),
        ([x1, y0 - thin, bottom - thin], [x1 + thin, y1 + thin, top]),
        ([x0, y0 - thin, bottom - thin], [x1, y0, top]),
        ([x0, y1, bottom - thin], [x1, y1 + thin, top]),
    ):
        box(body, low, high, material, mass=0.12)


def _drawer(made: Carpenter) -> None:
    half = made.width_m / 2
    low = DRAWER_M - 0.03
    _niche(made, low)
    made.slab()
    drawer = made.body.add_body(name=f"{made.name}_box")
    drawer.add_joint(
        name=made.name,
        type=mujoco.mjtJoint.mjJNT_SLIDE,
        axis=[-1, 0, 0],
        range=[0, PULL_M],
        damping=8,
        frictionloss=1.5,
    )
    near = PULL_M - 2 * TRAY_HALF_M - PANEL_M
    across = half - EDGE_M + 0.012
    _tray(
        drawer,
        (near, near + 2 * TRAY_HALF_M),
        (-across, across),
        (DRAWER_M, DRAWER_M + DRAWER_WALL_M),
        "wood",
    )
    panel(drawer, -half, half, low, FRONT_TOP_M, made.front)
    box(
        drawer,
        [0.004, -half, low],
        [0.014, half, FRONT_TOP_M - GAP_M],
        made.front,
        mass=0.2,
        group=3,
    )
    _pull(drawer, -HANDLE_OUT_M, 0.0, lean=(HANDLE_OUT_M, 0.0))
    bottom = FLOOR_M + PLINTH_M
    made.fronts([low, -0.48, bottom])


def _pull(body: Any, x: float, y: float, *, lean: tuple[float, float]) -> None:
    """Add an upright handle that the hand takes from above, and its foot."""
    bar(body, [x, y, -0.1], [x, y, HANDLE_TOP_M - BAR_M], mass=0.05, **GRIPPED)
    foot = [x + lean[0], y + lean[1]]
    for height in (-0.1, -0.05):
        bar(body, [x, y, height], [*foot, height], mass=0.02, **SEEN)


def _cabinet(made: Carpenter) -> None:
    """Add a cabinet whose hinged door carries the tray behind it."""
    half, side = made.width_m / 2, made.side
    _niche(made, TRAY_M - 0.03)
    if made.kind == "fridge":
        made.box([0.045, -half, -SLAB_M], [made.depth_m, half, TOP_M], made.front)
        panel(made.body, -half, half, 0.0, TOP_M, made.front, out=-0.03)
        free = -side * (half - 0.04)
        bar(made.body, [0.0, free, 0.12], [0.0, free, 0.5], **SEEN)
        for end in (0.12, 0.5):
            bar(made.body, [0.0, free, end], [0.045, free, end], **SEEN)
    else:
        made.slab()
    door = made.body.add_body(name=f"{made.name}_door", pos=[0.0, side * half, 0.0])
    door.add_joint(
        name=made.name,
        axis=[0, 0, -side],
        range=[0, SWING_RAD],
        frictionloss=1.0,
        damping=0.4,
    )
    bottom = FLOOR_M + PLINTH_M
    left, right = sorted((0.0, -side * made.width_m))
    panel(door, left, right, bottom, FRONT_TOP_M, made.front)
    box(
        door,
        [0.002, left, bottom],
        [0.014, right, FRONT_TOP_M - GAP_M],
        made.front,
        mass=2.0,
        group=3,
    )
    near, across = PANEL_M, half - EDGE_M + 0.012
    ends = (-side * near, -side * (near + 2 * TRAY_HALF_M))
    tray = {"dishwasher": "steel", "fridge": "enamel"}.get(made.kind, "wood")
    _tray(door, (half - across, half + across), ends, (TRAY_M, TRAY_M + TRAY_WALL_M), tray)
    _pull(door, -HANDLE_OUT_M, -side * (made.width_m - HANDLE_M), lean=(HANDLE_OUT_M, 0.0))
    if made.kind == "dishwasher":
        panel(door, left + 0.01, right - 0.01, -0.11, FRONT_TOP_M - 0.008, "dark", out=0.001)


def _tall(made: Carpenter) -> None:
    half = made.width_m / 2
    made.carcass(top_m=TOP_M)
    columns = max(1, round(made.width_m / 0.5))
    made.fronts([TOP_M, -SLAB_M, FLOOR_M + PLINTH_M], columns=columns)
    made.box([0.02, -half, TOP_M], [made.depth_m, half, TOP_M + 0.01], made.front)


def _wall_cupboard(made: Carpenter) -> None:
    half = made.width_m / 2
    made.box([FRONT_M, -half, 0.5], [made.depth_m, half, 1.05], "plaster", **SEEN)
    for column in range(columns := max(1, round(made.width_m / 0.4))):
        left = -half + column * made.width_m / columns
        panel(made.body, left, left + made.width_m / columns, 0.5, 1.05, made.front)


def _hood(made: Carpenter) -> None:
    half = made.width_m / 2
    made.box([0.0, -half, 0.62], [made.depth_m, half, 0.67], made.front, **SEEN)
    far = made.depth_m
    made.box([far - 0.26, -0.13, 0.67], [far, 0.13, 1.3], made.front, **SEEN)


_MAKERS: Mapping[str, Callable[[Carpenter], None]] = MappingProxyType(
    {
        "worktop": _worktop,
        "stove": _stove,
        "sink": _sink,
        "table": _table,
        "bin": _bin,
        "drawer": _drawer,
        "cupboard": _cabinet,
        "dishwasher": _cabinet,
        "fridge": _cabinet,
        "tall_cupboard": _tall,
        "wall_cupboard": _wall_cupboard,
        "hood": _hood,
    }
)


def build_furniture(spec: mujoco.MjSpec, name: str, model: FurnitureModel) -> None:
    """Add a piece of furniture to a model; its kind must be one of `stations.KINDS`."""
    turn = math.radians(model.turn_deg) / 2
    x, y = model.position_m
    quat = [math.cos(turn), 0, 0, math.sin(turn)]
    body = spec.worldbody.add_body(name=name, pos=[x, y, 0.0], quat=quat)
    _MAKERS[model.kind](Carpenter(body, name, model))
