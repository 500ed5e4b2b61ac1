"""Skills of the physics kitchen that let go: put_on, put_in, throw_away, sweep_up."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from treehand.skills import FailureCode, SkillContext, SkillStep, StepStatus
from treehand.skills.domain import Fact
from treehand.worlds.physics.model.arm import GraspPose
from treehand.worlds.physics.model.stations import Station
from treehand.worlds.physics.port import CARRY_M_S, Motion, Track, WorkingRobot
from treehand.worlds.physics.skills.approach_planning import (
    LIFT_M,
    WORKS_M,
    Approach,
    side_placement,
)
from treehand.worlds.physics.skills.grasp_planning import (
    SAFE_M,
    best_placement,
    is_narrow_enough,
    release_opening_m,
)
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
from treehand.worlds.physics.skills.picking import (
    grasp_and_lift,
    grasp_from_above,
    grasp_from_side,
    out_of_reach,
)
from treehand.worlds.physics.skills.side_motions import (
    enter,
    leave,
    move_straight,
    raise_hand,
)

LET_FALL_M = 0.004
"""Height above its foot from which an object is released."""


def _put(context: SkillContext, robot: WorkingRobot, item: str, place: str) -> Steps:
    """Carry the held item to a place and set it down where it fits.

    It is set down as it is held, from above or from the side; where that cannot be, it is set down
    elsewhere first and taken in the other way.
    """
    if robot.perception.held != item:
        return SkillStep.failure(FailureCode.PRECONDITION_FALSE, f"{item} is not in the hand")
    robot.perception.at = place
    station = robot.library.stations[place]
    if robot.encoders.opening(place) < 0.5:
        return SkillStep.failure(FailureCode.CONTAINER_CLOSED, f"{place} is closed")
    if not robot.perception.held_tilt_rad:
        problem = yield from prepare(robot)
        if problem:
            return problem
    if robot.perception.held != item:
        return SkillStep.failure(FailureCode.GRASP_DROPPED, f"{item} slipped out of the hand")
    problem = yield from _bring(robot, item, station)
    if problem:
        return problem
    if robot.perception.held_tilt_rad:
        way, has_room = side_placement(robot, item, station)
        if way is not None:
            return (yield from _set_down_from_side(robot, item, way, station))
        if station.is_roofed:
            return _no_way_in(robot, item, station, has_room=has_room)
    top_m = station.bottom_m + robot.library.shapes[item].height_m
    if not station.is_roofed and not is_narrow_enough(robot, robot.library.shapes[item], top_m):
        detail = f"{item} can be held from its side only, and does not get in there so"
        return SkillStep.failure(FailureCode.UNSUPPORTED, detail)
    if bool(robot.perception.held_tilt_rad) is not station.is_roofed:
        problem = yield from _regrasp(context, robot, item, station)
        problem = problem or (yield from _bring(robot, item, station))
        if problem:
            return problem
    if station.is_roofed:
        way, has_room = side_placement(robot, item, station)
        if way is None:
            return _no_way_in(robot, item, station, has_room=has_room)
        return (yield from _set_down_from_side(robot, item, way, station))
    return (yield from _set_down(robot, item, station))


def _bring(robot: WorkingRobot, item: str, station: Station) -> Motion:
    """Drive to where the arm works well at a station."""
    middle = np.array(robot.encoders.now(station).at_m)
    works_m = WORKS_M if station.is_roofed else None
    return (yield from robot.reach(middle, carrying=item, works_m=works_m))


def _set_down(robot: WorkingRobot, item: str, station: Station) -> Steps:
    """Set the held item down from above, where it fits."""
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


def _set_down_from_side(robot: WorkingRobot, item: str, way: Approach, station: Station) -> Steps:
    """Move the held item straight in, set it down, and retreat."""
    assert robot.perception.in_hand is not None
    at_m = way.end.frame()[0] + way.end.from_hand_frame(robot.perception.in_hand)
    problem = yield from enter(robot, way, lift_m=LIFT_M, carrying=item)
    down = way.end.lifted(way.end.height_m + LET_FALL_M)
    problem = problem or (yield from move_straight(robot, down, SLOW_M_S, carrying=item))
    if problem:
        yield from leave(robot, way, carrying=item if robot.perception.held == item else None)
        return problem
    yield from robot.open(way.open_m, 0.3)
    if way.over_m:
        yield from move_straight(robot, down.lifted(down.height_m + way.over_m), SLOW_M_S)
    problem = yield from leave(robot, way)
    if problem:
        return problem
    step = yield from _observe(robot, item)
    if item in robot.perception.tracked or not station.is_roofed:
        return step
    # a board hides it: it is where the hand has let go
    where = Fact("in", (item, station.name))
    robot.perception.tracked[item] = Track(where, at_m, 0.0)
    return success(robot, "gripper", where)


def _regrasp(context: SkillContext, robot: WorkingRobot, item: str, station: Station) -> Motion:
    """Set the held item down on a surface, and take it in the other way: from the side or above.

    Where the arm does not get at it in that way, it is taken as before and set down elsewhere.
    """
    is_from_side = station.is_roofed
    ways = (grasp_from_above, grasp_from_side)
    before, after = ways if is_from_side else ways[::-1]
    surfaces = [one for one in robot.library.stations.values() if not one.is_inside]
    surfaces.sort(key=lambda one: (one.kind == "stove", math.dist(one.at_m, station.at_m)))
    detail = f"{item} cannot be set down anywhere to be taken in another way"
    failed = SkillStep.failure(FailureCode.UNSUPPORTED, detail)
    for surface in surfaces:
        problem = yield from _bring(robot, item, surface)
        if problem:
            return problem
        if is_from_side:
            if best_placement(robot, item, surface) is None:
                continue
            step = yield from _set_down(robot, item, surface)
        else:
            way, _ = side_placement(robot, item, surface)
            if way is None:
                continue
            step = yield from _set_down_from_side(robot, item, way, surface)
        seen = robot.perception.tracked.get(item)
        if seen is None or step.status is not StepStatus.SUCCESS:
            return step
        context.note(f"{item} is taken in another way from {surface.name}")
        problem = yield from after(context, robot, item, seen)
        if problem is None or problem.code is not FailureCode.OUT_OF_REACH:
            return problem
        failed = problem
        problem = yield from raise_hand(robot, SAFE_M)
        problem = problem or (yield from before(context, robot, item, seen))
        if problem:
            return failed
    return failed


def _no_way_in(robot: WorkingRobot, item: str, station: Station, *, has_room: bool) -> SkillStep:
    """Return the failure of a placement from the side: out of reach, or without room."""
    if not has_room:
        return _no_room(robot, item, station)
    detail = f"the arm does not get into the {station.name} with {item}"
    return SkillStep.failure(FailureCode.OUT_OF_REACH, detail)


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
    return (yield from _observe(robot, item))


def _observe(robot: WorkingRobot, item: str) -> Steps:
    """Succeed with where the released item is seen, if need be from aside."""
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
    problem = yield from raise_hand(robot, SAFE_M)
    if problem:
        return problem
    problem = yield from robot.reach(np.array(station.at_m), carrying=item)
    if problem:
        return problem
    pose = robot.pose()
    ahead = GraspPose.turned(np.array([*station.at_m, SAFE_M]), 0.0, pose.axis)
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
