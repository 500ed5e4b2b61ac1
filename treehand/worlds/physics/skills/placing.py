"""Skills of the physics kitchen that let go: put_on, put_in, throw_away, sweep_up."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from treehand.skills import FailureCode, SkillContext, SkillStep
from treehand.skills.domain import Fact
from treehand.worlds.physics.model.arm import GraspPose
from treehand.worlds.physics.model.stations import Station
from treehand.worlds.physics.port import CARRY_M_S, Motion, WorkingRobot
from treehand.worlds.physics.skills.grasp_planning import SAFE_M, best_placement, release_opening_m
from treehand.worlds.physics.skills.obstruction import in_the_way_of_placing
from treehand.worlds.physics.skills.physics_skill import (
    NEAR_M_S,
    OVER_M,
    SLOW_M_S,
    Steps,
    physics_skill,
    prepare,
    step_aside,
    success,
)
from treehand.worlds.physics.skills.picking import grasp_and_lift, out_of_reach

LET_FALL_M = 0.004
"""Height above its foot from which an object is released."""


def _put(context: SkillContext, robot: WorkingRobot, item: str, place: str) -> Steps:
    """Carry the held item to a place and set it down where it fits."""
    if robot.perception.held != item:
        return SkillStep.failure(FailureCode.PRECONDITION_FALSE, f"{item} is not in the hand")
    robot.perception.at = place
    station = robot.library.stations[place]
    if robot.encoders.opening(place) < 0.5:
        return SkillStep.failure(FailureCode.CONTAINER_CLOSED, f"{place} is closed")
    problem = yield from prepare(robot)
    if problem:
        return problem
    if robot.perception.held != item:
        return SkillStep.failure(FailureCode.GRASP_DROPPED, f"{item} slipped out of the hand")
    middle = np.array(robot.encoders.now(station).at_m)
    problem = yield from robot.reach(middle, carrying=item)
    if problem:
        return problem
    hold = best_placement(robot, item, station)
    if hold is None:
        return _no_room(robot, item, station)
    down = hold.lifted(hold.height_m + LET_FALL_M)
    for to, speed in (
        (hold.lifted(SAFE_M + 0.04), CARRY_M_S),
        (down.lifted(down.height_m + OVER_M), NEAR_M_S),
        (down, SLOW_M_S),
    ):
        problem = yield from robot.go(to, speed, carrying=item)
        if problem:
            return problem
    to_m = release_opening_m(robot, robot.library.shapes[item])
    return (yield from _release(robot, item, down, to_m=to_m))


def _no_room(robot: WorkingRobot, item: str, station: Station) -> SkillStep:
    """Return the failure of a placement, with the objects that have to leave for it."""
    others = in_the_way_of_placing(robot, item, station)
    if not others:
        detail = f"{item} does not fit there, even if nothing else is there"
        return SkillStep.failure(FailureCode.UNSUPPORTED, detail)
    detail = f"there is no room for {item} beside {', '.join(others)}"
    return SkillStep.failure(FailureCode.CONTAINER_FULL, detail, blocked_by=others)


def _release(robot: WorkingRobot, item: str, at: GraspPose, *, to_m: float | None = None) -> Steps:
    yield from robot.open(to_m, 0.3)
    yield from robot.go(at.lifted(at.height_m + 0.07), NEAR_M_S)
    yield from robot.rise(SAFE_M)
    for is_aside in (False, True):
        if is_aside:
            yield from step_aside(robot)
        for _ in range(5):
            seen = robot.perception.tracked.get(item)
            if seen is not None:
                return success(robot, "camera", seen.fact)
            yield 0.1
    return success(robot, "gripper", Fact("hand_empty", ()))


put_on = physics_skill("put_on")(_put)
put_in = physics_skill("put_in")(_put)


@physics_skill("throw_away")
def throw_away(context: SkillContext, robot: WorkingRobot, item: str, place: str) -> Steps:
    """Drop an item into the bin."""
    if robot.perception.held != item:
        return SkillStep.failure(FailureCode.PRECONDITION_FALSE, f"{item} is not in the hand")
    robot.perception.at = place
    problem = yield from _move_over_bin(robot, item, place)
    return problem or (yield from _release(robot, item, robot.pose()))


def _move_over_bin(robot: WorkingRobot, item: str, place: str) -> Motion:
    station = robot.library.stations[place]
    problem = yield from robot.rise(SAFE_M)
    if problem:
        return problem
    problem = yield from robot.reach(np.array(station.at_m), carrying=item)
    if problem:
        return problem
    pose = robot.pose()
    ahead = GraspPose.turned(np.array([*station.at_m, SAFE_M]), 0.0, pose.axis_m)
    over = replace(ahead, turn_rad=pose.turn_rad)
    problem = yield from robot.go(over, CARRY_M_S, carrying=item)
    return problem or (yield from robot.go(over.lifted(0.12), NEAR_M_S, carrying=item))


@physics_skill("sweep_up")
def sweep_up(context: SkillContext, robot: WorkingRobot, item: str, place: str) -> Steps:
    """Carry a broken item to the bin."""
    robot.perception.at = place
    problem = yield from prepare(robot)
    seen = robot.perception.tracked.get(item)
    if problem or seen is None:
        return problem or SkillStep.failure(FailureCode.OBJECT_NOT_FOUND, f"{item} is not seen")
    problem = out_of_reach(robot, item, seen)
    if problem:
        return problem
    problem = yield from grasp_and_lift(context, robot, item, seen)
    problem = problem or (yield from _move_over_bin(robot, item, place))
    return problem or (yield from _release(robot, item, robot.pose()))
