"""Furniture with drawers and doors, and what hangs or stands beside it."""

from __future__ import annotations

from typing import Any

import mujoco

from treehand.worlds.physics.model.furniture.carpentry import (
    FLOOR_M,
    FRONT_M,
    GAP_M,
    GRIPPED,
    INSIDE,
    PLINTH_M,
    SEEN,
    SLAB_M,
    WALL_M,
    Carpenter,
    bar,
    box,
    panel,
)
from treehand.worlds.physics.model.stations import (
    BAR_M,
    DRAWER_M,
    DRAWER_WALL_M,
    EDGE_M,
    FRONT_TOP_M,
    HANDLE_M,
    HANDLE_OUT_M,
    HANDLE_TOP_M,
    PANEL_M,
    PULL_M,
    SWING_RAD,
    TRAY_HALF_M,
    TRAY_M,
    TRAY_WALL_M,
)

TOP_M = 0.9
"""Height of a tall fridge above the worktops."""


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


def drawer(made: Carpenter) -> None:
    """Build a chest whose upper drawer slides out."""
    half = made.width_m / 2
    low = DRAWER_M - 0.03
    _niche(made, low)
    made.slab()
    tray = made.body.add_body(name=f"{made.name}_box")
    tray.add_joint(
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
        tray,
        (near, near + 2 * TRAY_HALF_M),
        (-across, across),
        (DRAWER_M, DRAWER_M + DRAWER_WALL_M),
        "wood",
    )
    panel(tray, -half, half, low, FRONT_TOP_M, made.front)
    box(
        tray,
        [0.004, -half, low],
        [0.014, half, FRONT_TOP_M - GAP_M],
        made.front,
        mass=0.2,
        group=3,
    )
    _pull(tray, -HANDLE_OUT_M, 0.0, lean=(HANDLE_OUT_M, 0.0))
    bottom = FLOOR_M + PLINTH_M
    made.fronts([low, -0.48, bottom])


def _pull(body: Any, x: float, y: float, *, lean: tuple[float, float]) -> None:
    """Add an upright handle that the hand takes from above, and its foot."""
    bar(body, [x, y, -0.1], [x, y, HANDLE_TOP_M - BAR_M], mass=0.05, **GRIPPED)
    foot = [x + lean[0], y + lean[1]]
    for height in (-0.1, -0.05):
        bar(body, [x, y, height], [*foot, height], mass=0.02, **SEEN)


def cabinet(made: Carpenter) -> None:
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


def tall_cupboard(made: Carpenter) -> None:
    """Build a cupboard up to the ceiling, which is scenery."""
    half = made.width_m / 2
    made.carcass(top_m=TOP_M)
    columns = max(1, round(made.width_m / 0.5))
    made.fronts([TOP_M, -SLAB_M, FLOOR_M + PLINTH_M], columns=columns)
    made.box([0.02, -half, TOP_M], [made.depth_m, half, TOP_M + 0.01], made.front)


def wall_cupboard(made: Carpenter) -> None:
    """Build a cupboard on the wall, which is scenery."""
    half = made.width_m / 2
    made.box([FRONT_M, -half, 0.5], [made.depth_m, half, 1.05], "plaster", **SEEN)
    for column in range(columns := max(1, round(made.width_m / 0.4))):
        left = -half + column * made.width_m / columns
        panel(made.body, left, left + made.width_m / columns, 0.5, 1.05, made.front)


def hood(made: Carpenter) -> None:
    """Build an extractor hood, which is scenery."""
    half = made.width_m / 2
    made.box([0.0, -half, 0.62], [made.depth_m, half, 0.67], made.front, **SEEN)
    far = made.depth_m
    made.box([far - 0.26, -0.13, 0.67], [far, 0.13, 1.3], made.front, **SEEN)
