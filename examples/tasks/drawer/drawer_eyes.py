"""Where a handle is, from one depth picture: the plane of the front, and what stands off it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from treehand.skills import FloatArray, Pose

NEAR_M, FAR_M = 0.17, 0.75
"""Depths that may be the front; nearer ones are the fingers."""
BESIDE_M = 0.004
"""Distance from the plane up to which a point belongs to it."""
PROUD_M, TALLEST_M = 0.008, 0.09
SUNK_M, DEEPEST_M = 0.01, 0.06
CELL_M = 0.004
FEWEST_N = 6
"""Cells that are at least a handle."""
WIDE_M, HIGH_M = 0.18, 0.068
"""Greatest width and height of a handle; it has to fit between the fingers."""


@dataclass(frozen=True)
class Handle:
    """A handle, in the frame of the base."""

    at_m: FloatArray
    """Point between the pads."""
    out: FloatArray
    """Direction out of the front: the first guess of the axis."""
    is_sunk: bool
    """True for a recess, in which the fingers are spread."""
    high_m: float
    """Height between the fingers."""


@dataclass(frozen=True)
class Front:
    """The plane of a front: points with ``out · p = offset``."""

    out: FloatArray
    offset_m: float


def points_of(depth_m: FloatArray, camera: Pose, focal: float) -> FloatArray:
    """Return the points of a depth picture in the frame of the base, shape (n, 3)."""
    height, width = depth_m.shape
    rows, columns = np.nonzero((depth_m > NEAR_M) & (depth_m < FAR_M))
    deep = depth_m[rows, columns]
    x = (columns - (width - 1) / 2) * deep / focal
    y = -(rows - (height - 1) / 2) * deep / focal
    points: FloatArray = camera.position_m + np.stack([x, y, -deep], axis=1) @ camera.rotation.T
    return points


def front_of(points: FloatArray, generator: np.random.Generator) -> Front | None:
    """Return the plane of most points that stands upright and faces the arm; None if there is none.

    Source:
        RANSAC, Fischler & Bolles 1981; the plane is then fitted to its points by least squares.
    """
    if len(points) < 200:
        return None
    few = points[generator.choice(len(points), min(len(points), 600), replace=False)]
    best: tuple[int, FloatArray, float] | None = None
    for _ in range(80):
        a, b, c = few[generator.choice(len(few), 3, replace=False)]
        out = np.cross(b - a, c - a)
        size = float(np.linalg.norm(out))
        if size < 1e-6:
            continue
        out = out / size * (-1.0 if out[0] > 0.0 else 1.0)
        if abs(out[2]) > 0.15 or out[0] > -0.7:
            continue
        count = int((np.abs(few @ out - a @ out) < BESIDE_M).sum())
        if best is None or count > best[0]:
            best = (count, out, float(a @ out))
    if best is None or best[0] < 0.15 * len(few):
        return None
    _, out, offset = best
    for _ in range(2):
        near = points[np.abs(points @ out - offset) < BESIDE_M]
        middle = near.mean(axis=0)
        _, _, axes = np.linalg.svd(near - middle, full_matrices=False)
        out = axes[2] * (-1.0 if axes[2][0] > 0.0 else 1.0)
        offset = float(middle @ out)
    return Front(out, offset)


def handles_of(points: FloatArray, front: Front) -> list[Handle]:
    """Return what may be a handle, the likeliest first."""
    across = np.cross([0.0, 0.0, 1.0], front.out)
    across /= np.linalg.norm(across)
    up = np.cross(front.out, across)
    high = points @ front.out - front.offset_m
    flat = np.stack([points @ across, points @ up], axis=1)
    on_front = np.abs(high) < BESIDE_M
    low, top = np.percentile(flat[on_front], [1, 99], axis=0)
    inside = ((flat > low + 0.01) & (flat < top - 0.01)).all(axis=1)
    found: list[tuple[float, Handle]] = []
    for is_sunk in (False, True):
        if is_sunk:
            chosen = inside & (high < -SUNK_M) & (high > -DEEPEST_M)
        else:
            chosen = inside & (high > PROUD_M) & (high < TALLEST_M)
        for cluster in _clusters(flat[chosen]):
            part_m, part = high[chosen][cluster], flat[chosen][cluster]
            (left, bottom), (right, above) = np.percentile(part, [2, 98], axis=0)
            if right - left > WIDE_M or above - bottom > HIGH_M or above - bottom < 0.004:
                continue
            off = -0.012 if is_sunk else max(float(np.percentile(part_m, 90)) - 0.006, 0.014)
            middle = np.array([(left + right) / 2, (bottom + above) / 2])
            at = (front.offset_m + off) * front.out + middle[0] * across + middle[1] * up
            handle = Handle(at, front.out, is_sunk, float(above - bottom))
            found.append((len(cluster), handle))
    return [handle for _, handle in sorted(found, key=lambda one: -one[0])]


def _clusters(flat: FloatArray) -> list[FloatArray]:
    """Return the indices of points that lie together, for each heap of at least `FEWEST_N` cells.

    Cells touch across one empty cell, as a depth picture has gaps at edges.
    """
    by_cell: dict[tuple[int, int], list[int]] = {}
    for index, (x, y) in enumerate(np.floor(flat / CELL_M).astype(int)):
        by_cell.setdefault((int(x), int(y)), []).append(index)
    heaps, seen = [], set()
    for first in by_cell:
        if first in seen:
            continue
        heap, waiting = [], [first]
        seen.add(first)
        while waiting:
            x, y = cell = waiting.pop()
            heap.append(cell)
            for dx in range(-2, 3):
                for dy in range(-2, 3):
                    other = (x + dx, y + dy)
                    if other in by_cell and other not in seen:
                        seen.add(other)
                        waiting.append(other)
        if len(heap) >= FEWEST_N:
            heaps.append(np.array([index for cell in heap for index in by_cell[cell]]))
    return heaps
