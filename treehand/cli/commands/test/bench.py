"""``treehand bench``."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from treehand.cli.arguments.options import Address, Engine, Json, Workers
from treehand.cli.views.output import console_for
from treehand.cli.views.plain_output import print_json
from treehand.cli.views.progress import progress_bar
from treehand.core.exit_codes import ExitCode
from treehand.orchestrator.store.workspace import Workspace
from treehand.scenarios.engines.engine_choice import runner_for
from treehand.scenarios.engines.runners import InProcessRunner, Runner, RunnerSettings
from treehand.scenarios.suites.statistics import require_statistics

if TYPE_CHECKING:
    from treehand.scenarios.benchmarks.benchmark_file import Task
    from treehand.scenarios.benchmarks.episode import BenchmarkEpisode, EpisodePlan
    from treehand.scenarios.benchmarks.episode_store import EpisodeStore
    from treehand.scenarios.benchmarks.summary import Percentiles, SeriesFigures, TaskFigures

EXAMPLE = """treehand bench tasks --seeds 1000..1199
treehand bench tasks handover --seeds 1000..1039 --controls 10 --json"""
_SERIES = {"tree": "with recovery", "bare": "without recovery", "slow": "decisions {slow} later"}


def bench(
    suite: Annotated[
        str, typer.Argument(help="Folder of *.bench.yaml files, or name of one in the examples.")
    ],
    tasks: Annotated[
        list[str] | None, typer.Argument(metavar="[TASK]...", help="Tasks; all if left out.")
    ] = None,
    *,
    seeds: Annotated[
        str, typer.Option(metavar="A..B", help="Seeds, both ends included.")
    ] = "1000..1019",
    controls: Annotated[int, typer.Option(min=0, help="Number of seeds for each control.")] = 50,
    workers: Workers = 1,
    engine: Engine = "pool",
    address: Address = None,
    out: Annotated[
        Path | None,
        typer.Option(help="File of the episodes; one in the workspace if left out."),
    ] = None,
    strips: Annotated[
        Path | None,
        typer.Option(help="Folder for film strips of the policy's failed episodes, 12 a task."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Measure policies at benchmark tasks.

    Each episode is judged by the world's true state; rates have Wilson's 95 % intervals. The policy
    runs with and without the tree's recovery on the same seeds, and with late decisions; controls
    know the truth, see nothing, or are untrained. Episodes are appended to a file, and those that
    it has are not run again.
    """
    from treehand.scenarios.benchmarks.benchmark_file import suite_folder, tasks_of
    from treehand.scenarios.benchmarks.episode import EpisodePlan
    from treehand.scenarios.benchmarks.episode_store import EpisodeStore
    from treehand.scenarios.benchmarks.seed_range import seed_range

    require_statistics()
    folder = suite_folder(suite)
    plan = EpisodePlan(seed_range(seeds), controls)
    chosen = tasks_of(folder, tasks or ())
    store = EpisodeStore(out or _usual_file(folder))
    console = console_for(as_json=as_json)
    settings = RunnerSettings(workers, engine, address)
    results = (store.path,) if strips is None else (store.path, strips)
    is_here = settings == RunnerSettings()
    runner = InProcessRunner() if is_here else runner_for(replace(settings, results=results))
    shown = None if as_json else console
    found, lost, is_interrupted = _measured(chosen, plan, store, runner, shown)
    drawn = _strips(chosen, found, strips) if strips is not None and not is_interrupted else []
    if as_json:
        print_json(
            {
                "suite": str(folder),
                "episodes": str(store.path),
                "unreadable_lines": store.unreadable_n,
                "strips": [str(path) for path in drawn],
                "lost": [one.detail for one in lost],
                "is_interrupted": is_interrupted,
                "tasks": [_plain(one.model_dump(mode="json")) for one in found],
            }
        )
    else:
        for task, one in zip(chosen, found, strict=False):
            _show(console, task, one)
        if strips is not None:
            console.print(f"\nfilm strips of failed episodes: {len(drawn)} in {strips}")
        if lost:
            console.print(f"\n{len(lost)} episodes were lost: {lost[0].detail}", soft_wrap=True)
        console.print(f"\nepisodes: {store.path}", style="dim", soft_wrap=True)
    if is_interrupted:
        raise typer.Exit(ExitCode.INTERRUPTED)


def _usual_file(folder: Path) -> Path:
    home = Workspace.find(None).folder.parent
    return home / "bench" / f"{folder.resolve().name}.jsonl"


