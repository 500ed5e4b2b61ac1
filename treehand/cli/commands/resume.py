"""``treehand resume``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from treehand.cli.options import Approve, Folder, Json, Speed, Yes
from treehand.cli.run_report import run_and_report
from treehand.cli.terminal import TerminalInput, approver, person_at
from treehand.cli.views.live_view import LiveView
from treehand.cli.views.output import console_for, print_goal
from treehand.orchestrator.people.approval import ApprovalPolicy
from treehand.orchestrator.running.result import RunResult, Verdict
from treehand.orchestrator.sessions.resume import (
    BeliefComparison,
    Resumption,
    go_on,
    latest_left,
    take_up,
)
from treehand.orchestrator.sessions.session import Session
from treehand.orchestrator.store.workspace import Workspace

EXAMPLE = "treehand resume 12"


def resume(
    run: Annotated[
        str | None, typer.Argument(help="The run's number; the last that was left if left out.")
    ] = None,
    *,
    yes: Yes = False,
    as_json: Json = False,
    speed: Speed = None,
    approve: Approve = None,
    workspace: Folder = None,
) -> None:
    """Continue a run that was stopped or crashed.

    The world is looked at first, and compared with what was believed; finished steps are kept.
    """
    console = console_for(as_json=as_json, is_quiet=as_json and yes)
    policy = ApprovalPolicy(approve) if approve else None

    def begin() -> tuple[Session, Callable[[], RunResult]]:
        home = Workspace.find(workspace)
        files = home.find_run(run) if run is not None else latest_left(home)
        lines = TerminalInput()
        person = person_at(console, lines)
        resumption = take_up(home, files, person=person, speed=speed, policy=policy)
        lines.session = resumption.session
        return resumption.session, lambda: _carry_on(resumption, console, yes=yes)

    raise typer.Exit(run_and_report(begin, console, as_json=as_json, goal=""))


def _carry_on(resumption: Resumption, console: Console, *, yes: bool) -> RunResult:
    session, past = resumption.session, resumption.past
    console.print(f"[bold]Run {resumption.files.run}[/], left at {past.t_s:.1f} s")
    if past.plan is not None:
        print_goal(console, past.plan.goal)
    _print_comparison(console, resumption.comparison)
    allowed = go_on(resumption, approver(console, session, yes=yes))
    if isinstance(allowed, Verdict):
        return session.conclude(past.goal, allowed)
    console.print(f"  allowed by {escape(allowed.by)}\n")
    with LiveView(console, session, allowed.plan.tree):
        return session.execute(allowed.plan, approved_by=allowed.by, confirms=allowed.confirms)


def _print_comparison(console: Console, comparison: BeliefComparison) -> None:
    """Print what is believed, done and uncertain after a crash."""
    done = ", ".join(map(str, comparison.done)) or "nothing"
    console.print(f"  done: {escape(done)}")
    for step in comparison.uncertain:
        console.print(
            f"  [yellow]uncertain: {escape(str(step.call))} had begun at {step.t_s:.1f} s, and "
            "nobody wrote down how it ended[/]"
        )
    for percept in comparison.changed:
        console.print(f"  [yellow]seen now, and believed otherwise: {escape(str(percept))}[/]")
    if not comparison.changed:
        console.print("  the world looks as it was believed to be")
