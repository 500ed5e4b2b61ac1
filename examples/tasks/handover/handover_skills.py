"""Skills of the handover: a scripted servo on a tracked tool, and a pull that feels the force."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from arm_cell import CellRobot, Stopwatch, downward

from treehand.skills import (
    FailureCode,
    FloatArray,
    Pose,
    SkillContext,
    SkillGenerator,
    SkillStep,
    skill,
)

LOOK_S = 0.05
"""Period of the servo loop."""
HOVER_M = 0.11
ALONG_M = 0.062
"""Distance of the grasp from the tool's middle, towards its free end."""
FREE_M_S, NEAR_M_S = 0.5, 0.2
CENTRED_M = (0.025, 0.016)
"""Greatest distance from the tool along it and across it at which the hand comes down."""
GRIP_N = 45.0
PULL_M_S = 0.06
MOST_N = 30.0
"""Force beyond which the arm does not pull."""
GIVE_UP_S = 12.0
"""Time after which the approach has failed."""
LOST_S = 1.0
"""Age of the last look from which on the tool counts as lost."""


@dataclass(frozen=True)
class Seen:
    """What the tracker told last."""

    taken_s: float
    at_m: FloatArray
    """Middle of the tool."""
    yaw_rad: float
    """Direction of its free end."""
    is_offered: bool

    def grasp_m(self) -> FloatArray:
        """Return the point at which the fingers close."""
        way = np.array([math.cos(self.yaw_rad), math.sin(self.yaw_rad), 0.0])
        return self.at_m + ALONG_M * way


class ToolFilter:
    """Alpha-beta filter of the grasp point, which foresees where it will be.

    Source:
        Kalata 1984, the tracking index; gains by hand.
    """

    def __init__(self, seen: Seen) -> None:
        self.at_m, self.yaw_rad = seen.grasp_m(), seen.yaw_rad
        self.velocity_m_s: FloatArray = np.zeros(3)
        self.taken_s = seen.taken_s

    def take(self, seen: Seen) -> None:
        """Take a look in; one that is not new changes nothing."""
        passed_s = seen.taken_s - self.taken_s
        if passed_s <= 1e-6:
            return
        foreseen = self.at_m + passed_s * self.velocity_m_s
        wrong = seen.grasp_m() - foreseen
        self.at_m = foreseen + 0.5 * wrong
        self.velocity_m_s = self.velocity_m_s + 0.25 * wrong / passed_s
        turn = (seen.yaw_rad - self.yaw_rad + math.pi) % (2 * math.pi) - math.pi
        self.yaw_rad += 0.4 * turn
        self.taken_s = seen.taken_s

    def at(self, time_s: float) -> FloatArray:
        """Return where the grasp point will be."""
        ahead_s = min(time_s - self.taken_s, 0.6)
        return self.at_m + ahead_s * self.velocity_m_s


def near_yaw(yaw_rad: float, hand: Pose) -> float:
    """Return a yaw, modulo half a turn, as near as can be to that of the hand."""
    now = math.atan2(hand.rotation[1, 0], hand.rotation[0, 0])
    return now + (yaw_rad - now + math.pi / 2) % math.pi - math.pi / 2


@skill("grasp", ends_itself=True)
def grasp(context: SkillContext, item: str, person: str) -> SkillGenerator:
    """Servo above the tool, come down while it is centred, and close the fingers."""
    robot: CellRobot = context.embodiment
    robot.open_to(0.08)
    yield 0.1
    tracked = ToolFilter(robot.look())
    above_m, began_s = HOVER_M, robot.now_s
    looks: deque[tuple[float, Seen]] = deque()
    while above_m > 0.0:
        looks.append((robot.now_s, robot.look()))
        if robot.now_s - began_s > GIVE_UP_S:
            yield from leave(robot)
            return SkillStep.failure(FailureCode.OBJECT_MOVED, "the hand does not keep still")
        if robot.now_s - looks[0][0] < robot.latency_s - 1e-6:
            yield LOOK_S  # decisions overlap: the next look is taken while this one is thought over
            continue
        _, seen = looks.popleft()
        if not seen.is_offered:
            return SkillStep.failure(FailureCode.OBJECT_MOVED, "the tool is not held out any more")
        if robot.now_s - robot.latency_s - seen.taken_s > LOST_S:
            return SkillStep.failure(FailureCode.OBJECT_NOT_FOUND, "the tracker sees nothing")
        above_m = approach(robot, tracked, seen, above_m)
        yield LOOK_S
    robot.grip(GRIP_N)
    yield from follow(robot, tracked, 0.5)
    if not robot.is_gripping:
        yield from leave(robot)
        return SkillStep.failure(FailureCode.GRASP_MISSED, "the fingers closed on nothing")
    return None


