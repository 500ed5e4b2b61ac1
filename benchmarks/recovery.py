"""What recovery is worth: the same goal and seeds, with and without it, judged by the truth.

    python -m benchmarks.recovery [--seeds 200] [--goal "clean the kitchen"] [--json]

Without recovery means: no retry, no condition checked again, no replanning. The two are run
alternately, seed by seed. Intervals are Wilson's, at 95 %.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import Counter
from dataclasses import dataclass, field

from scipy.stats import binomtest

from benchmarks.machine import describe
from tests.driving import run_goal
from treehand.orchestrator.config.deployment import Deployment


@dataclass
class Arm:
    """One way of running, over all seeds."""

    name: str
    reached: int = 0
    wall_s: float = 0.0
    leaves: int = 0
    failures: Counter[str] = field(default_factory=Counter)
    unexplained: list[int] = field(default_factory=list)
    """Seeds that missed the goal though nothing broke."""

    def report(self, n: int) -> dict[str, object]:
        """Return the arm's numbers."""
        interval = binomtest(self.reached, n).proportion_ci(0.95, method="wilson")
        return {
            "n": n,
            "world_true": self.reached,
            "rate": self.reached / n,
            "low": interval.low,
            "high": interval.high,
            "leaves_mean": self.leaves / n,
            "wall_mean_s": self.wall_s / n,
            "failures": dict(self.failures.most_common()),
            "missed_without_breakage": self.unexplained,
        }


def measure(goal: str, seeds: int) -> tuple[Arm, Arm]:
    """Run a goal on seeds 0, 1, … with and without recovery, alternately."""
    deployment = Deployment.load()
    arms = Arm("with recovery"), Arm("without recovery")
    for seed in range(seeds):
        for arm in arms:
            began = time.perf_counter()
            has_recovery = arm is arms[0]
            result = run_goal(goal, deployment, seed=seed, has_recovery=has_recovery)
            arm.wall_s += time.perf_counter() - began
            arm.reached += result.world_true is True
            arm.leaves += result.leaves_run
            arm.failures.update(result.failures)
            if not result.world_true and "broken" not in result.message:
                arm.unexplained.append(seed)
    return arms


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.recovery")
    parser.add_argument("--seeds", type=int, default=200)
    parser.add_argument("--goal", default="clean the kitchen")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    arms = measure(options.goal, options.seeds)
    reports = {arm.name: arm.report(options.seeds) for arm in arms}
    if options.json:
        print(json.dumps({"machine": describe(), "goal": options.goal, **reports}))
        return
    print(f"goal '{options.goal}', seeds 0-{options.seeds - 1}, default slip model")
    print(f"machine: {describe()}")
    for arm in arms:
        report = arm.report(options.seeds)
        print(
            f"{arm.name:18} {report['world_true']:>4} of {report['n']} really reached = "
            f"{report['rate']:.1%}  [{report['low']:.1%}, {report['high']:.1%}]   "
            f"{report['leaves_mean']:.1f} leaves, {report['wall_mean_s']:.3f} s a run"
        )
        print(f"{'':18} failures: {report['failures']}")
    missed = arms[0].unexplained
    print(f"missed with recovery though nothing broke: {missed or 'none'}")


if __name__ == "__main__":
    main()
