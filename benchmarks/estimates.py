"""What estimates are worth: predicted from some runs, compared with others.

    python -m benchmarks.estimates [--runs 50] [--others 50] [--goal "clean the kitchen"] [--json]

`--runs` runs of the built-in kitchen are journalled, one seed each; the plan for the same goal is
then estimated from those journals. `--others` runs, on other seeds, show what it really takes.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path
from statistics import mean

from scipy.stats import binomtest

from benchmarks.machine import describe
from tests.driving import Session, run_goal
from treehand.orchestrator.config.deployment import Deployment
from treehand.orchestrator.store.workspace import Workspace
from treehand.planners import Plan

FIRST_SEED = 1000
"""Of the runs that are learnt from; the others begin with 0."""


def measure(goal: str, runs: int, others: int) -> dict[str, object]:
    """Return what was predicted and what was seen."""
    deployment = Deployment.load(looks_here=False)
    with tempfile.TemporaryDirectory() as folder:
        workspace = Workspace(Path(folder) / "runs")
        for seed in range(runs):
            run_goal(goal, deployment, seed=FIRST_SEED + seed, workspace=workspace)
        session = Session(deployment, workspace=workspace)
        plan = session.plan(session.understand(goal))
    assert isinstance(plan, Plan)
    seen = [run_goal(goal, deployment, seed=seed) for seed in range(others)]
    first_try = sum(result.retries == 0 and result.replans == 0 for result in seen)
    interval = binomtest(first_try, others).proportion_ci(0.95, method="wilson")
    return {
        "estimates": plan.estimates.model_dump(mode="json"),
        "n": others,
        "mean_s": mean(result.sim_time_s for result in seen),
        "succeeded": sum(result.outcome.value == "success" for result in seen),
        "first_try": first_try,
        "first_try_interval": [interval.low, interval.high],
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--runs", type=int, default=50)
    parser.add_argument("--others", type=int, default=50)
    parser.add_argument("--goal", default="clean the kitchen")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    report = measure(options.goal, options.runs, options.others)
    if options.json:
        print(json.dumps(report))
        return
    told = report["estimates"]
    assert isinstance(told, dict)
    interval = report["first_try_interval"]
    assert isinstance(interval, list)
    print(f"machine: {describe()}; learnt from {told['runs']} runs, {told['attempts']} attempts")
    print(f"expected {told['expected_duration_s']:.0f} s; seen {report['mean_s']:.0f} s on average")
    print(
        f"without any retry {told['first_try_probability']:.1%}; "
        f"seen {report['first_try']} of {report['n']} "
        f"(95 % interval, Wilson: {interval[0]:.1%} to {interval[1]:.1%})"
    )
    print(
        f"with retries {told['success_probability']:.4%}, "
        f"{told['correlated_probability']:.4%} with {told['persistence']:.0%} that persist; "
        f"seen {report['succeeded']} of {report['n']}"
    )


if __name__ == "__main__":
    main()
