"""Success estimates compared with outcomes: scores and a reliability table.

    python -m benchmarks.estimates [--seeds 50] [--first 100000] [--learn 0] [--json]

Every goal is planned and run on `--seeds` seeds from `--first`; no two runs share a seed. The
estimate with retries is compared with an ordinary run, the one without retries with a run without
recovery, except for the goals of `LOOKS`: only recovery looks for what they may be about. Brier
score and log score are lower for better estimates; the base-rate predictor gives every run the
share of successes that was seen in the end. `--learn` journals so many runs first, which the
estimates then rest on, too.

The priors of the domains were measured on seeds 10000 to 11199 with the goals of `SEEN`.
"""

from __future__ import annotations

import argparse
import itertools
import json
import math
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from scipy.stats import binomtest

from benchmarks.machine import describe
from tests.driving import Session, run_goal
from treehand.orchestrator.config.deployment import Deployment
from treehand.orchestrator.config.overrides import DeploymentOverrides
from treehand.orchestrator.store.workspace import Workspace
from treehand.planners import Goal, Plan

SEEN = {
    "kitchen": ("clean the kitchen", "load the dishwasher", "put the glass in the cupboard"),
    "tabletop": ("put the red block on the tray",),
}
UNSEEN = {
    "kitchen": (
        "wash the bowls",
        "put the glass in the sink and the milk in the fridge",
        "wipe the table, and put the pan and the mugs in the sink",
        "throw away the wrapper and open the drawer",
        "put every plate on the table",
    ),
    "tabletop": ("put the green block on the bin and put the blue block on the tray",),
}
"""Goals that the priors were not measured with."""
LOOKS = ("load the dishwasher",)
"""Goals about objects that nobody sees before recovery looks for them."""
LEARN_FROM = 50_000
"""First seed of the runs that are learnt from."""
EDGES = (0.0, 0.2, 0.4, 0.6, 0.8, 0.9, 0.97, 0.99, 1.0)
"""Edges of the rows of the reliability table."""
LEAST = 1e-6
"""Probabilities are at least so far from 0 and 1 in the log score."""


@dataclass(frozen=True)
class Case:
    """One estimate and what became of it."""

    goal: str
    probability: float
    has_succeeded: bool


@dataclass(frozen=True)
class Arm:
    """All cases with retries, or all without."""

    name: str
    cases: Sequence[Case]

    def report(self) -> dict[str, object]:
        """Return scores, the same of the base-rate predictor, and the reliability table."""
        n = len(self.cases)
        successes = sum(case.has_succeeded for case in self.cases)
        base = successes / n
        expected = sum(case.probability for case in self.cases)
        variance = sum(case.probability * (1 - case.probability) for case in self.cases)
        at_base = [Case(case.goal, base, case.has_succeeded) for case in self.cases]
        return {
            "n": n,
            "successes": successes,
            "expected": expected,
            "deviations": (successes - expected) / math.sqrt(variance) if variance else 0.0,
            "brier": brier(self.cases),
            "brier_base": brier(at_base),
            "log": log_score(self.cases),
            "log_base": log_score(at_base),
            "table": list(self.table()),
            "goals": {
                name: self.of_goal(name) for name in dict.fromkeys(c.goal for c in self.cases)
            },
        }

    def table(self) -> Iterator[dict[str, float]]:
        """Yield the rows of the reliability table that have cases."""
        for low, high in itertools.pairwise(EDGES):
            row = [
                case
                for case in self.cases
                if low <= case.probability < high or case.probability == high == 1.0
            ]
            if row:
                yield {"from": low, "to": high, **_compared(row)}

    def of_goal(self, goal: str) -> dict[str, float]:
        """Return estimates and outcomes of one goal."""
        return _compared([case for case in self.cases if case.goal == goal])


def _compared(cases: Sequence[Case]) -> dict[str, float]:
    n, successes = len(cases), sum(case.has_succeeded for case in cases)
    interval = binomtest(successes, n).proportion_ci(0.95, method="wilson")
    estimated = sum(case.probability for case in cases) / n
    return {
        "n": n,
        "estimated": estimated,
        "seen": successes / n,
        "low": interval.low,
        "high": interval.high,
    }


