"""The tabletop's own skills: visual servoing of the gripper, without a policy."""

from __future__ import annotations

import math
from collections.abc import Generator

import numpy as np

from treehand.skills import FailureCode, FloatArray, SkillContext, SkillStep, skill
from treehand.skills.contracts.grip_force import FRAGILE_SHARE
from treehand.skills.domain import Fact, Percept
from treehand.worlds.tabletop.robot import SPEED_M_S, TabletopRobot
from treehand.worlds.tabletop.state import Point, TabletopState

WORLD = "tabletop"
PERIOD_S = 1 / 30
GAIN_HZ = 5.0
"""Proportional gain: speed towards a target per distance from it."""
ARRIVED_M = 0.004
"""Distance from the target at which the gripper closes or opens."""
MARGIN = 1.5
"""Factor on the force that a block needs."""
TIMEOUT_S = 30.0
"""Longest approach."""

Steps = Generator[float, None, SkillStep]


def pick_action(state: TabletopState, item: str) -> FloatArray:
    """Return the action that brings a block into the gripper, shape (3,)."""
    block = state.blocks[item]
    force_n = MARGIN * block.need_n
    if block.model.break_force_n is not None:
        force_n = min(force_n, FRAGILE_SHARE * block.model.break_force_n)
    if state.held == item or math.dist(state.gripper_m, block.at_m) <= ARRIVED_M:
        return np.array([0.0, 0.0, force_n])
    return np.array([*towards(state.gripper_m, block.at_m), 0.0])


def place_action(state: TabletopState, place: str) -> FloatArray:
    """Return the action that brings the held block onto a place, shape (3,)."""
    target_m = state.middle_m(place)
    if math.dist(state.gripper_m, target_m) <= ARRIVED_M:
        return np.zeros(3)
    return np.array([*towards(state.gripper_m, target_m), state.force_n])


def towards(from_m: Point, to_m: Point) -> Point:
    """Return a velocity from one point towards another, within the limit per axis."""
    x, y = (float(np.clip(GAIN_HZ * (b - a), -1, 1)) for a, b in zip(from_m, to_m, strict=True))
    fastest = max(abs(x), abs(y)) / SPEED_M_S
    return (x / fastest, y / fastest) if fastest > 1 else (x, y)


def _robot(context: SkillContext) -> TabletopRobot:
    robot = context.embodiment
    if not isinstance(robot, TabletopRobot):
        raise TypeError(f"skill '{context.call.name}' runs on the built-in tabletop only")
    if robot.state.faults.trigger("skill-error"):
        raise RuntimeError("injected on purpose")
    return robot


def _success(robot: TabletopRobot, source: str, *facts: Fact) -> SkillStep:
    time_s = robot.state.time_s
    return SkillStep.success(*(Percept(fact, True, source, time_s) for fact in facts))


@skill("pick", world=WORLD, ends_itself=True)
def pick(context: SkillContext, item: str) -> Steps:
    """Move over the item and close the gripper on it."""
    robot = _robot(context)
    state, began_s = robot.state, context.clock.now_s()
    closed_n = 0
    while state.sensed_held != item:
        if context.clock.now_s() - began_s > TIMEOUT_S:
            return SkillStep.failure(FailureCode.STALLED, f"{item} was not reached")
        action = pick_action(state, item)
        closed_n = closed_n + 1 if action[2] > 0 else 0
        robot.apply(action)
        if closed_n > 0.5 / PERIOD_S or (closed_n > 1 and state.held is None):
            robot.apply(np.zeros(3))
            return SkillStep.failure(FailureCode.GRASP_MISSED, f"the fingers closed beside {item}")
        yield PERIOD_S
    yield 0.5
    robot.stop()
    if state.held != item:
        robot.apply(np.zeros(3))
        return SkillStep.failure(FailureCode.GRASP_DROPPED, f"{item} slipped")
    if state.blocks[item].is_broken:
        return SkillStep.failure(FailureCode.OBJECT_BROKEN, f"{item} broke")
    return _success(robot, "gripper", Fact("holding", (item,)))


@skill("place_on", world=WORLD, ends_itself=True)
def place_on(context: SkillContext, item: str, place: str) -> Steps:
    """Move the held item over a place and open the gripper."""
    robot = _robot(context)
    state, began_s = robot.state, context.clock.now_s()
    while (action := place_action(state, place))[2] > 0 or state.held is not None:
        if context.clock.now_s() - began_s > TIMEOUT_S:
            return SkillStep.failure(FailureCode.STALLED, f"{place} was not reached")
        if state.held != item and state.zone_at(state.blocks[item].at_m) != place:
            robot.apply(np.zeros(3))
            return SkillStep.failure(FailureCode.GRASP_DROPPED, f"{item} slipped on the way")
        robot.apply(action)
        yield PERIOD_S
    robot.stop()
    return _success(robot, "camera", Fact("on", (item, place)))


SKILLS = (pick, place_on)
