"""A million runs, and a hundred robots on one computer: a discrete-event model.

    python -m benchmarks.fleet [--runs 1000000] [--seed 0] [--json]

What one run and one robot cost is measured in this process; what many of them do is simulated.

Runs: workers take cases from a queue in chunks; a worker dies now and then, its chunk is done
again, and one process takes in the reports. Robots: each is a stream of work for the cores of one
computer, first come, first served: a tick at every heartbeat, a leaf that begins, a replan after a
failure. What waits for a core is late by that. Assumed are the rates below, independent robots, no
cost of a policy's model, and cores that nothing else uses.
"""

from __future__ import annotations

import argparse
import heapq
import json
import random
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass

from benchmarks.machine import describe
from benchmarks.percentiles import percentile
from benchmarks.scenarios import FOLDER
from treehand.scenarios import Case, load_variants
from treehand.scenarios.engines.engine_choice import runner_for
from treehand.scenarios.engines.runners import InProcessRunner, Runner, RunnerSettings

CHUNK = 100
"""Cases that a worker takes at a time."""
HOURS_TO_DEATH = 100.0
"""Mean hours of a worker until it dies, by a lack of memory or a restart of its computer."""
START_S = 3.0
"""Seconds until a new worker begins."""

HEARTBEAT_HZ = 10.0
LEAF_EVERY_S = 10.0
REPLAN_EVERY_S = 120.0


@dataclass(frozen=True)
class Run:
    """CPU seconds of one scenario run."""

    work_s: float
    """Where it runs."""
    take_in_s: float
    """Where the case is handed out and its report is taken in."""


@dataclass(frozen=True)
class Costs:
    """CPU seconds of the parts of a run."""

    small: Run
    """One dropped mug."""
    whole: Run
    """The whole kitchen with ten faults."""
    tick_s: float = 0.0004
    """A tick of 23 nodes with sensing and journal."""
    leaf_s: float = 0.003
    """A leaf in a home of 261 objects."""
    replan_s: float = 0.072
    """A replan in a home of 261 objects."""


def measured() -> Costs:
    """Return the costs of runs, measured here after one run to warm up."""
    return Costs(_run("dropped_mug", 40), _run("whole_kitchen_all_at_once", 8))


def _run(name: str, runs: int) -> Run:
    [variant] = load_variants(FOLDER / f"{name}.scenario.yaml")
    cases = [Case(variant, seed) for seed in range(runs + 1)]
    return Run(_cpu_s(InProcessRunner(), cases), _cpu_s(runner_for(RunnerSettings(2)), cases))


def _cpu_s(runner: Runner, cases: list[Case]) -> float:
    """Return the CPU seconds of this process for each case but the first."""
    list(runner.run(cases[:1], lambda report: None))
    began_s = time.process_time()
    list(runner.run(cases[1:], lambda report: None))
    return (time.process_time() - began_s) / (len(cases) - 1)


def hours_of(runs: int, run: Run, workers: int, draw: random.Random) -> tuple[float, float]:
    """Return the hours until all runs are taken in, and the share of runs that were done twice."""
    free = [(START_S, worker) for worker in range(workers)]
    heapq.heapify(free)
    left, again, taken_s = runs, 0, 0.0
    while left > 0:
        now_s, worker = heapq.heappop(free)
        many = min(CHUNK, left)
        works_s = many * run.work_s * draw.uniform(0.8, 1.2)
        dies_s = draw.expovariate(1.0 / (HOURS_TO_DEATH * 3600))
        if dies_s < works_s:
            again += many
            heapq.heappush(free, (now_s + dies_s + START_S, worker))
            continue
        left -= many
        taken_s = max(taken_s, now_s + works_s) + many * run.take_in_s
        heapq.heappush(free, (now_s + works_s, worker))
    return taken_s / 3600, again / runs


def lateness_ms(robots: int, cores: int, costs: Costs, draw: random.Random) -> list[float]:
    """Return how late each piece of work of two minutes begins, in ms, sorted."""
    free = [0.0] * cores
    late = []
    for due_s, takes_s in sorted(_work(robots, costs, draw)):
        begins_s = max(due_s, heapq.heappop(free))
        heapq.heappush(free, begins_s + takes_s)
        late.append(1000 * (begins_s - due_s))
    return sorted(late)


def _work(robots: int, costs: Costs, draw: random.Random) -> Iterator[tuple[float, float]]:
    """Yield when each piece of work is due and how long it takes, in s, for two minutes."""
    until_s = 120.0
    for _ in range(robots):
        first_s = draw.uniform(0, 1 / HEARTBEAT_HZ)
        for beat in range(int(until_s * HEARTBEAT_HZ)):
            yield first_s + beat / HEARTBEAT_HZ, costs.tick_s
        for every_s, takes_s in ((LEAF_EVERY_S, costs.leaf_s), (REPLAN_EVERY_S, costs.replan_s)):
            at_s = draw.expovariate(1 / every_s)
            while at_s < until_s:
                yield at_s, takes_s
                at_s += draw.expovariate(1 / every_s)


def main() -> None:
    """Measure, simulate and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fleet")
    parser.add_argument("--runs", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    costs, draw = measured(), random.Random(options.seed)
    runs = []
    for workers in (2, 16, 128, 1024):
        small_h, again = hours_of(options.runs, costs.small, workers, draw)
        whole_h, whole_again = hours_of(options.runs, costs.whole, workers, draw)
        runs.append((workers, small_h, whole_h, max(again, whole_again)))
    robots = []
    for many in (1, 10, 30, 100, 200):
        for cores in (1, 2, 4):
            late = lateness_ms(many, cores, costs, draw)
            robots.append((many, cores, percentile(late, 50), percentile(late, 99), late[-1]))
    if options.json:
        report = {"machine": describe(), "costs": asdict(costs), "runs": runs, "robots": robots}
        print(json.dumps(report))
        return
    print(f"machine: {describe()}; costs in CPU seconds: {asdict(costs)}")
    print("\n| workers | small runs, h | whole kitchens, h | done again |\n|---|---|---|---|")
    for workers, small_h, whole_h, again in runs:
        print(f"| {workers:,} | {small_h:.2f} | {whole_h:.2f} | {again:.2%} |")
    print("\n| robots | cores | late p50 ms | p99 | worst |\n|---|---|---|---|---|")
    for many, cores, half, most, worst in robots:
        print(f"| {many} | {cores} | {half:.1f} | {most:.1f} | {worst:.0f} |")


if __name__ == "__main__":
    main()
