"""Where an item can be grasped, by one depth picture: antipodal pairs of edges of a height map."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from treehand.skills import ByteArray, FloatArray, Pose

CELL_M = 0.003
MAP_M = (0.204, 0.165)
"""Half of the length and width of the height map, walls included."""
INNER_M = (0.18, 0.14)
"""Half of the length and width of the inside of the bin."""
WALL_M, FLOOR_M = 0.085, 0.004
SLOPE = 0.5
"""Slope of the smoothed height map from which on a cell is an edge."""
CONE = math.cos(math.radians(32))
"""Cosine of the greatest angle between the grip's axis and the edges' directions."""
NARROW_M, WIDE_M, OPEN_M = 0.009, 0.068, 0.078
SPARE_M = 0.008
"""Distance of each open finger from the edge."""
FINGER_M, PAD_HALF_M = 0.013, 0.0095
CARRIER_M, CARRIER_UP_M = (0.007, 0.022), 0.0615
"""Reach of a finger's carrier beyond its pad, and height of the carrier above the finger tips."""
MARGIN_M = 0.004
"""Distance that the arm keeps beside what it must not strike."""
DEEPEST_M, FLATTEST_M = 0.03, 0.009
"""Greatest and least depth of the finger tips below the top of what they close on."""
PALM_HALF_M, PALM_UP_M = (0.1, 0.018), 0.073
"""Half of the palm's width and thickness, and its height above the finger tips."""
MOST_N = 160
PATCH = (16, 8)
"""Samples of the patch along and across the grip's axis."""
PATCH_M = 0.006

SEEN_M, LEAST_M2, MOST_M2 = 0.012, 5e-4, 50e-4
"""Height and area from which on a camera sees an item, and area that no item has alone."""


@dataclass(frozen=True)
class Grasps:
    """Candidates in the frame of the bin, as columns."""

    middle_m: FloatArray
    """Middle between the pads, shape (n, 2)."""
    angle_rad: FloatArray
    """Direction of the grip's axis, shape (n,)."""
    width_m: FloatArray
    """Distance of the edges."""
    tip_m: FloatArray
    """Height of the finger tips."""
    features: FloatArray
    """What a ranker knows of each, shape (n, m)."""

    def __len__(self) -> int:
        """Return the number of candidates."""
        return len(self.angle_rad)


def height_map(
    depth_m: FloatArray,
    camera: Pose,
    focal: float,
    stand: Pose,
    inner_m: tuple[float, float] = INNER_M,
) -> FloatArray:
    """Return heights over the underside of a box, shape (length, width); walls are as is known.

    Where nothing was seen a cell has the greatest height around it, so no finger goes there.

    Args:
        depth_m: Picture of a camera above the box.
        camera: Pose of the camera.
        focal: Focal length in pixels.
        stand: Pose of the box.
        inner_m: Half of the length and width of its inside.
    """
    rows, columns = np.nonzero(depth_m > 0.1)
    deep = depth_m[rows, columns]
    height, width = depth_m.shape
    x = (columns - (width - 1) / 2) * deep / focal
    y = -(rows - (height - 1) / 2) * deep / focal
    points = camera.position_m + np.stack([x, y, -deep], axis=1) @ camera.rotation.T
    points = (points - stand.position_m) @ stand.rotation
    shape = tuple(round(2 * half / CELL_M) for half in MAP_M)
    cells = np.floor((points[:, :2] + np.array(MAP_M)) / CELL_M).astype(int)
    inside = ((cells >= 0) & (cells < shape)).all(axis=1)
    index = cells[inside, 0] * shape[1] + cells[inside, 1]
    total = np.bincount(index, points[inside, 2], shape[0] * shape[1])
    count = np.bincount(index, minlength=shape[0] * shape[1])
    heights = np.where(count > 0, total / np.maximum(count, 1), np.nan).reshape(shape)
    for _ in range(6):
        gaps = np.isnan(heights)
        if not gaps.any():
            break
        around = _neighbours(heights)
        known = ~np.isnan(around).all(axis=0)
        heights[gaps & known] = np.nanmax(around[:, gaps & known], axis=0)
    heights = np.median(_neighbours(np.nan_to_num(heights, nan=WALL_M)), axis=0)
    x, y = _axes(shape)
    is_wall = (np.abs(x) > inner_m[0])[:, None] | (np.abs(y) > inner_m[1])[None, :]
    return np.where(is_wall, np.maximum(heights, WALL_M), np.maximum(heights, FLOOR_M))


