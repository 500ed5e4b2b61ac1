"""``treehand resume``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import typer
from rich.console import Console

from treehand.cli.arguments import completion
from treehand.cli.arguments.known_config import load_known
from treehand.cli.arguments.options import (
    Approve,
    ConfigChangedOk,
    Folder,
    Json,
    Otel,
    Speed,
    Yes,
)
from treehand.cli.input.terminal import person_at, terminal_input
from treehand.cli.input.terminal_input import TerminalInput
from treehand.cli.plan_approval import TerminalApprover
from treehand.cli.run_report import run_and_report
from treehand.cli.run_tracing import tracing_for
from treehand.cli.views.live_view import LiveView
from treehand.cli.views.output import console_for, print_goal
from treehand.cli.views.plain_output import complain
from treehand.core.text.printable_console import marked
from treehand.orchestrator.people.approval import ApprovalPolicy
from treehand.orchestrator.running.result import RunResult
from treehand.orchestrator.sessions.resuming.known_deployment import KnownDeployment
from treehand.orchestrator.sessions.resuming.resume import (
    BeliefComparison,
    Resumption,
    approve_rest,
    latest_left,
    propose_rest,
    take_up,
)
from treehand.orchestrator.sessions.robot import NotApproved, Robot
from treehand.orchestrator.sessions.runs.verdicts import verdict_on
from treehand.orchestrator.store.journal import require_current
from treehand.orchestrator.store.workspace import Workspace
from treehand.planners import Plan

EXAMPLE = "treehand resume 12"


def resume(
    run: Annotated[
        str | None,
        typer.Argument(
            help="The run's number; the last that was left if left out.",
            autocompletion=completion.runs,
        ),
    ] = None,
    *,
    yes: Yes = False,
    as_json: Json = False,
    speed: Speed = None,
    approve: Approve = None,
    config_changed_ok: ConfigChangedOk = False,
    otel: Otel = False,
    workspace: Folder = None,
) -> None:
    """Continue a run that was stopped or crashed.

    The world is looked at first, and compared with what was believed; finished steps are kept.
    If the deployment is not the one that the run began with, a person is asked before it is loaded.
    """
    console = console_for(as_json=as_json, is_quiet=as_json and yes)
    policy = ApprovalPolicy(approve) if approve else None

    def begin() -> tuple[Robot, Callable[[], RunResult]]:
        home = Workspace.find(workspace)
        files = home.find_run(run) if run is not None else latest_left(home)
        lines = terminal_input()
        person = person_at(console, lines)
        require_current(files.journal)
        known = KnownDeployment.of_run(files)
        deployment = load_known(known, console, person, is_ok=config_changed_ok)
        resumption = take_up(
            home,
            files,
            person=person,
            speed=speed,
            policy=policy,
            deployment=deployment,
            tracing=tracing_for(otel),
            tell=complain,
        )
        if lines is not None:
            lines.robot = resumption.robot
        return resumption.robot, lambda: _go_on(resumption, console, lines, yes=yes)

    raise typer.Exit(run_and_report(begin, console, as_json=as_json, goal=""))


def _go_on(
    resumption: Resumption, console: Console, lines: TerminalInput | None, *, yes: bool
) -> RunResult:
    robot, history = resumption.robot, resumption.history
    console.print(marked("[bold]Run {}[/], left at {:.1f} s", resumption.files.run, history.t_s))
    if history.plan is not None:
        print_goal(console, history.plan.goal)
    _print_comparison(console, resumption.comparison)
    plan = propose_rest(resumption)
    if not isinstance(plan, Plan):
        return resumption.session.conclude(history.goal, verdict_on(plan))
    by = TerminalApprover(console, lines, robot, yes=yes, new_steps=resumption.new_steps)
    try:
        approval = approve_rest(resumption, plan, by=by)
    except NotApproved as refused:
        return refused.result
    console.print(f"  allowed by {approval.by}\n")
    with LiveView(console, robot, plan):
        return robot.run(approval)


def _print_comparison(console: Console, comparison: BeliefComparison) -> None:
    """Print what is believed, done and uncertain after a crash."""
    done = ", ".join(map(str, comparison.done)) or "nothing"
    console.print(f"  done: {done}")
    for step in comparison.uncertain:
        console.print(
            f"  uncertain: {step.call} had begun at {step.t_s:.1f} s, and nobody wrote down how "
            "it ended",
            style="yellow",
        )
    for percept in comparison.changed:
        console.print(f"  seen now, and believed otherwise: {percept}", style="yellow")
    if not comparison.changed:
        console.print("  the world looks as it was believed to be")
