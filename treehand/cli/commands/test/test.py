"""``treehand test``."""

# ruff: noqa: PT028  (`test` is a command, not a test)

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from treehand.cli.arguments import completion
from treehand.cli.arguments.options import Address, Engine, Html, Json, Workers
from treehand.cli.views.output import console_for, counted, require_writable, write_text
from treehand.cli.views.plain_output import print_json
from treehand.cli.views.progress import progress_bar
from treehand.core.errors import InputError
from treehand.core.exit_codes import ExitCode
from treehand.core.text.printable_console import marked
from treehand.orchestrator.store.workspace import Workspace
from treehand.scenarios.campaigns.minimise import minimise
from treehand.scenarios.engines.engine_choice import runner_for
from treehand.scenarios.engines.runners import Runner, RunnerSettings
from treehand.scenarios.reports.html import Page, page, require_pages
from treehand.scenarios.reports.junit import junit_xml, wall_s
from treehand.scenarios.reports.story import story_of
from treehand.scenarios.running.cases import CaseReport
from treehand.scenarios.suites.selection import selected
from treehand.scenarios.suites.suite import Suite, suite_of
from treehand.scenarios.suites.suite_history import SuiteHistory, history_lines
from treehand.scenarios.suites.verdicts import ScenarioVerdict

_STYLES = {
    "passed": "green",
    "xfailed": "green",
    "failed": "red",
    "error": "red",
    "xpassed": "red",
}


EXAMPLE = "treehand test scenarios -n 4"