def brier(cases: Sequence[Case]) -> float:
    """Return the Brier score: the mean squared error of the probabilities (Brier 1950)."""
    return sum((case.probability - case.has_succeeded) ** 2 for case in cases) / len(cases)


def log_score(cases: Sequence[Case]) -> float:
    """Return the log score: the mean negative log probability of the outcomes (Good 1952)."""
    total = 0.0
    for case in cases:
        said = min(max(case.probability, LEAST), 1 - LEAST)
        total -= math.log(said if case.has_succeeded else 1 - said)
    return total / len(cases)


def measure(seeds: int, first: int, learn: int) -> tuple[list[Arm], list[str]]:
    """Run every goal on its seeds.

    Args:
        seeds: Seeds for each goal.
        first: The first seed.
        learn: Journalled runs that the estimates rest on besides the priors.

    Returns:
        The arms, and the goals that have no estimate, with the reason.
    """
    retried: list[Case] = []
    plain: list[Case] = []
    without: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        for world in SEEN:
            overrides = DeploymentOverrides(world=world)
            deployment = Deployment.load(overrides, looks_here=False)
            workspace = Workspace(Path(folder) / world) if learn else None
            goals = (*SEEN[world], *UNSEEN[world])
            for number in range(learn):
                goal, seed = goals[number % len(goals)], LEARN_FROM + number
                run_goal(goal, deployment, seed=seed, workspace=workspace)
            for text in goals:
                session = Session(deployment, seed=first, workspace=workspace)
                goal = session.understand(text)
                assert isinstance(goal, Goal), f"{text}: {goal}"
                plan = session.plan(goal)
                assert isinstance(plan, Plan), text
                said = plan.estimates.correlated_probability
                said_plain = plan.estimates.first_try_probability
                if said is None or said_plain is None:
                    without.append(f"{text}: {plan.estimates.basis}")
                    continue
                for seed in range(first, first + seeds):
                    result = run_goal(text, deployment, seed=seed)
                    retried.append(Case(text, said, result.world_true is True))
                    if text not in LOOKS:
                        result = run_goal(text, deployment, seed=seed, has_recovery=False)
                        plain.append(Case(text, said_plain, result.world_true is True))
                first += seeds
    return [Arm("with retries", retried), Arm("without retries", plain)], without


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.estimates")
    parser.add_argument("--seeds", type=int, default=50, help="for each goal")
    parser.add_argument("--first", type=int, default=100_000, help="the first seed")
    parser.add_argument("--learn", type=int, default=0, help="runs to learn from, in each world")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    arms, without = measure(options.seeds, options.first, options.learn)
    reports = {arm.name: arm.report() for arm in arms}
    if options.json:
        print(json.dumps({"first": options.first, "no_estimate": without, **reports}))
        return
    print(f"machine: {describe()}")
    print(f"{options.seeds} seeds for each goal from {options.first}, learnt from {options.learn}")
    for name, report in reports.items():
        print(
            f"\n{name}: {report['successes']} of {report['n']}, {report['expected']:.1f} expected "
            f"({report['deviations']:+.1f} standard deviations)\n"
            f"  Brier {report['brier']:.4f} (base rate {report['brier_base']:.4f}), "
            f"log {report['log']:.4f} (base rate {report['log_base']:.4f})"
        )
        rows = report["table"]
        assert isinstance(rows, list)
        for row in rows:
            print(f"  {row['from']:.0%} to {row['to']:.0%}: {_line(row)}")
        goals = report["goals"]
        assert isinstance(goals, dict)
        for goal, row in goals.items():
            print(f"  {goal}: {_line(row)}")
    for line in without:
        print(f"no estimate: {line}")


def _line(row: dict[str, float]) -> str:
    return (
        f"{row['estimated']:.1%} estimated, {row['seen']:.1%} of {row['n']} seen "
        f"[{row['low']:.1%}, {row['high']:.1%}]"
    )


if __name__ == "__main__":
    main()
