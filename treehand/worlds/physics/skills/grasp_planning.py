"""Grasp and placement planning: grasp poses, placement poses, and the cells to wipe.

Plans rest on tracked objects (`Tracker.tracked`) and on the pose of the held object in the hand
(`Tracker.in_hand`). A pose is good if fingers and hand have clearance from walls, open lids and
other objects.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator
from dataclasses import dataclass

import numpy as np

from treehand.skills import FloatArray
from treehand.worlds.physics.model.arm import GraspPose, wrapped
from treehand.worlds.physics.model.furniture_check import FARTHEST_M
from treehand.worlds.physics.model.objects import Shape, grasps
from treehand.worlds.physics.model.stations import (
    BAR_M,
    FRONT_TOP_M,
    HANDLE_TOP_M,
    KNOB_TOP_M,
    KNOB_WIDE_M,
    PANEL_M,
    UNDER_M,
    Station,
    stove_of,
)
from treehand.worlds.physics.model.wiping_grid import CELLS_N
from treehand.worlds.physics.port import Track, WorkingRobot
from treehand.worlds.physics.skills.arm_paths import is_reached

SAFE_M = 0.22
"""Height of the hand at which nothing is in its way."""
OVER_TOP_M = 0.02
"""Clearance of the fingers over the top of an object that they pass."""
AROUND_M = 0.010
"""Clearance between each finger and an object before a grasp."""
RELEASE_M = 0.006
"""Opening of each finger at a release among other objects."""
WALL_ROOM_M = 0.006
"""Clearance between a placed object and a wall."""
APART_M = 0.006
"""Clearance between placed objects."""
FINGER_ROOM_M = 0.003
"""Clearance of the fingers at a placement."""
SPONGE_ROOM_M = 0.06
"""Distance of a wiped spot from objects."""
TURNS = 12
"""Number of hand yaws tried at every spot."""
GREATEST_TURN_RAD = 1.7
TOUCH_M = 0.004
"""Height above a front at which the hand may touch it."""
BACK_M = 0.03
"""Distance of a fridge's upper part behind its door."""
LOW_M = 0.2
"""Loss of reach per metre below the worktops."""
GRID = (11, 13)
"""Number of spots tried along x and y."""


def rim_leverage(robot: WorkingRobot, shape: Shape) -> float:
    """Return the factor on the grip force of an object that is held at its rim.

    Its weight turns it with the torque m·g·l; pads of half length r resist with 2·µ·F·r.
    """
    return max(1.0, shape.radius_m / robot.model.gripper.pad_m) if shape.kind == "ring" else 1.0


def approach_opening_m(robot: WorkingRobot, shape: Shape) -> float:
    """Return the opening of each finger before a grasp."""
    return min(shape.top_grip_m + AROUND_M, robot.model.gripper.open_m)


def release_opening_m(robot: WorkingRobot, shape: Shape) -> float:
    """Return the opening of each finger at a release."""
    return min(shape.top_grip_m + RELEASE_M, robot.model.gripper.open_m)


def is_narrow_enough(robot: WorkingRobot, shape: Shape, top_m: float) -> bool:
    """Return True if a gripper from above is wide enough for an object, and gets over its top."""
    is_wide = shape.top_grip_m + FINGER_ROOM_M > robot.model.gripper.open_m
    return not is_wide and top_m + OVER_TOP_M < SAFE_M


def best_grasp(robot: WorkingRobot, item: str, seen: Track, station: Station) -> GraspPose:
    """Return the grasp pose of an object with the most clearance for fingers and hand."""
    return _by_clearance(robot, item, seen, station)[0]


def reached_grasp(
    robot: WorkingRobot, item: str, seen: Track, station: Station
) -> GraspPose | None:
    """Return the best grasp pose that the arm reaches, and above; None if it reaches none."""
    for hold in _by_clearance(robot, item, seen, station):
        if is_reached(robot, hold.lifted(SAFE_M)) and is_reached(robot, hold):
            return hold
    return None


