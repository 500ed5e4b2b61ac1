"""``treehand test``."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from treehand.cli.output import console_for, require_writable
from treehand.core.errors import InputError
from treehand.scenarios.cases import CaseReport
from treehand.scenarios.html import Page, page, require_pages
from treehand.scenarios.minimise import minimise
from treehand.scenarios.runners import runner_for
from treehand.scenarios.story import story_of
from treehand.scenarios.suite import Suite, suite_of
from treehand.scenarios.verdicts import ScenarioVerdict

_STYLES = {
    "passed": "green",
    "xfailed": "green",
    "failed": "red",
    "error": "red",
    "xpassed": "red",
}


@dataclass(frozen=True)
class ScenarioOptions:
    """The options of ``treehand test``; see its help."""

    paths: tuple[Path, ...]
    workers: int
    tags: tuple[str, ...]
    only: str
    seed: int | None
    html: Path | None
    json: bool


def run_files(options: ScenarioOptions) -> int:
    """Run scenarios, show how each went, and return the exit code."""
    if options.html is not None:
        require_pages()
        require_writable(options.html)
    suite = suite_of(options.paths, tags=options.tags, only=options.only)
    console = console_for(as_json=options.json)
    began = time.perf_counter()
    verdicts: list[ScenarioVerdict] = []
    reports: list[CaseReport] = []
    is_interrupted = False
    try:
        _run(suite, options, console, verdicts, reports)
    except KeyboardInterrupt:
        is_interrupted = True
    summary = _summary(verdicts, time.perf_counter() - began)
    if is_interrupted:
        judged = sum(len(verdict.reports) for verdict in verdicts)
        summary = f"interrupted; so far: {summary}; {_of(reports[judged:])}"
    if options.html is not None:
        text = page(Page("Treehand scenarios", summary, verdicts))
        options.html.write_text(text, encoding="utf-8")
    if options.json:
        judged = sum(len(verdict.reports) for verdict in verdicts)
        data = _as_data(verdicts, summary)
        data["unfinished"] = [report.model_dump(mode="json") for report in reports[judged:]]
        print(json.dumps(data, ensure_ascii=False))
    else:
        _tell(console, verdicts)
        console.print(f"\n{summary}", markup=False)
        if options.html is not None:
            console.print(f"report: {options.html}", markup=False)
    if is_interrupted:
        return 130
    if suite.broken:
        return 2
    return 0 if all(verdict.is_good for verdict in verdicts) else 1


def _of(reports: Sequence[CaseReport]) -> str:
    passed = sum(report.has_passed for report in reports)
    return f"{len(reports)} runs of unfinished scenarios, {passed} of them passed"


def _run(
    suite: Suite,
    options: ScenarioOptions,
    console: Console,
    verdicts: list[ScenarioVerdict],
    reports: list[CaseReport],
) -> None:
    """Run a suite into `verdicts` and `reports`, which keep what is done if it is interrupted."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    shown = console.is_terminal and not options.json
    with Progress(
        *columns, TimeElapsedColumn(), console=console, transient=True, disable=not shown
    ) as bar:
        task = bar.add_task("runs", total=suite.size(options.seed))

        def progress(report: CaseReport) -> None:
            reports.append(report)
            bar.advance(task)

        runner = runner_for(options.workers)
        for verdict in suite.run(runner, seed=options.seed, progress=progress):
            verdicts.append(verdict)
            if not options.json:
                bar.console.print(_line(verdict))


def _line(verdict: ScenarioVerdict) -> str:
    style = _STYLES[verdict.status]
    report = verdict.representative
    numbers = ""
    if report.result is not None:
        numbers = (
            f"[dim]{report.result.sim_time_s:6.1f} s  {report.result.retries} retries  "
            f"{report.result.replans} new plans[/]"
        )
    if verdict.rate is not None:
        numbers = f"[dim]{verdict.rate}[/]"
    name, _, rest = verdict.name.partition("::")
    shown = escape(Path(name).name.removesuffix(".scenario.yaml"))
    variant = f" [dim]{escape(rest)}[/]" if rest else ""
    return f"[{style}]{verdict.status:8s}[/] {shown}{variant}  {numbers}"


def _tell(console: Console, verdicts: Sequence[ScenarioVerdict]) -> None:
    for verdict in verdicts:
        if not verdict.is_good:
            console.print()
            if verdict.status == "xpassed":
                console.print(f"{verdict.name}: {verdict.why}", markup=False)
            else:
                console.print(story_of(verdict.representative), markup=False, soft_wrap=True)


def _summary(verdicts: Sequence[ScenarioVerdict], wall_s: float) -> str:
    counts = {status: sum(verdict.status == status for verdict in verdicts) for status in _STYLES}
    parts = [f"{count} {status}" for status, count in counts.items() if count]
    runs = sum(len(verdict.reports) for verdict in verdicts)
    return f"{', '.join(parts) or 'nothing judged'} in {runs} runs, {wall_s:.1f} s"


def _as_data(verdicts: Sequence[ScenarioVerdict], summary: str) -> dict[str, object]:
    return {
        "summary": summary,
        "scenarios": [verdict.model_dump(mode="json") for verdict in verdicts],
    }


def minimise_file(paths: Sequence[Path], *, only: str, seed: int | None) -> int:
    """Shrink the first scenario of a file that fails, write it beside it, and say what is left."""
    if len(paths) != 1 or not paths[0].is_file():
        message = "--minimise takes one scenario file"
        raise InputError.of("wrong-argument", message, hint="treehand test FILE --minimise")
    suite = suite_of(paths, only=only)
    console = console_for(as_json=False)
    errors: list[str] = []
    for verdict in suite.run(runner_for(1), seed=seed):
        if verdict.status in ("failed", "xfailed"):
            break
        if verdict.status == "error":
            errors.append(verdict.why)
    else:
        console.print("\n".join(errors) or "every scenario passes: nothing to shrink", markup=False)
        return 2 if errors else 0
    report = verdict.representative
    variant = next(v for v in suite.variants if v.name == report.variant)
    result = minimise(variant, report)
    for path in result.files:
        console.print(f"written to {path}", markup=False)
    console.print(f"{result.summary}, {result.runs} runs", markup=False)
    console.print(f"again: treehand test {result.files[0]}", markup=False, soft_wrap=True)
    return 1
