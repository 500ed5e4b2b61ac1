"""Ways of a base that drives: to where it stands so that the arm works well at some points."""

from __future__ import annotations

import heapq
import itertools
import math
from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from treehand.skills import FloatArray
from treehand.worlds.physics.model.arm import wrapped
from treehand.worlds.physics.model.stations import EDGE_M, PANEL_M, Station
from treehand.worlds.robot_file import BaseOfRobot

STEP_M, STEPS_N = 0.03, 30
"""Distance of the stances that are tried about the present one, and their number each way."""
ROOM_M = 0.02
"""Clearance between the base and furniture."""
TURN_RAD = 1.2
"""Greatest angle between the base's heading and the work."""
TRAVEL = 0.3
"""Cost of a metre of driving beside one of distance from the middle of the arm's range."""
Cell = tuple[int, int]
"""Row and column of a spot in the grid."""
_NEXT = tuple((i, j) for i, j in itertools.product((-1, 0, 1), repeat=2) if (i, j) != (0, 0))


@dataclass(frozen=True)
class Obstacle:
    """Furniture that a base drives around.

    Attributes:
        station: The furniture.
        is_swept: If true, its door is open or will move: the base keeps out of where it swings.
    """

    station: Station
    is_swept: bool


def works_from(
    base: BaseOfRobot, stance: FloatArray, points_m: FloatArray, obstacles: Collection[Obstacle]
) -> bool:
    """Return True if the arm works well at points, from a stance where its base is free.

    Args:
        base: The base.
        stance: Its x and y in m, and its heading in rad, shape (3,).
        points_m: The points, shape (n, 2).
        obstacles: Furniture in which or before whose moving doors it cannot stand.
    """
    away = points_m - stance[:2]
    least, greatest = base.works_m
    far = np.hypot(away[:, 0], away[:, 1])
    turn = wrapped(_towards(stance, points_m) - stance[2])
    is_good = (far >= least).all() and (far <= greatest).all() and abs(turn) <= TURN_RAD
    return bool(is_good and _room_m(base, stance[:2, None], obstacles)[0] > -ROOM_M)


def way_to_work(
    base: BaseOfRobot, here: FloatArray, points_m: FloatArray, obstacles: Collection[Obstacle]
) -> list[FloatArray]:
    """Return the stances of the way to the best one for work at points; empty if there is none.

    The last stance is that for the work; from each to the next the base drives straight.

    Args:
        base: The base.
        here: Its present stance: x and y in m, heading in rad, shape (3,).
        points_m: The points, shape (n, 2).
        obstacles: Furniture that it drives around.

    Source:
        Shortest ways over a grid: Dijkstra, "A note on two problems in connexion with graphs",
        Numerische Mathematik 1 (1959).
    """
    steps = STEP_M * np.arange(-STEPS_N, STEPS_N + 1)
    spots = here[:2, None, None] + np.stack(np.meshgrid(steps, steps, indexing="ij"))
    room = _room_m(base, spots.reshape(2, -1), obstacles).reshape(spots.shape[1:])
    least, greatest = base.works_m
    far = np.linalg.norm(spots[..., None] - points_m.T[:, None, None, :], axis=0)
    is_good = (far >= least).all(axis=2) & (far <= greatest).all(axis=2)
    lengths_m, before = _ways(room)
    cost = np.abs(far - (least + greatest) / 2).max(axis=2) + TRAVEL * lengths_m
    cost[~is_good | (room < np.minimum(room[STEPS_N, STEPS_N], 0.0))] = np.inf
    end = np.unravel_index(int(cost.argmin()), cost.shape)
    if not np.isfinite(cost[end]):
        return []
    cell: tuple[int, int] = (int(end[0]), int(end[1]))
    cells = [cell]
    while cell in before:
        cell = before[cell]
        cells.append(cell)
    corners = _straightened([spots[:, i, j] for i, j in reversed(cells)], base, obstacles)
    stance = np.array([*corners[-1], 0.0])
    stance[2] = _turned(base, float(here[2]), _towards(stance, points_m))
    return [*(np.array([*corner, here[2]]) for corner in corners[1:-1]), stance]


