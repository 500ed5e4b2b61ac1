"""Skill of the cable: go above the socket, search with a small force, push and give way."""

from __future__ import annotations

import math
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
TIP_M = 0.038
"""Distance of the plug's tip from the middle of the pads, as the plug is held."""
HOVER_M = 0.012
FAST_M_S = 0.3
DOWN_M_S = 0.012
TOUCH_N, PRESS_N, PUSH_N = 3.0, 5.0, 18.0
"""Forces that tell a touch, that hold the tip on the surface in the search, and of the push."""
YIELDS_M_NS = 0.002
"""Speed for each N that the force differs from the wanted one, m/s/N."""
DROP_M = 0.0025
"""Depth from which on the tip is in the socket."""
DEEP_M = 0.0165
PITCH_M, SPIRAL_M_S, WIDEST_M = 0.0004, 0.008, 0.0035
JAM_S, JAMS_N = 0.8, 3
MOST_N = 40.0
"""Force at which the arm lets up at once."""

Step = Generator[float, None, SkillStep | None]


@dataclass(frozen=True)
class Seen:
    """What the camera told of the socket; None where it saw none."""

    taken_s: float
    at_m: FloatArray | None
    """Middle of the opening, in its upper plane."""
    yaw_rad: float
    computed_s: float


@skill("insert", ends_itself=True)
def insert(context: SkillContext, plug: str, socket: str) -> SkillGenerator:
    """Look, go above the opening, touch, search in a spiral, and push the plug in."""
    robot: CellRobot = context.embodiment
    yield from lift(robot)
    seen: Seen = robot.look()
    yield robot.latency_s
    if seen.at_m is None:
        return SkillStep.failure(FailureCode.OBJECT_NOT_FOUND, "the camera sees no socket")
    rotation = downward(seen.yaw_rad)
    above = seen.at_m + np.array([0.0, 0.0, TIP_M + HOVER_M])
    high = Pose(above + np.array([0.0, 0.0, 0.05]), rotation)
    robot.servo(high, FAST_M_S, seen_s=seen.taken_s, computed_s=seen.computed_s)
    yield 1.2
    robot.servo(Pose(above, rotation), 0.1)
    yield 0.9
    robot.tare()
    push = Push(robot, Pose(above, rotation), float(seen.at_m[2]))
    problem = yield from push.run(turn=context.attempt % 2)
    if problem is not None:
        yield from lift(robot)
        return problem
    robot.report(push.deep_m)
    return None


def lift(robot: CellRobot) -> Iterator[float]:
    """Bring the plug above everything, if it is not."""
    here = robot.hand
    if here.position_m[2] < 0.2:
        up = np.array([here.position_m[0], here.position_m[1], 0.24])
        robot.servo(Pose(up, here.rotation), 0.15)
        yield 1.2
        side = np.array([0.42, -0.14, 0.26])
        robot.servo(Pose(side, here.rotation), FAST_M_S)
        yield 1.2


class Push:
    """Force-guided motion of the plug: touch, spiral search, push.

    Args:
        robot: The robot.
        pose: Pose of the hand above the opening.
        top_m: Height of the plane of the opening.
    """

    def __init__(self, robot: CellRobot, pose: Pose, top_m: float) -> None:
        self._robot = robot
        self._pose = pose
        self._top_m = top_m
        self._target = pose.position_m.copy()
        self.deep_m = -HOVER_M
        """Measured depth of the tip below the plane of the opening."""
        self._surface_m = 0.0
        """Depth at which the tip touched the surface: what the camera's height is off."""

    def run(self, turn: int) -> Step:
        """Bring the tip down to `DEEP_M`; return the failure if that does not succeed."""
        problem = yield from self._touch()
        if problem is not None:
            return problem
        if self.deep_m - self._surface_m < DROP_M and self.deep_m < DROP_M + 0.002:
            problem = yield from self._search(turn)
        return problem or (yield from self._press_in())

    def _move(self, wanted_n: float, across: FloatArray, gives: float) -> Step:
        """Move for one step: keep a force downwards, follow `across`, give way sideways."""
        felt = self._robot.felt_n
        down = min(max(YIELDS_M_NS * (wanted_n - felt[2]), -DOWN_M_S), DOWN_M_S)
        self._target[2] -= STEP_S * down
        self._target[:2] = across + gives * felt[:2]
        hand = self._robot.hand.position_m[2]
        self._target[2] = max(self._target[2], hand - 0.003)
        self._robot.servo(Pose(self._target.copy(), self._pose.rotation), 0.1)
        yield STEP_S
        self.deep_m = self._top_m - (self._robot.hand.position_m[2] - TIP_M)
        if not self._robot.is_gripping:
            return SkillStep.failure(FailureCode.GRASP_DROPPED, "the plug slipped out of the hand")
        return None

    def _touch(self) -> Step:
        """Go down until something is touched, or the tip is in."""
        for _ in range(200):
            problem = yield from self._move(PRESS_N, self._pose.position_m[:2], 0.0)
            if problem is not None:
                return problem
            if float(self._robot.felt_n[2]) > TOUCH_N or self.deep_m > DROP_M + 0.002:
                self._surface_m = self.deep_m
                return None
        return SkillStep.failure(FailureCode.STALLED, "nothing is touched where the socket is")

    def _search(self, turn: int) -> Step:
        """Slide the tip over the surface in a spiral until it drops into the opening."""
        angle, middle = 0.0, self._pose.position_m[:2].copy()
        while True:
            radius = PITCH_M * angle / (2 * math.pi)
            if radius > WIDEST_M:
                detail = f"no opening within {1000 * WIDEST_M:.1f} mm of where it was seen"
                return SkillStep.failure(FailureCode.STALLED, detail)
            angle += SPIRAL_M_S * STEP_S / max(radius, 0.0004)
            way = angle if turn else -angle
            spot = middle + radius * np.array([math.cos(way), math.sin(way)])
            problem = yield from self._move(PRESS_N, spot, 0.0)
            if problem is not None:
                return problem
            if self.deep_m - self._surface_m > DROP_M / 2:
                self._pose = Pose(np.array([*spot, 0.0]), self._pose.rotation)
                return None

    def _press_in(self) -> Step:
        """Push and give way sideways; let up and wriggle where the plug jams."""
        jams_n, since_s, best_m = 0, self._robot.now_s, self.deep_m
        centre = self._pose.position_m[:2].copy()
        while self.deep_m < DEEP_M:
            centre = centre + 0.00002 * self._robot.felt_n[:2]
            wriggle = np.zeros(2)
            if jams_n:
                phase = 14.0 * self._robot.now_s
                wriggle = 0.0004 * jams_n * np.array([math.cos(phase), math.sin(phase)])
            problem = yield from self._move(PUSH_N, centre + wriggle, 0.00002)
            if problem is not None:
                return problem
            if float(np.linalg.norm(self._robot.felt_n)) > MOST_N:
                self._target[2] += 0.002
            if self.deep_m > best_m + 0.0003:
                best_m, since_s = self.deep_m, self._robot.now_s
            elif self._robot.now_s - since_s > JAM_S:
                jams_n += 1
                if jams_n > JAMS_N:
                    detail = f"jammed {1000 * self.deep_m:.1f} mm deep at {PUSH_N:g} N"
                    return SkillStep.failure(FailureCode.PATH_BLOCKED, detail)
                self._target[2] += 0.003
                best_m, since_s = self.deep_m - 0.002, self._robot.now_s
        return None


SKILLS = (insert,)
