"""Cases that kill the process: a process of their own dies, and another resumes the run."""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Callable
from pathlib import Path

from treehand.core.events import Event
from treehand.orchestrator.config.deployment import Deployment
from treehand.orchestrator.people.person import Nobody, Person
from treehand.orchestrator.running.result import RunResult
from treehand.orchestrator.sessions.experiment import Experiment
from treehand.orchestrator.sessions.pipeline import run_goal, run_tree
from treehand.orchestrator.sessions.resuming.resume import resume_run, take_up
from treehand.orchestrator.sessions.robot import Robot
from treehand.orchestrator.sessions.robot_settings import RobotSettings
from treehand.orchestrator.store.journal import read_events
from treehand.orchestrator.store.workspace import RunFiles, Workspace
from treehand.planners import Question, Reading
from treehand.scenarios.format.files import (
    Deployments,
    Variant,
    fault_request,
    parameters_of,
    tree_of,
    words_of,
)

CALLER = "the caller"
"""Name that approves the plans of scenarios."""
KILLED = -getattr(signal, "SIGKILL", 9)


def kills(variant: Variant) -> bool:
    """Return True if a fault of the scenario kills its process."""
    return any(fault_request(fault).is_of_process for fault in variant.scenario.faults)


def parts_until_killed(variant: Variant, seed: int, folder: Path) -> list[Event]:
    """Run a case in processes of its own until none of them is killed any more.

    Args:
        variant: The scenario.
        seed: Of the run.
        folder: For the journal and the world; the run that was left lies there.

    Returns:
        The events that were written before the last kill; none if nothing was killed.
    """
    spawn = multiprocessing.get_context("spawn")
    wanted = sum(fault_request(fault).is_of_process for fault in variant.scenario.faults)
    events: list[Event] = []
    for _ in range(wanted):
        process = spawn.Process(target=_part, args=(variant, seed, folder))
        process.start()
        process.join(variant.scenario.wall_time)
        if process.exitcode != KILLED:
            process.kill()
            process.join()
            return []
        events = list(read_events(_left(Workspace(folder)).journal))
    return events


def _left(workspace: Workspace) -> RunFiles:
    return workspace.find_run(workspace.runs()[-1])


def _part(variant: Variant, seed: int, folder: Path) -> None:
    """Run or resume in this process, which may be killed for it."""
    deployment = Deployments().of(variant)
    workspace = Workspace(folder)
    if workspace.runs():
        resume_killed(variant, deployment, workspace, may_be_killed=True)
        return
    settings = RobotSettings(
        seed=seed,
        experiment=experiment_of(variant, may_be_killed=True),
        words=words_of(variant) or folder / "none.words.yaml",
        parameters=parameters_of(variant) or folder / "none.parameters.yaml",
    )
    with Robot(deployment, workspace=workspace, settings=settings) as robot:
        run_scenario(robot, variant)


def experiment_of(variant: Variant, *, may_be_killed: bool = False) -> Experiment:
    """Return the faults of a scenario, and its wish for recovery."""
    scenario = variant.scenario
    faults = tuple(fault_request(fault) for fault in scenario.faults)
    return Experiment(faults=faults, may_be_killed=may_be_killed, has_recovery=scenario.recovery)


def run_scenario(robot: Robot, variant: Variant) -> RunResult:
    """Run the tree or the goal of a scenario and return how that ended."""
    scenario, tree = variant.scenario, tree_of(variant)
    if tree is not None:
        return run_tree(robot, tree, dict(scenario.arguments), by=CALLER)
    read = _read_once if _is_read_alike(robot) else None
    return run_goal(robot, scenario.goal or "", by=CALLER, choose=nobody_chooses, read=read)


def _is_read_alike(robot: Robot) -> bool:
    """Return True if words and beliefs alone decide how a robot reads its first words."""
    deployment = robot.deployment
    reads_itself = deployment.llm.model is None and deployment.parts.reader is None
    return reads_itself and robot.settings.words is None


def _read_once(robot: Robot, text: str) -> Reading:
    """Return the reading of a scenario's goal, which the runs of other seeds share."""
    proposer, world = robot.parts.proposer, robot.world
    kept = robot.deployment.readings
    return kept.goal(text, world.facts, lambda: proposer.read(text, world))


def nobody_chooses(question: Question) -> None:
    """Leave a question about the words open: a scenario says what it means."""


def resume_killed(
    variant: Variant,
    deployment: Deployment,
    workspace: Workspace,
    *,
    person: Person | None = None,
    opened: Callable[[Robot], None] | None = None,
    may_be_killed: bool = False,
) -> RunResult:
    """Resume the run of a killed process, with the faults that have not triggered yet.

    Args:
        variant: The scenario.
        deployment: What it runs on.
        workspace: Where the run was left.
        person: Who is asked; nobody if left out.
        opened: Called with the robot before anything happens.
        may_be_killed: Whether faults may kill this process too.
    """
    resumption = take_up(
        workspace,
        _left(workspace),
        person=person or Nobody(),
        deployment=deployment,
        experiment=experiment_of(variant, may_be_killed=may_be_killed),
        parameters=parameters_of(variant),
    )
    with resumption.robot as robot:
        if opened is not None:
            opened(robot)
        return resume_run(resumption, by=CALLER)
