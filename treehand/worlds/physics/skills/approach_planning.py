"""Approach planning: grasps and placements of a hand that comes from the side or the front.

A candidate has an approach direction (the hand's yaw and tilt), a level opening axis, and a
pre-grasp from which the hand moves straight to the grasp; the retreat leads back. Candidates are
scored by the clearance of fingers and hand along that way. Taken is the best one that the arm
reaches: inverse kinematics of the pre-grasp by damped least squares, within the joint limits, then
along the whole approach, with its links clear of furniture.
"""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np

from treehand.skills import FloatArray, Kinematics
from treehand.worlds.physics.model.arm import GraspPose, wrapped
from treehand.worlds.physics.model.arm_axis import ArmAxis
from treehand.worlds.physics.model.furniture_check import FARTHEST_M
from treehand.worlds.physics.model.objects import Shape, side_grasps, width_across_m
from treehand.worlds.physics.model.stations import EDGE_M, Station
from treehand.worlds.physics.port import Track, WorkingRobot
from treehand.worlds.physics.robots.kinematic_chain import StandingArm
from treehand.worlds.physics.skills.arm_paths import (
    drawn,
    joint_path_from,
    solutions,
    solve,
    straight,
    transit,
)
from treehand.worlds.physics.skills.free_space import (
    FreeSpace,
    arm_spheres,
    at_poses,
    free_space,
    hand_spheres,
)
from treehand.worlds.physics.skills.grasp_planning import (
    APART_M,
    AROUND_M,
    GRID,
    RELEASE_M,
    WALL_ROOM_M,
    held_shape,
    is_narrow_enough,
    obstacles,
)

T = TypeVar("T")
OFF_RAD = tuple(math.radians(degrees) for degrees in (0, 20, -20, 40, -40, 60, -60))
"""Yaws of approaches, relative to straight on."""
AROUND_RAD = (*OFF_RAD, math.pi / 2, -math.pi / 2)
"""The same where things stand in the open."""
LIFT_M = 0.014
"""Height by which a thing is lifted before the retreat, and lowered after the approach."""
OVER_RIM_M = 0.02
"""Height of a hand that moves in or out over the rim of a bowl or plate."""
BEFORE_M, BESIDE_M = 0.03, 0.07
"""Clearance of a thing from the front of a shelf at the pre-grasp; likewise in the open."""
UP_M = 0.10
"""Height of a pre-grasp over the grasp in the open."""
LEAST_M = 0.002
"""Least clearance of fingers and hand."""
ARM_LEAST_M = 0.0
"""Least clearance of the links."""
TRIED, COMPARED = 16, 4
"""Number of candidates whose reachability is tried, and of reachable ones that are compared."""
SOLUTIONS = 3
"""Number of joint positions that are tried for each of them."""
TRAVEL_M_RAD = 0.01
"""Clearance that a radian of the joints' travel to a pre-grasp has to be worth, in m."""
WORKS_M = (0.56, 0.70)
"""Distances of a base that drives from what its arm reaches from the front."""
PLACED = 60
"""Number of spots of a placement whose clearance is computed."""


@dataclass(frozen=True)
class Approach:
    """A straight way of a tilted hand to a grasp or a release."""

    end: GraspPose
    """Pose at the grasp or release."""
    before: GraspPose
    """Pre-grasp: the pose at which the way begins, and at which the retreat ends."""
    legs: tuple[FloatArray, ...]
    """Joint positions, each of shape (n,), through which the arm gets to the pre-grasp."""
    open_m: float
    """Opening of each finger on the way."""
    corner: GraspPose | None
    """Pose between them where the way turns; None if it is straight."""
    over_m: float
    """Height at which the hand moves in and out over the end: a finger gets over a rim."""


@dataclass(frozen=True)
class HandCandidate:
    """A grasp or release that is not known to be reachable yet."""

    end: GraspPose
    before: GraspPose
    open_m: float
    cost: float
    """Clearance that it has to be better than others by, in m."""
    off_rad: float
    """Yaw of its approach, relative to straight on."""
    corner: GraspPose | None = None
    """Pose between them where the way turns; None if it is straight."""

    def path(self) -> list[GraspPose]:
        """Return the poses of the way."""
        if self.corner is None:
            return straight(self.before, self.end)
        return [*straight(self.before, self.corner), *straight(self.corner, self.end)[1:]]

    def lifted_path(self) -> list[GraspPose]:
        """Return the poses of the way with a thing in the hand."""
        return [pose.lifted(pose.height_m + LIFT_M) for pose in self.path()]