def _by_clearance(robot: WorkingRobot, item: str, seen: Track, station: Station) -> list[GraspPose]:
    """Return the grasp poses of an object, that with the most clearance first."""
    holds, room = _grasps(robot, item, seen, station)
    turns = np.abs([hold.turn_rad for hold in holds])
    order = np.argsort(-(np.minimum(room, 0.03) - 0.005 * turns), kind="stable")
    return [holds[int(index)] for index in order]


def roomy_grasps(
    robot: WorkingRobot,
    item: str,
    seen: Track,
    station: Station,
    least_m: float,
    *,
    open_m: float | None = None,
) -> list[GraspPose]:
    """Return the grasp poses of an object with so much clearance; the best one if none has.

    Args:
        robot: Robot whose tracker knows the objects.
        item: The object.
        seen: Where it is.
        station: Place of it.
        least_m: Clearance of fingers and hand.
        open_m: Opening of each finger on the way to it; that of the scripted skills if None.
    """
    holds, room = _grasps(robot, item, seen, station, open_m=open_m)
    roomy = [
        hold
        for hold, clear_m in zip(holds, room, strict=True)
        if clear_m >= least_m and abs(hold.turn_rad) < GREATEST_TURN_RAD
    ]
    return roomy or [best_grasp(robot, item, seen, station)]


def _grasps(
    robot: WorkingRobot,
    item: str,
    seen: Track,
    station: Station,
    without: Collection[str] = (),
    *,
    open_m: float | None = None,
) -> tuple[list[GraspPose], FloatArray]:
    """Return the grasp poses of an object, and the clearance of each in m, shape (n,)."""
    shape = robot.library.shapes[item]
    ways = list(grasps(shape, seen.at_m, seen.yaw_rad, seen.lies_rad))
    points = np.array([way.point_m for way in ways])
    yaws = np.array([way.yaw_rad for way in ways])
    away = (item, *without)
    opening_m = approach_opening_m(robot, shape) if open_m is None else open_m
    room = clearance_m(robot, away, station, points, yaws, opening_m)
    axis = robot.pose().axis
    return [GraspPose.at(way.point_m, way.yaw_rad, axis) for way in ways], room


def is_graspable(
    robot: WorkingRobot, item: str, station: Station, *, without: Collection[str] = ()
) -> bool:
    """Return True if the fingers have room beside an object in some grasp pose.

    Args:
        robot: Robot whose tracker knows the objects.
        item: The object.
        station: Where it is.
        without: Objects that are taken to be away.
    """
    _, room = _grasps(robot, item, robot.perception.tracked[item], station, without)
    return bool((room > 0.0).any())


