"""Skills of the drawer: take hold of a handle found in depth, and pull along an estimated axis."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from arm_cell import CellRobot
from drawer_eyes import Front, Handle

from treehand.skills import (
    FailureCode,
    FloatArray,
    Pose,
    SkillContext,
    SkillGenerator,
    SkillStep,
    skill,
)

STEP_S = 0.04
LOOK_AT_M = np.array([0.44, 0.0, 0.6])
"""Place of the hand from which the wrist camera sees the front."""
BEFORE_M = 0.09
FAST_M_S, SLOW_M_S = 0.35, 0.08
TOUCH_N = 12.0
"""Force at which the hand has met something on its way to the handle."""
GRIP_N = 60.0
SPREAD_M = 0.08
PULL_M_S = 0.07
PULLED_M = 0.15
"""Way after which the drawer is open enough."""
MOST_N = 45.0
"""Force beyond which the arm does not pull."""
YIELDS_M_N = 0.0006
"""Way that the hand gives across the axis for each N and step."""


@dataclass(frozen=True)
class Seen:
    """What the wrist camera's depth told."""

    taken_s: float
    front: Front | None
    handles: list[Handle]
    computed_s: float


def facing(out: FloatArray) -> FloatArray:
    """Return the rotation of a hand that faces a front; the fingers close vertically."""
    into = -out / np.linalg.norm(out)
    up = np.array([0.0, 0.0, 1.0])
    side = np.cross(up, into)
    side /= np.linalg.norm(side)
    return np.stack([side, np.cross(into, side), into], axis=1)


def reach(robot: CellRobot, pose: Pose, speed: float, touch_n: float) -> Iterator[float]:
    """Go to a pose, until the hand is there or meets something."""
    robot.servo(pose, speed)
    since_s, still_s = robot.now_s, 0.0
    while robot.now_s - since_s < 6.0 and still_s < 0.12:
        yield STEP_S
        away = float(np.linalg.norm(robot.hand.position_m - pose.position_m))
        turn = float(np.abs(robot.hand.rotation - pose.rotation).max())
        still_s = still_s + STEP_S if away < 0.003 and turn < 0.03 else 0.0
        if float(np.linalg.norm(robot.felt_n)) > touch_n:
            here = robot.hand
            robot.servo(Pose(here.position_m, pose.rotation), speed)
            return


@skill("grip", ends_itself=True)
def grip(context: SkillContext, drawer: str) -> SkillGenerator:
    """Look at the front, find a handle, and pinch it or spread the fingers in it."""
    robot: CellRobot = context.embodiment
    here = robot.hand
    if here.position_m[0] > LOOK_AT_M[0] + 0.03:
        robot.open_to(0.04)
        yield 0.3
        out = here.rotation[:, 2]
        yield from reach(robot, Pose(here.position_m - 0.1 * out, here.rotation), FAST_M_S, 80.0)
    yield from reach(robot, Pose(LOOK_AT_M, facing(np.array([-1.0, 0.0, 0.0]))), FAST_M_S, 80.0)
    seen: Seen = robot.look()
    yield robot.latency_s
    if seen.front is None or not seen.handles:
        return SkillStep.failure(FailureCode.OBJECT_NOT_FOUND, "no handle stands off the front")
    handle = seen.handles[(context.attempt - 1) % min(len(seen.handles), 2)]
    context.note(f"{'recess' if handle.is_sunk else 'handle'} of {1000 * handle.high_m:.0f} mm")
    rotation = facing(handle.out)
    before = Pose(handle.at_m + BEFORE_M * handle.out, rotation)
    robot.open_to(0.0 if handle.is_sunk else 0.08)
    robot.servo(before, FAST_M_S, seen_s=seen.taken_s, computed_s=seen.computed_s)
    yield from reach(robot, before, FAST_M_S, 80.0)
    robot.tare()
    yield from reach(robot, Pose(handle.at_m, rotation), SLOW_M_S, TOUCH_N)
    left_m = float((robot.hand.position_m - handle.at_m) @ handle.out)
    if left_m > 0.02:
        robot.servo(before, FAST_M_S)
        yield 0.8
        return SkillStep.failure(
            FailureCode.PATH_BLOCKED,
            f"the hand is stopped {1000 * left_m:.0f} mm before the handle",
        )
    if handle.is_sunk:
        robot.open_to(SPREAD_M)
    else:
        robot.grip(GRIP_N)
    yield 0.7
    if not holds(robot, is_sunk=handle.is_sunk):
        robot.open_to(0.0 if handle.is_sunk else 0.08)
        yield 0.4
        robot.servo(before, FAST_M_S)
        yield 0.8
        return SkillStep.failure(FailureCode.GRASP_MISSED, "the fingers hold nothing")
    robot.hold(handle)
    return None


def holds(robot: CellRobot, *, is_sunk: bool) -> bool:
    """Return True if the fingers are kept from closing, or from opening, by what they hold."""
    return robot.width_m < SPREAD_M - 0.008 if is_sunk else robot.width_m > 0.004


@skill("pull", ends_itself=True)
def pull(context: SkillContext, drawer: str) -> SkillGenerator:
    """Pull along the axis, give way across it, and turn the axis to where the hand really goes."""
    robot: CellRobot = context.embodiment
    handle: Handle = robot.held
    robot.tare()
    start, axis, target = robot.hand, handle.out, robot.hand.position_m
    pushed_s = 0.0
    while float((robot.hand.position_m - start.position_m) @ axis) < PULLED_M:
        yield STEP_S
        if not holds(robot, is_sunk=handle.is_sunk):
            return SkillStep.failure(FailureCode.GRASP_DROPPED, "the handle slipped away")
        felt = robot.felt_n
        along_n = -float(felt @ axis)
        across = felt - (felt @ axis) * axis
        pushed_s = pushed_s + STEP_S if along_n > MOST_N else 0.0
        if pushed_s > 0.4:
            break
        pace = 0.0 if along_n > MOST_N else PULL_M_S
        target = target + pace * STEP_S * axis + YIELDS_M_N * across
        way = robot.hand.position_m - start.position_m
        if float(np.linalg.norm(way)) > 0.02:
            axis = axis + 0.08 * (way / np.linalg.norm(way) - axis)
            axis /= np.linalg.norm(axis)
        robot.servo(Pose(target, start.rotation), 0.3, velocity_m_s=pace * axis)
    gone_m = float((robot.hand.position_m - start.position_m) @ axis)
    robot.servo(Pose(robot.hand.position_m, start.rotation), 0.1)
    yield 0.2
    robot.open_to(0.0 if handle.is_sunk else 0.08)
    yield 0.5
    here = robot.hand
    yield from reach(robot, Pose(here.position_m + 0.1 * axis, here.rotation), FAST_M_S, 80.0)
    yield from reach(robot, Pose(LOOK_AT_M - [0.06, 0, 0], here.rotation), FAST_M_S, 80.0)
    robot.look()
    yield robot.latency_s
    if gone_m < 0.05:
        return SkillStep.failure(
            FailureCode.DOOR_JAMMED, f"it moves {1000 * gone_m:.0f} mm with {MOST_N:g} N"
        )
    return None


SKILLS = (grip, pull)
