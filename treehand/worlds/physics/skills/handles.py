"""Skills of the physics kitchen that move handles: open, close, turn_on, turn_off."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from treehand.skills import FailureCode, FloatArray, SkillContext, SkillStep
from treehand.skills.domain import Fact, Percept
from treehand.worlds.physics.model.arm import GraspPose, HandPath
from treehand.worlds.physics.model.arm_axis import ArmAxis
from treehand.worlds.physics.model.stations import (
    HANDLE_GRIP_M,
    KNOB_GRIP_M,
    KNOB_OFF_RAD,
    KNOB_ON_RAD,
    Station,
    stove_of,
)
from treehand.worlds.physics.port import FREE_M_S, Motion, WorkingRobot
from treehand.worlds.physics.skills.grasp_planning import SAFE_M
from treehand.worlds.physics.skills.physics_skill import NEAR_M_S, Steps, physics_skill, prepare

HANDLE_N, KNOB_N = 40.0, 15.0
PIECES = 12
"""Number of poses along the arc of a handle."""
SWUNG_TO, PULLED_TO, CLOSE_TO = 1.03, 0.985, -0.02
"""Shares of its range to which a door or drawer is moved; the hand leads a door
a little."""

Path = tuple[list[FloatArray], float]
"""Points of a handle, each of shape (3,), and the yaw of a hand that holds it."""


def _move_door(is_to_open: bool) -> Callable[..., Steps]:
    def run(context: SkillContext, robot: WorkingRobot, place: str) -> Steps:
        """Take a handle and move the door or drawer."""
        robot.perception.at = place
        station = robot.library.stations[place]
        if not station.has_door:
            return SkillStep.failure(FailureCode.UNSUPPORTED, f"{place} has no door")
        problem = yield from prepare(robot)
        problem = problem or (yield from robot.open(wait_s=0.02))
        path = _handle_path(robot, station, is_to_open)
        problem = problem or (yield from _follow_handle(robot, place, path))
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

    The handle of a drawer moves along a line, that of a door along an arc about its hinge. The hand
    keeps its yaw: a handle is round, and turns between the fingers.
    """
    now = robot.encoders.opening(station.name)
    open_to = SWUNG_TO if station.swings else PULLED_TO
    to = open_to if is_to_open else CLOSE_TO
    spots = (station.handle_m(now + share * (to - now)) for share in np.linspace(0, 1, PIECES))
    return [np.array([*spot, HANDLE_GRIP_M]) for spot in spots], station.turn_rad


def _continued(first: GraspPose, pose: GraspPose) -> GraspPose:
    """Return a pose with the yaw, modulo π, that is nearest to that of another pose."""
    turns = round((pose.turn_rad - first.turn_rad) / math.pi)
    return replace(pose, turn_rad=pose.turn_rad - turns * math.pi)


def _follow_handle(robot: WorkingRobot, place: str, path: Path) -> Motion:
    points, yaw = path
    problem = yield from robot.reach(*(point[:2] for point in points), moving=place)
    if problem:
        return problem
    axis = robot.pose().axis
    first = GraspPose.at(points[0], yaw, axis)
    poses = tuple(_continued(first, GraspPose.at(point, yaw, axis)) for point in points)
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


def _knob_poses(
    stove: Station, now_rad: float, to_rad: float, axis: ArmAxis
) -> tuple[GraspPose, GraspPose]:
    """Return the first and last pose of a hand that turns the knob, within the wrist's limits."""
    at = GraspPose.at(np.array([*stove.knob_m(), KNOB_GRIP_M]), stove.turn_rad + now_rad, axis)
    turned = to_rad - now_rad
    turns = (at.turn_rad + half * math.pi for half in (-1, 0, 1))
    turn = min(turns, key=lambda turn: max(abs(turn), abs(turn + turned)))
    return replace(at, turn_rad=turn), replace(at, turn_rad=turn + turned)


def _turn(is_to_burn: bool) -> Callable[..., Steps]:
    def run(context: SkillContext, robot: WorkingRobot, knob: str) -> Steps:
        """Take a knob and turn it."""
        robot.perception.at = None
        problem = yield from prepare(robot)
        stove = stove_of(robot.library.stations)
        if stove is None:
            return SkillStep.failure(FailureCode.UNSUPPORTED, "there is no stove")
        now_rad, to_rad = robot.encoders.knob_rad, KNOB_ON_RAD if is_to_burn else -0.03
        problem = problem or (yield from robot.reach(stove.knob_m()))
        first, last = _knob_poses(stove, now_rad, to_rad, robot.pose().axis)
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
