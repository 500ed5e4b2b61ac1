"""``treehand demo``."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from treehand.cli.arguments.frame_options import FrameOptions
from treehand.cli.arguments.options import GoalText, Json, PlanningOptions, Seed
from treehand.cli.views.output import SIGNS, console_for, counted
from treehand.cli.views.plain_output import print_json
from treehand.core.exit_codes import ExitCode
from treehand.core.text.printable_console import marked
from treehand.orchestrator.config.deployment import Deployment
from treehand.orchestrator.running.result import Outcome

if TYPE_CHECKING:
    from treehand.learning.demonstrations.demonstrating import Demonstrated

EXAMPLE = """treehand demo "put the can in the bin" --world kitchen-physics --episodes 20 --out cans
treehand demo "clean the kitchen" --world kitchen-physics --randomize seed-article --out kitchens"""


def demo(
    goal: GoalText,
    *,
    out: Annotated[Path, typer.Option(help="Folder of the dataset; it must not exist.")],
    episodes: Annotated[int, typer.Option(min=1, help="Runs, each with a seed of its own.")] = 10,
    seed: Seed = 0,
    inject: Annotated[
        list[str] | None, typer.Option(help="Fault in each run: grasp-dropped@pick(can):1.")
    ] = None,
    only_success: Annotated[
        bool, typer.Option("--only-success", help="Leave out runs that do not reach the goal.")
    ] = False,
    as_json: Json = False,
    frames: FrameOptions,
    deployment: PlanningOptions,
) -> None:
    """Record runs as a dataset.

    The dataset is a LeRobotDataset v3.0. The runs are of a simulated world, in virtual time, one
    for each seed from --seed on. Pictures are drawn after each run. Every frame says which skill
    ran, in which attempt, and if that succeeded; an interrupt keeps the episodes so far.
    """
    from treehand.learning.demonstrations.demonstrating import DemonstrationSettings, demonstrate

    console = console_for(as_json=as_json)
    settings = DemonstrationSettings(
        goal=goal,
        seeds=range(seed, seed + episodes),
        frames=frames.settings(),
        faults=tuple(inject or ()),
        keeps_failures=not only_success,
    )
    loaded = Deployment.load(deployment.overrides())
    done = demonstrate(loaded, settings, out, lambda one: _show(console, one))
    kept = [one for one in done if one.is_kept]
    succeeded_n = sum(one.is_success for one in done)
    if as_json:
        runs = [{**asdict(one), "outcome": str(one.outcome)} for one in done]
        print_json({"folder": str(out), "episodes": len(kept), "runs": runs})
    else:
        frames_n = sum(one.frames_n for one in kept)
        cpu_s = sum(one.cpu_s for one in done)
        console.print(
            f"{len(kept)} episodes, {frames_n} frames, in '{out}'; "
            f"{succeeded_n} of {counted(len(done), 'run')} reached the goal; {cpu_s:.1f} CPU-s"
        )
    is_broken_off = len(done) < episodes or done[-1].outcome is Outcome.INTERRUPTED
    raise typer.Exit(ExitCode.INTERRUPTED if is_broken_off else ExitCode.SUCCESS)


def _show(console: Console, one: Demonstrated) -> None:
    sign = SIGNS["ok" if one.is_success else "failed"]
    told = "after a failure" if one.has_recovered else one.message
    left_out = "" if one.is_kept else " (left out)"
    numbers = (one.seed, one.frames_n, one.cpu_s)
    console.print(sign, marked("seed {}  {} frames  {:.1f} CPU-s  {}", *numbers, told + left_out))
