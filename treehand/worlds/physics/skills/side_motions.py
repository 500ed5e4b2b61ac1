"""Motions of a tilted hand: to a pre-grasp, straight in, back out, and upright again."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from treehand.skills import FailureCode, SkillStep
from treehand.worlds.physics.model.arm import GraspPose
from treehand.worlds.physics.model.stations import EDGE_M
from treehand.worlds.physics.port import CARRY_M_S, FREE_M_S, Motion, WorkingRobot
from treehand.worlds.physics.skills.approach_planning import Approach, ahead, around
from treehand.worlds.physics.skills.arm_paths import (
    BLOCKED_M,
    CARRIES_M,
    STOWS_M,
    TRANSIT_M,
    before_arm,
    drawn,
    joint_path,
    solve,
    straight,
    transit_room_m,
)

ENTER_M_S = 0.25
"""Greatest speed of a hand that moves in or out from the side."""
BACK_OUT_M = 0.22
"""Way of a tilted hand, back along its approach, after which it is out of any shelf."""


def enter(
    robot: WorkingRobot, way: Approach, *, lift_m: float = 0.0, carrying: str | None = None
) -> Motion:
    """Move the hand to the pre-grasp of an approach, and straight in."""
    problem = None
    if not robot.pose().is_tilted:
        speed = FREE_M_S if carrying is None else CARRY_M_S
        problem = yield from robot.go(drawn(robot.pose()), speed, carrying=carrying)
    for joints in way.legs:
        problem = problem or (yield from robot.move_joints(joints[None], carrying=carrying))
    lift_m = max(lift_m, way.over_m)
    first = (way.before,) if lift_m else ()
    for to in (*first, *_corner(way), way.end):
        to = to.lifted(to.height_m + lift_m)
        problem = problem or (yield from move_straight(robot, to, carrying=carrying))
    return problem


def _corner(way: Approach) -> tuple[GraspPose, ...]:
    return () if way.corner is None else (way.corner,)


def leave(robot: WorkingRobot, way: Approach, *, carrying: str | None = None) -> Motion:
    """Move the hand straight out of an approach, from the height at which it is."""
    lift_m = robot.pose().height_m - way.end.height_m
    problem = None
    for to in (*_corner(way), way.before):
        out = to.lifted(to.height_m + lift_m)
        problem = problem or (yield from move_straight(robot, out, carrying=carrying))
    if problem or carrying is None:
        return problem or (yield from stow(robot))
    return (yield from carry(robot, carrying))


def move_straight(
    robot: WorkingRobot,
    to: GraspPose,
    speed_m_s: float = ENTER_M_S,
    *,
    carrying: str | None = None,
) -> Motion:
    """Move a tilted hand along a straight line; it keeps its rotation."""
    pose = robot.pose()
    path = joint_path(robot, straight(pose, to))
    if path is None:
        return SkillStep.failure(FailureCode.OUT_OF_REACH, "the arm cannot move straight there")
    way_m = float(np.linalg.norm(to.frame()[0] - pose.frame()[0]))
    return (yield from robot.move_joints(path, least_s=way_m / speed_m_s, carrying=carrying))


def carry(robot: WorkingRobot, item: str) -> Motion:
    """Move a tilted hand to where it carries an object, which stays upright."""
    pose = robot.pose()
    places = before_arm(robot, CARRIES_M, pose.azimuth_rad, pose.tilt_rad)
    return (yield from _move_to_any(robot, places, item))


def stow(robot: WorkingRobot, *, carrying: str | None = None) -> Motion:
    """Turn a tilted hand down again, before the arm."""
    places = before_arm(robot, STOWS_M, robot.pose().azimuth_rad, 0.0)
    return (yield from _move_to_any(robot, places, carrying))


def _move_to_any(robot: WorkingRobot, places: Iterable[GraspPose], carrying: str | None) -> Motion:
    """Move all joints to the first of some poses that the arm gets to in free space."""
    space = around(robot, () if carrying is None else (carrying,))
    best, best_m = None, BLOCKED_M
    for pose in places:
        for start in (robot.joints, None):
            joints = solve(robot, pose, start)
            if joints is None:
                continue
            room_m = transit_room_m(robot, space, robot.joints, joints)
            if room_m > best_m:
                best, best_m = joints, room_m
        if best_m >= TRANSIT_M:
            break
    if best is not None:
        return (yield from robot.move_joints(best[None], carrying=carrying))
    return SkillStep.failure(FailureCode.OUT_OF_REACH, "the arm has no room to turn the hand")


def raise_hand(robot: WorkingRobot, height_m: float) -> Motion:
    """Raise the hand to a height at which nothing is in its way, and turn it down if it is tilted.

    A hand that was interrupted while it moved a handle lets go of it first, and a tilted one that
    was interrupted in a shelf moves back out.
    """
    if robot.is_gripping and robot.perception.held is None:
        yield from robot.open()
    pose = robot.pose()
    if pose.is_tilted:
        if _is_in_shelf(robot, pose):
            problem = yield from move_straight(robot, pose.moved(-BACK_OUT_M * ahead(pose)))
            if problem:
                return problem
        problem = yield from stow(robot, carrying=robot.perception.held)
        if problem:
            return problem
    return (yield from robot.rise(height_m))


def _is_in_shelf(robot: WorkingRobot, pose: GraspPose) -> bool:
    point = pose.frame()[0][:2]
    return any(
        station.is_roofed and station.covers(point, EDGE_M)
        for station in robot.library.stations.values()
    )
