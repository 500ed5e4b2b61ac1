"""Throughput of the engines of scenarios: the pool against a local cluster of Ray.

    python -m benchmarks.engines [--runs 2000] [--workers 2] [--rounds 1] [--json]

Needs the extra `scale`. The engines take turns. The time to the first report, which holds the
start-up, is stated apart from the rate after it.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from pathlib import Path
from statistics import median

from benchmarks.machine import describe
from treehand.scenarios import Case, load_variants
from treehand.scenarios.engines.engine_choice import runner_for
from treehand.scenarios.engines.runners import RunnerSettings

SCENARIO = Path(__file__).parents[1] / "scenarios" / "dropped_mug.scenario.yaml"
ENGINES = ("pool", "ray")


def measured(engine: str, workers: int, runs: int) -> dict[str, float]:
    """Return the times of one engine, and how many runs passed or could not be judged."""
    [variant] = load_variants(SCENARIO)
    cases = (Case(variant, seed) for seed in range(runs))
    began_s = time.perf_counter()
    first_s, passed, errors = 0.0, 0, 0
    for report in runner_for(RunnerSettings(workers, engine)).run(cases, lambda report: None):
        first_s = first_s or time.perf_counter() - began_s
        passed += report.has_passed
        errors += bool(report.error)
    whole_s = time.perf_counter() - began_s
    rate = 60 * (runs - 1) / (whole_s - first_s)
    return {
        "first_report_s": first_s,
        "whole_s": whole_s,
        "per_minute": rate,
        "passed": passed,
        "errors": errors,
    }


def main() -> None:
    """Measure the engines in turns, and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.engines")
    parser.add_argument("--runs", type=int, default=2000)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    rows: dict[str, list[dict[str, float]]] = {engine: [] for engine in ENGINES}
    for _ in range(options.rounds):
        for engine in ENGINES:
            rows[engine].append(measured(engine, options.workers, options.runs))
    found = {
        engine: {key: median(row[key] for row in of) for key in of[0]}
        for engine, of in rows.items()
    }
    if options.json:
        print(json.dumps({"machine": describe(), "runs": options.runs, "engines": found}))
        return
    print(f"machine: {describe()}; load {os.getloadavg()[0]:.1f}; {options.runs} runs")
    for engine, row in found.items():
        print(
            f"{engine:5s} first report {row['first_report_s']:.1f} s, then "
            f"{row['per_minute']:.0f} a minute; whole {row['whole_s']:.1f} s; "
            f"{row['passed']:.0f} passed, {row['errors']:.0f} errors"
        )


if __name__ == "__main__":
    main()
