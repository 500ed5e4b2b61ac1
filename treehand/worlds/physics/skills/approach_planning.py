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
from treehand.skills.vla.conversion.inverse_kinematics import joints_for, twist
from treehand.worlds.physics.model.arm import GraspPose, wrapped
from treehand.worlds.physics.model.objects import Shape, side_grasps, width_across_m
from treehand.worlds.physics.model.stations import EDGE_M, Station
from treehand.worlds.physics.port import Track, WorkingRobot
from treehand.worlds.physics.robots.kinematic_chain import StandingArm
from treehand.worlds.physics.skills.free_space import (
    FAR_M,
    FreeSpace,
    Spheres,
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
    is_narrow_enough,
    obstacles,
)

T = TypeVar("T")

STOWS_M = ((0.42, 0.46), (0.34, 0.46), (0.36, 0.56))
"""Distances and heights of a hand that points down before the arm, clear of furniture."""
CARRIES_M = ((0.44, 0.52), (0.40, 0.50), (0.50, 0.52), (0.44, 0.60))
"""The same of a tilted hand that carries something."""
SWINGS_RAD = (0.0, 0.5, -0.5, 1.0, -1.0, 1.5, -1.5)
"""Azimuths of such poses that are tried, relative to the present one."""
TRANSIT_M, BLOCKED_M, SAMPLES = 0.012, -0.02, 12
"""Clearance of arm, hand and load between two joint positions: that which is wanted, and that below
which the way is blocked, as spheres are wider than what they stand for. Number of samples."""
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
PIECES = 7
"""Number of poses along an approach."""
CLOSE = 2e-3
"""Error of the hand, in m and rad, at which a pose is reached."""
DAMPING, LEAP_RAD = 0.05, 0.5
"""Damping factor of the inverse kinematics, and greatest change of a joint in one piece."""
SEEDS, SPREAD_RAD = 5, 0.7
"""Number of random joint positions that inverse kinematics begins with, and their spread."""
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


def straight(start: GraspPose, end: GraspPose) -> list[GraspPose]:
    """Return poses along a straight line; the hand keeps its rotation."""
    way = end.frame()[0] - start.frame()[0]
    return [start.moved(share * way) for share in np.linspace(0.0, 1.0, PIECES)]


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
    axis = robot.pose().axis_m
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


def _straight_on(station: Station, spot: FloatArray, axis_m: tuple[float, float]) -> float:
    """Return the yaw of an approach straight on: into a shelf, elsewhere away from the arm."""
    if station.is_roofed:
        return station.turn_rad
    return math.atan2(spot[1] - axis_m[1], spot[0] - axis_m[0])


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
    """Return the best candidate that the arm reaches; None if it reaches none of them."""
    arm = StandingArm(robot.kinematics, robot.joints, robot.model.base_n)
    start = robot.joints
    if not robot.pose().is_tilted:
        drawn_in = solve(robot, drawn(robot.pose()))
        start = start if drawn_in is None else drawn_in
    passable: list[tuple[float, Approach]] = []
    for score, one in found[:TRIED]:
        for joints in itertools.islice(_solutions(robot, arm, one.before), SOLUTIONS):
            if not _is_passable(robot, arm, space, joints, one):
                continue
            legs = transit(robot, space, start, joints)
            if legs:
                way_rad = np.abs(np.diff([start, *legs], axis=0)).max(axis=1).sum()
                over_m = OVER_RIM_M if shape.kind == "ring" else 0.0
                approach = Approach(one.end, one.before, legs, one.open_m, one.corner, over_m)
                passable.append((score - TRAVEL_M_RAD * float(way_rad), approach))
        if len(passable) >= COMPARED:
            break
    return max(passable, key=lambda pair: pair[0])[1] if passable else None


def drawn(pose: GraspPose) -> GraspPose:
    """Return where a hand that points down is drawn in before it is tilted."""
    radius_m, height_m = STOWS_M[0]
    return replace(pose, radius_m=min(pose.radius_m, radius_m), height_m=height_m, turn_rad=0.0)


def transit(
    robot: WorkingRobot, space: FreeSpace, start: FloatArray, goal: FloatArray
) -> tuple[FloatArray, ...]:
    """Return joint positions through which the arm gets to a goal in free space; none if it cannot.

    Between two of them all joints move point to point. Tried are the straight way, and ways over
    one pose before the arm.
    """
    if is_clear(robot, space, start, goal):
        return (goal,)
    azimuth = GraspPose.of(robot.kinematics.hand(goal), robot.pose().axis_m).azimuth_rad
    for pose in before_arm(robot, STOWS_M, azimuth, 0.0):
        via = solve(robot, pose)
        if via is None or not is_clear(robot, space, via, goal):
            continue
        if is_clear(robot, space, start, via):
            return via, goal
    return ()


def before_arm(
    robot: WorkingRobot, places_m: Iterable[tuple[float, float]], azimuth: float, tilt: float
) -> Iterator[GraspPose]:
    """Yield poses of the hand before the arm, near an azimuth, at distances and heights."""
    axis = robot.pose().axis_m
    for swing, (radius_m, height_m) in itertools.product(SWINGS_RAD, places_m):
        yield GraspPose(radius_m, azimuth + swing, height_m, 0.0, axis, tilt)


def is_clear(robot: WorkingRobot, space: FreeSpace, start: FloatArray, goal: FloatArray) -> bool:
    """Return True if arm, hand and what it holds have room between two joint positions."""
    return transit_room_m(robot, space, start, goal) >= TRANSIT_M


