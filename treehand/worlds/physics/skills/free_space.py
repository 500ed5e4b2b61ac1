"""Clearance of a tilted hand and its arm: spheres against what stands around.

Furniture is boxes, other objects are upright cylinders; both are as coarse as the margin is wide.

Source:
    A robot as spheres: Sundaralingam et al. 2023, "cuRobo: Parallelized collision-free robot motion
    generation".
"""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterator
from dataclasses import dataclass

import numpy as np

from treehand.skills import FloatArray
from treehand.worlds.physics.model.arm import GraspPose
from treehand.worlds.physics.model.stations import (
    BOARD_M,
    EDGE_M,
    PANEL_M,
    SURFACES,
    TRAY_HALF_M,
    Station,
)
from treehand.worlds.physics.port import WorkingRobot
from treehand.worlds.robot_file import GripperOfRobot

FLOOR_M = -0.9
DEEP_M, TALL_M = 0.35, 0.9
"""Depth of a cabinet behind its front, and height of a tall fridge."""
ARM_M, ARM_STEP_M = 0.055, 0.04
"""Radius of the links of an arm, and distance of the spheres along them."""
PALM_N, FINGER_N = 9, 6
"""Number of spheres across the palm, and along a finger."""
FAR_M = 1.0
"""Clearance where nothing is near."""

Box = tuple[Station, FloatArray, FloatArray]
"""A box in the frame of a station: its lowest and its highest corner, each of shape (3,)."""
Spheres = tuple[FloatArray, FloatArray]
"""Middles, shape (n, 3), and radii, shape (n,)."""


@dataclass(frozen=True)
class FreeSpace:
    """Surroundings that a tilted hand and its arm must not touch.

    Attributes:
        cylinders: Objects, knob and handles: x, y, radius, bottom and top, shape (m, 5).
        boxes: Furniture.
    """

    cylinders: FloatArray
    boxes: tuple[Box, ...]

    def clearance_m(self, points_m: FloatArray, radii_m: FloatArray) -> FloatArray:
        """Return the clearance of spheres, shape (...), in m; below 0 they touch something.

        Args:
            points_m: Their middles, shape (..., 3).
            radii_m: Their radii, which fit the points' shape.
        """
        least = np.full(points_m.shape[:-1], FAR_M)
        if len(self.cylinders):
            x, y, wide, low, high = self.cylinders.T
            apart = np.hypot(points_m[..., 0, None] - x, points_m[..., 1, None] - y) - wide
            height = points_m[..., 2, None]
            least = np.minimum(
                least, _outside(apart, np.maximum(low - height, height - high)).min(axis=-1)
            )
        for station, low, high in self.boxes:
            local = np.stack([*station.local_m(np.moveaxis(points_m, -1, 0)), points_m[..., 2]], -1)
            beyond = np.abs(local - (low + high) / 2) - (high - low) / 2
            least = np.minimum(
                least, _outside(np.maximum(beyond[..., 0], beyond[..., 1]), beyond[..., 2])
            )
        return least - radii_m


def _outside(level: FloatArray, upright: FloatArray) -> FloatArray:
    """Return the distance from a solid, given those along two directions; negative inside."""
    away: FloatArray = np.hypot(np.maximum(level, 0.0), np.maximum(upright, 0.0))
    return away + np.minimum(np.maximum(level, upright), 0.0)


def free_space(robot: WorkingRobot, cylinders: Collection[Collection[float]]) -> FreeSpace:
    """Return the free space of a robot among cylinders (x, y, radius, bottom, top)."""
    boxes: list[Box] = []
    for name, station in robot.library.stations.items():
        boxes.extend(
            (robot.encoders.now(station) if is_moving else station, np.array(low), np.array(high))
            for is_moving, low, high in _boxes(station, robot.encoders.opening(name))
        )
    return FreeSpace(np.array([*map(tuple, cylinders)]).reshape(-1, 5), tuple(boxes))


def _boxes(
    station: Station, opening: float
) -> Iterator[tuple[bool, tuple[float, ...], tuple[float, ...]]]:
    """Yield the boxes of furniture in the frame of its station; True for what moves with a door."""
    hx, half = station.half_m[0], station.width_m / 2
    if station.has_door:
        front = hx + PANEL_M
        top_m = TALL_M if station.kind == "fridge" else 0.0
        yield False, (front, -half, FLOOR_M), (front + DEEP_M, half, top_m)
        if opening > 0.0:
            yield True, (-TRAY_HALF_M - PANEL_M, -half, FLOOR_M), (hx, half, 0.0)
        return
    far = hx + EDGE_M
    behind = DEEP_M if station.kind in SURFACES else 0.0
    yield False, (-far, -half, FLOOR_M), (far + behind, half, 0.0)
    if station.is_roofed:
        roof_m = station.bottom_m + station.clear_m
        yield False, (-far, -half, station.bottom_m - BOARD_M), (far, half, station.bottom_m)
        yield False, (-far, -half, roof_m), (far, half, roof_m + BOARD_M)
        yield False, (far - BOARD_M, -half, 0.0), (far + BOARD_M, half, roof_m + BOARD_M)


def hand_spheres(gripper: GripperOfRobot, open_m: float) -> Spheres:
    """Return the spheres of fingers and palm in the frame of the tool.

    Args:
        gripper: The gripper.
        open_m: Opening of each finger.
    """
    thin = gripper.thickness_m / 2
    along = np.linspace(thin - gripper.palm_m, gripper.tip_m - thin, FINGER_N)
    wide = gripper.pad_m - thin
    fingers = [
        (u, side * (open_m + thin), w) for side in (-1, 1) for u in (-wide, wide) for w in along
    ]
    flat, half = gripper.hand_m
    across = np.linspace(flat - half, half - flat, PALM_N)
    palm = [(0.0, v, -gripper.palm_m - depth * flat) for v in across for depth in (1, 2.5)]
    radii = [thin] * len(fingers) + [flat] * len(palm)
    return np.array(fingers + palm), np.array(radii)


def at_poses(spheres_m: FloatArray, poses: Collection[GraspPose]) -> FloatArray:
    """Return points of the tool's frame at poses of the hand, shape (poses, n, 3)."""
    frames = [pose.frame() for pose in poses]
    return np.array([point + spheres_m @ rotation.T for point, rotation in frames])


def arm_spheres(links_m: FloatArray) -> Spheres:
    """Return spheres along an arm, from its elbow to its hand.

    Args:
        links_m: Origins of its links, shape (m, 3); the first two belong to its shoulder.
    """
    points: list[FloatArray] = []
    for start, end in itertools.pairwise(links_m[2:]):
        pieces = 1 + int(np.linalg.norm(end - start) / ARM_STEP_M)
        points.extend(start + share * (end - start) for share in np.linspace(0.0, 1.0, pieces + 1))
    return np.array(points), np.full(len(points), ARM_M)
