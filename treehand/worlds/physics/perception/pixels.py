"""Detection from pixels: poses from the depth and labels of the overhead camera alone.

The labels replace a segmenting detector; every pose is computed from depth. The arm hides objects
below it, lids hide the inside, and only the upper side of an object is visible.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from treehand.core.keyed_random import KeyedRandom
from treehand.skills import FloatArray
from treehand.worlds.physics.model.objects import Shape
from treehand.worlds.physics.perception.cameras import Cameras
from treehand.worlds.physics.perception.detectors import STILL_M_S, Detection, MissReason
from treehand.worlds.physics.sim.simulation import Simulation

CAMERA, SIZE = "overhead", (480, 480)
LEAST_N = 8
"""Number of pixels below which an object is not detected."""
TOP_M = 0.006
"""Points within this distance of the highest point belong to the upper side."""
COVERS_M = 0.03
"""Depth difference by which something must be nearer to hide an object."""
REST_M = 0.02
"""Distance from a known object within which the visible rest of a covered one is."""
LOOK_S = 0.1
"""Period of the tracker."""
FRAME_S = 0.2
"""Period of the frames."""
MOVED_M = 1e-4
"""Distance of a point of a geom below which the last frame still holds: a 40th of a pixel."""
DISTURBED_M = 0.01
"""Standard deviation of the depth during the fault ``noise``."""
TURNS = 30
"""Number of rotations tried when a rectangle is fitted to a box."""


_Pose = tuple[FloatArray, float, float | None]
"""Origin, yaw, and azimuth of the axis if it lies."""


@dataclass(frozen=True)
class _Fit:
    """Pose of an object with the points that it was fitted to, and the height below them."""

    points: FloatArray
    bottom_m: float
    pose: _Pose


class PixelDetector:
    """A `DetectionSource` that uses the overhead camera.

    Args:
        simulation: Simulation that is rendered; its true poses are not read.
        cameras: Renders the frames.
        random: Random numbers of the noise during the fault ``noise``.
    """

    def __init__(self, simulation: Simulation, cameras: Cameras, random: KeyedRandom) -> None:
        self._simulation = simulation
        self._random = random
        self._cameras = cameras
        self._numbers = {name: index for index, name in enumerate(simulation.things)}
        model = simulation.model
        self._label_of = np.full(model.ngeom + 1, -1, dtype=np.int16)
        for geom in range(model.ngeom):
            self._label_of[geom] = self._numbers.get(model.body(model.geom_bodyid[geom]).name, -1)
        self._points: dict[str, FloatArray] = {}
        self._fits: dict[str, _Fit] = {}
        """Last pose of each object, which holds while its points are the same."""
        self._drawn: FloatArray | None = None
        """Poses of all geoms in the last frame, if it had no noise."""
        self._depth_m: FloatArray = np.zeros(SIZE)
        self._labels: Any = np.full(SIZE, -1)
        self.memory: dict[str, Any] = {}
        self.every_n = round(FRAME_S / LOOK_S)

    def look(self, looks_n: int, *, is_disturbed: bool) -> None:
        """Collect the points of every object, each of shape (n, 3), in a frame.

        A frame is rendered if a geom has moved since the last one, or the depth has noise.
        """
        poses = self._geom_poses()
        if not is_disturbed and self._drawn is not None and not self._has_moved(poses, self._drawn):
            return
        self._drawn = None if is_disturbed else poses
        geoms, depth_m = self._cameras.segmented(CAMERA, SIZE)
        if is_disturbed:
            noise = self._random.generator("depth", looks_n)
            depth_m = depth_m + DISTURBED_M * noise.standard_normal(depth_m.shape)
        labels = self._label_of.take(geoms, mode="wrap")
        pixels = np.flatnonzero(labels >= 0)
        points = self._deproject(*np.divmod(pixels, SIZE[1]), depth_m.flat[pixels])
        found = labels.flat[pixels]
        self._depth_m, self._labels = depth_m, labels
        self._points = {name: points[found == index] for name, index in self._numbers.items()}

    def _geom_poses(self) -> FloatArray:
        """Return position and rotation matrix of each geom, shape (n, 12)."""
        data = self._simulation.data
        return np.hstack([data.geom_xpos, data.geom_xmat])

    def _has_moved(self, poses: FloatArray, drawn: FloatArray) -> bool:
        """Return True if a point of a geom has moved since the last frame."""
        changes = poses - drawn
        moved_m = np.linalg.norm(changes[:, :3], axis=1)
        turned = np.linalg.norm(changes[:, 3:], axis=1)
        return bool((moved_m + turned * self._simulation.model.geom_rbound > MOVED_M).any())

    def detect(self, name: str, known_m: FloatArray | None) -> Detection | MissReason:
        """Return the detection of an object in the last frame."""
        points = self._points[name]
        if known_m is not None and self._is_hidden(name, points, known_m):
            return MissReason.COVERED
        if len(points) < LEAST_N:
            return MissReason.ABSENT
        at, yaw, lies = self._fitted(name, points)
        before = self.memory.get(name)
        self.memory[name] = at
        moved_m = math.inf if before is None else float(np.linalg.norm(at - before))
        return Detection(at, yaw, lies, moved_m < STILL_M_S * FRAME_S)

    def _fitted(self, name: str, points: FloatArray) -> _Pose:
        bottom_m = self._bottom_m(points)
        fit = self._fits.get(name)
        if fit is None or fit.bottom_m != bottom_m or not np.array_equal(fit.points, points):
            pose = _pose(self._simulation.shapes[name], points, bottom_m)
            fit = self._fits[name] = _Fit(points, bottom_m, pose)
        return fit.pose

    def held_m(self, name: str) -> FloatArray | None:
        """Return None: the hand hides the held object."""
        return None

    def _camera(self) -> tuple[FloatArray, FloatArray, float]:
        """Return position and axes of the camera, as calibrated, and its focal length in pixels."""
        camera = self._simulation.data.camera(CAMERA)
        field = math.radians(float(self._simulation.model.camera(CAMERA).fovy[0]))
        return camera.xpos, camera.xmat.reshape(3, 3), SIZE[0] / 2 / math.tan(field / 2)

    def _deproject(self, rows: Any, columns: Any, depth_m: FloatArray) -> FloatArray:
        """Return the points of pixels in the arm's frame, shape (n, 3)."""
        place, axes, focal = self._camera()
        right = (columns + 0.5 - SIZE[1] / 2) * depth_m / focal
        up = (SIZE[0] / 2 - rows - 0.5) * depth_m / focal
        lifted: FloatArray = place + np.column_stack([right, up, -depth_m]) @ axes.T
        return lifted

    def _is_covered(self, name: str, point_m: FloatArray) -> bool:
        """Return True if another thing hides a point of an object, or it is out of view."""
        place, axes, focal = self._camera()
        right, up, behind = axes.T @ (point_m - place)
        row = round(SIZE[0] / 2 - focal * up / -behind - 0.5)
        column = round(SIZE[1] / 2 + focal * right / -behind - 0.5)
        if not (0 <= row < SIZE[0] and 0 <= column < SIZE[1]):
            return True
        is_itself = self._labels[row, column] == self._numbers[name]
        return bool(not is_itself and self._depth_m[row, column] < -behind - COVERS_M)

    def _is_hidden(self, name: str, points: FloatArray, known_m: FloatArray) -> bool:
        """Return True if an object is hidden, or its middle is and the rest is seen where it was.

        The middle of the visible rest is not the middle of the object.
        """
        shape = self._simulation.shapes[name]
        reach_m = max(shape.radius_m, shape.half_m[2]) + REST_M
        is_there = bool((np.linalg.norm(points - known_m, axis=1) < reach_m).all())
        if 0 < len(points) < LEAST_N and is_there:
            return True
        return (is_there or len(points) < LEAST_N) and self._is_covered(name, known_m)

    def _bottom_m(self, points: FloatArray) -> float:
        """Return the height of the surface below the points."""
        where = self._simulation.poses.place_at(points.mean(axis=0))
        station = self._simulation.stations.get(where) if where is not None else None
        return station.bottom_m if station is not None else 0.0


