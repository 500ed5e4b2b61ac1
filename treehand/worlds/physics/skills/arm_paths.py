"""Paths of the arm: joint positions for poses of the hand, and ways between them in free space."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

import numpy as np

from treehand.skills import FloatArray, Kinematics
from treehand.skills.vla.conversion.inverse_kinematics import joints_for, twist
from treehand.worlds.physics.model.arm import GraspPose, wrapped
from treehand.worlds.physics.port import WorkingRobot
from treehand.worlds.physics.robots.kinematic_chain import StandingArm
from treehand.worlds.physics.skills.free_space import (
    FAR_M,
    FreeSpace,
    Spheres,
    arm_spheres,
    hand_spheres,
)

STOWS_M = ((0.42, 0.46), (0.34, 0.46), (0.36, 0.56))
"""Distances and heights of a hand that points down before the arm, clear of furniture."""
CARRIES_M = ((0.44, 0.52), (0.40, 0.50), (0.50, 0.52), (0.44, 0.60))
"""The same of a tilted hand that carries something."""
SWINGS_RAD = (0.0, 0.5, -0.5, 1.0, -1.0, 1.5, -1.5)
"""Azimuths of such poses that are tried, relative to the present one."""
TRANSIT_M, BLOCKED_M, SAMPLES = 0.012, -0.02, 12
"""Clearance of arm, hand and load between two joint positions: that which is wanted, and that below
which the way is blocked, as spheres are wider than what they stand for. Number of samples."""
PIECES = 7
"""Number of poses along an approach."""
CLOSE = 2e-3
"""Error of the hand, in m and rad, at which a pose is reached."""
DAMPING, LEAP_RAD = 0.05, 0.5
"""Damping factor of the inverse kinematics, and greatest change of a joint in one piece."""
SEEDS, SPREAD_RAD = 5, 0.7
"""Number of random joint positions that inverse kinematics begins with, and their spread."""


def straight(start: GraspPose, end: GraspPose) -> list[GraspPose]:
    """Return poses along a straight line; the hand keeps its rotation."""
    way = end.frame()[0] - start.frame()[0]
    return [start.moved(share * way) for share in np.linspace(0.0, 1.0, PIECES)]


def drawn(pose: GraspPose) -> GraspPose:
    """Return where a hand that points down is drawn in before it is tilted."""
    radius_m, height_m = STOWS_M[0]
    return replace(pose, radius_m=min(pose.radius_m, radius_m), height_m=height_m, turn_rad=0.0)


def transit(
    robot: WorkingRobot, space: FreeSpace, start: FloatArray, goal: FloatArray
) -> tuple[FloatArray, ...]:
    """Return joint positions through which the arm gets to a goal in free space; none if it cannot.

    Between two of them all joints move point to point. Tried are the straight way, and ways over
    one pose before the arm, at which a held thing stands upright.
    """
    if is_clear(robot, space, start, goal):
        return (goal,)
    azimuth = GraspPose.of(robot.kinematics.hand(goal), robot.pose().axis).azimuth_rad
    tilt = 0.0 if robot.perception.held is None else robot.perception.held_tilt_rad
    for pose in before_arm(robot, CARRIES_M if tilt else STOWS_M, azimuth, tilt):
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
    axis = robot.pose().axis
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


def is_reached(robot: WorkingRobot, pose: GraspPose) -> bool:
    """Return True if the arm gets the hand to a pose from home or from where it is."""
    return any(solve(robot, pose, start) is not None for start in (None, robot.joints))


def _solved(arm: Kinematics, start: FloatArray, pose: GraspPose) -> FloatArray | None:
    target, joints = pose.hand(), start
    for _ in range(2):
        joints = joints_for(arm, joints, target, DAMPING)
        if _error(arm, joints, pose) < CLOSE:
            return joints
    return None


def _error(arm: Kinematics, joints: FloatArray, pose: GraspPose) -> float:
    return float(np.linalg.norm(twist(arm.hand(joints), pose.hand())))


def solutions(robot: WorkingRobot, arm: Kinematics, pose: GraspPose) -> Iterator[FloatArray]:
    """Yield joint positions with the hand at a pose: first those that a smooth motion leads to."""
    begun = facing(robot, pose.azimuth_rad)
    upright = drawn(GraspPose(1.0, pose.azimuth_rad, 0.0, axis=pose.axis))
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


def joint_path_from(
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
    return joint_path_from(arm, robot.joints, poses[1:])
