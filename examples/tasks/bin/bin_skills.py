"""Skills of the bin: pick an item by the best grasp that depth shows, and place it in a carton."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass

import numpy as np
from arm_cell import CellRobot, downward

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
STILL_M = 1e-4
"""Way of a hand in a step that stands still."""
WEIGH_S = 0.4
"""Time for which the hand stands still before its force sensor is read."""
PARK_M = np.array([0.3, -0.12, 0.42])
"""Place of the hand from which it hides neither the bin nor a carton from the cameras."""
TIP_M = 0.0105
"""Distance of the finger tips below the middle of the pads."""
CLEAR_M = 0.24
"""Height of the hand above everything that lies in the bin."""
LOOSE_M, FREE_M = 0.03, 0.13
"""Way that the hand lifts straight up, and height at which it has drawn away from the walls."""
SWINGS_M, SWING_S = (0.03, -0.03, 0.03, 0.0), 0.2
"""Places to the side to which the hand swings above the box, and the time of each swing."""
BEFORE_M = 0.02
"""Height above the grasp from which on the hand goes slowly."""
FAST_M_S, CARRY_M_S, DOWN_M_S, SLOW_M_S = 0.6, 0.45, 0.3, 0.1
TOUCH_N = 10.0
"""Force at which the hand stops on its way down."""
GRIP_N = 20.0
PLACE_M, RETURN_M = 0.1, 0.14
"""Height of the hand at which it lets go over a carton, and over the bin."""
HEAVIEST_KG = 0.165
"""Mass that no item has: the fingers hold more than one."""


@dataclass(frozen=True)
class Grasp:
    """A grasp from above, in the frame of the base."""

    at_m: FloatArray
    """Middle of the pads."""
    yaw_rad: float
    open_m: float
    """Distance of the fingers on the way down."""
    chance: float
    """Probability of success, as the ranker tells it."""
    over_m: FloatArray
    """Place over the box, shape (2,), to which it is lifted: away from the walls."""


@dataclass(frozen=True)
class Seen:
    """What the camera above the bin told: grasps, the best first."""

    taken_s: float
    grasps: list[Grasp]
    computed_s: float


def reach(robot: CellRobot, pose: Pose, speed: float, *, near_m: float = 0.004) -> Iterator[float]:
    """Go to a pose, until the hand is there, or for 6 s."""
    robot.servo(pose, speed)
    since_s = robot.now_s
    while robot.now_s - since_s < 6.0:
        yield STEP_S
        away = float(np.linalg.norm(robot.hand.position_m - pose.position_m))
        turn = float(np.abs(robot.hand.rotation - pose.rotation).max())
        if away < near_m and turn < 0.05:
            return


def stand_still(robot: CellRobot) -> Iterator[float]:
    """Wait until the hand stands still, or for 1 s: a force is no weight while it brakes."""
    since_s, before = robot.now_s, robot.hand.position_m
    while robot.now_s - since_s < 1.0:
        yield STEP_S
        here = robot.hand.position_m
        if float(np.linalg.norm(here - before)) < STILL_M:
            return
        before = here


def go_down(robot: CellRobot, pose: Pose) -> Iterator[float]:
    """Go straight down to a pose, until the hand is there or touches something."""
    yield from reach(
        robot,
        Pose(pose.position_m + np.array([0.0, 0.0, BEFORE_M]), pose.rotation),
        DOWN_M_S,
        near_m=0.006,
    )
    robot.servo(pose, SLOW_M_S)
    since_s = robot.now_s
    while robot.now_s - since_s < 1.5:
        yield STEP_S
        if float(robot.hand.position_m[2] - pose.position_m[2]) < 0.002:
            return
        if float(np.linalg.norm(robot.felt_n)) > TOUCH_N:
            robot.servo(robot.hand, SLOW_M_S)
            return


def close_and_lift(robot: CellRobot, grasp: Grasp) -> Iterator[float]:
    """Go down to a grasp from above it, close the fingers, lift, and shake off what is loose.

    What hangs beside the grasp, or is held by its rim only, falls back into the box here. Later it
    would fall beside it. For the same reason the hand turns here as it will be over a carton.
    """
    rotation = downward(grasp.yaw_rad)
    yield from go_down(robot, Pose(grasp.at_m, rotation))
    robot.grip(GRIP_N)
    yield 0.4
    here = robot.hand.position_m
    over = np.array([*grasp.over_m, CLEAR_M])
    inward = np.array([over[0], over[1], FREE_M])
    for point in (here + np.array([0.0, 0.0, LOOSE_M]), inward, over):
        yield from reach(robot, Pose(point, rotation), DOWN_M_S, near_m=0.02)
    turned = downward(np.pi / 2)
    yield from reach(robot, Pose(over, turned), CARRY_M_S, near_m=0.02)
    for side_m in SWINGS_M:
        robot.servo(Pose(over + np.array([0.0, side_m, 0.0]), turned), CARRY_M_S)
        yield SWING_S


@skill("pick", ends_itself=True)
def pick(context: SkillContext, source: str) -> SkillGenerator:
    """Look into the bin, choose a grasp, and lift and weigh what the fingers close on."""
    robot: CellRobot = context.embodiment
    grasp = yield from take(context, source)
    if grasp is None:
        return SkillStep.failure(FailureCode.OBJECT_NOT_FOUND, "nothing in the bin can be grasped")
    if not robot.is_gripping:
        robot.avoid(grasp)
        robot.open_to(0.08)  # a thin rim that nobody feels falls here, and not on the way
        yield 0.4
        yield from leave(robot)
        return SkillStep.failure(FailureCode.GRASP_MISSED, "the fingers hold nothing")
    yield WEIGH_S
    mass_kg = robot.lifted_kg
    if mass_kg > HEAVIEST_KG:
        robot.avoid(grasp, is_tangled=True)
        yield from put_back(robot, grasp.at_m)
        told = f"{1000 * mass_kg:.0f} g are more than one item; they were put back"
        return SkillStep.failure(FailureCode.GRASP_MISSED, told)
    context.note(f"{1000 * mass_kg:.0f} g")
    return None


def take(context: SkillContext, place: str) -> Generator[float, None, Grasp | None]:
    """Look into a box, choose a grasp and lift; return the grasp, or None if there is none."""
    robot: CellRobot = context.embodiment
    if robot.is_gripping:  # of an attempt that was halted
        yield from bring_over(robot, robot.knowledge["bin"])
        yield from put_back(robot, robot.knowledge["bin"])
    if float(np.linalg.norm(robot.hand.position_m - PARK_M)) > 0.03:
        yield from leave(robot)
    robot.open_to(0.08)
    yield from stand_still(robot)
    seen: Seen = robot.look(place)
    yield robot.latency_s
    robot.tare()
    if not seen.grasps:
        return None
    grasp = seen.grasps[0]
    context.note(f"{len(seen.grasps)} grasps, the best at {100 * grasp.chance:.0f} %")
    rotation = downward(grasp.yaw_rad)
    above = Pose(np.array([grasp.at_m[0], grasp.at_m[1], CLEAR_M]), rotation)
    robot.servo(above, FAST_M_S, seen_s=seen.taken_s, computed_s=seen.computed_s)
    robot.open_to(grasp.open_m)
    yield from reach(robot, above, FAST_M_S, near_m=0.01)
    yield from close_and_lift(robot, grasp)
    return grasp


def put_back(robot: CellRobot, at_m: FloatArray) -> Iterator[float]:
    """Let go of what the hand holds a little above a place in the bin, and leave."""
    rotation = robot.hand.rotation
    low = Pose(np.array([at_m[0], at_m[1], RETURN_M]), rotation)
    yield from reach(robot, low, DOWN_M_S, near_m=0.01)
    robot.open_to(0.08)
    yield 0.4
    yield from leave(robot)


def leave(robot: CellRobot) -> Iterator[float]:
    """Go up and to the place where the hand hides nothing."""
    here = robot.hand
    if here.position_m[2] < CLEAR_M - 0.03:
        up = np.array([here.position_m[0], here.position_m[1], CLEAR_M])
        yield from reach(robot, Pose(up, here.rotation), FAST_M_S, near_m=0.03)
    robot.open_to(0.08)
    yield from reach(robot, Pose(PARK_M, downward(0.0)), FAST_M_S, near_m=0.02)


@skill("place", ends_itself=True)
def place(context: SkillContext, source: str, carton: str) -> SkillGenerator:
    """Bring what the hand holds over a carton, let it go, and look if it is there."""
    robot: CellRobot = context.embodiment
    middle: FloatArray = robot.knowledge[carton]
    rotation = downward(np.pi / 2)
    above = Pose(np.array([middle[0], middle[1], CLEAR_M]), rotation)
    robot.servo(above, CARRY_M_S)
    for pose, near_m in (
        (above, 0.02),
        (Pose(np.array([middle[0], middle[1], PLACE_M]), rotation), 0.01),
    ):
        for wait_s in reach(robot, pose, CARRY_M_S, near_m=near_m):
            yield wait_s
            if not robot.is_gripping:
                yield from leave(robot)
                robot.check(carton)
                yield robot.latency_s
                return SkillStep.failure(FailureCode.GRASP_DROPPED, "it was lost on the way")
    robot.open_to(0.08)
    yield 0.4
    yield from leave(robot)
    seen_n = robot.check(carton)
    yield robot.latency_s
    if seen_n > 1:
        return SkillStep.failure(FailureCode.CONTAINER_FULL, "more than one item lies in it")
    if not seen_n:
        return SkillStep.failure(FailureCode.GRASP_DROPPED, "the carton is still empty")
    return None


@skill("take_back", ends_itself=True)
def take_back(context: SkillContext, carton: str, source: str) -> SkillGenerator:
    """Take an item out of a carton, let it go over the bin, and look what is left."""
    robot: CellRobot = context.embodiment
    grasp = yield from take(context, carton)
    if grasp is None:
        robot.check(carton)
        return SkillStep.failure(FailureCode.OBJECT_NOT_FOUND, "nothing there can be grasped")
    if robot.is_gripping:
        yield from bring_over(robot, robot.knowledge[source])
        yield from put_back(robot, robot.knowledge[source])
    else:
        yield from leave(robot)
    seen_n = robot.check(carton)
    yield robot.latency_s
    if seen_n > 1:
        return SkillStep.failure(FailureCode.GRASP_MISSED, "more than one item still lies in it")
    if not seen_n:
        return SkillStep.failure(FailureCode.GRASP_DROPPED, "nothing is left in it")
    return None


def bring_over(robot: CellRobot, at_m: FloatArray) -> Iterator[float]:
    """Bring what the hand holds over a place."""
    above = Pose(np.array([at_m[0], at_m[1], CLEAR_M]), downward(np.pi / 2))
    yield from reach(robot, above, CARRY_M_S, near_m=0.02)


SKILLS = (pick, place, take_back)