def needs_side(robot: WorkingRobot, shape: Shape, station: Station, top_m: float) -> bool:
    """Return True if no grasp from above can be: a board above it, too wide, or too tall.

    Args:
        robot: The robot.
        shape: Shape of the object.
        station: Where it is.
        top_m: Height of its top.
    """
    return station.is_roofed or not is_narrow_enough(robot, shape, top_m)


def side_candidates(
    robot: WorkingRobot, item: str, seen: Track, station: Station
) -> Iterator[HandCandidate]:
    """Yield the grasps of an object from its sides that the gripper is wide enough for."""
    shape, gripper = robot.library.shapes[item], robot.model.gripper
    axis = robot.pose().axis
    middle = _straight_on(station, seen.at_m[:2], axis)
    offsets = OFF_RAD if station.is_roofed else AROUND_RAD
    yaws = [middle + off for off in offsets]
    for grasp in side_grasps(shape, seen.at_m, seen.yaw_rad, yaws, seen.lies_rad):
        off = wrapped(grasp.yaw_rad - middle)
        half = width_across_m(shape, grasp, seen.yaw_rad) / 2
        if abs(off) > max(offsets) + 0.1 or half + LEAST_M > gripper.open_m:
            continue
        end = replace(GraspPose.turned(grasp.point_m, grasp.yaw_rad, axis), tilt_rad=grasp.tilt_rad)
        back_m = _back_m(station, seen.at_m[:2], grasp.yaw_rad, shape.radius_m)
        if back_m is None:
            continue
        open_m = min(half + AROUND_M, gripper.open_m)
        cost = 0.006 * abs(off) + 0.01 * grasp.tilt_rad  # a steep hand gets on a worktop, too
        before, corner = _backed(station, shape, end, back_m)
        yield HandCandidate(end, before, open_m, cost, off, corner)


def _straight_on(station: Station, spot: FloatArray, axis: ArmAxis) -> float:
    """Return the yaw of an approach straight on: into a shelf, elsewhere away from the arm."""
    if station.is_roofed:
        return station.turn_rad
    return axis.azimuth_rad(spot)


def _back_m(station: Station, spot: FloatArray, yaw_rad: float, radius_m: float) -> float | None:
    """Return the length of the approach to a spot; None if it leads in from beside a shelf."""
    if not station.is_roofed:
        return radius_m + BESIDE_M
    x, y = station.local_m(spot)
    off = yaw_rad - station.turn_rad
    deep_m = x + station.half_m[0] + EDGE_M
    beside_m = abs(y - deep_m * math.tan(off))
    if beside_m > station.width_m / 2:
        return None
    return float((deep_m + radius_m + BEFORE_M) / math.cos(off))


def ahead(pose: GraspPose) -> FloatArray:
    """Return the level direction of an approach, shape (3,)."""
    return np.array([math.cos(pose.yaw_rad), math.sin(pose.yaw_rad), 0.0])


def _backed(
    station: Station, shape: Shape, end: GraspPose, back_m: float
) -> tuple[GraspPose, GraspPose | None]:
    """Return the pre-grasp of a pose, and the corner of the way from it, if there is one.

    Before a shelf it is level with the pose, in the open it is higher. To a neck, over which a
    thing is wide, the way is level at its end.
    """
    level = end.moved(-back_m * ahead(end))
    if station.is_roofed:
        return level, None
    high = level.lifted(level.height_m + UP_M)
    return high, level if shape.neck_m is not None else None


def around(robot: WorkingRobot, away: Collection[str]) -> FreeSpace:
    """Return the free space of a robot; objects in `away` are taken to be away."""
    things = [
        (*at_m, wide_m, bottom_m, top_m)
        for _, at_m, wide_m, top_m, bottom_m in obstacles(robot, away)
    ]
    return free_space(robot, things)