def best_placement(
    robot: WorkingRobot,
    item: str,
    station: Station,
    *,
    without: Collection[str] = (),
    turn_rad: float | None = None,
    turn_cost: float = 0.002,
) -> GraspPose | None:
    """Return the pose that places the held object where it fits; None if it does not fit.

    Args:
        robot: Robot that holds it.
        item: The held object.
        station: Where it is to be placed.
        without: Objects that are taken to be away.
        turn_rad: Preferred yaw of the hand relative to its azimuth; the present one if None.
        turn_cost: Clearance that a radian away from that yaw has to be worth, in m.
    """
    assert robot.perception.in_hand is not None
    u, v, below = robot.perception.in_hand
    shape = held_shape(robot, item)
    radius = shape.radius_m
    if station.has_door and station.bottom_m + shape.height_m > UNDER_M:
        return None  # it could not be closed
    nx, ny = GRID
    station = robot.encoders.now(station)
    hx, hy = (max(half - radius - WALL_ROOM_M, 0.0) for half in station.half_m)
    turns = np.arange(TURNS) * 2 * math.pi / TURNS
    xs, ys, yaws = (
        axis.ravel()
        for axis in np.meshgrid(
            np.linspace(-hx, hx, nx),
            np.linspace(-hy, hy, ny),
            station.turn_rad + turns,
            indexing="ij",
        )
    )
    spots = station.point_m(xs, ys).T
    cos, sin = np.cos(yaws), np.sin(yaws)
    hands = spots - np.stack([cos * u - sin * v, sin * u + cos * v], axis=-1)
    axis = robot.pose().axis
    out = hands - axis.at_m
    azimuths = np.array([axis.azimuth_rad(hand) for hand in hands])
    turned = np.array([wrapped(float(turn)) for turn in yaws - azimuths])
    height = station.bottom_m + shape.foot_m - below
    points = np.column_stack([hands, np.full(len(hands), height)])
    clear = np.full(len(spots), 0.2)
    for _, at_m, wide_m, *_ in obstacles(robot, (item, *without)):
        clear = np.minimum(clear, np.linalg.norm(spots - at_m, axis=1) - wide_m - radius)
    away = (item, *without)
    opening_m = release_opening_m(robot, robot.library.shapes[item])
    room = clearance_m(robot, away, station, points, yaws, opening_m)
    score = placement_score(shape, station, xs, ys, clear) + 0.5 * np.minimum(room, 0.015)
    preferred_rad = robot.pose().turn_rad if turn_rad is None else turn_rad
    score -= turn_cost * np.abs(turned - preferred_rad)
    fits = (clear > APART_M) & (room > FINGER_ROOM_M) & (np.abs(turned) < GREATEST_TURN_RAD)
    fits &= np.linalg.norm(out, axis=1) < FARTHEST_M - LOW_M * max(-height, 0.0)
    if not fits.any():
        return None
    best = int(np.argmax(np.where(fits, score, -np.inf)))
    radius_m = math.hypot(*out[best])
    return GraspPose(radius_m, float(azimuths[best]), float(height), float(turned[best]), axis)


def held_shape(robot: WorkingRobot, item: str) -> Shape:
    """Return the shape of the held object, as it stood or lay when it was taken."""
    shape, foot_m = robot.library.shapes[item], robot.perception.held_foot_m
    return shape if foot_m is None else shape.lying(foot_m)


def foot_over_m(robot: WorkingRobot, seen: Track) -> float | None:
    """Return the height of a lying object's origin above what it lies on; None if it stands."""
    if seen.lies_rad is None:
        return None
    station = robot.encoders.now(robot.library.stations[seen.fact.terms[1]])
    return float(seen.at_m[2]) - station.bottom_m


def placement_score(
    shape: Shape, station: Station, x: FloatArray, y: FloatArray, clear_m: FloatArray
) -> FloatArray:
    """Return the quality of spots in a station's frame, relative to its middle, shape (n,).

    A cabinet is packed: rings into the far corners, other objects along the near side. Elsewhere
    the spot with the most clearance is best.

    Args:
        shape: Shape of the object.
        station: The station.
        x: Coordinates away from the arm, in m, shape (n,).
        y: Coordinates across, in m, shape (n,).
        clear_m: Clearances from other objects, in m, shape (n,).
    """
    if not station.swings:
        return np.asarray(np.minimum(clear_m, 0.06) - 0.02 * np.hypot(x, y))
    is_wide = shape.kind == "ring"
    return np.asarray(np.abs(y) + 2.0 * (x if is_wide else -x))


