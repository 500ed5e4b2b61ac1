"""What lies in the bin: twelve items of five rigid shapes or soft, drawn for every run."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import mujoco
import numpy as np

from treehand.skills import FloatArray

ITEMS_N = 12
SHAPES = ("box", "can", "tube", "bracket", "bone", "bag")
"""Shapes of items; a bag is soft."""
COLORS = (
    *((0.85, 0.35, 0.2), (0.25, 0.6, 0.35), (0.9, 0.75, 0.25), (0.6, 0.3, 0.6)),
    *((0.2, 0.55, 0.75), (0.8, 0.8, 0.78), (0.35, 0.35, 0.38), (0.85, 0.5, 0.55)),
)
DROP_M = ((0.085, 0.062), (-0.085, 0.062), (0.085, -0.062), (-0.085, -0.062))
"""Places in the bin above which the items of one layer are dropped."""
LOWEST_M, LAYER_M = 0.07, 0.075
HALF_M = ((0.03, 0.05), (0.013, 0.028), (0.01, 0.022))
BAG_HALF_M = ((0.035, 0.045), (0.022, 0.03), (0.015, 0.02))
BAG_COUNT = (3, 3, 2)
"""Vertices of a bag along its length, width and height."""
BAG_RADIUS_M = 0.004


@dataclass(frozen=True)
class Item:
    """One item as it was drawn."""

    name: str
    shape: str
    half_m: tuple[float, float, float]
    """Half of its length, width and height."""
    mass_kg: float
    friction: float
    at_m: FloatArray
    """Place in the frame of the bin from which it is dropped."""
    quaternion: FloatArray
    color: tuple[float, float, float]


def drawn_items(
    shapes: Sequence[str], drawn: dict[str, float], generator: np.random.Generator
) -> list[Item]:
    """Return the items of a run; `drawn` has how many of them are soft, and their friction."""
    rigid = [one for one in shapes if one != "bag"]
    soft_n = round(drawn["soft_n"]) if "bag" in shapes else 0
    kinds = ["bag"] * soft_n
    kinds += [rigid[int(generator.integers(len(rigid)))] for _ in range(ITEMS_N - soft_n)]
    generator.shuffle(kinds)
    found = []
    for index, shape in enumerate(kinds):
        x, y = DROP_M[index % 4]
        at = np.array([x, y, LOWEST_M + LAYER_M * (index // 4)])
        at[:2] += generator.uniform(-0.02, 0.02, 2)
        quaternion = generator.normal(size=4)
        sizes = BAG_HALF_M if shape == "bag" else HALF_M
        half = tuple(float(generator.uniform(*pair)) for pair in sizes)
        found.append(
            Item(
                name=f"item{index}",
                shape=shape,
                half_m=half,
                mass_kg=float(generator.uniform(0.09 if shape == "bag" else 0.03, 0.15)),
                friction=drawn["friction"] * float(generator.uniform(0.9, 1.1)),
                at_m=at,
                quaternion=quaternion / np.linalg.norm(quaternion),
                color=COLORS[index % len(COLORS)],
            )
        )
    return found


def add_items(spec: mujoco.MjSpec, items: Sequence[Item], stiffness_pa: float) -> None:
    """Add the items above the bin."""
    stand = spec.body("bin")
    turn = np.array(stand.quat)
    for item in items:
        at, quaternion = np.zeros(3), np.zeros(4)
        mujoco.mju_rotVecQuat(at, item.at_m, turn)
        mujoco.mju_mulQuat(quaternion, turn, item.quaternion)
        at = at + stand.pos
        if item.shape == "bag":
            frame = spec.worldbody.add_frame(pos=at, quat=quaternion)
            spec.attach(_bag(item, stiffness_pa), frame=frame, prefix=f"{item.name}_")
        else:
            body = spec.worldbody.add_body(name=item.name, pos=at, quat=quaternion)
            body.add_freejoint(name=item.name)
            _add_rigid(body, item)


def _add_rigid(body: mujoco.MjsBody, item: Item) -> None:
    """Add the geoms of a rigid item."""
    long, wide, high = item.half_m
    box, capsule, cylinder = (
        mujoco.mjtGeom.mjGEOM_BOX,
        mujoco.mjtGeom.mjGEOM_CAPSULE,
        mujoco.mjtGeom.mjGEOM_CYLINDER,
    )
    along_x = (math.sqrt(0.5), 0.0, math.sqrt(0.5), 0.0)
    none = (1.0, 0.0, 0.0, 0.0)
    parts = {
        "box": [(box, (long, wide, high), (0, 0, 0), none)],
        "can": [(cylinder, (wide, 0.8 * long, 0), (0, 0, 0), none)],
        "tube": [(capsule, (0.6 * wide, 0.9 * long, 0), (0, 0, 0), along_x)],
        "bracket": [
            (box, (long, 0.008, wide), (0, 0, 0), none),
            (box, (0.008, wide, wide), (long - 0.008, wide + 0.008, 0), none),
        ],
        "bone": [
            (box, (long, 0.008, 0.008), (0, 0, 0), none),
            (box, (0.009, wide, 0.014), (long, 0, 0), none),
            (box, (0.009, wide, 0.014), (-long, 0, 0), none),
        ],
    }[item.shape]
    for kind, size, at, quaternion in parts:
        body.add_geom(
            type=kind,
            size=size,
            pos=at,
            quat=quaternion,
            mass=item.mass_kg / len(parts),
            rgba=[*item.color, 1],
            condim=4,
            priority=1,
            friction=[item.friction, 0.005, 0.0001],
            solref=[0.01, 1],
        )


def _bag(item: Item, stiffness_pa: float) -> mujoco.MjSpec:
    """Return a soft package: a grid of tetrahedra with elasticity."""
    spacing = [
        2 * (half - BAG_RADIUS_M) / (count - 1)
        for half, count in zip(item.half_m, BAG_COUNT, strict=True)
    ]
    red, green, blue = item.color
    text = f"""<mujoco><worldbody>
    <flexcomp name="bag" type="grid" dim="3" count="{" ".join(map(str, BAG_COUNT))}"
        spacing="{" ".join(f"{one:.5f}" for one in spacing)}" mass="{item.mass_kg:.4f}"
        radius="{BAG_RADIUS_M}" rgba="{red} {green} {blue} 1">
      <contact contype="1" conaffinity="1" condim="4" priority="1" selfcollide="none"
        friction="{item.friction:.3f} 0.005 0.0001" solref="0.01 1"/>
      <elasticity young="{stiffness_pa:.0f}" poisson="0.2" damping="0.01"/>
      <edge damping="0.5"/>
    </flexcomp></worldbody></mujoco>"""
    return mujoco.MjSpec.from_string(text)