def _measured(
    tasks: list[Task],
    plan: EpisodePlan,
    store: EpisodeStore,
    runner: Runner,
    console: Console | None,
) -> tuple[list[TaskFigures], list[BenchmarkEpisode], bool]:
    """Run what is missing.

    Returns:
        Figures of all tasks, the episodes that nobody finished, and True if it was interrupted.
    """
    from treehand.scenarios.benchmarks.episode import EpisodeRunner
    from treehand.scenarios.benchmarks.episode_job import EpisodeJob
    from treehand.scenarios.benchmarks.summary import figures

    episodes = [EpisodeRunner(task) for task in tasks]
    for one in episodes:  # every impossible preset is told before anything is run
        one.prepare()
    wanted = {one.task.name: list(plan.conditions(one.task)) for one in episodes}
    missing = [
        EpisodeJob(one.task.path, one.task.benchmark, condition, one.fingerprint)
        for one in episodes
        for condition in wanted[one.task.name]
        if store.of(condition, one.fingerprint) is None
    ]
    lost: list[BenchmarkEpisode] = []
    is_interrupted = False
    try:
        with progress_bar(console, len(missing), what="episodes") as advance:
            for episode in runner.run(missing, lambda report: advance()):
                if episode.is_lost:
                    lost.append(episode)
                else:
                    store.append(episode)
    except KeyboardInterrupt:  # what is done counts
        is_interrupted = True
    found = []
    for one in episodes:
        conditions = wanted[one.task.name]
        done = [e for c in conditions if (e := store.of(c, one.fingerprint)) is not None]
        outdated_n = store.outdated_n(one.task.name, one.fingerprint)
        if done or not is_interrupted:
            found.append(figures(one.task, done, wanted_n=len(conditions), outdated_n=outdated_n))
    return found, lost, is_interrupted


def _strips(tasks: list[Task], found: list[TaskFigures], folder: Path) -> list[Path]:
    """Run failed episodes of the policies again, and film them; return the files.

    Raises:
        InputError: If a world cannot be filmed.
    """
    from treehand.scenarios.benchmarks.episode import EpisodeCondition, EpisodeRunner
    from treehand.scenarios.benchmarks.film_strip import STRIPS_N, FilmStrip

    drawn = []
    for task, figures in zip(tasks, found, strict=False):
        runner = EpisodeRunner(task)
        failed = [
            EpisodeCondition(
                task=task.name, policy=one.policy, preset=one.preset, series=one.series, seed=seed
            )
            for one in figures.series
            if one.role == "policy"
            for seed in one.failed_seeds
        ]
        for condition in failed[:STRIPS_N]:
            strip = FilmStrip()
            runner.run(condition, strip.film)
            path = strip.write(folder, condition)
            drawn += [path] if path is not None else []
    return drawn


def _plain(value: object) -> object:
    """Return a value with null in the place of numbers that JSON does not have."""
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    return [_plain(one) for one in value] if isinstance(value, list) else value


def _show(console: Console, task: Task, found: TaskFigures) -> None:
    console.print(f"\n{found.task}: {task.benchmark.doc}", style="bold", soft_wrap=True)
    console.print(f"policy: {found.policy} ({found.policy_doc})", soft_wrap=True)
    columns = ("", "preset", "succeeded", "95 % interval", "first try")
    table = Table(*columns, "time p50/p95", "latency p50/p95", "CPU-s", box=None)
    slow = f"{task.benchmark.slow * 1000:.0f} ms"
    for one in found.series:
        name = _SERIES[one.series].format(slow=slow) if one.role == "policy" else one.policy
        rate = one.success
        table.add_row(
            name,
            one.preset,
            f"{rate.passed} of {rate.n}",
            f"{rate.low:.1%} to {rate.high:.1%}",
            f"{one.first_try.passed}",
            _pair(one.time_to_success_s, 1.0, "s", 1),
            _pair(one.decision_latency_s, 1000.0, "ms", 0),
            f"{one.cpu_s:.2f}",
        )
    console.print(table)
    for preset, pair in found.recovery.items():
        told = pair.words().replace("B passes", "with recovery passes")
        told = told.replace("A passes", "without recovery passes")
        console.print(f"recovery, {preset}, {pair.a.n} paired seeds: {told}", soft_wrap=True)
    for one in found.series:
        if one.counts and one.role == "policy":
            console.print(_counts(one, slow), soft_wrap=True)
    for one in found.series:
        if one.failures and one.role == "policy":
            console.print(_failures(one, slow), soft_wrap=True, style="dim")
    claim = found.claim
    if claim is not None and found.claim_verdict is not None:
        verdict = str(found.claim_verdict)
        if found.claim_verdict == "undecided":
            verdict += ", the interval contains it"
        console.print(f"claimed {claim.success:.0%} ({claim.source}): {verdict}", soft_wrap=True)
    if found.outdated_n:
        console.print(f"{found.outdated_n} episodes of other files of the task are not counted")
    console.print(f"episodes: {found.reached_n} of {found.wanted_n}")


def _counts(one: SeriesFigures, slow: str) -> str:
    told = ", ".join(
        f"{name} ×{count.total} in {count.episodes} of {one.success.n} episodes"
        for name, count in one.counts.items()
    )
    return f"counted {_SERIES[one.series].format(slow=slow)}, {one.preset}: {told}"


def _failures(one: SeriesFigures, slow: str) -> str:
    reasons = ", ".join(f"{why} ×{count}" for why, count in one.failures.items())
    seeds = ", ".join(map(str, one.failed_seeds[:10]))
    more = ", …" if len(one.failed_seeds) > 10 else ""
    return f"failed {_SERIES[one.series].format(slow=slow)}: {reasons}; seeds {seeds}{more}"


def _pair(values: Percentiles | None, factor: float, unit: str, digits: int) -> str:
    if values is None:
        return "–"
    p50, p95 = factor * values.p50, factor * values.p95
    return f"{p50:.{digits}f}/{p95:.{digits}f} {unit}"