def _pose(shape: Shape, points: FloatArray, bottom_m: float) -> _Pose:
    """Return origin, yaw, and azimuth of the axis if it lies, from points seen from above."""
    top_m = float(np.quantile(points[:, 2], 0.95))
    upper = points[points[:, 2] > top_m - TOP_M][:, :2]
    middle = upper.mean(axis=0)
    half = shape.half_m[2]
    if shape.kind == "round":
        stands_m, lies_m = bottom_m + 2 * half, bottom_m + 2 * shape.radius_m
        if abs(top_m - lies_m) < abs(top_m - stands_m):
            spread = points[:, :2] - points[:, :2].mean(axis=0)
            _, axes = np.linalg.eigh(spread.T @ spread)
            origin = np.array([*middle, top_m - shape.radius_m])
            return origin, 0.0, math.atan2(axes[1, 1], axes[0, 1])
    if shape.kind == "ring":
        return np.array([*_middle_of_circle(upper), top_m - 2 * half]), 0.0, None
    yaw = _turn_of_box(upper, shape) if shape.kind == "box" else 0.0
    return np.array([*middle, top_m - half]), yaw, None


def _middle_of_circle(points: FloatArray) -> FloatArray:
    """Return the middle of a circle through points, shape (n, 2), even if a part is hidden.

    Source:
        Kåsa 1976, A circle fitting procedure and its error analysis.
    """
    near = points - points.mean(axis=0)
    left = np.column_stack([2 * near, np.ones(len(near))])
    middle, *_ = np.linalg.lstsq(left, (near**2).sum(axis=1), rcond=None)
    return np.asarray(middle[:2] + points.mean(axis=0))


def _turn_of_box(upper: FloatArray, shape: Shape) -> float:
    """Return the rotation about z of the rectangle that fits the points best."""
    best = (math.inf, 0.0)
    for turn in np.arange(TURNS) * (math.pi / TURNS) - math.pi / 2:
        cos, sin = math.cos(turn), math.sin(turn)
        u, v = upper @ [cos, sin], upper @ [-sin, cos]
        wide, deep = float(np.ptp(u)), float(np.ptp(v))
        beyond = max(wide - 2 * shape.half_m[0], 0.0) + max(deep - 2 * shape.half_m[1], 0.0)
        best = min(best, (beyond + 0.1 * (wide + deep), float(turn)))
    return best[1]
