"""Stances of a base that drives: where it stands so that the arm works well at some points."""

from __future__ import annotations

import itertools
import math
from collections.abc import Collection

import numpy as np

from treehand.skills import FloatArray
from treehand.worlds.physics.model.stations import EDGE_M, PANEL_M, Station
from treehand.worlds.robot_file import BaseOfRobot

STEP_M, STEPS_N = 0.03, 8
"""Distance of the stances that are tried about the present one, and their number each way."""
ROOM_M = 0.02
"""Clearance between the base and furniture."""
TURN_RAD = 1.2
"""Greatest angle between the base's heading and the work."""
TRAVEL = 0.3
"""Cost of a metre of driving beside one of distance from the middle of the arm's range."""
WAY_N = 8
"""Number of points of a straight way that are checked."""


def works_from(base: BaseOfRobot, stance: FloatArray, points_m: FloatArray) -> bool:
    """Return True if the arm works well at points, from a stance of its base.

    Args:
        base: The base.
        stance: Its x and y in m, and its heading in rad, shape (3,).
        points_m: The points, shape (n, 2).
    """
    away = points_m - stance[:2]
    least, greatest = base.works_m
    far = np.hypot(away[:, 0], away[:, 1])
    turn = _towards(stance, points_m) - stance[2]
    return bool((far >= least).all() and (far <= greatest).all() and abs(turn) <= TURN_RAD)


def best_stance(
    base: BaseOfRobot, here: FloatArray, points_m: FloatArray, stations: Collection[Station]
) -> FloatArray | None:
    """Return the stance that is best for work at points, shape (3,); None if there is none.

    Args:
        base: The base.
        here: Its present stance: x and y in m, heading in rad, shape (3,).
        points_m: The points, shape (n, 2).
        stations: Furniture that it drives around.
    """
    least, greatest = base.works_m
    middle = (least + greatest) / 2
    best: tuple[float, FloatArray] | None = None
    steps = STEP_M * np.arange(-STEPS_N, STEPS_N + 1)
    for x, y in itertools.product(steps, steps):
        spot = here[:2] + np.array([x, y])
        away = points_m - spot
        far = np.hypot(away[:, 0], away[:, 1])
        if (
            (far < least).any()
            or (far > greatest).any()
            or not _is_free(base, here[:2], spot, stations)
        ):
            continue
        cost = float(np.abs(far - middle).max()) + TRAVEL * math.hypot(x, y)
        if best is None or cost < best[0]:
            best = (cost, spot)
    if best is None:
        return None
    stance = np.array([*best[1], 0.0])
    stance[2] = _towards(stance, points_m)
    return stance


def _towards(stance: FloatArray, points_m: FloatArray) -> float:
    """Return the azimuth of points from a stance; it never leads through the back."""
    x, y = points_m.mean(axis=0) - stance[:2]
    return math.atan2(y, x)


def _is_free(
    base: BaseOfRobot, start: FloatArray, end: FloatArray, stations: Collection[Station]
) -> bool:
    """Return True if the base may drive straight from one spot to another."""
    way = np.linspace(start, end, WAY_N).T
    for station in stations:
        x, y = station.local_m(way)
        hx, hy = station.half_m
        front = hx + PANEL_M if station.has_door else -hx - EDGE_M
        near = np.maximum(front - x, 0.0)
        beside = np.maximum(np.abs(y) - hy, 0.0)
        away = np.hypot(near, beside)
        if station.swings:
            away = np.minimum(away, _from_swing_m(station, x, y))
        room = away - base.radius_m - ROOM_M
        if (room[1:] < np.minimum(room[0], 0.0)).any():  # from too near it may leave
            return False
    return True


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
