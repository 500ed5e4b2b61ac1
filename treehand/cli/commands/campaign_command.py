"""``treehand campaign`` and ``treehand compare``."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from treehand.cli.output import console_for, require_writable
from treehand.core.errors import InputError
from treehand.scenarios import Case, Variant
from treehand.scenarios.campaign import Campaign, CampaignReport, CampaignRun, plan_campaign
from treehand.scenarios.html import SIGNS, campaign_page, require_pages
from treehand.scenarios.runners import runner_for
from treehand.scenarios.statistics import PassRateComparison, compare, require_statistics
from treehand.scenarios.story import command_of, story_of
from treehand.scenarios.suite import suite_of
from treehand.scenarios.verdicts import reaches

_STYLES = {"recovered": "green", "unrecovered": "red", "unstruck": "dim"}
_COLUMNS = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())


@dataclass(frozen=True)
class CampaignOptions:
    """The options of ``treehand campaign``; see its help."""

    path: Path
    workers: int
    pairs: int
    threshold: float
    seed: int
    html: Path | None
    json: bool
    injected: tuple[str, ...] = ()


def _only_variant(path: Path) -> Variant:
    suite = suite_of([path])
    if suite.broken:
        raise InputError.of("failing-scenario", suite.broken[0].why)
    if len(suite.variants) > 1:
        message = f"'{path}' holds {len(suite.variants)} scenarios"
        hint = "take a file without 'vary', or one that extends it and fixes the values"
        raise InputError.of("failing-scenario", message, hint=hint)
    return suite.variants[0]


def run_campaign(options: CampaignOptions) -> int:
    """Fire a campaign, show what was recovered, and return the exit code."""
    require_statistics()
    if options.html is not None:
        require_pages()
        require_writable(options.html)
    campaign = plan_campaign(_only_variant(options.path))
    console = console_for(as_json=options.json)
    if options.injected:
        run = campaign.run_one(options.injected)
        console.print(story_of(run.report), markup=False, soft_wrap=True)
        return 0 if run.has_recovered else 1
    runs: list[CampaignRun] = []
    is_interrupted = False
    try:
        _run(campaign, options, console, runs)
    except KeyboardInterrupt:
        is_interrupted = True
    report = CampaignReport(
        scenario=campaign.variant.scenario.scenario,
        nominal=campaign.nominal,
        runs=tuple(run for run in runs if len(run.injected) == 1),
        pairs=tuple(run for run in runs if len(run.injected) == 2),
        planned=len(campaign.failures),
    )
    if options.html is not None:
        options.html.write_text(campaign_page(report), encoding="utf-8")
    if options.json:
        print(json.dumps(_as_data(report), ensure_ascii=False))
    else:
        _show(console, report)
    if is_interrupted:
        return 130
    recovered = report.recovered()
    is_enough = recovered is not None and reaches(recovered.passed, recovered.n, options.threshold)
    return 0 if is_enough else 1


def _run(
    campaign: Campaign, options: CampaignOptions, console: Console, runs: list[CampaignRun]
) -> None:
    """Run a campaign into `runs`, which keeps what is done if it is interrupted."""
    shown = console.is_terminal and not options.json
    with Progress(
        *_COLUMNS, TimeElapsedColumn(), console=console, transient=True, disable=not shown
    ) as bar:
        task = bar.add_task("runs", total=len(campaign.failures) + options.pairs)
        for run in campaign.run(
            runner_for(options.workers),
            pairs=options.pairs,
            seed=options.seed,
            progress=lambda report: bar.advance(task),
        ):
            runs.append(run)


def _show(console: Console, report: CampaignReport) -> None:
    codes, rows = report.codes(), report.matrix()
    letters = [chr(ord("A") + index) for index in range(len(codes))]
    legend = ", ".join(f"{letter} {code}" for letter, code in zip(letters, codes, strict=True))
    table = Table("step", *letters, box=None, title="before, during and after each step")
    for call, cells in rows.items():
        marks = []
        for cell in cells:
            states = [run.state for run in cell if run is not None]
            marks.append("".join(f"[{_STYLES[state]}]{SIGNS[state]}[/]" for state in states))
        table.add_row(call, *marks)
    console.print(table)
    console.print(legend, style="dim")
    console.print("✔ recovered  ✘ not recovered  · never struck", style="dim")
    for reason, unstruck in report.unstruck().items():
        console.print(f"never struck, {len(unstruck)}: {reason}", markup=False)
    for run in report.unrecovered():
        names = " and ".join(map(str, run.injected))
        console.print(f"\nnot recovered: {names}: {run.explanation}", markup=False)
        console.print(f"  {command_of(run.report)}", markup=False, soft_wrap=True)
    console.print(f"\nfailure coverage: {report.coverage:.1%} of {report.planned} single failures")
    console.print(f"recovered: {report.recovered()}", markup=False)
    for name, (good, struck) in report.by_skill().items():
        console.print(f"  {name}: {good} of {struck}", markup=False)
    if report.pairs:
        hit = [run for run in report.pairs if run.has_struck]
        recovered = sum(run.has_recovered for run in hit)
        console.print(f"pairs: {recovered} of {len(hit)} that struck recovered", markup=False)


def _as_data(report: CampaignReport) -> dict[str, object]:
    recovered = report.recovered()
    by_skill = report.by_skill()
    return {
        "scenario": report.scenario,
        "planned": report.planned,
        "coverage": report.coverage,
        "recovered": recovered.model_dump() if recovered else None,
        "by_skill": {name: {"recovered": good, "n": n} for name, (good, n) in by_skill.items()},
        "runs": [
            {
                "injected": [failure.model_dump() for failure in run.injected],
                "state": run.state,
                "explanation": run.explanation,
                "outcome": run.report.result.outcome.value if run.report.result else None,
            }
            for run in (*report.runs, *report.pairs)
        ],
    }


def compare_files(a: Path, b: Path, *, runs: int, seed: int, workers: int, as_json: bool) -> int:
    """Run two scenarios on the same seeds, taking turns, and print what the pairs show."""
    require_statistics()
    variants = [_only_variant(a), _only_variant(b)]
    cases = [Case(variant, seed + n) for n in range(runs) for variant in variants]
    console = console_for(as_json=as_json)
    reports = []
    is_interrupted = False
    with Progress(
        *_COLUMNS,
        TimeElapsedColumn(),
        console=console,
        transient=True,
        disable=as_json or not console.is_terminal,
    ) as bar:
        task = bar.add_task("runs", total=len(cases))
        try:
            for report in runner_for(workers).run(cases, lambda report: bar.advance(task)):
                if report.error:
                    raise InputError.of("failing-scenario", report.error)
                time_s = report.result.sim_time_s if report.result else math.nan
                reports.append((report.has_passed, time_s))
        except KeyboardInterrupt:
            is_interrupted = True
    runs = len(reports) // 2
    if not runs:
        return 130
    result = compare(reports[0 : 2 * runs : 2], reports[1 : 2 * runs : 2], seed=seed)
    if as_json:
        print(json.dumps({"a": str(a), "b": str(b), "runs": runs, **_comparison_data(result)}))
    else:
        _show_comparison(console, (a, b), result, runs)
    return 130 if is_interrupted else 0


def _comparison_data(result: PassRateComparison) -> dict[str, object]:
    data: dict[str, object] = result.model_dump()
    finite = {k: v for k, v in data.items() if not (isinstance(v, float) and math.isnan(v))}
    return {**dict.fromkeys(data), **finite, "words": result.words()}


def _show_comparison(
    console: Console, paths: Sequence[Path], result: PassRateComparison, runs: int
) -> None:
    console.print(f"A {paths[0]}: {result.a}", markup=False)
    console.print(f"B {paths[1]}: {result.b}", markup=False)
    console.print(
        f"{runs} seeds: both passed {result.both}, only A {result.only_a}, "
        f"only B {result.only_b}, neither {result.neither}"
    )
    console.print(f"exact McNemar test: {result.words()}", markup=False)
    if not math.isnan(result.time_difference_s):
        console.print(
            f"run time of B minus A where both passed: median {result.time_difference_s:+.1f} s, "
            f"95 % interval {result.time_low_s:+.1f} to {result.time_high_s:+.1f} s "
            "(paired bootstrap)",
            markup=False,
        )