def approach(robot: CellRobot, tracked: ToolFilter, seen: Seen, above_m: float) -> float:
    """Servo to a point above the tool; return the next height, 0 where the fingers may close."""
    with Stopwatch() as watch:
        tracked.take(seen)
        hand = robot.hand
        aim = tracked.at(robot.now_s)
        away = hand.rotation.T @ (aim - hand.position_m)
        share = max(abs(away[0]) / CENTRED_M[0], abs(away[1]) / CENTRED_M[1])
        down_m = 0.01 if share < 1.0 else 0.0 if share < 1.5 else -0.015
        above_m = min(max(above_m - down_m, 0.0), HOVER_M)
        high_m = float(hand.position_m[2] - aim[2])
        if high_m > above_m + 0.06:
            above_m = HOVER_M
        elif above_m <= 0.0 and high_m > 0.012:
            above_m = 0.005
        pose = Pose(aim + np.array([0.0, 0.0, above_m]), downward(near_yaw(tracked.yaw_rad, hand)))
    robot.servo(
        pose,
        FREE_M_S if float(np.linalg.norm(away[:2])) > 0.1 else NEAR_M_S,
        velocity_m_s=tracked.velocity_m_s,
        seen_s=seen.taken_s,
        computed_s=watch.seconds,
    )
    return above_m


def follow(robot: CellRobot, tracked: ToolFilter, for_s: float) -> Iterator[float]:
    """Go on with the hand for some time, so that nothing is pulled."""
    until_s = robot.now_s + for_s
    while robot.now_s < until_s:
        tracked.take(robot.look())
        at = tracked.at(robot.now_s)
        here = robot.hand
        robot.servo(Pose(at, here.rotation), NEAR_M_S, velocity_m_s=tracked.velocity_m_s)
        yield LOOK_S


def leave(robot: CellRobot) -> Iterator[float]:
    """Open the fingers and go up."""
    robot.open_to(0.08)
    yield 0.25
    here = robot.hand
    robot.servo(Pose(here.position_m + np.array([0.0, 0.0, 0.12]), here.rotation), FREE_M_S)
    yield 0.5


@skill("pull", ends_itself=True)
def pull(context: SkillContext, item: str, person: str) -> SkillGenerator:
    """Pull away from the person, harder and harder, until the hand lets go; then carry it home."""
    robot: CellRobot = context.embodiment
    robot.tare()
    seen: Seen = robot.look()
    start = robot.hand
    way = np.array([math.cos(seen.yaw_rad), math.sin(seen.yaw_rad), 0.15])
    way /= np.linalg.norm(way)
    pulled_m, strongest_n, waited_s = 0.0, 0.0, 0.0
    while waited_s < 3.0:
        seen = robot.look()
        yield robot.latency_s
        force_n = -float(robot.felt_n @ way)
        strongest_n = max(strongest_n, force_n)
        if not robot.is_gripping:
            yield from leave(robot)
            return SkillStep.failure(FailureCode.GRASP_DROPPED, "the tool slipped away")
        if not seen.is_offered:
            break
        if force_n > MOST_N:
            waited_s += LOOK_S + robot.latency_s
        else:
            pulled_m += PULL_M_S * (LOOK_S + robot.latency_s)
        robot.servo(
            Pose(start.position_m + pulled_m * way, start.rotation), 0.15, seen_s=seen.taken_s
        )
        yield LOOK_S
    else:
        detail = f"the hand does not let go at {strongest_n:.0f} N"
        return SkillStep.failure(FailureCode.STALLED, detail)
    back = robot.hand.position_m + 0.15 * way
    robot.servo(Pose(np.array([back[0], back[1], max(back[2], 0.35)]), start.rotation), 0.3)
    yield 1.0
    if not robot.is_gripping:
        return SkillStep.failure(FailureCode.GRASP_DROPPED, "the tool fell on the way")
    return None


SKILLS = (grasp, pull)