def test(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(help="Scenario files, or folders of them; ./scenarios if left out."),
    ] = None,
    *,
    workers: Workers = 1,
    engine: Engine = "pool",
    address: Address = None,
    tag: Annotated[
        list[str] | None,
        typer.Option(help="Only scenarios with this tag.", autocompletion=completion.tags),
    ] = None,
    only: Annotated[str, typer.Option(help="Only this variant: item=red_mug.")] = "",
    seed: Annotated[int | None, typer.Option(help="Only this seed.")] = None,
    keyword: Annotated[
        str, typer.Option("-k", metavar="EXPRESSION", help="Only these: 'mug and not sink'.")
    ] = "",
    stops_early: Annotated[
        bool, typer.Option("-x", help="Stop at the first that is not as expected.")
    ] = False,
    last_failed: Annotated[
        bool, typer.Option("--lf", help="Only those that failed last; all if none did.")
    ] = False,
    durations: Annotated[
        int, typer.Option(min=0, help="Show so many of the slowest scenarios.")
    ] = 0,
    junit: Annotated[
        Path | None, typer.Option("--junitxml", help="Write JUnit XML to this file.")
    ] = None,
    html: Html = None,
    is_minimising: Annotated[
        bool, typer.Option("--minimise", help="Shrink a failing scenario into a new file.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Run scenarios as regression tests.

    Exits with 1 if one does not go as its file expects.
    """
    if is_minimising:
        raise typer.Exit(_minimise(tuple(paths or ()), only=only, seed=seed))
    if html is not None:
        require_pages()
        require_writable(html)
    if junit is not None:
        require_writable(junit)
    suite = suite_of(paths or [Path("scenarios")], tags=tag or (), only=only)
    history = SuiteHistory(Workspace.find(None).folder.parent)
    if keyword:
        suite.variants = selected(suite.variants, keyword)
    if last_failed:
        suite.variants = history.failed_among(suite.variants)
    console = console_for(as_json=as_json)
    began = time.perf_counter()
    verdicts: list[ScenarioVerdict] = []
    reports: list[CaseReport] = []
    is_interrupted = False
    shown = None if as_json else console
    try:
        results = tuple(path for path in (html, junit) if path is not None)
        settings = RunnerSettings(workers, engine, address, results)
        runner = runner_for(settings, draws=html is not None)
        _run(suite, runner, seed, shown, verdicts, reports, stops_early=stops_early)
    except KeyboardInterrupt:
        is_interrupted = True
    judged = {report.key for verdict in verdicts for report in verdict.reports}
    unfinished = [report for report in reports if report.key not in judged]
    history.append(history_lines(verdicts))
    took_s = time.perf_counter() - began
    summary = _summary(verdicts, took_s)
    if is_interrupted:
        summary = f"interrupted; so far: {summary}; {_of(unfinished)}"
    if junit is not None:
        write_text(junit, junit_xml(verdicts, wall_s=took_s))
    if html is not None:
        write_text(html, page(Page("Treehand scenarios", summary, verdicts)))
    if as_json:
        data = _as_data(verdicts, summary)
        data["unfinished"] = [report.model_dump(mode="json") for report in unfinished]
        print_json(data)
    else:
        _tell(console, verdicts)
        for verdict in sorted(verdicts, key=wall_s, reverse=True)[:durations]:
            console.print(f"{wall_s(verdict):8.2f} s  {verdict.name}")
        console.print(f"\n{summary}")
        if html is not None:
            console.print(f"report: {html}")
    if is_interrupted:
        raise typer.Exit(ExitCode.INTERRUPTED)
    if suite.broken:
        raise typer.Exit(ExitCode.USAGE)
    raise typer.Exit(
        ExitCode.SUCCESS if all(verdict.is_good for verdict in verdicts) else ExitCode.FAILURE
    )


def _of(reports: Sequence[CaseReport]) -> str:
    passed = sum(report.has_passed for report in reports)
    runs = counted(len(reports), "run")
    return f"{runs} of unfinished scenarios, {passed} of them passed"


def _run(
    suite: Suite,
    runner: Runner,
    seed: int | None,
    console: Console | None,
    verdicts: list[ScenarioVerdict],
    reports: list[CaseReport],
    *,
    stops_early: bool,
) -> None:
    """Run a suite into `verdicts` and `reports`, which keep what is done if it is interrupted."""
    with progress_bar(console, suite.size(seed)) as advance:

        def progress(report: CaseReport) -> None:
            reports.append(report)
            advance()

        for verdict in suite.run(runner, seed=seed, progress=progress):
            verdicts.append(verdict)
            if console is not None:
                console.print(_line(verdict))
            if stops_early and not verdict.is_good:
                return


def _line(verdict: ScenarioVerdict) -> Text:
    style = _STYLES[verdict.status]
    report = verdict.representative
    numbers = ""
    if report.result is not None:
        retries = counted(report.result.retries, "retry", "retries")
        plans = counted(report.result.replans, "new plan")
        numbers = f"{report.result.sim_time_s:6.1f} s  {retries}  {plans}"
    if verdict.rate is not None:
        numbers = str(verdict.rate)
    name, _, rest = verdict.name.partition("::")
    status = Text(f"{verdict.status:8s}", style=style)
    shown = Path(name).name.removesuffix(".scenario.yaml")
    variant = f" {rest}" if rest else ""
    return marked("{} {}[dim]{}[/]  [dim]{}[/]", status, shown, variant, numbers)


def _tell(console: Console, verdicts: Sequence[ScenarioVerdict]) -> None:
    for verdict in verdicts:
        if verdict.is_good:
            for remark in dict.fromkeys(one for run in verdict.reports for one in run.remarks):
                console.print(f"{verdict.name}: {remark}")
        else:
            console.print()
            if verdict.status == "xpassed":
                console.print(f"{verdict.name}: {verdict.why}")
            else:
                console.print(story_of(verdict.representative), soft_wrap=True)


def _summary(verdicts: Sequence[ScenarioVerdict], wall_s: float) -> str:
    counts = {status: sum(verdict.status == status for verdict in verdicts) for status in _STYLES}
    parts = [f"{count} {status}" for status, count in counts.items() if count]
    runs = counted(sum(len(verdict.reports) for verdict in verdicts), "run")
    return f"{', '.join(parts) or 'nothing judged'} in {runs}, {wall_s:.1f} s"


def _as_data(verdicts: Sequence[ScenarioVerdict], summary: str) -> dict[str, object]:
    return {
        "summary": summary,
        "scenarios": [verdict.model_dump(mode="json") for verdict in verdicts],
    }


def _minimise(paths: Sequence[Path], *, only: str, seed: int | None) -> ExitCode:
    """Shrink the first scenario of a file that fails, write it beside it, and say what is left."""
    if len(paths) != 1 or not paths[0].is_file():
        message = "--minimise takes one scenario file"
        raise InputError.of("wrong-argument", message, hint="treehand test FILE --minimise")
    suite = suite_of(paths, only=only)
    console = console_for(as_json=False)
    errors: list[str] = []
    for verdict in suite.run(runner_for(), seed=seed):
        if verdict.status in ("failed", "xfailed"):
            break
        if verdict.status == "error":
            errors.append(verdict.why)
    else:
        console.print("\n".join(errors) or "every scenario passes: nothing to shrink")
        return ExitCode.USAGE if errors else ExitCode.SUCCESS
    report = verdict.representative
    variant = next(v for v in suite.variants if v.name == report.variant)
    result = minimise(variant, report)
    for path in result.files:
        console.print(f"written to {path}")
    console.print(f"{result.summary}, {counted(result.runs, 'run')}")
    console.print(f"again: treehand test {result.files[0]}", soft_wrap=True)
    return ExitCode.FAILURE
