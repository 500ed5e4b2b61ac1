"""Trial of a tree that is being written: its verification, or its rehearsal in simulation.

`main` reads a `TrialOrder` from standard input and writes a `TrialEnd`. It is for a process of its
own, see `TrialProcess`, so that it can be killed and delays no tick.
"""

from __future__ import annotations

import os
import signal
from dataclasses import replace
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

from treehand.core.errors import TreehandError
from treehand.orchestrator.config.deployment import Deployment
from treehand.orchestrator.config.overrides import DeploymentOverrides
from treehand.orchestrator.sessions.pipeline import run_plan
from treehand.orchestrator.sessions.robot import Robot
from treehand.orchestrator.sessions.verify import APPROVAL_S, verify_plan
from treehand.planners import Goal, Plan
from treehand.scenarios.order_input import read_order
from treehand.scenarios.running.case_record import CaseRecord
from treehand.trees import TreeSpec, parse_tree
from treehand.trees.drawing.tree_outline import OutlineNode, TreeOutline
from treehand.web.access.api_error import ErrorReport, api_error
from treehand.web.desk.proposal_report import PlanReport, RefusalReport, report_of
from treehand.worlds import PAPER
from treehand.worlds.declared import DeclaredWorld

TRIAL_S = 60.0
"""Longest trial, in seconds of wall time."""
IDLE_S = 600.0
"""Longest time for which a process that was begun ahead waits for its trial, in seconds."""
MAX_LINES = 400
"""Most lines of a rehearsal's journal that are told, the last ones."""


class TrialOrder(BaseModel):
    """Tree to be tried, and how."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    task: Literal["verify", "rehearse"]
    name: str
    """Name of the file, for findings."""
    folder: Path
    """The folder that it stands in, whose trees it may call."""
    text: str
    arguments: dict[str, str]
    overrides: DeploymentOverrides
    """Those of the served deployment."""


class RehearsalReport(BaseModel):
    """Result of a tree that ran in simulation from the scene's start, in virtual time."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    world: str
    """Name of the simulated world."""
    outcome: str
    message: str
    t_s: float
    """Run time at its end, in seconds."""
    retries: int
    replans: int
    failures: dict[str, int]
    """Failure code to count."""
    lines: tuple[str, ...]
    """Its journal, a line for each event; only the last ones if there are many."""
    root: OutlineNode
    """The tree with the last status of each node, and lines in the text that was tried."""


class TrialReport(BaseModel):
    """Result of a trial."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    plan: PlanReport | RefusalReport
    """The tree as a plan, as it is shown before an approval; it cannot be approved here."""
    rehearsal: RehearsalReport | None = None
    """None if the tree was verified, or refused."""


class TrialEnd(BaseModel):
    """End of the process: the report, or an error with its status."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    report: TrialReport | None = None
    status: int = 200
    error: ErrorReport | None = None


def try_tree(order: TrialOrder) -> TrialReport:
    """Return the result of a trial.

    Raises:
        InputError: If the tree or its arguments are not sound.
    """
    tree = parse_tree(order.text, file=order.name)
    given = order.overrides.model_copy(update={"tree_folder": order.folder})
    deployment = Deployment.load(given, looks_here=False)
    if order.task == "rehearse":
        return _rehearsed(tree, order, _simulated(deployment, given))
    if not deployment.kind.is_virtual:
        kind = replace(deployment.kind, open=DeclaredWorld, is_virtual=True)
        deployment = replace(deployment, kind=kind)
    with Robot(deployment, workspace=None) as robot:
        plan = robot.propose_tree(tree, order.arguments, _achieved(tree, order.arguments))
        found = verify_plan(robot, plan, max_s=APPROVAL_S) if isinstance(plan, Plan) else None
        return TrialReport(plan=_plan_report(report_of(plan, robot, found, None)))


def _rehearsed(tree: TreeSpec, order: TrialOrder, deployment: Deployment) -> TrialReport:
    record = CaseRecord()
    with Robot(deployment, workspace=None) as robot:
        robot.world.stream.subscribe(record.take)
        plan = robot.propose_tree(tree, order.arguments, _achieved(tree, order.arguments))
        report = _plan_report(report_of(plan, robot, None, None))
        if not isinstance(plan, Plan):
            return TrialReport(plan=report)
        result = run_plan(robot, plan, by="the rehearsal")
    library, skills = deployment.library, deployment.domain.skills
    outline = TreeOutline(tree, order.arguments, library, skills, text=order.text)
    if result.replans == 0:  # else the statuses are those of another tree
        outline.take(record.statuses)
    rehearsal = RehearsalReport(
        world=deployment.kind.name,
        outcome=result.outcome.value,
        message=result.message,
        t_s=result.sim_time_s,
        retries=result.retries,
        replans=result.replans,
        failures=result.failures,
        lines=tuple(record.timeline[-MAX_LINES:]),
        root=outline.root,
    )
    return TrialReport(plan=report, rehearsal=rehearsal)


def _simulated(deployment: Deployment, given: DeploymentOverrides) -> Deployment:
    """Return a deployment in simulation: its own world, or one that plays the action models."""
    if deployment.kind.is_virtual:
        return deployment
    scene = deployment.scene.span()
    paths = {"domain": deployment.domain_path, "scene": Path(scene.file) if scene else None}
    imagined = {"world": PAPER, "randomize": None, "robot": None, "policy": None}
    return Deployment.load(given.model_copy(update={**paths, **imagined}), looks_here=False)


def _achieved(tree: TreeSpec, arguments: dict[str, str]) -> Goal | None:
    """Return the `achieves` of a tree as a goal; None if it has none."""
    if tree.achieves is None:
        return None
    wanted = tree.achieves.substitute(arguments)
    return Goal(text=str(wanted), formula=wanted, words=str(wanted))


def _plan_report(report: object) -> PlanReport | RefusalReport:
    assert isinstance(report, PlanReport | RefusalReport)
    return report


def main() -> None:
    """Try the tree of the order on standard input; other output goes to standard error."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # a skill may print
    os.nice(10)
    signal.alarm(int(IDLE_S) + 5)  # ends it where nothing else can
    given = read_order()
    signal.alarm(int(TRIAL_S) + 5)
    if not given:
        return  # it was begun ahead, and nothing came
    try:
        end = TrialEnd(report=try_tree(TrialOrder.model_validate_json(given)))
    except TreehandError as error:
        told = api_error(error)
        end = TrialEnd(status=told.status, error=told.report)
    except RecursionError:
        report = ErrorReport(code="too-deep", message="the tree is nested too deeply")
        end = TrialEnd(status=422, error=report)
    with answers:
        answers.write(f"{end.model_dump_json()}\n")
