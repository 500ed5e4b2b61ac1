"""How far the physics kitchen gets: a goal on many seeds, judged by what is really so.

    python -m benchmarks.physics [--goal "clean the kitchen"] [--seeds 8] [--json]

Each seed places the things anew. Beside the outcome stand the failures that recovery met, CPU time,
control steps for each CPU-second, and what the monitor of the physics found impossible.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import Counter
from typing import Any

from scipy.stats import binomtest

from benchmarks.machine import describe
from treehand.events import Event, SkillEnded
from treehand.orchestrator.deployment import Deployment
from treehand.orchestrator.session import Session
from treehand.planners import Plan
from treehand.worlds.physics import PhysicsKitchen
from treehand.worlds.physics.arm import PERIOD_S


def trial(place: Deployment, goal: str, seed: int) -> dict[str, Any]:
    """Return how one run went."""
    began_s = time.process_time()
    session = Session(place, seed=seed)
    failures: Counter[str] = Counter()

    def count(event: Event) -> None:
        if isinstance(event, SkillEnded) and event.result == "failure":
            failures[f"{event.call} {event.code}"] += 1

    session.watch(count)
    plan = session.plan(session.understand(goal))
    assert isinstance(plan, Plan), plan
    result = session.execute(plan, approved_by="the benchmark")
    world = session.situation.world
    assert isinstance(world, PhysicsKitchen)
    cpu_s = time.process_time() - began_s
    return {
        "seed": seed,
        "outcome": result.outcome.value,
        "world_true": bool(result.world_true),
        "sim_s": result.sim_time_s,
        "cpu_s": cpu_s,
        "steps_per_cpu_s": result.sim_time_s / PERIOD_S / cpu_s,
        "failures": dict(failures.most_common(4)),
        "violations": world.simulation.monitor.violations,
    }


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--goal", default="clean the kitchen")
    parser.add_argument("--seeds", type=int, default=8)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    place = Deployment.load(world="kitchen-physics", looks_here=False)
    trials = []
    for seed in range(given.seeds):
        one = trial(place, given.goal, seed)
        trials.append(one)
        if not given.json:
            print(
                f"seed {seed}: {one['outcome']}, really so: {one['world_true']}; "
                f"{one['sim_s']:.0f} s simulated in {one['cpu_s']:.0f} CPU-s "
                f"({one['steps_per_cpu_s']:.0f} steps each); {one['failures']} {one['violations']}",
                flush=True,
            )
    won = sum(one["world_true"] for one in trials)
    low, high = binomtest(won, len(trials)).proportion_ci(method="wilson")
    if given.json:
        print(json.dumps({"machine": describe(), "trials": trials, "between": [low, high]}))
        return
    print(f"machine: {describe()}")
    print(f"'{given.goal}': {won} of {len(trials)} really so ({low:.1%} to {high:.1%})")


if __name__ == "__main__":
    main()