def _axes(shape: tuple[int, ...]) -> tuple[FloatArray, FloatArray]:
    x, y = (
        (np.arange(count) + 0.5) * CELL_M - half for count, half in zip(shape, MAP_M, strict=True)
    )
    return x, y


def _neighbours(heights: FloatArray) -> FloatArray:
    """Return each cell with its eight neighbours, shape (9, length, width)."""
    wide = np.pad(heights, 1, mode="edge")
    length, width = heights.shape
    return np.stack([wide[i : i + length, j : j + width] for i in range(3) for j in range(3)])


def at(heights: FloatArray, points_m: FloatArray) -> FloatArray:
    """Return the heights at points, shape (..., 2); outside the map it is that of the walls."""
    cells = np.floor((points_m + np.array(MAP_M)) / CELL_M).astype(int)
    inside = ((cells >= 0) & (cells < heights.shape)).all(axis=-1)
    cells = np.where(inside[..., None], cells, 0)
    return np.where(inside, heights[cells[..., 0], cells[..., 1]], WALL_M)


def _pairs(heights: FloatArray, generator: np.random.Generator) -> tuple[FloatArray, FloatArray]:
    """Return opposite edges that a gripper could close on, shapes (n, 2).

    Source:
        Antipodal sampling on a depth picture, Mahler et al. 2017, "Dex-Net 2.0".
    """
    smooth = _neighbours(heights).mean(axis=0)
    slope = np.stack(np.gradient(smooth, CELL_M), axis=-1)
    steep = np.linalg.norm(slope, axis=-1)
    x, y = _axes(heights.shape)
    within = (np.abs(x) < INNER_M[0])[:, None] & (np.abs(y) < INNER_M[1])[None, :]
    is_edge = (steep > SLOPE) & within & (smooth > FLOOR_M + 0.006)
    down = -slope / np.maximum(steep, 1e-9)[..., None]
    chosen = np.argwhere(is_edge)
    if not len(chosen):
        return np.zeros((0, 2)), np.zeros((0, 2))
    chosen = chosen[generator.integers(len(chosen), size=2500)]
    start = np.stack([x[chosen[:, 0]], y[chosen[:, 1]]], axis=1)
    inward = -down[chosen[:, 0], chosen[:, 1]]
    turn = generator.uniform(-0.35, 0.35, len(chosen))
    cos, sin = np.cos(turn), np.sin(turn)
    inward = np.stack(
        [cos * inward[:, 0] - sin * inward[:, 1], sin * inward[:, 0] + cos * inward[:, 1]], axis=1
    )
    far = np.arange(NARROW_M, WIDE_M, CELL_M)
    ends = start[:, None] + far[None, :, None] * inward[:, None]
    cells = np.floor((ends + np.array(MAP_M)) / CELL_M).astype(int)
    inside = ((cells >= 0) & (cells < heights.shape)).all(axis=-1)
    cells = np.where(inside[..., None], cells, 0)
    facing = (down[cells[..., 0], cells[..., 1]] * inward[:, None]).sum(axis=-1)
    good = inside & is_edge[cells[..., 0], cells[..., 1]] & (facing > CONE)
    found = good.any(axis=1)
    # an edge is several cells wide: the last cell of the first run is its outer side
    first = good.argmax(axis=1)
    following = np.take_along_axis(good, np.minimum(first + 1, len(far) - 1)[:, None], 1)[:, 0]
    last = np.where(following, np.minimum(first + 1, len(far) - 1), first)
    return start[found], ends[np.arange(len(ends)), last][found]