def _ways(room_m: FloatArray) -> tuple[FloatArray, dict[Cell, Cell]]:
    """Return the lengths of the shortest ways from the middle cell, and each cell's last before.

    Args:
        room_m: Clearance of each cell, shape (n, n). A way never leads to less of it than 0, but
            from where the base stands too near it may leave.
    """
    lengths = np.full(room_m.shape, np.inf)
    before: dict[Cell, Cell] = {}
    start = (STEPS_N, STEPS_N)
    lengths[start] = 0.0
    waiting = [(0.0, start)]
    while waiting:
        length, (i, j) = heapq.heappop(waiting)
        if length > lengths[i, j]:
            continue
        for di, dj in _NEXT:
            to = (i + di, j + dj)
            if min(to) < 0 or max(to) >= len(room_m) or room_m[to] < min(room_m[i, j], 0.0):
                continue
            longer = length + STEP_M * math.hypot(di, dj)
            if longer < lengths[to]:
                lengths[to], before[to] = longer, (i, j)
                heapq.heappush(waiting, (longer, to))
    return lengths, before


def _straightened(
    spots: list[FloatArray], base: BaseOfRobot, obstacles: Collection[Obstacle]
) -> list[FloatArray]:
    """Return the corners of a way, each as far on as the base may drive straight."""
    corners, at = [spots[0]], 0
    while at < len(spots) - 1:
        ahead = range(len(spots) - 1, at, -1)
        at = next(
            (one for one in ahead if _is_free(base, spots[at], spots[one], obstacles)), at + 1
        )
        corners.append(spots[at])
    return corners if len(corners) > 1 else corners * 2


def _turned(base: BaseOfRobot, now_rad: float, to_rad: float) -> float:
    """Return a heading, give or take whole turns: the nearest within the base's limits."""
    yaw = base.joints[2]
    turns = (to_rad + turn * 2 * math.pi for turn in range(-2, 3))
    return min(
        (one for one in turns if yaw.low < one < yaw.high),
        key=lambda one: abs(one - now_rad),
        default=to_rad,
    )


def _towards(stance: FloatArray, points_m: FloatArray) -> float:
    """Return the azimuth of points from a stance, between -π and π."""
    x, y = points_m.mean(axis=0) - stance[:2]
    return math.atan2(y, x)


def _is_free(
    base: BaseOfRobot, start: FloatArray, end: FloatArray, obstacles: Collection[Obstacle]
) -> bool:
    """Return True if the base may drive straight from one spot to another."""
    points_n = 2 + int(np.linalg.norm(end - start) / STEP_M)
    room = _room_m(base, np.linspace(start, end, points_n).T, obstacles)
    return bool((room[1:] >= np.minimum(room[:-1], 0.0)).all())


def _room_m(base: BaseOfRobot, spots: FloatArray, obstacles: Collection[Obstacle]) -> FloatArray:
    """Return the clearance of a base at spots of shape (2, n), in m; below 0 it is too near."""
    least = np.full(spots.shape[1], np.inf)
    for obstacle in obstacles:
        station = obstacle.station
        x, y = station.local_m(spots)
        hx, hy = station.half_m
        front = hx + PANEL_M if station.has_door else -hx - EDGE_M
        near = np.maximum(front - x, 0.0)
        beside = np.maximum(np.abs(y) - hy, 0.0)
        away = np.hypot(near, beside)
        if station.swings and obstacle.is_swept:
            away = np.minimum(away, _from_swing_m(station, x, y))
        least = np.minimum(least, away - base.radius_m - ROOM_M)
    return least


def _from_swing_m(station: Station, x: FloatArray, y: FloatArray) -> FloatArray:
    """Return the distance of points from the quarter disc that a door sweeps, shape (n,).

    Args:
        station: Furniture with a hinged door.
        x: The points in the frame of the open station, shape (n,).
        y: Likewise.
    """
    hinge_x, hinge_y = station.hinge_m
    out, along = hinge_x - x, station.side * (hinge_y - y)
    wide = station.width_m
    corner = np.hypot(out - np.clip(out, 0.0, wide), along - np.clip(along, 0.0, wide))
    disc = np.maximum(np.hypot(out, along) - wide, 0.0)
    away: FloatArray = np.where((out > 0.0) & (along > 0.0), disc, corner)
    return away