def clearance_m(
    robot: WorkingRobot,
    away: Collection[str],
    station: Station,
    points_m: FloatArray,
    yaws_rad: FloatArray,
    open_m: float,
) -> FloatArray:
    """Return the clearance of open fingers and hand from everything, in m, shape (n,).

    Args:
        robot: Robot whose tracker knows the other objects.
        away: Objects that are ignored: the one that is grasped or placed, those taken to be away.
        station: Station of the pose.
        points_m: Middles of the pads, shape (n, 3).
        yaws_rad: Yaws of the hand, shape (n,).
        open_m: Opening of each finger.
    """
    cos, sin = np.cos(yaws_rad), np.sin(yaws_rad)
    at, lowest = points_m[:, :2], float(points_m[:, 2].min())
    room = np.full(len(at), np.inf)
    gripper = robot.model.gripper
    out_m, (hand_u, hand_v) = open_m + gripper.thickness_m, gripper.hand_m
    pad_m, palm_m = gripper.pad_m, gripper.palm_m
    for _, other_m, wide_m, top_m, _ in obstacles(robot, away):
        apart = other_m - at
        u = np.abs(apart[:, 0] * cos + apart[:, 1] * sin)
        v = np.abs(apart[:, 1] * cos - apart[:, 0] * sin)
        if top_m > lowest - gripper.tip_m:
            beside = np.maximum(np.maximum(open_m - v, v - out_m), 0.0)
            room = np.minimum(room, np.hypot(np.maximum(u - pad_m, 0.0), beside) - wide_m)
        if top_m > lowest + palm_m:
            beside = np.maximum(v - hand_v, 0.0)
            room = np.minimum(room, np.hypot(np.maximum(u - hand_u, 0.0), beside) - wide_m)
    if not station.is_inside:
        return room
    _, wide_y = station.local_m(at.T)
    width_m, station = station.width_m, robot.encoders.now(station)
    hx, hy = station.half_m
    x, y = station.local_m(at.T)
    yaw = yaws_rad - station.turn_rad
    cos, sin = np.abs(np.cos(yaw)), np.abs(np.sin(yaw))

    def beyond(along_m: float, across_m: float) -> tuple[FloatArray, FloatArray]:
        return along_m * cos + across_m * sin, along_m * sin + across_m * cos

    far_x, far_y = beyond(pad_m, out_m)
    room = np.minimum(room, np.minimum(hx - np.abs(x) - far_x, hy - np.abs(y) - far_y))
    if station.has_door:  # what stands beside it is as high as the worktops
        room = np.minimum(room, width_m / 2 - np.abs(wide_y) - far_y)
    hand_x, hand_y = beyond(hand_u, hand_v)
    if lowest + palm_m < station.rim_m:
        beside = np.minimum(hx - np.abs(x) - hand_x, hy - np.abs(y) - hand_y)
        room = np.minimum(room, beside)
    above_m = BACK_M if station.kind == "fridge" else 0.0
    if station.has_door and (above_m > 0.0 or lowest + palm_m < 0.0):
        room = np.minimum(room, hx + PANEL_M + above_m - x - hand_x)
    if station.has_door and lowest + palm_m < TOUCH_M:
        room = np.minimum(room, _from_worktops_m(robot, at, yaws_rad))
    if station.has_door and lowest + palm_m < FRONT_TOP_M + TOUCH_M:
        before = x + hx - hand_x
        beside = station.width_m / 2 - PANEL_M - station.side * y - hand_y
        room = np.asarray(np.minimum(room, beside if station.swings else before))
    return room


def _from_worktops_m(robot: WorkingRobot, at_m: FloatArray, yaws_rad: FloatArray) -> FloatArray:
    """Return the horizontal distance of the hand from worktops and the stove, in m, shape (n,).

    Beside an open door stands the other leg of an L, as high as the hand over a tray. A worktop is
    taken to reach back without end.

    Args:
        robot: The robot.
        at_m: Middles of the pads, shape (n, 2).
        yaws_rad: Yaws of the hand, shape (n,).
    """
    room = np.full(len(at_m), np.inf)
    hand_u, hand_v = robot.model.gripper.hand_m
    for station in robot.library.stations.values():
        if station.is_inside:
            continue
        x, y = station.local_m(at_m.T)
        yaw = yaws_rad - station.turn_rad
        cos, sin = np.abs(np.cos(yaw)), np.abs(np.sin(yaw))
        before = -x - station.front_m - (hand_u * cos + hand_v * sin)
        beside = np.abs(y) - station.width_m / 2 - (hand_u * sin + hand_v * cos)
        room = np.minimum(room, np.maximum(before, beside))
    return room


