"""Objects of the physics kitchen: shapes, and their grasps with a parallel gripper."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import mujoco
import numpy as np

from treehand.skills import FloatArray
from treehand.worlds.physics.model.furniture.carpentry import (
    ARM,
    BOX,
    CYLINDER,
    FURNITURE,
    SEEN,
    THINGS,
)
from treehand.worlds.physics.model.meshes import EAR_M, add_mesh, ear, revolved

SPHERE, MESH = mujoco.mjtGeom.mjGEOM_SPHERE, mujoco.mjtGeom.mjGEOM_MESH
HIDDEN = 3
"""Group of the geoms that are not rendered: what objects collide with, under their meshes."""
SOLID = {
    "contype": THINGS,
    "conaffinity": THINGS | FURNITURE | ARM,
    "priority": 1,
    "condim": 4,
    "solref": [0.004, 1],
}
PROXIES = 4
"""Number of boxes, turned against each other, that approximate a round object: flat contacts for
the pads."""
WALLS = 8
"""Number of boxes of a bowl's or plate's rim."""
WALL_M = 0.003
"""Half of a rim's thickness."""
BELOW_TOP_M = 0.018
"""Distance of the middle of the pads below the top of an object."""
TILTS_RAD = tuple(math.radians(degrees) for degrees in (90, 75, 60, 45))
"""Tilts of the hand that are tried at a grasp from the side, from level on."""
LEVEL_RAD = math.radians(70)
"""Least tilt of a hand that takes a thing by its neck."""
SIDE_SHARES = (0.5, 0.7)
"""Shares of its height at which a standing object is taken from the side."""
MASS_KG, FRICTION = 0.3, 0.5
"""Mass and friction of objects for which the scene does not state them."""


@dataclass(frozen=True)
class Shape:
    """The shape of an object.

    Attributes:
        kind: ``round`` and ``ring`` (with a rim) stand upright; ``box``; ``ball``.
        half_m: Half of its size along x, y and z.
        colour: Red, green, blue, opacity.
        is_soft: True if its contacts are soft, as of a sponge.
        look: Mesh of revolution that is seen in its place, one of `meshes.PROFILES`.
        neck_m: Lower and upper end of the neck of a round thing, above its foot, and its radius;
            None if it has none. Below and above it is as wide as it is.
    """

    kind: Literal["round", "ring", "box", "ball"]
    half_m: tuple[float, float, float]
    colour: tuple[float, float, float, float]
    is_soft: bool = False
    look: str = ""
    neck_m: tuple[float, float, float] | None = None

    def scaled(self, size: float, colour: tuple[float, float, float]) -> Shape:
        """Return the shape at another scale and colour."""
        x, y, z = self.half_m
        half_m = (size * x, size * y, size * z)
        shape = replace(self, half_m=half_m, colour=(*colour, self.colour[3]))
        if self.neck_m is not None:
            low, high, radius = self.neck_m
            shape = replace(shape, neck_m=(size * low, size * high, size * radius))
        return shape

    def lying(self, foot_m: float) -> Shape:
        """Return the cylinder in which the shape lies, whichever way it is turned.

        Args:
            foot_m: Height of its origin above its support.
        """
        wide_m = max(self.radius_m, self.half_m[2])
        return replace(self, kind="round", half_m=(wide_m, wide_m, foot_m), neck_m=None)

    @property
    def radius_m(self) -> float:
        """Half of its greatest width."""
        return math.hypot(*self.half_m[:2]) if self.kind == "box" else self.half_m[0]

    @property
    def grip_m(self) -> float:
        """Half of the least width between fingers that hold it, over all ways to grasp it."""
        return self.neck_m[2] if self.neck_m is not None else self.top_grip_m

    @property
    def top_grip_m(self) -> float:
        """Half of the width between fingers that hold it from above."""
        return WALL_M if self.kind == "ring" else min(self.half_m[:2])

    @property
    def height_m(self) -> float:
        """Height when it stands."""
        return 2 * self.half_m[2]

    @property
    def foot_m(self) -> float:
        """Height of its origin above its support."""
        return 0.0 if self.kind == "ring" else self.half_m[2]

    @property
    def top_m(self) -> float:
        """Height of its top above its origin."""
        return 2 * self.half_m[2] if self.kind == "ring" else self.half_m[2]


