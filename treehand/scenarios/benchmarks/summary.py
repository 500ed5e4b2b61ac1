"""Figures of a benchmark: success, time, latency, recovery and controls."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Literal

import numpy as np
from pydantic import BaseModel, ConfigDict

from treehand.scenarios.benchmarks.benchmark_file import ClaimedFigure, Role, Task
from treehand.scenarios.benchmarks.episode import BenchmarkEpisode, Series
from treehand.scenarios.suites.statistics import PassRateComparison, Rate, compare


class Percentiles(BaseModel):
    """Median and 95th percentile of some numbers."""

    model_config = ConfigDict(frozen=True)

    p50: float
    p95: float
    n: int

    @classmethod
    def of(cls, values: Iterable[float]) -> Percentiles | None:
        """Return them; None if there is no value."""
        found = list(values)
        if not found:
            return None
        p50, p95 = np.percentile(found, [50, 95])
        return cls(p50=round(float(p50), 5), p95=round(float(p95), 5), n=len(found))


class Counted(BaseModel):
    """Number of times that the worlds of some episodes counted something."""

    model_config = ConfigDict(frozen=True)

    total: int
    episodes: int
    """Number of episodes in which it was counted at least once."""


class SeriesFigures(BaseModel):
    """Figures of one policy in one series of episodes."""

    model_config = ConfigDict(frozen=True)

    policy: str
    role: Role
    preset: str
    series: Series
    success: Rate
    first_try: Rate
    """Share of the episodes that succeeded without a failed step."""
    time_to_success_s: Percentiles | None
    decision_latency_s: Percentiles | None
    """Run time from observation to action, over the decisions of successful episodes."""
    computation_s: Percentiles | None
    """Wall time of the computation of these decisions, which run time does not contain."""
    failures: dict[str, int]
    """Last failure code, or formula that did not hold, to the number of failed episodes."""
    failed_seeds: tuple[int, ...]
    counts: dict[str, Counted]
    """Name of what the world counts to its number, over all episodes."""
    cpu_s: float
    """Mean CPU time of an episode."""


class TaskFigures(BaseModel):
    """Figures of one task."""

    model_config = ConfigDict(frozen=True)

    task: str
    policy: str
    """Name of the policy that was measured."""
    policy_doc: str
    wanted_n: int
    """Number of episodes that were asked for."""
    reached_n: int
    outdated_n: int
    """Episodes of other versions of the task's files, which are not counted."""
    series: tuple[SeriesFigures, ...]
    recovery: dict[str, PassRateComparison]
    """Preset to the comparison of the policy without (A) and with recovery (B), same seeds."""
    claim: ClaimedFigure | None
    claim_verdict: Literal["reached", "not reached", "undecided"] | None
    """Verdict: the interval of the success rate with recovery, on the first preset, lies above the
    claimed rate, below it, or about it."""


def figures(
    task: Task, episodes: Sequence[BenchmarkEpisode], *, wanted_n: int, outdated_n: int
) -> TaskFigures:
    """Return the figures of a task's episodes.

    Raises:
        MissingExtra: Without scipy.
    """
    benchmark = task.benchmark
    groups: dict[tuple[str, str, Series], list[BenchmarkEpisode]] = {}
    for episode in episodes:
        one = episode.condition
        groups.setdefault((one.policy, one.preset, one.series), []).append(episode)
    series = tuple(
        _series(benchmark.policies[policy].role, group)
        for (policy, _, _), group in groups.items()
        if policy in benchmark.policies
    )
    own = benchmark.policy
    recovery = {
        preset: found
        for preset in benchmark.presets
        if (found := _paired(groups, own, preset)) is not None
    }
    rates = [
        one.success
        for one in series
        if (one.policy, one.preset, one.series) == (own, benchmark.presets[0], "tree")
    ]
    claim = benchmark.claim
    return TaskFigures(
        task=task.name,
        policy=own,
        policy_doc=benchmark.policies[own].doc,
        wanted_n=wanted_n,
        reached_n=len(episodes),
        outdated_n=outdated_n,
        series=series,
        recovery=recovery,
        claim=claim,
        claim_verdict=_verdict(claim, rates[0]) if claim is not None and rates else None,
    )


def _verdict(claim: ClaimedFigure, rate: Rate) -> Literal["reached", "not reached", "undecided"]:
    if rate.low >= claim.success:
        return "reached"
    return "not reached" if rate.high < claim.success else "undecided"


def _series(role: Role, group: Sequence[BenchmarkEpisode]) -> SeriesFigures:
    one = group[0].condition
    good = [episode for episode in group if episode.is_success]
    bad = [episode for episode in group if not episode.is_success]
    return SeriesFigures(
        policy=one.policy,
        role=role,
        preset=one.preset,
        series=one.series,
        success=Rate.of(len(good), len(group)),
        first_try=Rate.of(sum(episode.first_try for episode in group), len(group)),
        time_to_success_s=Percentiles.of(episode.time_s for episode in good),
        decision_latency_s=Percentiles.of(s for episode in good for s in episode.latencies_s),
        computation_s=Percentiles.of(s for episode in good for s in episode.computed_s),
        failures=dict(Counter(map(_why, bad)).most_common()),
        failed_seeds=tuple(episode.condition.seed for episode in bad),
        counts=_counted(group),
        cpu_s=round(sum(episode.cpu_s for episode in group) / len(group), 3),
    )


def _counted(group: Sequence[BenchmarkEpisode]) -> dict[str, Counted]:
    names = dict.fromkeys(name for episode in group for name in episode.counts)
    found = {name: [episode.counts.get(name, 0) for episode in group] for name in names}
    return {
        name: Counted(total=sum(counts), episodes=sum(count > 0 for count in counts))
        for name, counts in found.items()
    }


def _why(episode: BenchmarkEpisode) -> str:
    if episode.code is not None:
        return episode.code
    return f"'{episode.missing[0]}' is false" if episode.missing else episode.outcome.value


def _paired(
    groups: dict[tuple[str, str, Series], list[BenchmarkEpisode]], policy: str, preset: str
) -> PassRateComparison | None:
    bare = {e.condition.seed: e for e in groups.get((policy, preset, "bare"), [])}
    tree = {e.condition.seed: e for e in groups.get((policy, preset, "tree"), [])}
    seeds = sorted(bare.keys() & tree.keys())
    if not seeds:
        return None
    pairs = [[(by[seed].is_success, by[seed].time_s) for seed in seeds] for by in (bare, tree)]
    return compare(pairs[0], pairs[1])
