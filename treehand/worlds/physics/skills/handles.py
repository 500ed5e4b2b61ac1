"""Skills of the physics kitchen that move handles: open, close, turn_on, turn_off."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from treehand.skills import FailureCode, FloatArray, SkillContext, SkillStep
from treehand.skills.domain import Fact, Percept
from treehand.worlds.physics.model.arm import GraspPose, HandPath
from treehand.worlds.physics.model.layout import (
    DRAWER_CLOSED_M,
    DRAWER_HANDLE_M,
    DRAWER_RANGE_M,
    KNOB_GRIP_M,
    KNOB_M,
    KNOB_OFF_RAD,
    KNOB_ON_RAD,
    LID_BAR_M,
    LID_HINGE_M,
    LID_OPEN_RAD,
    LID_RANGE_RAD,
    LID_Z_M,
    STATIONS,
    Station,
)
from treehand.worlds.physics.port import FREE_M_S, Motion, WorkingRobot
from treehand.worlds.physics.skills.grasp_planning import SAFE_M
from treehand.worlds.physics.skills.physics_skill import NEAR_M_S, Steps, physics_skill, prepare

HANDLE_N, KNOB_N = 40.0, 15.0
LID_PIECES = 10

Path = tuple[list[FloatArray], float]
"""Points of a handle, each of shape (3,), and the yaw of a hand that holds it."""


def _move_door(is_to_open: bool) -> Callable[..., Steps]:
    def run(context: SkillContext, robot: WorkingRobot, place: str) -> Steps:
        """Take a handle and move the door or drawer."""
        robot.perception.at = place
        station = STATIONS[place]
        if not station.has_door:
            return SkillStep.failure(FailureCode.UNSUPPORTED, f"{place} has no door")
        problem = yield from prepare(robot)
        problem = problem or (yield from robot.open(wait_s=0.02))
        path = _handle_path(robot, station, is_to_open)
        problem = problem or (yield from _follow_handle(robot, path))
        if problem:
            return problem
        yield 0.3
        share = robot.encoders.opening(place)
        if (share > 0.8) is not is_to_open or (share < 0.12) is is_to_open:
            return SkillStep.failure(FailureCode.DOOR_JAMMED, f"{place} is {share:.0%} open")
        time_s = robot.now_s
        return SkillStep.success(Percept(Fact("is_open", (place,)), is_to_open, "camera", time_s))

    return run


def _handle_path(robot: WorkingRobot, station: Station, is_to_open: bool) -> Path:
    """Return the points of a handle, each of shape (3,), from its present position on; and a yaw.

    The yaw is that of a hand that holds the handle.
    """
    azimuth = station.azimuth_rad
    if station.kind == "drawer":
        now_m = robot.encoders.opening(station.name) * DRAWER_RANGE_M
        to_m = DRAWER_RANGE_M - 0.008 if is_to_open else -0.004
        closed_m = DRAWER_CLOSED_M - DRAWER_HANDLE_M
        outs = (closed_m - pulled for pulled in (now_m, to_m))
        return [np.array([*station.point_m(out, 0.0), 0.005]) for out in outs], azimuth
    now_rad = robot.encoders.opening(station.name) * LID_RANGE_RAD
    to_rad = LID_OPEN_RAD if is_to_open else -0.02
    hinge_m, (out, up) = station.middle_m + LID_HINGE_M, LID_BAR_M
    path = []
    for share in np.linspace(0.0, 1.0, LID_PIECES):
        angle = now_rad + share * (to_rad - now_rad)
        cos, sin = math.cos(angle), math.sin(angle)
        radius = hinge_m - out * cos + up * sin
        point = station.point_m(radius, 0.0)
        path.append(np.array([*point, LID_Z_M + out * sin + up * cos]))
    return path, azimuth + math.pi / 2


def _follow_handle(robot: WorkingRobot, path: Path) -> Motion:
    points, yaw = path
    problem = yield from robot.reach(*(point[:2] for point in points))
    if problem:
        return problem
    axis = robot.pose().axis_m
    poses = tuple(GraspPose.turned(point, yaw, axis) for point in points)
    first = poses[0]
    over = max(first.height_m + 0.07, SAFE_M)
    for to, speed in ((first.lifted(over), FREE_M_S), (first, NEAR_M_S)):
        problem = yield from robot.go(to, speed)
        if problem:
            return problem
    yield from robot.grip(HANDLE_N, 0.5)
    jammed = yield from robot.follow(HandPath(poses, NEAR_M_S), tolerance_m=0.05)
    yield from robot.open()
    pose = robot.pose()
    problem = yield from robot.go(pose.lifted(pose.height_m + 0.09), NEAR_M_S)
    clear = GraspPose(0.45, first.azimuth_rad, 0.3, pose.turn_rad, axis)
    problem = problem or (yield from robot.go(clear))
    if jammed:
        return SkillStep.failure(FailureCode.DOOR_JAMMED, jammed.detail)
    return problem


open_door = physics_skill("open")(_move_door(True))
close_door = physics_skill("close")(_move_door(False))


def _turn(is_to_burn: bool) -> Callable[..., Steps]:
    def run(context: SkillContext, robot: WorkingRobot, knob: str) -> Steps:
        """Take a knob and turn it."""
        robot.perception.at = None
        problem = yield from prepare(robot)
        azimuth = STATIONS["stove"].azimuth_rad
        now_rad, to_rad = robot.encoders.knob_rad, KNOB_ON_RAD if is_to_burn else -0.03
        point = STATIONS["stove"].point_m(KNOB_M, 0.0)
        problem = problem or (yield from robot.reach(point))
        at, axis = np.array([*point, KNOB_GRIP_M]), robot.pose().axis_m
        first, last = (GraspPose.turned(at, azimuth + turn, axis) for turn in (now_rad, to_rad))
        yield from robot.open(wait_s=0.02)
        for to, speed in ((first.lifted(SAFE_M), FREE_M_S), (first, NEAR_M_S)):
            problem = problem or (yield from robot.go(to, speed))
        if problem:
            return problem
        yield from robot.grip(KNOB_N, 0.5)
        problem = yield from robot.go(last)
        yield from robot.open()
        yield from robot.rise(SAFE_M)
        if problem:
            return problem
        is_burning = robot.encoders.knob_rad > KNOB_OFF_RAD
        if is_burning is not is_to_burn:
            turned = f"{knob} is at {robot.encoders.knob_rad:.2f} rad"
            return SkillStep.failure(FailureCode.EFFECT_MISSING, turned)
        time_s = robot.now_s
        return SkillStep.success(Percept(Fact("is_on", (knob,)), is_to_burn, "camera", time_s))

    return run


turn_on = physics_skill("turn_on")(_turn(True))
turn_off = physics_skill("turn_off")(_turn(False))