def _round(look: str, radius_m: float, height_m: float, *colour: float) -> Shape:
    return Shape("round", (radius_m, radius_m, height_m / 2), _opaque(colour), look=look)


def _ring(look: str, radius_m: float, height_m: float, *colour: float) -> Shape:
    return Shape("ring", (radius_m, radius_m, height_m / 2), _opaque(colour), look=look)


def _ball(radius_m: float, *colour: float, look: str = "") -> Shape:
    return Shape("ball", (radius_m,) * 3, _opaque(colour), look=look)


def _box(x: float, y: float, z: float, *colour: float) -> Shape:
    return Shape("box", (x / 2, y / 2, z / 2), _opaque(colour))


def _opaque(colour: tuple[float, ...]) -> tuple[float, float, float, float]:
    red, green, blue, *rest = colour
    return (red, green, blue, rest[0] if rest else 1.0)


SHAPES: Mapping[str, Shape] = {
    "plate_1": _ring("plate", 0.07, 0.024, 0.86, 0.84, 0.78),
    "plate_2": _ring("plate", 0.065, 0.024, 0.70, 0.80, 0.86),
    "bowl_1": _ring("bowl", 0.058, 0.05, 0.26, 0.40, 0.64),
    "red_mug": _round("mug", 0.033, 0.085, 0.78, 0.15, 0.12),
    "blue_mug": _round("mug", 0.033, 0.085, 0.15, 0.27, 0.68),
    "glass": _round("glass", 0.031, 0.095, 0.66, 0.80, 0.84, 0.5),
    "can": _round("can", 0.031, 0.10, 0.45, 0.56, 0.18),
    "carafe": replace(
        _round("carafe", 0.043, 0.19, 0.60, 0.74, 0.66, 0.7), neck_m=(0.085, 0.15, 0.02)
    ),
    "milk": _box(0.066, 0.066, 0.105, 0.84, 0.88, 0.92),
    "cheese": _box(0.07, 0.05, 0.04, 0.90, 0.72, 0.26),
    "apple": _ball(0.034, 0.72, 0.16, 0.12, look="apple"),
    "wrapper": _ball(0.028, 0.86, 0.70, 0.18),
    "sponge": replace(_box(0.09, 0.06, 0.035, 0.88, 0.78, 0.20), is_soft=True),
}
"""Shapes by object name; a scene may use each of these."""


@dataclass(frozen=True)
class Grasp:
    """A grasp, by the middle of the pads."""

    point_m: FloatArray
    """Middle of the pads in the arm's frame, shape (3,)."""
    yaw_rad: float
    """Yaw of the hand about z, of its approach if it is tilted; the fingers close across it."""
    tilt_rad: float = 0.0
    """Angle between the approach and straight down."""


