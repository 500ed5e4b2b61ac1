"""Skills of the physics kitchen that look and grasp: go_to, look_for, pick."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from treehand.skills import FailureCode, SkillContext, SkillStep
from treehand.skills.contracts.grip_force import FRAGILE_SHARE
from treehand.skills.domain import Fact
from treehand.worlds.physics.model.arm import GraspPose
from treehand.worlds.physics.port import CARRY_M_S, FREE_M_S, Motion, Track, WorkingRobot
from treehand.worlds.physics.skills.approach_planning import (
    LIFT_M,
    WORKS_M,
    needs_side,
    side_grasp,
)
from treehand.worlds.physics.skills.grasp_planning import (
    SAFE_M,
    approach_opening_m,
    foot_over_m,
    reached_grasp,
    rim_leverage,
)
from treehand.worlds.physics.skills.obstruction import in_the_way_of_grasping
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
from treehand.worlds.physics.skills.side_motions import (
    enter,
    leave,
    move_straight,
    raise_hand,
)
from treehand.worlds.simulated.grasping import Body, chosen_force_n, estimate

EMPTY_M = 0.004
"""Gripper width below which the fingers have closed on nothing."""
LEAST_N = 5.0
"""Least force of any grip."""
CARRY = 1.6
"""Factor on the grip force for curved motions, over that for a lift."""
FIRMER = 1.4
"""Factor on the force from which an object has slipped."""
MISS_M = 0.08
OVER_PLACE_M = 0.25
"""Height of the hand over a place that it goes to."""


@physics_skill("go_to")
def go_to(context: SkillContext, robot: WorkingRobot, place: str) -> Steps:
    """Move the hand over a place."""
    stations = robot.library.stations
    if place not in stations:
        return SkillStep.failure(FailureCode.OUT_OF_REACH, f"the arm does not reach the {place}")
    middle = np.array([*stations[place].at_m, OVER_PLACE_M])
    problem = yield from raise_hand(robot, SAFE_M)
    if problem:
        return problem
    problem = yield from robot.reach(middle[:2])
    if problem:
        return problem
    axis = robot.pose().axis
    over = GraspPose.at(middle, axis.azimuth_rad(middle), axis)
    over = replace(over, radius_m=min(over.radius_m, 0.55))
    problem = yield from robot.go(over)
    robot.perception.at = None if problem else place
    return problem or success(robot, "joints", Fact("at", (place,)))


@physics_skill("look_for")
def look_for(context: SkillContext, robot: WorkingRobot, item: str) -> Steps:
    """Move the hand out of the picture and observe everything."""
    problem = yield from raise_hand(robot, SAFE_M)
    problem = problem or (yield from step_aside(robot))
    if problem:
        return problem
    robot.perception.at = None
    for _ in range(6):
        yield 0.1
    if item == robot.perception.held or item in robot.perception.tracked:
        return success(robot, "camera", Fact("located", (item,)))
    return SkillStep.failure(FailureCode.OBJECT_NOT_FOUND, f"{item} is nowhere to be seen")


@physics_skill("pick")
def pick(context: SkillContext, robot: WorkingRobot, item: str) -> Steps:
    """Take an item, with a grip force chosen from its perceived mass and friction."""
    robot.perception.at = None
    problem = yield from prepare(robot)
    if problem:
        return problem
    seen = robot.perception.tracked.get(item)
    if seen is None:
        return SkillStep.failure(FailureCode.OBJECT_NOT_FOUND, f"{item} is nowhere to be seen")
    problem = out_of_reach(robot, item, seen)
    problem = problem or (yield from grasp_and_lift(context, robot, item, seen))
    return problem or success(robot, "gripper", Fact("holding", (item,)))


def out_of_reach(robot: WorkingRobot, item: str, seen: Track) -> SkillStep | None:
    """Return the failure of a grasp at a place that the hand does not get at; None if it does."""
    place = seen.fact.terms[1]
    if place not in robot.library.stations:
        return SkillStep.failure(FailureCode.OUT_OF_REACH, f"{item} is on the {place}")
    if robot.encoders.opening(place) < 0.5:
        return SkillStep.failure(FailureCode.CONTAINER_CLOSED, f"{place} is closed")
    return None


def _blocked(robot: WorkingRobot, item: str, seen: Track, problem: SkillStep) -> SkillStep:
    """Return a failed approach with the objects that leave the fingers no room, if some do."""
    if item not in robot.perception.tracked:
        return problem
    others = in_the_way_of_grasping(robot, item, robot.library.stations[seen.fact.terms[1]])
    return replace(problem, blocked_by=others)


def grasp_and_lift(context: SkillContext, robot: WorkingRobot, item: str, seen: Track) -> Motion:
    """Grasp an object at its tracked pose and lift it: from above, or from the side if need be.

    From the side is taken what cannot be held from above, or what the hand does not get over.
    """
    shape, station = robot.library.shapes[item], robot.library.stations[seen.fact.terms[1]]
    if not needs_side(robot, shape, station, float(seen.at_m[2]) + shape.top_m):
        problem = yield from robot.reach(seen.at_m[:2])
        problem = problem or (yield from grasp_from_above(context, robot, item, seen))
        if problem is None or problem.code is not FailureCode.OUT_OF_REACH:
            return problem
    problem = yield from robot.reach(seen.at_m[:2], works_m=WORKS_M)
    return problem or (yield from grasp_from_side(context, robot, item, seen))


def grasp_from_above(context: SkillContext, robot: WorkingRobot, item: str, seen: Track) -> Motion:
    """Grasp an object from above at its tracked pose, and lift it."""
    shape, station = robot.library.shapes[item], robot.library.stations[seen.fact.terms[1]]
    hold = reached_grasp(robot, item, seen, station)
    if hold is None:
        detail = f"the hand does not get over {item}"
        return SkillStep.failure(FailureCode.OUT_OF_REACH, detail)
    if robot.strike("grasp-missed", item):
        hold = hold.lifted(hold.height_m + MISS_M)
    yield from robot.open(approach_opening_m(robot, shape), wait_s=0.02)
    over = hold.lifted(hold.height_m + OVER_M)
    for to, speed in ((hold.lifted(SAFE_M), FREE_M_S), (over, NEAR_M_S)):
        problem = yield from robot.go(to, speed)
        if problem:
            return _blocked(robot, item, seen, problem)
    if robot.strike("push", item):
        yield 0.4
    problem = yield from robot.go(hold, SLOW_M_S)
    if problem:
        return _blocked(robot, item, seen, problem)
    problem = yield from _close_fingers(context, robot, item, seen, hold)
    is_fragile = robot.library.models[item].break_force_n is not None
    lift_m_s = SLOW_M_S if is_fragile else CARRY_M_S  # its grip has less to spare
    problem = problem or (yield from robot.go(hold.lifted(SAFE_M), lift_m_s))
    return problem or (yield from _feel(robot, item))


def grasp_from_side(context: SkillContext, robot: WorkingRobot, item: str, seen: Track) -> Motion:
    """Grasp an object from its side or front, lift it a little, and retreat."""
    station = robot.library.stations[seen.fact.terms[1]]
    way, has_room = side_grasp(robot, item, seen, station)
    if way is None:
        if has_room:
            detail = f"the arm does not get at {item} from the side"
            return SkillStep.failure(FailureCode.OUT_OF_REACH, detail)
        detail = f"the hand has no room beside {item}"
        return _blocked(robot, item, seen, SkillStep.failure(FailureCode.PATH_BLOCKED, detail))
    yield from robot.open(way.open_m, wait_s=0.02)
    missed_m = MISS_M if robot.strike("grasp-missed", item) else 0.0
    problem = yield from enter(robot, way, lift_m=missed_m)
    if problem:
        yield from leave(robot, way)
        return _blocked(robot, item, seen, problem)
    if way.over_m:
        yield from move_straight(robot, way.end.lifted(way.end.height_m + missed_m), SLOW_M_S)
    robot.strike("push", item)
    problem = yield from _close_fingers(context, robot, item, seen, robot.pose())
    if problem:
        yield from leave(robot, way)
        return problem
    up = way.end.lifted(way.end.height_m + LIFT_M)
    problem = yield from move_straight(robot, up, SLOW_M_S)
    problem = problem or (yield from leave(robot, way, carrying=item))
    return problem or (yield from _feel(robot, item))


def _close_fingers(
    context: SkillContext, robot: WorkingRobot, item: str, seen: Track, hold: GraspPose
) -> Motion:
    """Close the fingers with a force that holds an object and does not break it."""
    guess = estimate(Body.of(robot.library.models[item]), context.random)
    limits = context.limits
    greatest_n = robot.model.gripper.force_n
    force_n = CARRY * chosen_force_n(guess, context.attempt, max_n=greatest_n)
    force_n = max(force_n, LEAST_N) * rim_leverage(robot, robot.library.shapes[item])
    force_n = max(force_n, FIRMER * robot.perception.slipped_n.get(item, 0.0))
    if guess.break_force_n is not None:
        force_n = min(force_n, limits.force * FRAGILE_SHARE * guess.break_force_n)
    force_n = min(force_n, limits.force * greatest_n)
    if limits.force < 1.0 and force_n < guess.needed_n:
        detail = (
            f"it would take {guess.needed_n:.1f} N to lift {item}, the limit is {force_n:.1f} N"
        )
        return SkillStep.failure(FailureCode.UNSAFE_FORCE, detail)
    context.note(
        f"grip {force_n:.1f} N for {guess.mass_kg:.2f} kg at friction {guess.friction:.2f}"
    )
    robot.perception.intended_in_hand = hold.to_hand_frame(seen.at_m - hold.frame()[0])
    robot.perception.intended_tilt_rad = hold.tilt_rad
    robot.perception.intended_foot_m = foot_over_m(robot, seen)
    robot.perception.closed_n[item] = force_n
    yield from robot.grip(force_n, 0.4)
    if robot.width_m < EMPTY_M:
        yield from robot.open(wait_s=0.2)
        return SkillStep.failure(FailureCode.GRASP_MISSED, f"the fingers closed beside {item}")
    robot.strike("grasp-dropped", item)
    robot.strike("slippery", item)
    return None


def _feel(robot: WorkingRobot, item: str) -> Motion:
    """Wait until the fingers tell whether they hold an object."""
    yield 0.3
    if robot.perception.held != item:
        yield from robot.open(wait_s=0.3)
        return SkillStep.failure(FailureCode.GRASP_DROPPED, f"{item} slipped out of the hand")
    return None