def obstacles(
    robot: WorkingRobot, away: Collection[str]
) -> Iterator[tuple[str, FloatArray, float, float, float]]:
    """Yield name, position, radius, top and bottom of other objects, knob and handles.

    Knob and handles have no name: nothing can move them out of the way.
    """
    for name, seen in robot.perception.tracked.items():
        if name not in away:
            shape = robot.library.shapes[name]
            is_lying = seen.lies_rad is not None
            wide, top = shape.half_m[::2] if is_lying else (shape.radius_m, shape.top_m)
            foot = float(seen.at_m[2]) - shape.foot_m
            top_m = float(seen.at_m[2]) + top
            yield name, seen.at_m[:2], max(wide, shape.radius_m), top_m, foot
    stove = stove_of(robot.library.stations)
    if stove is not None:
        yield "", stove.knob_m(), KNOB_WIDE_M, KNOB_TOP_M, 0.0
    for name, station in robot.library.stations.items():
        if station.has_door:
            handle = station.handle_m(robot.encoders.opening(name))
            yield "", handle, BAR_M, HANDLE_TOP_M, -0.1


def pose_over(robot: WorkingRobot, spot: FloatArray) -> tuple[GraspPose, float]:
    """Return the pose with the held object over a spot, and its reach below the pads, in m."""
    assert robot.perception.in_hand is not None
    assert robot.perception.held is not None
    pose = robot.pose()
    u, v, below = robot.perception.in_hand
    azimuth = pose.axis.azimuth_rad(spot)
    for _ in range(5):  # the offset turns with the azimuth of the hand
        yaw = azimuth + pose.turn_rad
        cos, sin = math.cos(yaw), math.sin(yaw)
        target = spot - np.array([cos * u - sin * v, sin * u + cos * v])
        azimuth = pose.axis.azimuth_rad(target)
    radius_m = math.hypot(*(target - pose.axis.at_m))
    hold = GraspPose(radius_m, azimuth, SAFE_M, pose.turn_rad, pose.axis)
    return hold, held_shape(robot, robot.perception.held).foot_m - float(below)


@dataclass(frozen=True)
class WorktopCell:
    """Cell of a worktop, and the objects that keep a sponge from it."""

    name: str
    """Row and column, each from 1: ``2/3``."""
    spot_m: FloatArray
    """Its middle, shape (2,)."""
    things: frozenset[str]
    """Objects in the way; an empty name stands for something that cannot be moved."""


def cells(robot: WorkingRobot, station: Station, tool: str) -> Iterator[WorktopCell]:
    """Yield the cells of a worktop, in rows of alternating direction."""
    hx, hy = station.half_m
    palm_m = station.bottom_m + robot.model.gripper.palm_m
    for i in range(CELLS_N):
        row = range(CELLS_N) if i % 2 == 0 else reversed(range(CELLS_N))
        for j in row:
            x = ((i + 0.5) / CELLS_N * 2 - 1) * hx
            y = ((j + 0.5) / CELLS_N * 2 - 1) * hy
            spot = station.point_m(x, y)
            things = (
                name
                for name, at_m, wide_m, top_m, _ in obstacles(robot, (tool,))
                if float(np.linalg.norm(at_m - spot)) - wide_m <= SPONGE_ROOM_M
                or (name and top_m > palm_m and _is_under_hand(robot, spot, at_m, wide_m))
            )
            yield WorktopCell(f"{i + 1}/{j + 1}", spot, frozenset(things))


def _is_under_hand(robot: WorkingRobot, spot: FloatArray, at_m: FloatArray, wide_m: float) -> bool:
    """Return True if the hand that wipes a spot strikes what is higher than its palm."""
    pose = robot.pose()
    yaw = pose.axis.azimuth_rad(spot) + pose.turn_rad
    cos, sin = math.cos(yaw), math.sin(yaw)
    x, y = at_m - spot
    hand_u, hand_v = robot.model.gripper.hand_m
    u = max(abs(x * cos + y * sin) - hand_u, 0.0)
    v = max(abs(y * cos - x * sin) - hand_v, 0.0)
    return math.hypot(u, v) - wide_m < FINGER_ROOM_M