def transit_room_m(
    robot: WorkingRobot, space: FreeSpace, start: FloatArray, goal: FloatArray
) -> float:
    """Return the least clearance of arm, hand and load between two joint positions."""
    points, radii = hand_spheres(robot.model.gripper, robot.model.gripper.open_m)
    perception = robot.perception
    if perception.held is not None and perception.in_hand is not None:
        load, wide = _load(robot, perception.held, perception.in_hand)
        points, radii = np.vstack([points, load]), np.append(radii, wide)
    least_m = FAR_M
    for share in np.linspace(0.0, 1.0, SAMPLES)[1:]:
        joints = start + share * (goal - start)
        links, wide = arm_spheres(robot.kinematics.links(joints))
        hand = robot.kinematics.hand(joints)
        own = hand.position_m + points @ hand.rotation.T
        room = min(space.clearance_m(links, wide).min(), space.clearance_m(own, radii).min())
        least_m = min(least_m, float(room))
        if least_m < BLOCKED_M:
            break
    return least_m


def facing(robot: WorkingRobot, azimuth_rad: float) -> FloatArray:
    """Return the home positions of the joints, turned towards an azimuth."""
    joints, base_n = robot.joints, robot.model.base_n
    joints[base_n:] = robot.model.home[base_n:]
    joints[base_n] += wrapped(azimuth_rad - (float(joints[2]) if base_n else 0.0))
    return joints


def solve(
    robot: WorkingRobot, pose: GraspPose, start: FloatArray | None = None
) -> FloatArray | None:
    """Return joint positions with the hand at a pose, near some; None if it is out of reach.

    Args:
        robot: The robot.
        pose: Pose of the hand.
        start: Joint positions to begin with; home, turned towards the pose, if None.
    """
    arm = StandingArm(robot.kinematics, robot.joints, robot.model.base_n)
    begun = facing(robot, pose.azimuth_rad) if start is None else start
    return _solved(arm, begun, pose)


def _solved(arm: Kinematics, start: FloatArray, pose: GraspPose) -> FloatArray | None:
    target, joints = pose.hand(), start
    for _ in range(2):
        joints = joints_for(arm, joints, target, DAMPING)
        if _error(arm, joints, pose) < CLOSE:
            return joints
    return None


def _error(arm: Kinematics, joints: FloatArray, pose: GraspPose) -> float:
    return float(np.linalg.norm(twist(arm.hand(joints), pose.hand())))


def _solutions(robot: WorkingRobot, arm: Kinematics, pose: GraspPose) -> Iterator[FloatArray]:
    """Yield joint positions with the hand at a pose: first those that a smooth motion leads to."""
    begun = facing(robot, pose.azimuth_rad)
    upright = drawn(GraspPose(1.0, pose.azimuth_rad, 0.0, axis_m=pose.axis_m))
    joints = begun
    for share in np.linspace(0.2, 1.0, 5):
        joints = joints_for(arm, joints, upright.towards(pose, float(share)).hand(), DAMPING)
    if _error(arm, joints, pose) < CLOSE:
        yield joints
    low, high = arm.limits()
    random = np.random.default_rng(0)
    for _ in range(SEEDS):
        seed = np.clip(begun + random.normal(0.0, SPREAD_RAD, len(begun)), low, high)
        solution = _solved(arm, seed, pose)
        if solution is not None:
            yield solution


def _is_passable(
    robot: WorkingRobot, arm: Kinematics, space: FreeSpace, joints: FloatArray, one: HandCandidate
) -> bool:
    """Return True if the arm can move along an approach, and its links have room."""
    path = _joint_path(arm, joints, one.path())
    if path is None:
        return False
    for joints in path:
        links, radii = arm_spheres(robot.kinematics.links(joints))
        if float((space.clearance_m(links, radii)).min()) < ARM_LEAST_M:
            return False
    return True


def _joint_path(
    arm: Kinematics, joints: FloatArray, poses: Sequence[GraspPose]
) -> FloatArray | None:
    """Return joint positions along poses, shape (k, n), without a leap; None if there are none."""
    path = []
    for pose in poses:
        after = joints_for(arm, joints, pose.hand(), DAMPING)
        if _error(arm, after, pose) > CLOSE or np.abs(after - joints).max() > LEAP_RAD:
            return None
        path.append(after)
        joints = after
    return np.array(path)


def _load(robot: WorkingRobot, item: str, in_hand: FloatArray) -> Spheres:
    """Return the spheres of a held object in the frame of the tool, along its axis."""
    shape = robot.library.shapes[item]
    up = GraspPose(0.0, 0.0, 0.0, tilt_rad=robot.perception.held_tilt_rad).frame()[1].T[:, 2]
    wide = min(shape.radius_m, shape.height_m / 2)
    middle = in_hand * [1.0, -1.0, -1.0] + (shape.height_m / 2 - shape.foot_m) * up
    reach = shape.height_m / 2 - wide
    points = np.array([middle + share * reach * up for share in (-1.0, 0.0, 1.0)])
    return points, np.full(len(points), wide)


def joint_path(robot: WorkingRobot, poses: Sequence[GraspPose]) -> FloatArray | None:
    """Return joint positions from the present ones along poses; None if there are none."""
    arm = StandingArm(robot.kinematics, robot.joints, robot.model.base_n)
    return _joint_path(arm, robot.joints, poses[1:])


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
    shape, axis = robot.library.shapes[item], robot.pose().axis_m
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