def roomy(
    robot: WorkingRobot, space: FreeSpace, candidates: Iterable[HandCandidate]
) -> list[tuple[float, HandCandidate]]:
    """Return the candidates along which fingers and hand have clearance, with it, best first."""
    found = []
    for one in candidates:
        points, radii = hand_spheres(robot.model.gripper, one.open_m)
        way = at_poses(points, one.path())
        room = float(space.clearance_m(way, radii).min())
        if room > LEAST_M:
            found.append((min(room, 0.03) - one.cost, one))
    return sorted(found, key=lambda pair: -pair[0])


def reachable(
    robot: WorkingRobot,
    space: FreeSpace,
    found: Sequence[tuple[float, HandCandidate]],
    shape: Shape,
) -> Approach | None:
    """Return the best candidate that the arm reaches; None if it reaches none of them.

    Args:
        robot: The robot.
        space: Free space of the approach, in which a thing that is grasped does not stand. On the
            way to the pre-grasp it does.
        found: Candidates with their scores, best first.
        shape: Shape of the thing.
    """
    arm = StandingArm(robot.kinematics, robot.joints, robot.model.base_n)
    whole = around(robot, () if robot.perception.held is None else (robot.perception.held,))
    start = robot.joints
    if not robot.pose().is_tilted:
        drawn_in = solve(robot, drawn(robot.pose()))
        start = start if drawn_in is None else drawn_in
    passable: list[tuple[float, Approach]] = []
    for score, one in found[:TRIED]:
        for joints in itertools.islice(solutions(robot, arm, one.before), SOLUTIONS):
            if not _is_passable(robot, arm, space, joints, one):
                continue
            legs = transit(robot, whole, start, joints)
            if legs:
                way_rad = np.abs(np.diff([start, *legs], axis=0)).max(axis=1).sum()
                over_m = OVER_RIM_M if shape.kind == "ring" else 0.0
                approach = Approach(one.end, one.before, legs, one.open_m, one.corner, over_m)
                passable.append((score - TRAVEL_M_RAD * float(way_rad), approach))
        if len(passable) >= COMPARED:
            break
    return max(passable, key=lambda pair: pair[0])[1] if passable else None


def _is_passable(
    robot: WorkingRobot, arm: Kinematics, space: FreeSpace, joints: FloatArray, one: HandCandidate
) -> bool:
    """Return True if the arm can move along an approach, and its links have room.

    A thing is brought or taken away a little higher, where a joint may be at its stop.
    """
    path, lifted = joint_path_from(arm, joints, one.path()), one.lifted_path()
    if path is None or joint_path_from(arm, joints, lifted) is None:
        return False
    if joint_path_from(arm, path[-1], lifted[::-1]) is None:
        return False
    for joints in path:
        links, radii = arm_spheres(robot.kinematics.links(joints))
        if float((space.clearance_m(links, radii)).min()) < ARM_LEAST_M:
            return False
    return True


def side_grasp(
    robot: WorkingRobot, item: str, seen: Track, station: Station
) -> tuple[Approach | None, bool]:
    """Return the best grasp of an object from its side, and whether the hand has room for one."""
    shape, space = robot.library.shapes[item], around(robot, (item,))
    found = roomy(robot, space, side_candidates(robot, item, seen, station))
    return reachable(robot, space, found, shape), bool(found)


def has_side_grasp(
    robot: WorkingRobot, item: str, station: Station, without: Collection[str]
) -> bool:
    """Return True if the hand has room for a grasp from the side, some objects being away."""
    seen = robot.perception.tracked[item]
    space = around(robot, (item, *without))
    return bool(roomy(robot, space, side_candidates(robot, item, seen, station)))


def side_placement(
    robot: WorkingRobot, item: str, station: Station
) -> tuple[Approach | None, bool]:
    """Return the best release of the held object from the side, and whether it has room for one.

    It is held as it was grasped: the hand has the tilt at which it stands upright.
    """
    space = around(robot, (item,))
    found = _releases(robot, item, station, space, ())
    return reachable(robot, space, found, robot.library.shapes[item]), bool(found)