def add_thing(
    spec: mujoco.MjSpec,
    name: str,
    shape: Shape,
    at_m: FloatArray,
    yaw_rad: float,
    *,
    mass_kg: float,
    friction: float,
) -> None:
    """Add an object to a model.

    Args:
        spec: The model.
        name: Name of the object.
        shape: Its shape.
        at_m: Position of its foot, shape (3,).
        yaw_rad: Its rotation about z.
        mass_kg: Its mass.
        friction: Its Coulomb friction coefficient.
    """
    mass, mu = mass_kg, friction
    body = spec.worldbody.add_body(
        name=name,
        pos=[at_m[0], at_m[1], at_m[2] + shape.foot_m],
        quat=[math.cos(yaw_rad / 2), 0, 0, math.sin(yaw_rad / 2)],
    )
    body.add_freejoint(name=name)
    look: dict[str, Any] = {"rgba": list(shape.colour)}
    seen = look
    if shape.look:
        look = {"rgba": [0.0] * 4, "group": HIDDEN}
    solid = {**SOLID, "friction": [mu, 0.005, 0.0005]}
    if shape.kind == "round":
        _add_round(body, shape, mass, look, solid)
    elif shape.kind == "ring":
        _add_ring(body, shape, mass, {**look, **solid})
    elif shape.kind == "box":
        size = list(shape.half_m)
        body.add_geom(name=name, type=BOX, size=size, mass=mass, **look, **solid)
    else:
        rolling = {**solid, "condim": 6, "friction": [mu, 0.01, 0.004]}
        body.add_geom(type=SPHERE, size=[shape.radius_m, 0, 0], mass=mass, **look, **rolling)
    if shape.look:
        _add_look(spec, body, shape, seen)


def _add_look(spec: mujoco.MjSpec, body: Any, shape: Shape, look: dict[str, Any]) -> None:
    """Add what is seen of an object; it has no mass and touches nothing."""
    x, y, half = shape.half_m
    foot = 0.0 if shape.kind == "ring" else -half
    mesh = add_mesh(spec, body.name, revolved(shape.look), (x, y, 2 * half))
    seen = {"type": MESH, "mass": 0, **look, **SEEN}
    body.add_geom(meshname=mesh, pos=[0, 0, foot], **seen)
    if shape.look == "mug":
        handle = add_mesh(spec, f"{body.name}_ear", ear(), (0.7 * half, EAR_M * 5, 0.62 * half))
        body.add_geom(meshname=handle, pos=[0.92 * x, 0, 0.04 * half], **seen)


def _add_round(
    body: Any, shape: Shape, mass_kg: float, look: dict[str, Any], solid: dict[str, Any]
) -> None:
    half = shape.half_m[2]
    parts = [(0.0, 2 * half, shape.radius_m)]
    if shape.neck_m is not None:
        low, high, radius = shape.neck_m
        parts = [(0.0, low, shape.radius_m), shape.neck_m, (high, 2 * half, shape.radius_m)]
    volume = sum((high - low) * radius**2 for low, high, radius in parts)
    angle = math.pi / (2 * PROXIES)
    for (low, high, radius), index in itertools.product(parts, range(PROXIES)):
        turn = index * angle
        body.add_geom(
            type=BOX,
            size=[radius * math.cos(angle), radius * math.sin(angle), (high - low) / 2],
            pos=[0.0, 0.0, (low + high) / 2 - half],
            quat=[math.cos(turn), 0, 0, math.sin(turn)],
            mass=(high - low) * radius**2 / volume * mass_kg / PROXIES,
            **look,
            **solid,
        )


def _add_ring(body: Any, shape: Shape, mass_kg: float, common: dict[str, Any]) -> None:
    radius, half = shape.radius_m, shape.half_m[2]
    base = [radius - WALL_M, 0.003, 0]
    body.add_geom(type=CYLINDER, pos=[0, 0, 0.003], size=base, mass=0.6 * mass_kg, **common)
    for index in range(WALLS):
        angle = index * 2 * math.pi / WALLS
        out = radius - WALL_M
        body.add_geom(
            type=BOX,
            pos=[out * math.cos(angle), out * math.sin(angle), half],
            size=[WALL_M, out * math.tan(math.pi / WALLS), half],
            quat=[math.cos(angle / 2), 0, 0, math.sin(angle / 2)],
            mass=0.4 * mass_kg / WALLS,
            **common,
        )


