"""``treehand compare``."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from treehand.cli.arguments.options import Address, Engine, Json, Seed, Workers
from treehand.cli.views.output import console_for
from treehand.cli.views.plain_output import print_json
from treehand.cli.views.progress import progress_bar
from treehand.core.errors import InputError
from treehand.core.exit_codes import ExitCode
from treehand.scenarios import Case
from treehand.scenarios.engines.engine_choice import runner_for
from treehand.scenarios.engines.runners import RunnerSettings
from treehand.scenarios.suites.statistics import PassRateComparison, require_statistics
from treehand.scenarios.suites.statistics import compare as compare_pairs
from treehand.scenarios.suites.suite import only_variant

EXAMPLE = "treehand compare with_search.scenario.yaml by_chaining.scenario.yaml --runs 50"


def compare(
    a: Annotated[Path, typer.Argument(help="A scenario file.")],
    b: Annotated[Path, typer.Argument(help="Another, to compare with the first.")],
    *,
    runs: Annotated[int, typer.Option(min=1, help="Seeds, the same for both.")] = 100,
    seed: Seed = 0,
    workers: Workers = 1,
    engine: Engine = "pool",
    address: Address = None,
    as_json: Json = False,
) -> None:
    """Compare two scenarios on the same seeds.

    For example two trees, two planners, or with and without recovery. The runs take turns, and the
    pairs are compared by an exact McNemar test.
    """
    require_statistics()
    variants = [only_variant(a), only_variant(b)]
    cases = [Case(variant, seed + n) for n in range(runs) for variant in variants]
    console = console_for(as_json=as_json)
    runner = runner_for(RunnerSettings(workers, engine, address))
    reports = []
    is_interrupted = False
    with progress_bar(None if as_json else console, len(cases)) as advance:
        try:
            for report in runner.run(cases, lambda report: advance()):
                if report.error:
                    raise InputError.of("failing-scenario", report.error)
                time_s = report.result.sim_time_s if report.result else math.nan
                reports.append((report.has_passed, time_s))
        except KeyboardInterrupt:
            is_interrupted = True
    pairs = len(reports) // 2
    if not pairs:
        raise typer.Exit(ExitCode.INTERRUPTED)
    result = compare_pairs(reports[0 : 2 * pairs : 2], reports[1 : 2 * pairs : 2], seed=seed)
    if as_json:
        print_json({"a": str(a), "b": str(b), "runs": pairs, **_as_data(result)})
    else:
        for name, variant in zip("AB", variants, strict=True):
            if variant.scenario.parameters is not None:
                console.print(f"{name} uses learned parameters: {variant.scenario.parameters}")
        _show(console, (a, b), result, pairs)
    raise typer.Exit(ExitCode.INTERRUPTED if is_interrupted else ExitCode.SUCCESS)


def _as_data(result: PassRateComparison) -> dict[str, object]:
    data: dict[str, object] = result.model_dump()
    finite = {k: v for k, v in data.items() if not (isinstance(v, float) and math.isnan(v))}
    return {**dict.fromkeys(data), **finite, "words": result.words()}


def _show(console: Console, paths: Sequence[Path], result: PassRateComparison, runs: int) -> None:
    console.print(f"A {paths[0]}: {result.a}")
    console.print(f"B {paths[1]}: {result.b}")
    console.print(
        f"{runs} seeds: both passed {result.both}, only A {result.only_a}, "
        f"only B {result.only_b}, neither {result.neither}"
    )
    console.print(f"exact McNemar test: {result.words()}")
    if not math.isnan(result.time_difference_s):
        console.print(
            f"run time of B minus A where both passed: median {result.time_difference_s:+.1f} s, "
            f"95 % interval {result.time_low_s:+.1f} to {result.time_high_s:+.1f} s "
            "(paired bootstrap)",
        )
