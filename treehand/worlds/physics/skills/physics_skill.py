"""Common parts of the physics kitchen's skills: definition, success, and first motions."""

from __future__ import annotations

import math
from collections.abc import Callable, Generator
from functools import wraps
from typing import Any

from treehand.skills import FailureCode, SkillContext, SkillDefinition, SkillStep, skill
from treehand.skills.domain import Fact, Percept
from treehand.worlds.physics.model.arm import GraspPose
from treehand.worlds.physics.port import Motion, WorkingRobot
from treehand.worlds.physics.skills.grasp_planning import SAFE_M
from treehand.worlds.physics.skills.side_motions import raise_hand

WORLD = "kitchen-physics"
PORT = ("perception", "encoders", "library")
"""Parts of a `WorkingRobot` that no other robot has."""
OVER_M = 0.04
"""Height above a grasp at which the last straight approach begins."""
NEAR_M_S, SLOW_M_S = 0.4, 0.2
"""Greatest speeds: near objects; at contact."""
ASIDE_M, ASIDE_HIGH_M, ASIDE_RAD = 0.36, 0.4, 0.7
"""Pose at which the hand hides nothing: radius, height, and azimuth from the work place."""

Steps = Generator[float, None, SkillStep]


def physics_skill(name: str) -> Callable[[Callable[..., Steps]], SkillDefinition]:
    """Return a decorator for a skill function that gets the robot and reacts to faults."""

    def define(function: Callable[..., Steps]) -> SkillDefinition:
        @wraps(function)
        def run(context: SkillContext, *arguments: str) -> Steps:
            robot: Any = context.embodiment
            if not all(hasattr(robot, part) for part in PORT):
                raise TypeError(f"skill '{name}' needs a robot with {', '.join(PORT)}")
            robot.pace.limits_now = context.limits_now
            if robot.strike("skill-error"):
                raise RuntimeError("injected on purpose")
            carried = robot.perception.held or arguments[0] if arguments else ""
            try:
                step = yield from function(context, robot, *arguments)
            finally:
                robot.discard_faults(context.call)
            closed_n = robot.perception.closed_n
            if step.code is FailureCode.GRASP_DROPPED and carried in closed_n:  # not by a policy
                robot.perception.slipped_n[carried] = closed_n[carried]
            return step

        return skill(name, world=WORLD, ends_itself=True)(run)

    return define


def success(robot: WorkingRobot, source: str, *facts: Fact) -> SkillStep:
    """Return a success with facts that were observed now."""
    time_s = robot.now_s
    return SkillStep.success(*(Percept(fact, True, source, time_s) for fact in facts))


def prepare(robot: WorkingRobot) -> Motion:
    """Raise the hand and wait for a fresh observation."""
    problem = yield from raise_hand(robot, SAFE_M)
    if problem:
        return problem
    yield 0.2
    return None


def step_aside(robot: WorkingRobot) -> Motion:
    """Move hand and arm out of the picture of the present place."""
    pose = robot.pose()
    off = pose.azimuth_rad - pose.axis.heading_rad
    azimuth = pose.azimuth_rad - math.copysign(ASIDE_RAD, off)
    aside = GraspPose(ASIDE_M, azimuth, ASIDE_HIGH_M, axis=pose.axis)
    return (yield from robot.go(aside))
