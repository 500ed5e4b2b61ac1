"""``treehand campaign``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from treehand.cli.arguments.options import Address, Engine, Html, Json, Seed, Workers
from treehand.cli.views.output import console_for, counted, require_writable, write_text
from treehand.cli.views.plain_output import print_json
from treehand.cli.views.progress import progress_bar
from treehand.core.exit_codes import ExitCode
from treehand.orchestrator.store.workspace import Workspace
from treehand.scenarios.campaigns.campaign import (
    THRESHOLD,
    CampaignReport,
    CampaignRun,
    plan_campaign,
)
from treehand.scenarios.engines.engine_choice import runner_for
from treehand.scenarios.engines.runners import DrawingRunner, Runner, RunnerSettings
from treehand.scenarios.reports.html import SIGNS, campaign_page, require_pages
from treehand.scenarios.reports.story import command_of, story_of
from treehand.scenarios.running.finished_cases import ContinuingRunner, FinishedCases
from treehand.scenarios.suites.statistics import require_statistics
from treehand.scenarios.suites.suite import only_variant
from treehand.scenarios.suites.suite_history import SuiteHistory

_STYLES = {"recovered": "green", "unrecovered": "red", "untriggered": "dim"}


EXAMPLE = "treehand campaign scenarios/dropped_mug.scenario.yaml -n 4"


def campaign(
    path: Annotated[Path, typer.Argument(help="A scenario file.")],
    *,
    workers: Workers = 1,
    engine: Engine = "pool",
    address: Address = None,
    pairs: Annotated[int, typer.Option(min=0, help="Also so many pairs, drawn at random.")] = 0,
    threshold: Annotated[
        float, typer.Option(min=0, max=1, help="Least share recovered; else exit 1.")
    ] = THRESHOLD,
    seed: Seed = 0,
    only: Annotated[
        list[str] | None,
        typer.Option(help="Run once, with this failure: 'door-jammed during open(fridge)'."),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(help="Keep finished runs in this file, and do not run those again."),
    ] = None,
    html: Html = None,
    as_json: Json = False,
) -> None:
    """Inject every declared failure, one at a time.

    Each step of the scenario's run fails before, during and after its work with each of its
    declared codes, in a run of its own; it is counted how many recover. A run that --out has is
    not made again while the scenario, every file that it names, and Treehand are the same.
    """
    require_statistics()
    if html is not None:
        require_pages()
        require_writable(html)
    planned = plan_campaign(only_variant(path), runner_for(RunnerSettings()))
    console = console_for(as_json=as_json)
    if only:
        run = planned.run_one(tuple(only))
        if as_json:
            print_json(_run_data(run))
            raise typer.Exit(ExitCode.SUCCESS if run.has_recovered else ExitCode.FAILURE)
        console.print(story_of(run.report), soft_wrap=True)
        raise typer.Exit(ExitCode.SUCCESS if run.has_recovered else ExitCode.FAILURE)
    results = tuple(path for path in (out, html) if path is not None)
    settings = RunnerSettings(workers, engine, address, results)
    finished = FinishedCases(out) if out is not None else None
    runs: list[CampaignRun] = []
    is_interrupted = False
    try:
        with progress_bar(None if as_json else console, len(planned.failures) + pairs) as advance:
            runner = _runner(settings, finished, html)
            injected = planned.run(
                runner, pairs=pairs, seed=seed, progress=lambda report: advance()
            )
            for run in injected:  # one by one: what is done counts if it is interrupted
                runs.append(run)
    except KeyboardInterrupt:
        is_interrupted = True
    report = CampaignReport(
        scenario=planned.variant.scenario.scenario,
        nominal=planned.nominal,
        runs=tuple(run for run in runs if len(run.injected) == 1),
        pairs=tuple(run for run in runs if len(run.injected) == 2),
        planned=len(planned.failures),
    )
    if html is not None:
        write_text(html, campaign_page(report))
    if as_json:
        kept = (finished.reused_n, finished.unreadable_n) if finished is not None else (0, 0)
        counts = dict(zip(("reused", "unreadable_lines"), kept, strict=True))
        print_json({**_as_data(report), **counts, "is_interrupted": is_interrupted})
    else:
        _show(console, report)
        if finished is not None:
            console.print(f"not made again: {counted(finished.reused_n, 'run')} of {finished.path}")
            if finished.unreadable_n:
                console.print(f"lines of it that are no finished run: {finished.unreadable_n}")
    if is_interrupted:
        raise typer.Exit(ExitCode.INTERRUPTED)
    SuiteHistory(Workspace.find(None).folder.parent).append([report.history_line(threshold)])
    raise typer.Exit(ExitCode.SUCCESS if report.has_reached(threshold) else ExitCode.FAILURE)


def _runner(settings: RunnerSettings, finished: FinishedCases | None, html: Path | None) -> Runner:
    """Return the runner of the cases; those that are finished are left out."""
    runner = runner_for(settings)
    if finished is not None:
        runner = ContinuingRunner(runner, finished)
    return DrawingRunner(runner) if html is not None else runner


def _show(console: Console, report: CampaignReport) -> None:
    codes, rows = report.codes(), report.matrix()
    letters = [chr(ord("A") + index) for index in range(len(codes))]
    legend = ", ".join(f"{letter} {code}" for letter, code in zip(letters, codes, strict=True))
    table = Table("step", *letters, box=None, title="before, during and after each step")
    for call, cells in rows.items():
        marks = []
        for cell in cells:
            states = [run.state for run in cell if run is not None]
            marks.append(Text.assemble(*((SIGNS[state], _STYLES[state]) for state in states)))
        table.add_row(str(call), *marks)
    console.print(table)
    console.print(legend, style="dim")
    console.print("✔ recovered  ✘ not recovered  · never triggered", style="dim")
    for reason, untriggered in report.untriggered().items():
        console.print(f"never triggered, {len(untriggered)}: {reason}")
    for run in report.unrecovered():
        names = " and ".join(map(str, run.injected))
        console.print(f"\nnot recovered: {names}: {run.explanation}")
        console.print(f"  {command_of(run.report)}", soft_wrap=True)
    console.print(f"\nfailure coverage: {report.coverage:.1%} of {report.planned} single failures")
    console.print(f"recovered: {report.recovered()}")
    for name, (good, triggered) in report.by_skill().items():
        console.print(f"  {name}: {good} of {triggered}")
    if report.pairs:
        hit = [run for run in report.pairs if run.has_triggered]
        recovered = sum(run.has_recovered for run in hit)
        console.print(f"pairs: {recovered} of {len(hit)} that triggered recovered")


def _as_data(report: CampaignReport) -> dict[str, object]:
    recovered = report.recovered()
    by_skill = report.by_skill()
    return {
        "scenario": report.scenario,
        "planned": report.planned,
        "coverage": report.coverage,
        "recovered": recovered.model_dump() if recovered else None,
        "by_skill": {name: {"recovered": good, "n": n} for name, (good, n) in by_skill.items()},
        "runs": [_run_data(run) for run in (*report.runs, *report.pairs)],
    }


def _run_data(run: CampaignRun) -> dict[str, object]:
    return {
        "injected": [failure.model_dump() for failure in run.injected],
        "state": run.state,
        "explanation": run.explanation,
        "outcome": run.report.result.outcome.value if run.report.result else None,
    }