def has_side_placement(
    robot: WorkingRobot, item: str, station: Station, without: Collection[str]
) -> bool:
    """Return True if there is room for a release from the side, some objects being away."""
    space = around(robot, (item, *without))
    return bool(_releases(robot, item, station, space, without))


def _releases(
    robot: WorkingRobot, item: str, station: Station, space: FreeSpace, without: Collection[str]
) -> list[tuple[float, HandCandidate]]:
    """Return the releases of the held object that have room, with their scores, best first."""
    if station.is_inside and not station.is_roofed:
        return []
    if robot.library.shapes[item].height_m + 2 * LIFT_M > station.clear_m:
        return []
    spots = itertools.islice(_spots(robot, item, station, without), PLACED)
    return in_turn(roomy(robot, space, spots), lambda pair: pair[1].off_rad)


def _spots(
    robot: WorkingRobot, item: str, station: Station, without: Collection[str]
) -> Iterator[HandCandidate]:
    """Yield the releases of the held object at spots where it fits, best first."""
    in_hand, tilt = robot.perception.in_hand, robot.perception.held_tilt_rad
    assert in_hand is not None
    shape, axis = held_shape(robot, item), robot.pose().axis
    half = width_between_m(robot) / 2
    open_m = min(half + RELEASE_M, robot.model.gripper.open_m)
    height = station.bottom_m + shape.foot_m
    others = [one for one in obstacles(robot, (item, *without)) if one[3] > station.bottom_m]
    found = []
    hx, hy = (max(each - shape.radius_m - WALL_ROOM_M, 0.0) for each in station.half_m)
    for x, y in itertools.product(np.linspace(-hx, hx, GRID[0]), np.linspace(-hy, hy, GRID[1])):
        spot = station.point_m(x, y)
        for yaw in (_straight_on(station, spot, axis) + off for off in OFF_RAD):
            back_m = _back_m(station, spot, yaw, shape.radius_m)
            if back_m is None:
                continue
            clear = _clear_m(spot, yaw, back_m, others) - shape.radius_m
            if clear < APART_M:
                continue
            off = round(wrapped(yaw - _straight_on(station, spot, axis)), 6)
            deep = 0.1 * x if station.is_roofed else 0.0
            score = min(clear, 0.05) + deep - 0.02 * math.hypot(x, y) - 0.01 * abs(off)
            found.append((score, spot, yaw, back_m, off))
    if not station.is_roofed:  # where a hand from above can take it again
        found = [one for one in found if math.dist(one[1], axis.at_m) < FARTHEST_M - shape.radius_m]
    found.sort(key=lambda one: -one[0])
    for score, spot, yaw, back_m, off in in_turn(found, lambda one: one[4]):
        turned = replace(GraspPose.turned(np.array([*spot, height]), yaw, axis), tilt_rad=tilt)
        end = turned.moved(-turned.from_hand_frame(in_hand))
        before, corner = _backed(station, shape, end, back_m)
        yield HandCandidate(end, before, open_m, -score, off, corner)


def in_turn(found: Iterable[T], key: Callable[[T], float]) -> list[T]:
    """Return candidates so that the best of each key come first, then the second of each."""
    ranks: Counter[float] = Counter()
    ranked = []
    for one in found:
        ranked.append((ranks[key(one)], one))
        ranks[key(one)] += 1
    return [one for _, one in sorted(ranked, key=lambda pair: pair[0])]


def width_between_m(robot: WorkingRobot) -> float:
    """Return the width of what the fingers hold."""
    return robot.width_m


def _clear_m(
    spot: FloatArray, yaw_rad: float, back_m: float, others: Sequence[tuple[object, ...]]
) -> float:
    """Return the distance of obstacles from the way to a spot, in m."""
    ahead = np.array([math.cos(yaw_rad), math.sin(yaw_rad)])
    least = 0.2
    for _, at_m, wide_m, *_ in others:
        away = np.asarray(at_m) - spot
        along = min(max(float(away @ -ahead), 0.0), back_m)
        least = min(least, float(np.linalg.norm(away + along * ahead)) - float(wide_m))  # type: ignore[arg-type]
    return least