def grasps(
    shape: Shape, at_m: FloatArray, yaw_rad: float, lies_rad: float | None = None
) -> Iterator[Grasp]:
    """Yield the grasps of an object from above.

    Args:
        shape: Its shape.
        at_m: Its origin, shape (3,).
        yaw_rad: Its rotation about z.
        lies_rad: Azimuth of its axis if it has fallen over.
    """
    if shape.kind in ("round", "box") and lies_rad is not None:
        is_flat = shape.half_m[2] < min(shape.half_m[:2])  # it stands on an edge
        yield Grasp(at_m.copy(), lies_rad + math.pi / 2 if is_flat else lies_rad)
        return
    top = at_m + np.array([0.0, 0.0, shape.top_m])
    if shape.kind == "ball":
        yield from (Grasp(at_m.copy(), index * math.pi / 6) for index in range(6))
    elif shape.kind == "ring":
        deep = min(0.008, shape.half_m[2] / 2)
        for index in range(WALLS):
            angle = yaw_rad + index * 2 * math.pi / WALLS
            out = (shape.radius_m - WALL_M) * np.array([math.cos(angle), math.sin(angle), 0.0])
            yield Grasp(top + out - [0.0, 0.0, deep], angle + math.pi / 2)
    else:
        x, y, half = shape.half_m
        point = top - [0.0, 0.0, min(BELOW_TOP_M, 0.6 * half)]
        step = math.pi / (2 * PROXIES) if shape.kind == "round" else math.pi / 2
        turns = 2 * PROXIES if shape.kind == "round" else (2 if math.isclose(x, y) else 1)
        across = 0.0 if y <= x else math.pi / 2
        for index in range(turns):
            yield Grasp(point.copy(), yaw_rad + across + index * step)


def side_grasps(
    shape: Shape,
    at_m: FloatArray,
    yaw_rad: float,
    approaches_rad: Sequence[float],
    lies_rad: float | None = None,
) -> Iterator[Grasp]:
    """Yield the grasps of an object from its sides, with a level opening axis.

    Args:
        shape: Its shape.
        at_m: Its origin, shape (3,).
        yaw_rad: Its rotation about z.
        approaches_rad: Yaws from which round things are approached; a box is approached across its
            faces.
        lies_rad: Azimuth of its axis if it has fallen over.
    """
    foot = at_m - [0.0, 0.0, shape.foot_m]
    for tilt in TILTS_RAD:
        if lies_rad is not None:
            yield from (Grasp(at_m.copy(), lies_rad + end, tilt) for end in (0.0, math.pi))
            continue
        if shape.kind == "ring":
            deep = min(0.008, shape.half_m[2] / 2)
            out_m = shape.radius_m - WALL_M
            for yaw, side in itertools.product(approaches_rad, (-1, 1)):
                beside = out_m * np.array([-math.sin(yaw), math.cos(yaw), 0.0])
                point = foot + side * beside + (shape.height_m - deep) * np.eye(3)[2]
                yield Grasp(point, yaw, tilt)
            continue
        if shape.neck_m is not None:
            low, high, _ = shape.neck_m
            point = foot + (low + high) / 2 * np.eye(3)[2]
            if tilt >= LEVEL_RAD:  # a steep hand would strike what is over the neck
                yield from (Grasp(point, yaw, tilt) for yaw in approaches_rad)
            continue
        yaws = list(approaches_rad)
        if shape.kind == "box":
            yaws = [yaw_rad + index * math.pi / 2 for index in range(4)]
        for yaw, share in itertools.product(yaws, SIDE_SHARES):
            yield Grasp(foot + share * shape.height_m * np.eye(3)[2], yaw, tilt)


def width_across_m(shape: Shape, grasp: Grasp, yaw_rad: float) -> float:
    """Return the width between the fingers of a grasp of an object with a yaw."""
    if shape.kind != "box":
        return 2 * shape.grip_m
    turn = grasp.yaw_rad - yaw_rad
    x, y, _ = shape.half_m
    return 2 * (abs(math.sin(turn)) * x + abs(math.cos(turn)) * y)