def grasps_in(heights: FloatArray, generator: np.random.Generator) -> Grasps:
    """Return grasps from above whose fingers and palm are free, by the height map."""
    first, second = _pairs(heights, generator)
    middle = (first + second) / 2
    away = second - first
    width = np.linalg.norm(away, axis=1)
    axis = away / np.maximum(width, 1e-9)[:, None]
    side = np.stack([-axis[:, 1], axis[:, 0]], axis=1)

    def over(along: FloatArray, across: FloatArray) -> FloatArray:
        """Return heights on a grid in the frame of each grasp, shape (n, along, across)."""
        return at(
            heights,
            middle[:, None, None]
            + along[:, :, None, None] * axis[:, None, None]
            + across[None, None, :, None] * side[:, None, None],
        )

    one = np.ones((len(middle), 1))
    half = np.minimum(width / 2 + SPARE_M, OPEN_M / 2)
    outwards = half[:, None] + np.array([0.0, 0.004, 0.009, FINGER_M])[None]
    pads = np.array([-PAD_HALF_M, -0.004, 0.004, PAD_HALF_M])
    fingers = [over(sign * outwards, pads).max(axis=(1, 2)) for sign in (-1.0, 1.0)]
    beside = half[:, None] + np.array([FINGER_M + MARGIN_M])[None]
    above = half[:, None] + np.append(CARRIER_M, CARRIER_M[1] + MARGIN_M)[None]
    near, under = (
        np.maximum(over(-out, pads).max(axis=(1, 2)), over(out, pads).max(axis=(1, 2)))
        for out in (beside, above)
    )
    between = over(width[:, None] * np.linspace(-0.35, 0.35, 7), pads[1:3])
    top = np.median(between.reshape(len(middle), 14), axis=1)
    low = np.maximum(np.maximum(*fingers) + 0.004, FLOOR_M + 0.003)
    low = np.maximum(low, np.maximum(near, under - CARRIER_UP_M) + 0.004)
    tip = np.maximum(low, top - DEEPEST_M)
    palm = np.linspace(-PALM_HALF_M[0], PALM_HALF_M[0], 21)[None] * one
    across = np.linspace(-PALM_HALF_M[1], PALM_HALF_M[1], 5)
    free = (over(palm, across).max(axis=(1, 2)) < tip + PALM_UP_M) & (top - tip > FLATTEST_M)
    kept = np.flatnonzero(free)
    if len(kept) > MOST_N:
        kept = generator.choice(kept, MOST_N, replace=False)
    steps = [(np.arange(count) - (count - 1) / 2) * PATCH_M for count in PATCH]
    patch = np.clip(over(steps[0][None] * one, steps[1]) - tip[:, None, None], -0.04, 0.06)
    numbers = [
        *(top - tip, tip, width, fingers[0] - top, fingers[1] - top, top),
        *(between.min(axis=(1, 2)) - top, between.max(axis=(1, 2)) - top),
        *(INNER_M[0] - np.abs(middle[:, 0]), INNER_M[1] - np.abs(middle[:, 1])),
    ]
    features = np.concatenate(
        [20.0 * patch.reshape(len(middle), PATCH[0] * PATCH[1]), 20.0 * np.stack(numbers, axis=1)],
        axis=1,
    )
    return Grasps(
        middle[kept],
        np.arctan2(axis[kept, 1], axis[kept, 0]),
        width[kept],
        tip[kept],
        features[kept],
    )


def items_seen(depth_m: FloatArray, far_m: float, focal: float, half_m: tuple[float, float]) -> int:
    """Return how many items a camera sees in a carton: 0, 1, or 2 for more than one.

    Args:
        depth_m: Picture of the camera above the carton's middle.
        far_m: Distance of the carton's underside.
        focal: Focal length in pixels.
        half_m: Half of the length and width of what is inside of the walls.
    """
    rows, columns = depth_m.shape
    known = np.where(depth_m > 0.1, depth_m, far_m)
    depth = np.median(_neighbours(known), axis=0)
    x = (np.arange(columns) - (columns - 1) / 2) / focal
    y = (np.arange(rows) - (rows - 1) / 2) / focal
    inside = (np.abs(x[None] * depth) < half_m[0]) & (np.abs(y[:, None] * depth) < half_m[1])
    pixel_m2 = (depth / focal) ** 2
    areas = [float(pixel_m2[one].sum()) for one in _regions(inside & (far_m - depth > SEEN_M))]
    areas = [area for area in areas if area > LEAST_M2]
    return 2 if sum(areas) > MOST_M2 else min(len(areas), 2)


def _regions(mask: ByteArray) -> list[ByteArray]:
    """Return the connected regions of a mask, each as a mask."""
    found, left = [], mask.copy()
    while left.any():
        region = np.zeros_like(left)
        region[np.unravel_index(int(left.argmax()), left.shape)] = True
        size = 0
        while size != int(region.sum()):
            size = int(region.sum())
            region = (_neighbours(region).max(axis=0) > 0) & left
        found.append(region)
        left &= ~region
    return found
