"""``treehand fork``."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console

from treehand.cli.arguments import completion
from treehand.cli.arguments.options import ConfigChangedOk, Folder, Json
from treehand.cli.past_run import past_run
from treehand.cli.views.output import console_for
from treehand.cli.views.plain_output import print_json
from treehand.orchestrator.forking.fork import ForkMoment, ForkReport, fork_run
from treehand.orchestrator.sessions.resuming.known_deployment import KnownDeployment

EXAMPLE = """treehand fork 12 --at 3 --set 'pick(red_mug)=grasp-dropped'
treehand fork 12 --at 3 --set 'on(red_mug, counter)=false'
treehand fork 12 --at 3 --set 'close(fridge)'"""
MOST_LINES = 12
"""Most lines of the fork that are printed."""


def fork(
    run: Annotated[
        str,
        typer.Argument(
            help="The run's number, or the path of its journal.", autocompletion=completion.runs
        ),
    ],
    *,
    at: Annotated[int, typer.Option(min=1, help="Number of the tick, as events have it.")],
    change: Annotated[
        str,
        typer.Option("--set", help="CALL=CODE, CALL=success, FACT=true|false, or a fault."),
    ],
    config_changed_ok: ConfigChangedOk = False,
    as_json: Json = False,
    workspace: Folder = None,
) -> None:
    """Run a past run again with one thing changed.

    It is executed in simulation, from its beginning, with its seed, plan, answers and faults; from
    the tick on one outcome, one fact or the world is another. The first difference is shown.
    Nothing is journalled. Where --states kept the run's motion, it must be the same up to the tick.
    """
    files = past_run(workspace, run)
    known = KnownDeployment.of_run(files)
    deployment = known.load() if config_changed_ok else known.load_unchanged()
    report = fork_run(files, at, change, deployment)
    if as_json:
        print_json(report.model_dump(mode="json"))
        return
    _print(console_for(as_json=False), report)


def _print(console: Console, report: ForkReport) -> None:
    where = f"run {report.run} from tick {report.tick} ({report.t_s:.1f} s)"
    console.print(f"{where}, with {report.change}", style="bold")
    if report.states_n is not None:
        console.print(f"  up to there {report.states_n} recorded states are the same", style="dim")
    if report.before is None or report.after is None:
        console.print("  no difference: the change changes nothing")
    else:
        console.print("  first difference")
        console.print(f"    run   {_moment(report.before)}", soft_wrap=True)
        console.print(f"    fork  {_moment(report.after)}", soft_wrap=True)
        console.print("  then, in the fork")
        for line in report.lines[:MOST_LINES]:
            console.print(f"    {line}", soft_wrap=True)
        if len(report.lines) > MOST_LINES:
            console.print(f"    … {len(report.lines) - MOST_LINES} more lines; --json has all")
    console.print(f"  outcome: run {report.outcome}, fork {report.fork_outcome}")
    console.print(f"  {report.fork_message}", soft_wrap=True)


def _moment(moment: ForkMoment) -> str:
    if not moment.number:
        return moment.text
    return f"event {moment.number}, {moment.t_s:.1f} s: {moment.text}"
