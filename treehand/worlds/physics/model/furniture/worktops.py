"""Furniture that things lie on, and basins: worktop, shelf, stove, sink, table, bin."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np

from treehand.worlds.physics.model.furniture.carpentry import (
    CYLINDER,
    FLOOR_M,
    PLINTH_M,
    SEEN,
    SLAB_M,
    SOLID,
    WALL_M,
    Carpenter,
    bar,
    box,
    panel,
)
from treehand.worlds.physics.model.stations import (
    BOARD_M,
    EDGE_M,
    KNOB_M,
    REACHED_M,
    shelf_m,
)

BURNERS = ((0.14, 0.5, 0.05), (0.14, -0.5, 0.042), (0.28, 0.5, 0.042), (0.28, -0.5, 0.05))
"""Distance of each burner from the front edge, its place across, and its radius."""


def worktop(made: Carpenter) -> None:
    """Build a worktop on a carcass with fronts."""
    made.carcass()
    made.slab()
    columns = max(1, round(made.width_m / 0.5))
    bottom = FLOOR_M + PLINTH_M
    made.fronts([-SLAB_M, -0.20, -0.48, bottom], columns=columns)


def shelf(made: Carpenter) -> None:
    """Build a dresser: an open shelf before a back, on a carcass as high as the worktops."""
    half, far = made.width_m / 2, made.depth_m
    height_m, clear_m = shelf_m(made.model)
    roof_m = height_m + clear_m
    made.carcass()
    made.slab(material=made.front)
    columns = max(1, round(made.width_m / 0.5))
    made.fronts([-SLAB_M, -0.20, -0.48, FLOOR_M + PLINTH_M], columns=columns)
    made.box([far - BOARD_M, -half, 0.0], [far, half, roof_m + BOARD_M], made.front)
    for top_m in (height_m, roof_m + BOARD_M):
        made.box([0.0, -half, top_m - BOARD_M], [far - BOARD_M, half, top_m], made.front)
        for side in (0.05 - half, half - 0.05):
            wall, under = [far - BOARD_M, side, top_m - 0.1], [0.08, side, top_m - BOARD_M]
            bar(made.body, wall, under, **SEEN)


def stove(made: Carpenter) -> None:
    """Build a stove with burners and a knob."""
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


def sink(made: Carpenter) -> None:
    """Build a worktop with a basin let in, and a tap."""
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


def table(made: Carpenter) -> None:
    """Build a table on legs."""
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


def bin_(made: Carpenter) -> None:
    """Build an open bin that stands on the floor."""
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
