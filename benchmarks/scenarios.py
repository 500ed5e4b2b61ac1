"""How many scenario runs a minute, with faults on; and that two processes say what one says.

    python -m benchmarks.scenarios [--runs 60] [--workers 2] [--suite FOLDER] [--json]

The whole kitchen with ten faults (`scenarios/whole_kitchen_all_at_once`) over successive seeds, and
the shipped suite, each timed once after a warm-up run.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

from benchmarks.machine import describe
from treehand.scenarios import Case, Variant, load_variants
from treehand.scenarios.engines.engine_choice import runner_for
from treehand.scenarios.engines.runners import RunnerSettings
from treehand.scenarios.suites.suite import suite_of

FOLDER = Path(__file__).parents[1] / "scenarios"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=60)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--suite", type=Path, default=FOLDER)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    [variant] = load_variants(FOLDER / "whole_kitchen_all_at_once.scenario.yaml")
    whole = _per_minute(variant, options.runs, options.workers)
    [small] = load_variants(FOLDER / "dropped_mug.scenario.yaml")
    one = _per_minute(small, options.runs, options.workers)
    began = time.perf_counter()
    verdicts = list(suite_of([options.suite]).run(runner_for(RunnerSettings(options.workers))))
    report = {
        "machine": describe(),
        "workers": options.workers,
        "whole_kitchen_runs_per_minute": round(whole),
        "small_runs_per_minute": round(one),
        "suite_s": round(time.perf_counter() - began, 1),
        "suite_scenarios": len(verdicts),
        "suite_good": sum(verdict.is_good for verdict in verdicts),
    }
    if options.json:
        print(json.dumps(report))
        return
    for name, value in report.items():
        print(f"  {name}: {value}")


def _per_minute(variant: Variant, runs: int, workers: int) -> float:
    runner = runner_for(RunnerSettings(workers))
    for _ in runner.run([Case(variant, 0)], lambda report: None):
        pass
    cases = [Case(variant, seed) for seed in range(runs)]
    began = time.perf_counter()
    count = sum(1 for _ in runner.run(cases, lambda report: None))
    return count / (time.perf_counter() - began) * 60


if __name__ == "__main__":
    main()
