"""Meshes of revolution for dishes: profiles that are turned about z, and handles that are bent."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import mujoco
import numpy as np

from treehand.skills import FloatArray

SIDES = 28
"""Number of sides of a body of revolution."""
EAR_SIDES, EAR_PIECES = 8, 10
"""Number of sides of a mug's handle, and of pieces along its arc."""
EAR_M = 0.0045
"""Radius of a mug's handle."""

Profile = Sequence[tuple[float, float]]
"""Points of a closed outline, each a share of the radius and a share of the height: from the middle
of the foot outwards, over the rim, and back to the middle inside."""

PROFILES: Mapping[str, Profile] = {
    "mug": (
        (0, 0), (0.84, 0), (0.90, 0.02), (0.93, 0.08), (0.97, 0.3), (0.99, 0.7), (1.0, 0.985),
        (0.985, 1.0), (0.92, 1.0), (0.905, 0.985), (0.89, 0.6), (0.86, 0.12), (0.78, 0.07),
        (0, 0.06),
    ),
    "glass": (
        (0, 0), (0.76, 0), (0.80, 0.015), (0.83, 0.1), (0.92, 0.6), (1.0, 0.99), (0.99, 1.0),
        (0.95, 1.0), (0.94, 0.99), (0.87, 0.6), (0.78, 0.15), (0.70, 0.10), (0, 0.09),
    ),
    "carafe": (
        (0, 0), (0.90, 0), (0.97, 0.03), (1.0, 0.10), (1.0, 0.28), (0.90, 0.36), (0.62, 0.42),
        (0.47, 0.47), (0.46, 0.72), (0.60, 0.79), (0.90, 0.88), (1.0, 0.99), (0.98, 1.0),
        (0.94, 0.99), (0.84, 0.89), (0.52, 0.79), (0.40, 0.72), (0.41, 0.48), (0.84, 0.35),
        (0.93, 0.27), (0.92, 0.08), (0, 0.05),
    ),
    "bowl": (
        (0, 0), (0.48, 0), (0.50, 0.03), (0.52, 0.07), (0.70, 0.22), (0.86, 0.48), (0.96, 0.78),
        (1.0, 0.98), (0.99, 1.0), (0.94, 1.0), (0.925, 0.97), (0.88, 0.78), (0.78, 0.5),
        (0.62, 0.26), (0.40, 0.13), (0, 0.10),
    ),
    "plate": (
        (0, 0), (0.58, 0), (0.61, 0.08), (0.66, 0.18), (0.82, 0.62), (0.99, 0.90), (1.0, 0.97),
        (0.985, 1.0), (0.95, 0.99), (0.80, 0.76), (0.66, 0.36), (0.60, 0.26), (0, 0.22),
    ),
    "can": (
        (0, 0.03), (0.80, 0.03), (0.86, 0), (0.92, 0.01), (1.0, 0.06), (1.0, 0.93), (0.90, 0.985),
        (0.88, 1.0), (0.84, 0.99), (0.82, 0.965), (0, 0.96),
    ),
    "apple": (
        (0, 0.10), (0.12, 0.04), (0.34, 0), (0.66, 0.06), (0.90, 0.26), (1.0, 0.52), (0.96, 0.74),
        (0.80, 0.92), (0.56, 1.0), (0.30, 0.98), (0.12, 0.90), (0, 0.82),
    ),
}  # fmt: skip
"""Outlines of the bodies of revolution, by kind."""


@cache
def revolved(kind: str) -> tuple[FloatArray, FloatArray]:
    """Return vertices, shape (n, 3), and triangles, (m, 3), of radius 1, and of height 0 to 1."""
    profile = np.array(PROFILES[kind])
    angles = np.arange(SIDES) * 2 * math.pi / SIDES
    rings = profile[1:-1]
    middle = np.column_stack(
        [
            np.outer(rings[:, 0], np.cos(angles)).ravel(),
            np.outer(rings[:, 0], np.sin(angles)).ravel(),
            np.repeat(rings[:, 1], SIDES),
        ]
    )
    first, last = [0.0, 0.0, profile[0, 1]], [0.0, 0.0, profile[-1, 1]]
    points = np.vstack([middle, first, last])
    start, end = len(points) - 2, len(points) - 1
    faces = list(_quads(len(rings), SIDES))
    top = (len(rings) - 1) * SIDES
    for side in range(SIDES):
        beside = (side + 1) % SIDES
        faces += [(start, beside, side), (end, top + side, top + beside)]
    return points, np.array(faces)


def _quads(rings_n: int, sides: int) -> Any:
    """Yield the triangles between successive rings of points."""
    for ring in range(rings_n - 1):
        for side in range(sides):
            beside = (side + 1) % sides
            a, b = ring * sides + side, ring * sides + beside
            yield a, b, b + sides
            yield a, b + sides, a + sides


@cache
def ear() -> tuple[FloatArray, FloatArray]:
    """Return a mug's handle: an arc in the plane of x and z, from -1 to 1 along z."""
    arc = np.linspace(-0.5 * math.pi, 0.5 * math.pi, EAR_PIECES)
    around = np.arange(EAR_SIDES) * 2 * math.pi / EAR_SIDES
    points = [
        ((1.0 + 0.16 * math.cos(turn)) * math.cos(at), 0.2 * math.sin(turn),
         (1.0 + 0.16 * math.cos(turn)) * math.sin(at))
        for at in arc
        for turn in around
    ]  # fmt: skip
    return np.array(points), np.array(list(_quads(EAR_PIECES, EAR_SIDES)))


def add_mesh(
    spec: mujoco.MjSpec, name: str, mesh: tuple[FloatArray, FloatArray], scale_m: Sequence[float]
) -> str:
    """Add a mesh to a model, scaled along x, y and z; return its name.

    It is for the eye only: objects collide by their boxes, and have their mass there.
    """
    points, faces = mesh
    added = spec.add_mesh(name=name)
    added.uservert = (points * np.asarray(scale_m)).ravel().tolist()
    added.userface = faces.astype(int).ravel().tolist()
    added.inertia = mujoco.mjtMeshInertia.mjMESH_INERTIA_SHELL
    return name
