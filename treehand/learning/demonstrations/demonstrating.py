"""Demonstrations of a goal: one run for each seed, each an episode of a dataset."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from treehand.core.clock import VirtualClock
from treehand.core.errors import InputError
from treehand.core.events import BaseEvent
from treehand.learning.datasets.episode import Episode
from treehand.learning.datasets.writer import DatasetWriter
from treehand.learning.demonstrations.annotation import episode_of
from treehand.learning.demonstrations.recorder import FrameSettings, MotionRecorder, writer_for
from treehand.orchestrator.config.deployment import Deployment
from treehand.orchestrator.running.result import Outcome, RunResult
from treehand.orchestrator.sessions.experiment import Experiment
from treehand.orchestrator.sessions.pipeline import run_goal
from treehand.orchestrator.sessions.robot import Robot
from treehand.orchestrator.sessions.robot_settings import RobotSettings

APPROVER = "treehand demo"
_NO_GOAL = (Outcome.REFUSED, Outcome.CLARIFY, Outcome.ANSWERED, Outcome.ERROR)
"""Ends of words that lead to no plan with any seed."""


@dataclass(frozen=True)
class DemonstrationSettings:
    """Demonstrations that are recorded."""

    goal: str
    """The goal in plain words."""
    seeds: Sequence[int]
    """Seed of each run."""
    frames: FrameSettings = field(default_factory=FrameSettings)
    faults: tuple[str, ...] = ()
    """Faults that are injected into each run, as ``treehand run --inject`` takes them."""
    keeps_failures: bool = True
    """False to leave out the episodes whose goal was not reached."""


@dataclass(frozen=True, slots=True)
class Demonstrated:
    """One run that was recorded."""

    seed: int
    outcome: Outcome
    is_success: bool
    """True if the goal was true at the end, in the world itself."""
    has_recovered: bool
    """True if an attempt failed before."""
    is_kept: bool
    frames_n: int
    cpu_s: float
    message: str = ""
    """Reason of an end without success."""


def demonstrate(
    deployment: Deployment,
    settings: DemonstrationSettings,
    folder: Path,
    tell: Callable[[Demonstrated], None] = lambda demonstrated: None,
) -> list[Demonstrated]:
    """Run a goal once for each seed and write the runs as one dataset; return what was recorded.

    An interrupt ends it with the episodes so far.

    Args:
        deployment: World and skills; the world must be a simulated one that records motion.
        settings: Goal, seeds, frames.
        folder: Folder of the dataset; it must not exist.
        tell: Called after each run.

    Raises:
        InputError: If the world cannot be recorded, the goal is not understood, the folder exists,
            or no episode is left to write.
        MissingExtra: If it cannot draw here.
        StorageError: If the dataset cannot be written.
    """
    if not deployment.kind.is_virtual:
        hint = "record in --world kitchen-physics"
        raise InputError.of("wrong-recording", "demonstrations are of simulated worlds", hint=hint)
    done: list[Demonstrated] = []
    with ExitStack() as stack:
        writer: DatasetWriter | None = None
        for seed in settings.seeds:
            began_s = time.process_time()
            with _opened(deployment, settings, seed) as robot:
                recorder = MotionRecorder(robot.world.world, settings.frames)
                if writer is None:
                    writer = stack.enter_context(
                        writer_for(folder, deployment.kind.name, recorder, settings.frames)
                    )
                episode, result = _recorded(robot, recorder, settings.goal, seed)
                if result.outcome in _NO_GOAL:
                    raise _no_episode(settings, [result.message])
                is_kept = episode is not None and (episode.is_success or settings.keeps_failures)
                if episode is not None and is_kept:
                    writer.add(episode)
            done.append(_told(seed, episode, result, is_kept, time.process_time() - began_s))
            tell(done[-1])
            if result.outcome is Outcome.INTERRUPTED:
                break
        if writer is None or not writer.episodes_n:
            raise _no_episode(settings, sorted({one.message for one in done if one.message}))
    return done


def _no_episode(settings: DemonstrationSettings, reasons: Sequence[str]) -> InputError:
    message = f"no episode to write: {'; '.join(reasons) or 'nothing moved'}"
    hint = f'try it: treehand run "{settings.goal}"'
    return InputError.of("no-episode", message, hint=hint)


def _opened(deployment: Deployment, settings: DemonstrationSettings, seed: int) -> Robot:
    experiment = Experiment(faults=settings.faults)
    own = RobotSettings(seed=seed, clock=VirtualClock(), keeps_orders=False, experiment=experiment)
    return Robot(deployment, workspace=None, settings=own)


def _recorded(
    robot: Robot, recorder: MotionRecorder, goal: str, seed: int
) -> tuple[Episode | None, RunResult]:
    """Run the goal; return its episode, or None if nothing moved."""
    events: list[BaseEvent] = []
    robot.on(BaseEvent, events.append)
    result = run_goal(robot, goal, by=APPROVER)
    episode = episode_of(
        events,
        recorder,
        robot.deployment.domain,
        task=goal,
        outcome=str(result.outcome),
        is_success=result.outcome is Outcome.SUCCESS and result.world_true is not False,
        notes={"seed": str(seed)},
    )
    return episode, result


def _told(
    seed: int, episode: Episode | None, result: RunResult, is_kept: bool, cpu_s: float
) -> Demonstrated:
    return Demonstrated(
        seed=seed,
        outcome=result.outcome,
        is_success=episode is not None and episode.is_success,
        has_recovered=episode is not None and episode.has_recovered,
        is_kept=is_kept,
        frames_n=episode.length if episode is not None else 0,
        cpu_s=cpu_s,
        message="" if result.outcome is Outcome.SUCCESS else result.message,
    )
