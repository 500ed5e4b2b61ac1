"""The public verbs: open a robot, or run one goal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TypedDict, Unpack

from treehand.core.clock import Clock, MonotonicClock, VirtualClock
from treehand.core.errors import InputError, near
from treehand.orchestrator.config.budgets import require_speed
from treehand.orchestrator.config.deployment import Deployment
from treehand.orchestrator.config.overrides import DeploymentOverrides
from treehand.orchestrator.people.approval import Approver
from treehand.orchestrator.people.person import Nobody, Person
from treehand.orchestrator.running.result import RunResult
from treehand.orchestrator.sessions.experiment import Experiment
from treehand.orchestrator.sessions.pipeline import run_goal
from treehand.orchestrator.sessions.robot import Robot
from treehand.orchestrator.sessions.robot_settings import RobotSettings
from treehand.orchestrator.store.workspace import Workspace, WorldPlace
from treehand.skills import SkillFactory


class RobotOptions(TypedDict, total=False):
    """Options of `open` and `run`; each may be left out."""

    seed: int
    """Seed of every random draw; 0 if left out."""
    speed: float
    """Run seconds per wall second; if left out, virtual time where the world can, else 1."""
    workspace: str | Path
    """Folder of the journals; ``TREEHAND_HOME`` or the user's data folder if left out."""
    state: str | Path
    """File that keeps a simulated world from one robot to the next; one robot at a time uses it."""
    person: Person
    """Answers questions during a run; nobody if left out."""
    faults: tuple[str, ...]
    """Faults to inject, as ``treehand run --inject`` takes them."""
    substitutions: Mapping[str, SkillFactory | Sequence[str]]
    """Test doubles by path pattern; see `Experiment.substitute`."""
    world: str
    """Name of the world, or ``file.py:NAME``; the deployment file's if left out."""
    domain: str | Path
    """Domain file."""
    scene: str | Path
    """Scene file."""
    max_seconds: float
    """Longest time for one planning call, in seconds; 30 if left out."""
    max_memory: float
    """Most memory of the process while it plans, in MiB; 4,096 if left out."""
    llm: str
    """Language model that reads goals, for example ``openai:MODEL``."""


def open(config: str | Path | None = None, **options: Unpack[RobotOptions]) -> Robot:
    """Open a robot: load its deployment, open its world, take the first look.

    Use it as a context manager, or call `Robot.close`.

    Args:
        config: Deployment file; ``./treehand.yaml`` if left out and there is one, else the
            built-in kitchen.
        **options: See `RobotOptions`.

    Returns:
        The robot. Nothing has moved.

    Raises:
        InputError: If the deployment, a fault or an option is not sound; with every finding.
        StorageError: If another process uses the world.
        MissingExtra: If the world needs a library that is not installed.
        TypeError: If there is no such option.
    """
    _require_known(options)
    deployment = Deployment.load(
        DeploymentOverrides(
            config=Path(config) if config is not None else None,
            world=options.get("world"),
            domain=_path(options.get("domain")),
            scene=_path(options.get("scene")),
            llm=options.get("llm"),
            max_s=options.get("max_seconds"),
            max_mib=options.get("max_memory"),
        )
    )
    settings = RobotSettings(
        seed=options.get("seed", 0),
        clock=_clock(options.get("speed"), is_virtual=deployment.kind.is_virtual),
        person=options.get("person") or Nobody(),
        place=_place(options, deployment),
        experiment=_experiment(options),
    )
    workspace = Workspace.find(_path(options.get("workspace")))
    return Robot(deployment, workspace=workspace, settings=settings)


def run(
    text: str,
    *,
    by: str | Approver,
    config: str | Path | None = None,
    **options: Unpack[RobotOptions],
) -> RunResult:
    """Open a robot, bring about one goal in plain words, and close the robot.

    Args:
        text: The goal.
        by: Who approves the plan: a name, or a function that shows the plan and returns True or
            False. It has no default: somebody always approves.
        config: As for `open`.
        **options: See `RobotOptions`.

    Returns:
        How it ended, journalled whatever that was.

    Raises:
        TreehandError: As for `open`.
    """
    with open(config, **options) as robot:
        return run_goal(robot, text, by=by)


def _require_known(options: RobotOptions) -> None:
    """Raise `TypeError` for options that there are not, and for a text in place of texts."""
    known = RobotOptions.__annotations__
    for name in options:
        if name not in known:
            hint = near(name, known, what="options")
            raise TypeError(f"open() has no option '{name}': {hint}")
    if isinstance(options.get("faults"), str):
        raise TypeError("faults are a tuple of texts, not a text: write (fault,)")


def _experiment(options: RobotOptions) -> Experiment:
    experiment = Experiment(faults=tuple(options.get("faults", ())))
    for pattern, stand_in in options.get("substitutions", {}).items():
        experiment = experiment.substitute(pattern, stand_in)
    return experiment


def _path(path: str | Path | None) -> Path | None:
    return Path(path) if path is not None else None


def _place(options: RobotOptions, deployment: Deployment) -> WorldPlace | None:
    state = _path(options.get("state"))
    if state is not None and not deployment.kind.is_virtual:
        message = f"state is for simulated worlds, not '{deployment.kind.name}'"
        raise InputError.of("wrong-state", message, hint="the real world is its own state")
    return WorldPlace.beside(state.absolute()) if state is not None else None


def _clock(speed: float | None, *, is_virtual: bool) -> Clock:
    if speed is not None:
        require_speed(speed)
    return VirtualClock() if is_virtual and speed is None else MonotonicClock(speed or 1.0)
