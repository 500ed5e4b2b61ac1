"""The physics kitchen's skills: classical control over tracked objects.

Skills use tracked objects (`Tracker.tracked`) and the hand's contacts. They read the angles of
doors and knob from the simulation, as from an encoder. The simulation decides the outcome.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Generator, Iterator
from functools import wraps

import numpy as np

from treehand.skills import FailureCode, FloatArray, SkillContext, SkillDefinition, SkillStep, skill
from treehand.skills.contracts.grip_force import FRAGILE_SHARE
from treehand.skills.domain import Fact, Percept
from treehand.worlds.physics.grasp_planning import (
    SAFE_M,
    approach_opening_m,
    best_grasp,
    best_placement,
    free_cells,
    pose_over,
    release_opening_m,
    rim_leverage,
)
from treehand.worlds.physics.model.arm import GraspPose, HandPath
from treehand.worlds.physics.model.layout import (
    DRAWER_CLOSED_M,
    DRAWER_HANDLE_M,
    DRAWER_RANGE_M,
    KNOB_GRIP_M,
    KNOB_M,
    KNOB_ON_RAD,
    LID_BAR_M,
    LID_HINGE_M,
    LID_OPEN_RAD,
    LID_RANGE_RAD,
    LID_Z_M,
    STATIONS,
    Station,
)
from treehand.worlds.physics.perception.tracker import OFF_RAD, Track
from treehand.worlds.physics.robot import FREE_M_S, GRIP_N, RISE_M_S, Motion, PhysicsRobot
from treehand.worlds.physics.sim.simulation import OPEN_M
from treehand.worlds.simulated.grasping import Body, chosen_force_n, estimate

WORLD = "kitchen-physics"
OVER_M = 0.04
"""Height above a grasp at which the last straight approach begins."""
EMPTY_M = 0.004
"""Gripper width below which the fingers have closed on nothing."""
CARRY_M_S, NEAR_M_S, SLOW_M_S, RUB_M_S = 0.6, 0.4, 0.2, 0.25
"""Greatest speeds: carrying; near objects; at contact; wiping."""
HANDLE_N, KNOB_N, SPONGE_N = 40.0, 15.0, 30.0
LEAST_N = 5.0
"""Least force of any grip."""
HOP_M = 0.11
"""Greatest distance of two spots that are wiped without lifting the hand."""
OVER_ALL_M = 0.2
"""Height above a worktop at which the hand with a sponge clears all objects."""
CARRY = 1.6
"""Factor on the grip force for curved motions, over that for a lift."""
LET_FALL_M = 0.004
"""Height above its foot from which an object is released."""
PRESS_N = 6.0
"""Force with which a sponge is pressed down."""
ASIDE_M, ASIDE_HIGH_M, ASIDE_RAD = 0.36, 0.4, 0.7
"""Pose at which the hand hides nothing: radius, height, and azimuth from the work place."""
SEEN_S = 0.3
"""Time for which the result of a skill is observed."""
LID_PIECES = 10
MISS_M = 0.08
PUSH_M_S, PUSH_S = 0.3, 0.1
"""Speed that the fault ``push`` gives an object, and its duration."""

Steps = Generator[float, None, SkillStep]


def _physics_skill(name: str) -> Callable[[Callable[..., Steps]], SkillDefinition]:
    """Return a decorator for a skill function that gets the robot and reacts to faults."""

    def define(function: Callable[..., Steps]) -> SkillDefinition:
        @wraps(function)
        def run(context: SkillContext, *arguments: str) -> Steps:
            robot = context.embodiment
            if not isinstance(robot, PhysicsRobot):
                raise TypeError(f"skill '{name}' runs in the physics kitchen only")
            robot.pace.limits_now = context.limits_now
            if robot.faults.trigger("skill-error"):
                raise RuntimeError("injected on purpose")
            try:
                step = yield from function(context, robot, *arguments)
            finally:
                robot.discard_faults(context.call)
            return step

        return skill(name, world=WORLD, ends_itself=True)(run)

    return define


def _success(robot: PhysicsRobot, source: str, *facts: Fact) -> SkillStep:
    time_s = robot.simulation.time_s
    return SkillStep.success(*(Percept(fact, True, source, time_s) for fact in facts))


@_physics_skill("go_to")
def go_to(context: SkillContext, robot: PhysicsRobot, place: str) -> Steps:
    """Move the hand over a place."""
    station = STATIONS[place]
    problem = yield from robot.rise()
    if problem:
        return problem
    over = GraspPose(min(station.middle_m, 0.55), station.azimuth_rad, 0.25)
    problem = yield from robot.go(over)
    robot.tracker.at = None if problem else place
    return problem or _success(robot, "joints", Fact("at", (place,)))


@_physics_skill("look_for")
def look_for(context: SkillContext, robot: PhysicsRobot, item: str) -> Steps:
    """Move the hand out of the picture and observe everything."""
    problem = yield from robot.rise(SAFE_M)
    problem = problem or (yield from _step_aside(robot))
    if problem:
        return problem
    robot.tracker.at = None
    for _ in range(6):
        yield 0.1
    if item == robot.tracker.held or item in robot.tracker.tracked:
        return _success(robot, "camera", Fact("located", (item,)))
    return SkillStep.failure(FailureCode.OBJECT_NOT_FOUND, f"{item} is nowhere to be seen")


@_physics_skill("pick")
def pick(context: SkillContext, robot: PhysicsRobot, item: str) -> Steps:
    """Take an item from above, with a grip force chosen from its perceived mass and friction."""
    robot.tracker.at = None
    problem = yield from _prepare(robot)
    if problem:
        return problem
    seen = robot.tracker.tracked.get(item)
    if seen is None:
        return SkillStep.failure(FailureCode.OBJECT_NOT_FOUND, f"{item} is nowhere to be seen")
    place = seen.fact.terms[1]
    if place not in STATIONS:
        return SkillStep.failure(FailureCode.OUT_OF_REACH, f"{item} is on the {place}")
    if robot.simulation.poses.opening(place) < 0.5:
        return SkillStep.failure(FailureCode.CONTAINER_CLOSED, f"{place} is closed")
    problem = yield from _grasp_and_lift(context, robot, item, seen)
    return problem or _success(robot, "gripper", Fact("holding", (item,)))


def _grasp_and_lift(context: SkillContext, robot: PhysicsRobot, item: str, seen: Track) -> Motion:
    """Grasp an object at its tracked pose and lift it."""
    shape = robot.simulation.shapes[item]
    hold = best_grasp(robot, item, seen, STATIONS[seen.fact.terms[1]])
    if robot.faults.trigger("grasp-missed", item):
        hold = hold.lifted(hold.height_m + MISS_M)
    yield from robot.open(approach_opening_m(shape), wait_s=0.02)
    over = hold.lifted(hold.height_m + OVER_M)
    for to, speed in ((hold.lifted(SAFE_M), FREE_M_S), (over, NEAR_M_S)):
        problem = yield from robot.go(to, speed)
        if problem:
            return problem
    if robot.faults.trigger("push", item):
        robot.simulation.faults.push(item, PUSH_M_S, PUSH_S)
        yield 0.4
    problem = yield from robot.go(hold, SLOW_M_S)
    if problem:
        return problem
    guess = estimate(Body.of(robot.simulation.scene.objects[item]), context.random)
    limits = context.limits
    force_n = max(CARRY * chosen_force_n(guess, context.attempt), LEAST_N) * rim_leverage(shape)
    if guess.break_force_n is not None:
        force_n = min(force_n, limits.force * FRAGILE_SHARE * guess.break_force_n)
    force_n = min(force_n, limits.force * GRIP_N)
    if limits.force < 1.0 and force_n < guess.needed_n:
        detail = (
            f"it would take {guess.needed_n:.1f} N to lift {item}, the limit is {force_n:.1f} N"
        )
        return SkillStep.failure(FailureCode.UNSAFE_FORCE, detail)
    context.note(
        f"grip {force_n:.1f} N for {guess.mass_kg:.2f} kg at friction {guess.friction:.2f}"
    )
    robot.tracker.intended_in_hand = hold.to_hand_frame(seen.at_m - hold.frame()[0])
    yield from robot.grip(force_n, 0.4)
    if robot.simulation.width_m < EMPTY_M:
        yield from robot.open(wait_s=0.2)
        return SkillStep.failure(FailureCode.GRASP_MISSED, f"the fingers closed beside {item}")
    if robot.faults.trigger("grasp-dropped", item):
        robot.simulation.faults.force_open(after_s=0.5)
    if robot.faults.trigger("slippery", item):
        robot.simulation.faults.make_slippery(item)
    problem = yield from robot.go(hold.lifted(SAFE_M), CARRY_M_S)
    if problem:
        return problem
    yield 0.3
    if robot.tracker.held != item:
        yield from robot.open(wait_s=0.3)
        return SkillStep.failure(FailureCode.GRASP_DROPPED, f"{item} slipped out of the hand")
    return None


def _prepare(robot: PhysicsRobot) -> Motion:
    """Raise the hand and wait for a fresh observation."""
    problem = yield from robot.rise(SAFE_M)
    if problem:
        return problem
    yield 0.2
    return None


def _put(context: SkillContext, robot: PhysicsRobot, item: str, place: str) -> Steps:
    """Carry the held item to a place and set it down where it fits."""
    if robot.tracker.held != item:
        return SkillStep.failure(FailureCode.PRECONDITION_FALSE, f"{item} is not in the hand")
    robot.tracker.at = place
    station = STATIONS[place]
    if robot.simulation.poses.opening(place) < 0.5:
        return SkillStep.failure(FailureCode.CONTAINER_CLOSED, f"{place} is closed")
    problem = yield from _prepare(robot)
    if problem:
        return problem
    if robot.tracker.held != item:
        return SkillStep.failure(FailureCode.GRASP_DROPPED, f"{item} slipped out of the hand")
    hold = best_placement(robot, item, station)
    if hold is None:
        return SkillStep.failure(FailureCode.CONTAINER_FULL, f"there is no room for {item}")
    down = hold.lifted(hold.height_m + LET_FALL_M)
    for to, speed in (
        (hold.lifted(SAFE_M + 0.04), CARRY_M_S),
        (down.lifted(down.height_m + OVER_M), NEAR_M_S),
        (down, SLOW_M_S),
    ):
        problem = yield from robot.go(to, speed, carrying=item)
        if problem:
            return problem
    return (
        yield from _release(
            robot, item, down, to_m=release_opening_m(robot.simulation.shapes[item])
        )
    )


def _release(robot: PhysicsRobot, item: str, at: GraspPose, *, to_m: float = OPEN_M) -> Steps:
    yield from robot.open(to_m, 0.3)
    yield from robot.go(at.lifted(at.height_m + 0.07), NEAR_M_S)
    yield from robot.rise(SAFE_M)
    for is_aside in (False, True):
        if is_aside:
            yield from _step_aside(robot)
        for _ in range(5):
            seen = robot.tracker.tracked.get(item)
            if seen is not None:
                return _success(robot, "camera", seen.fact)
            yield 0.1
    return _success(robot, "gripper", Fact("hand_empty", ()))


def _step_aside(robot: PhysicsRobot) -> Motion:
    """Move hand and arm out of the picture of the present place."""
    azimuth = robot.pose().azimuth_rad
    azimuth -= math.copysign(ASIDE_RAD, azimuth)
    return (yield from robot.go(GraspPose(ASIDE_M, azimuth, ASIDE_HIGH_M)))


put_on = _physics_skill("put_on")(_put)
put_in = _physics_skill("put_in")(_put)


@_physics_skill("throw_away")
def throw_away(context: SkillContext, robot: PhysicsRobot, item: str, place: str) -> Steps:
    """Drop an item into the bin."""
    if robot.tracker.held != item:
        return SkillStep.failure(FailureCode.PRECONDITION_FALSE, f"{item} is not in the hand")
    robot.tracker.at = place
    problem = yield from _move_over_bin(robot, item, place)
    return problem or (yield from _release(robot, item, robot.pose()))


def _move_over_bin(robot: PhysicsRobot, item: str, place: str) -> Motion:
    station = STATIONS[place]
    problem = yield from robot.rise(SAFE_M)
    if problem:
        return problem
    over = GraspPose(station.middle_m, station.azimuth_rad, SAFE_M, robot.pose().turn_rad)
    problem = yield from robot.go(over, CARRY_M_S, carrying=item)
    return problem or (yield from robot.go(over.lifted(0.12), NEAR_M_S, carrying=item))


@_physics_skill("sweep_up")
def sweep_up(context: SkillContext, robot: PhysicsRobot, item: str, place: str) -> Steps:
    """Carry a broken item to the bin."""
    robot.tracker.at = place
    problem = yield from _prepare(robot)
    seen = robot.tracker.tracked.get(item)
    if problem or seen is None:
        return problem or SkillStep.failure(FailureCode.OBJECT_NOT_FOUND, f"{item} is not seen")
    problem = yield from _grasp_and_lift(context, robot, item, seen)
    problem = problem or (yield from _move_over_bin(robot, item, place))
    return problem or (yield from _release(robot, item, robot.pose()))


def _move_door(is_to_open: bool) -> Callable[..., Steps]:
    def run(context: SkillContext, robot: PhysicsRobot, place: str) -> Steps:
        """Take a handle and move the door or drawer."""
        robot.tracker.at = place
        station = STATIONS[place]
        if not station.has_door:
            return SkillStep.failure(FailureCode.DOOR_JAMMED, f"{place} has no door")
        problem = yield from _prepare(robot)
        problem = problem or (yield from robot.open(wait_s=0.02))
        path = _handle_path(robot, station, is_to_open)
        problem = problem or (yield from _follow_handle(robot, path))
        if problem:
            return problem
        yield 0.3
        share = robot.simulation.poses.opening(place)
        if (share > 0.8) is not is_to_open or (share < 0.12) is is_to_open:
            return SkillStep.failure(FailureCode.DOOR_JAMMED, f"{place} is {share:.0%} open")
        time_s = robot.simulation.time_s
        return SkillStep.success(Percept(Fact("is_open", (place,)), is_to_open, "camera", time_s))

    return run


def _handle_path(robot: PhysicsRobot, station: Station, is_to_open: bool) -> list[GraspPose]:
    """Return the poses of a hand that moves a handle from its present position."""
    azimuth = station.azimuth_rad
    if station.kind == "drawer":
        now_m = robot.simulation.poses.opening(station.name) * DRAWER_RANGE_M
        to_m = DRAWER_RANGE_M - 0.008 if is_to_open else -0.004
        closed_m = DRAWER_CLOSED_M - DRAWER_HANDLE_M
        return [GraspPose(closed_m - pulled, azimuth, 0.005) for pulled in (now_m, to_m)]
    now_rad = robot.simulation.poses.opening(station.name) * LID_RANGE_RAD
    to_rad = LID_OPEN_RAD if is_to_open else -0.02
    hinge_m, (out, up) = station.middle_m + LID_HINGE_M, LID_BAR_M
    path = []
    for share in np.linspace(0.0, 1.0, LID_PIECES):
        angle = now_rad + share * (to_rad - now_rad)
        cos, sin = math.cos(angle), math.sin(angle)
        radius = hinge_m - out * cos + up * sin
        path.append(GraspPose(radius, azimuth, LID_Z_M + out * sin + up * cos, math.pi / 2))
    return path


def _follow_handle(robot: PhysicsRobot, path: list[GraspPose]) -> Motion:
    first = path[0]
    over = max(first.height_m + 0.07, SAFE_M)
    for to, speed in ((first.lifted(over), FREE_M_S), (first, NEAR_M_S)):
        problem = yield from robot.go(to, speed)
        if problem:
            return problem
    yield from robot.grip(HANDLE_N, 0.5)
    jammed = yield from robot.follow(HandPath(tuple(path), NEAR_M_S), tolerance_m=0.05)
    yield from robot.open()
    pose = robot.pose()
    problem = yield from robot.go(pose.lifted(pose.height_m + 0.09), NEAR_M_S)
    problem = problem or (
        yield from robot.go(GraspPose(0.45, first.azimuth_rad, 0.3, pose.turn_rad))
    )
    if jammed:
        return SkillStep.failure(FailureCode.DOOR_JAMMED, jammed.detail)
    return problem


open_door = _physics_skill("open")(_move_door(True))
close_door = _physics_skill("close")(_move_door(False))


def _turn(is_to_burn: bool) -> Callable[..., Steps]:
    def run(context: SkillContext, robot: PhysicsRobot, knob: str) -> Steps:
        """Take a knob and turn it."""
        robot.tracker.at = None
        problem = yield from _prepare(robot)
        azimuth = STATIONS["stove"].azimuth_rad
        now_rad, to_rad = robot.simulation.poses.knob_rad, KNOB_ON_RAD if is_to_burn else -0.03
        first, last = (GraspPose(KNOB_M, azimuth, KNOB_GRIP_M, turn) for turn in (now_rad, to_rad))
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
        is_burning = robot.simulation.poses.knob_rad > OFF_RAD
        if is_burning is not is_to_burn:
            turned = f"{knob} is at {robot.simulation.poses.knob_rad:.2f} rad"
            return SkillStep.failure(FailureCode.EFFECT_MISSING, turned)
        time_s = robot.simulation.time_s
        return SkillStep.success(Percept(Fact("is_on", (knob,)), is_to_burn, "camera", time_s))

    return run


turn_on = _physics_skill("turn_on")(_turn(True))
turn_off = _physics_skill("turn_off")(_turn(False))


@_physics_skill("wipe")
def wipe(context: SkillContext, robot: PhysicsRobot, place: str, tool: str) -> Steps:
    """Wipe a worktop with the held sponge, around the objects on it."""
    robot.tracker.at = place
    problem = yield from _prepare(robot)
    station = STATIONS[place]
    spots = list(free_cells(robot, station, tool))
    if not spots:
        problem = SkillStep.failure(FailureCode.PATH_BLOCKED, f"things stand all over {place}")
    problem = problem or (yield from _wipe_spots(robot, tool, spots, station.bottom_m))
    return problem or (yield from _confirm(robot, Fact("wiped", (place,))))


def _confirm(robot: PhysicsRobot, effect: Fact) -> Steps:
    """Wait for an observation, and succeed if it shows the effect."""
    yield SEEN_S
    if not robot.tracker.last_observed(effect):
        return SkillStep.failure(FailureCode.EFFECT_MISSING, f"{effect} is not to be seen")
    return _success(robot, "camera", effect)


def _wipe_spots(robot: PhysicsRobot, tool: str, spots: list[FloatArray], height_m: float) -> Motion:
    """Wipe spots with the held sponge at a height."""
    yield from robot.grip(SPONGE_N, 0.1)
    for stroke in _continuous_strokes(spots):
        if robot.tracker.held != tool:
            return SkillStep.failure(FailureCode.GRASP_DROPPED, f"{tool} is not in the hand")
        _, hangs_m = pose_over(robot, stroke[0])
        poses = [pose_over(robot, spot)[0].lifted(height_m + hangs_m) for spot in stroke]
        high_m = max(height_m + OVER_ALL_M, robot.pose().height_m, poses[0].height_m + 0.05)
        for to, speed in (
            (robot.pose().lifted(high_m), RISE_M_S),
            (poses[0].lifted(high_m), CARRY_M_S),
            (poses[0].lifted(poses[0].height_m + 0.02), NEAR_M_S),
        ):
            problem = yield from robot.go(to, speed, carrying=tool)
            if problem:
                return problem
        down = (robot.pose(), *poses)
        problem = yield from robot.follow(
            HandPath(down, RUB_M_S), tolerance_m=0.03, press_n=PRESS_N, carrying=tool
        )
        if problem:
            return problem
    return (yield from robot.rise(SAFE_M))


def _continuous_strokes(spots: list[FloatArray]) -> Iterator[list[FloatArray]]:
    """Yield the spots of each stroke; distant spots are in different strokes."""
    stroke = [spots[0]]
    for spot in spots[1:]:
        if float(np.linalg.norm(spot - stroke[-1])) > HOP_M:
            yield stroke
            stroke = []
        stroke.append(spot)
    yield stroke


@_physics_skill("wash")
def wash(context: SkillContext, robot: PhysicsRobot, item: str, place: str, tool: str) -> Steps:
    """Wipe a dish in the sink with the held sponge."""
    robot.tracker.at = place
    problem = yield from _prepare(robot)
    seen = robot.tracker.tracked.get(item)
    if problem or seen is None or seen.fact != Fact("in", (item, place)):
        code = FailureCode.OBJECT_MOVED
        return problem or SkillStep.failure(code, f"{item} is not in {place} any more")
    top_m = float(seen.at_m[2]) + robot.simulation.shapes[item].top_m
    out = min(robot.simulation.shapes[item].radius_m, 0.03)
    spots = [
        seen.at_m[:2] + out * np.array([math.cos(angle), math.sin(angle)])
        for angle in np.linspace(0.0, 4 * math.pi, 9)
    ]
    problem = yield from _wipe_spots(robot, tool, spots, top_m)
    return problem or (yield from _confirm(robot, Fact("clean", (item,))))


SKILLS = (
    go_to,
    look_for,
    pick,
    put_on,
    put_in,
    throw_away,
    sweep_up,
    open_door,
    close_door,
    turn_on,
    turn_off,
    wash,
    wipe,
)
