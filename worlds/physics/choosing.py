"""Choices before a motion: how a thing is taken, where it is put, what is wiped.

All of it rests on what was seen (`eyes.tracked`) and on what the hand feels.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from ...skills import FloatArray
from .arm import Hold
from .eyes import Seen
from .layout import DRAWER_RANGE_M, KNOB_M, STATIONS, Station
from .robot import PhysicsRobot
from .simulation import CELLS_N
from .things import SHAPES, Grasp, grasps

SAFE_M = 0.22
"""Height of the hand at which nothing is in its way."""
FINGER_M = 0.05
"""From the middle of the open hand to the outside of a finger."""
PAD_M = 0.0095
"""Half of a pad's length."""
WALL_ROOM_M = 0.006
"""Between a finger and a wall."""
APART_M = 0.008
"""Between things that are put down."""


def leverage(item: str) -> float:
    """Return by how much more a thing must be gripped that is held at its rim.

    Its weight turns it with m·g·l; pads of half the length r hold against that with 2·µ·F·r.
    """
    shape = SHAPES[item]
    return max(1.0, shape.radius_m / PAD_M) if shape.kind == "ring" else 1.0


def best_hold(robot: PhysicsRobot, item: str, seen: Seen) -> Hold | None:
    """Return the way to take a thing that keeps the fingers clear of everything else."""
    station = STATIONS[seen.fact.terms[1]]
    best: tuple[float, Hold] | None = None
    for grasp in grasps(SHAPES[item], seen.at_m, seen.yaw_rad, seen.lies_rad):
        clear_m = clearance(robot, item, station, grasp)
        hold = Hold.at(grasp.point_m, grasp.yaw_rad)
        score = min(clear_m, 0.03) - 0.005 * abs(hold.turn_rad)
        if best is None or score > best[0]:
            best = (score, hold)
    return best[1] if best is not None else None


def clearance(robot: PhysicsRobot, item: str, station: Station, grasp: Grasp) -> float:
    """Return how far the open fingers stay from other things and from walls, in m."""
    across = np.array([-math.sin(grasp.yaw_rad), math.cos(grasp.yaw_rad)])
    clear_m = math.inf
    for side in (-1, 1):
        finger = grasp.point_m[:2] + side * FINGER_M * across
        for name, other in robot.eyes.tracked.items():
            if name != item:
                apart = float(np.linalg.norm(other.at_m[:2] - finger))
                clear_m = min(clear_m, apart - SHAPES[name].radius_m - 0.01)
        if station.is_inside:
            x, y = station.local_m(finger)
            hx, hy = station.half_m
            clear_m = min(clear_m, hx - abs(x - station.middle_m) - 0.01, hy - abs(y) - 0.01)
    return clear_m


def free_spot(robot: PhysicsRobot, item: str, station: Station) -> FloatArray | None:
    """Return where a thing has most room, shape (2,), in the arm's frame; None if nowhere."""
    radius = SHAPES[item].radius_m
    best: tuple[float, FloatArray] | None = None
    hx, hy = (half - radius - 0.012 for half in station.half_m)
    shift = DRAWER_RANGE_M * (1 - robot.simulation.opening("drawer"))
    middle = station.middle_m + (shift if station.kind == "drawer" else 0.0)
    for x in np.linspace(-max(hx, 0.0), max(hx, 0.0), 9):
        for y in np.linspace(-max(hy, 0.0), max(hy, 0.0), 9):
            spot = station.point_m(middle + x, y)
            others = (
                float(np.linalg.norm(seen.at_m[:2] - spot)) - radius - SHAPES[name].radius_m
                for name, seen in robot.eyes.tracked.items()
            )
            clear_m = min((*others, 0.2))
            score = tidiness(item, station, float(x), float(y), clear_m)
            if station.is_inside and not fingers_fit(robot, item, station, spot):
                continue
            if clear_m > APART_M and (best is None or score > best[0]):
                best = (score, spot)
    return best[1] if best is not None else None


def fingers_fit(robot: PhysicsRobot, item: str, station: Station, spot: FloatArray) -> bool:
    """Return whether the fingers stay off the walls as they let go over a spot."""
    hold, _ = held_over(robot, item, spot)
    point, _ = hold.frame()
    yaw = hold.azimuth_rad + hold.turn_rad
    across = np.array([-math.sin(yaw), math.cos(yaw)])
    shift = DRAWER_RANGE_M * (1 - robot.simulation.opening("drawer"))
    middle = station.middle_m + (shift if station.kind == "drawer" else 0.0)
    hx, hy = station.half_m
    for side in (-1, 1):
        x, y = station.local_m(point[:2] + side * FINGER_M * across)
        if abs(x - middle) > hx - WALL_ROOM_M or abs(y) > hy - WALL_ROOM_M:
            return False
    return True


def tidiness(item: str, station: Station, x: float, y: float, clear_m: float) -> float:
    """Return how good a spot of a station's frame is for a thing, from the station's middle.

    A chest is packed: wide things into the far corners, the others along the near side. Elsewhere
    things stand where there is most room.
    """
    if station.kind != "chest":
        return min(clear_m, 0.06) - 0.02 * math.hypot(x, y)
    is_wide = SHAPES[item].kind == "ring"
    return abs(y) + 2.0 * (x if is_wide else -x)


def held_over(robot: PhysicsRobot, item: str, spot: FloatArray) -> tuple[Hold, float]:
    """Return the pose that has the held thing over a spot, and how far below the pads it hangs."""
    pose = robot.pose()
    at, _ = robot.eyes.measured(item)
    hand, _ = pose.frame()
    away = hand - at
    cos, sin = math.cos(-pose.azimuth_rad), math.sin(-pose.azimuth_rad)
    local = np.array([cos * away[0] - sin * away[1], sin * away[0] + cos * away[1]])
    azimuth = math.atan2(spot[1], spot[0])
    for _ in range(5):  # the offset turns with the azimuth of the hand
        cos, sin = math.cos(azimuth), math.sin(azimuth)
        target = spot + np.array([cos * local[0] - sin * local[1], sin * local[0] + cos * local[1]])
        azimuth = math.atan2(target[1], target[0])
    radius = math.hypot(target[0], target[1])
    hangs_m = float(hand[2] - at[2]) + SHAPES[item].foot_m
    return Hold(radius, azimuth, SAFE_M, pose.turn_rad), hangs_m


def cells(robot: PhysicsRobot, station: Station, tool: str) -> Iterator[FloatArray]:
    """Yield the middles of a worktop's cells that nothing stands in, there and back."""
    hx, hy = station.half_m
    for i in range(CELLS_N):
        row = range(CELLS_N) if i % 2 == 0 else reversed(range(CELLS_N))
        for j in row:
            x = station.middle_m + ((i + 0.5) / CELLS_N * 2 - 1) * hx
            y = ((j + 0.5) / CELLS_N * 2 - 1) * hy
            spot = station.point_m(x, y)
            is_knob = station.name == "stove" and math.hypot(x - KNOB_M, y) < 0.08
            apart = (
                float(np.linalg.norm(seen.at_m[:2] - spot)) - SHAPES[name].radius_m
                for name, seen in robot.eyes.tracked.items()
                if name != tool
            )
            if not is_knob and min((*apart, 1.0)) > 0.06:
                yield spot
