"""A drawn world in which a teacher labels states."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from treehand.core.clock import VirtualClock
from treehand.core.errors import InputError
from treehand.orchestrator.config.deployment import Deployment
from treehand.orchestrator.sessions.experiment import Experiment
from treehand.orchestrator.sessions.robot import Robot
from treehand.orchestrator.sessions.robot_settings import RobotSettings
from treehand.skills import LessonPlan, Teachable
from treehand.skills.domain import Call
from treehand.skills.vla.contract.spec import PolicySpec


@contextmanager
def teaching_world(deployment: Deployment, seed: int) -> Iterator[tuple[Robot, Teachable]]:
    """Open a drawn world that teaches; its runs have no recovery.

    Raises:
        InputError: If the world teaches nothing.
    """
    settings = RobotSettings(
        seed=seed,
        clock=VirtualClock(),
        keeps_orders=False,
        experiment=Experiment(has_recovery=False),
    )
    with Robot(deployment, workspace=None, settings=settings) as robot:
        world = robot.world.world
        if not isinstance(world, Teachable):
            message = f"world '{deployment.kind.name}' teaches nothing"
            raise InputError.of("no-teacher", message, hint="practise in kitchen-physics")
        yield robot, world


def lesson_plan(spec: PolicySpec, call: Call, count: int) -> LessonPlan:
    """Return the plan for states that a model of some inputs and outputs learns from."""
    sides = next(iter(spec.cameras.values()))
    return LessonPlan(
        call=call,
        count=count,
        chunk=spec.chunk,
        period_s=spec.period_s,
        cameras=tuple(c.camera or k for k, c in spec.cameras.items()),
        size=(sides.height, sides.width),
    )
