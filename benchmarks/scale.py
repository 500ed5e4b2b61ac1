"""Growth of cost with the size of the home: session, reading, planning, verification.

    python -m benchmarks.scale [--copies 1 2 3 5 10 20 50] [--json]

The homes are copies of the built-in kitchen (`benchmarks.copied_scene`). Each size is measured in a
process of its own, in CPU seconds; the last line is the exponent of a power law through the first
and the last size. `plan` is "clean the kitchen", `replan` the same with a mug dropped on the floor,
`search` a goal of four steps by search, `full` more things than a place takes, `bound` the lower
bound.
"""

from __future__ import annotations

import argparse
import gc
import json
import math
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from statistics import median

from benchmarks.copied_scene import write_copied_scene
from benchmarks.machine import describe
from treehand.core.collector import leave_loaded
from treehand.orchestrator.config.deployment import Deployment
from treehand.orchestrator.config.overrides import DeploymentOverrides
from treehand.orchestrator.sessions.robot import Robot
from treehand.orchestrator.sessions.robot_settings import RobotSettings
from treehand.orchestrator.sessions.verify import verify_plan
from treehand.planners import Goal, Infeasible, Plan
from treehand.skills.domain import Fact, Percept, parse_formula

COPIES = (1, 2, 3, 5, 10, 20, 50)
SMALL = "in(red_mug, dishwasher) and not is_open(dishwasher)"
PROOF_S = 600.0
"""Longest time for a whole proof, on the wall's clock."""
REPLANS = 12
VERIFIED_S = 2.0
"""Longest time for a verification, on the wall's clock."""


def cpu_s(work: Callable[[], object]) -> tuple[float, object]:
    """Return the CPU seconds of some work, and its result; what was done before is collected."""
    gc.collect()
    began_s = time.process_time()
    result = work()
    return time.process_time() - began_s, result


def goal_of(text: str) -> Goal:
    """Return the goal of a formula."""
    return Goal(text=text, formula=parse_formula(text), words=text)


def measured(copies: int) -> dict[str, float]:
    """Return the measurements of one size, made in this process."""
    with tempfile.TemporaryDirectory() as folder:
        path = write_copied_scene(copies, Path(folder))
        row: dict[str, float] = {"copies": copies}
        deployment = Deployment.load(DeploymentOverrides(scene=path))
    row["objects"] = len(deployment.scene.objects)
    settings = RobotSettings(keeps_orders=False)
    row["session"], made = cpu_s(lambda: Robot(deployment, workspace=None, settings=settings))
    assert isinstance(made, Robot)
    proposer, problem = made.parts.proposer, made.world.planning_problem
    planner = replace(proposer.planner)
    searching = replace(planner, method="search")
    row["read"], read = cpu_s(lambda: proposer.read("clean the kitchen", made.world))
    assert isinstance(read, Goal)
    row["plan"], whole = cpu_s(lambda: planner.plan(read, problem))
    row["steps"] = len(whole.steps) if isinstance(whole, Plan) else 0
    problem.facts.observe([Percept(Fact("on", ("red_mug", "floor")), True, "a benchmark", 0.0)])
    row["replan"], _ = cpu_s(lambda: planner.plan(read, problem))
    row["search"], small = cpu_s(lambda: searching.plan(goal_of(SMALL), problem))
    assert isinstance(small, Plan)
    capacity = deployment.scene.objects["stove"].capacity or 0
    things = deployment.vocabulary.objects("movable")[: capacity + 1]
    many = goal_of(" and ".join(f"on({name}, stove)" for name in things))
    row["full"], full = cpu_s(lambda: planner.plan(many, problem))
    assert isinstance(full, Infeasible)
    row["bound"], _ = cpu_s(lambda: planner.least_duration_s(read, problem))
    row["verify"], proof = cpu_s(lambda: verify_plan(made, small, max_s=VERIFIED_S))
    row["coverage"] = getattr(proof, "coverage", 0.0)
    row["peak MiB"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return row


def proof(copies: int) -> None:
    """Print what the whole proof of "clean the kitchen" takes, without an approval's limits."""
    with tempfile.TemporaryDirectory() as folder:
        path = write_copied_scene(copies, Path(folder))
        deployment = Deployment.load(DeploymentOverrides(scene=path))
    settings = RobotSettings(keeps_orders=False)
    with Robot(deployment, workspace=None, settings=settings) as robot:
        read = robot.parts.proposer.read("clean the kitchen", robot.world)
        assert isinstance(read, Goal)
        plan = robot.parts.proposer.planner.plan(read, robot.world.planning_problem)
        assert isinstance(plan, Plan)
        leave_loaded()
        took_s, found = cpu_s(lambda: verify_plan(robot, plan, max_s=PROOF_S, max_states=10**6))
        count = len(deployment.scene.objects)
    print(f"{count} objects: {took_s:.2f} CPU-s: {getattr(found, 'summary', lambda: found)()}")


def replans(copies: int) -> None:
    """Print what replans of "clean the kitchen" take, and the estimates that each of them tells.

    A mug turns up at one place after the other; the first two places are new. In the end a glass is
    broken, which puts a part of the goal out of reach.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = write_copied_scene(copies, Path(folder))
        deployment = Deployment.load(DeploymentOverrides(scene=path))
    robot = Robot(deployment, workspace=None, settings=RobotSettings(keeps_orders=False))
    proposer, problem = robot.parts.proposer, robot.world.planning_problem
    planner = replace(proposer.planner)
    read = proposer.read("clean the kitchen", robot.world)
    assert isinstance(read, Goal)
    first = planner.plan(read, problem)
    assert isinstance(first, Plan)
    assert first.estimates.duration_s > 0.0
    leave_loaded()
    told = []
    for number in range(REPLANS):
        place = ("floor", "stove", "table", "counter")[number % 4]
        seen = Percept(Fact("on", ("red_mug", place)), True, "a benchmark", float(number))
        problem.facts.observe([seen])
        plan_s, plan = cpu_s(lambda: planner.plan(read, problem))
        assert isinstance(plan, Plan)
        estimates_s, _ = cpu_s(lambda plan=plan: plan.estimates)
        told.append((plan_s, estimates_s))
    problem.facts.observe([Percept(Fact("broken", ("glass",)), True, "a benchmark", REPLANS)])
    broken_s, broken = cpu_s(lambda: planner.plan(read, problem))
    assert isinstance(broken, Infeasible)
    new_ms = [1000 * plan_s for plan_s, _ in told[:2]]
    later_ms = 1000 * median(plan_s for plan_s, _ in told[2:])
    estimates_ms = 1000 * median(estimates_s for _, estimates_s in told[:4])  # no facts come twice
    print(
        f"{len(deployment.scene.objects)} objects: new places {new_ms[0]:.0f} and {new_ms[1]:.0f} "
        f"ms, others {later_ms:.0f} ms, estimates {estimates_ms:.0f} ms, "
        f"with a broken glass {1000 * broken_s:.0f} ms"
    )


def exponents(rows: list[dict[str, float]]) -> dict[str, float]:
    """Return, for each measurement, the exponent of its growth with the number of objects."""
    first, last = rows[0], rows[-1]
    span = math.log(last["objects"] / first["objects"])
    grown = [key for key in first if key not in ("copies", "objects", "steps", "coverage")]
    return {key: math.log(max(last[key], 1e-4) / max(first[key], 1e-4)) / span for key in grown}


def main() -> None:
    """Measure every size in a process of its own, and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scale")
    parser.add_argument("--copies", type=int, nargs="+", default=list(COPIES))
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--proof", action="store_true", help="the whole proof of a kitchen, only")
    parser.add_argument("--replans", action="store_true", help="replans of a kitchen, only")
    parser.add_argument("--one", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if min(options.copies) < 1:
        parser.error("--copies counts from 1")
    if options.proof or options.replans:
        print(f"machine: {describe()}; load {os.getloadavg()[0]:.1f}")
        for copies in options.copies:
            (proof if options.proof else replans)(copies)
        return
    if len(set(options.copies)) < 2 and not options.one:
        parser.error("--copies takes two sizes at least: growth is measured between them")
    if options.one:
        print(json.dumps(measured(options.one)))
        return
    rows = []
    for copies in options.copies:
        command = [sys.executable, "-m", "benchmarks.scale", "--one", str(copies)]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        rows.append(json.loads(done.stdout))
    if options.json:
        print(json.dumps({"machine": describe(), "rows": rows, "exponents": exponents(rows)}))
        return
    print(f"machine: {describe()}; load {os.getloadavg()[0]:.1f}; CPU seconds")
    print("| " + " | ".join(rows[0]) + " |")
    print("|" + "---|" * len(rows[0]))
    for row in rows:
        print("| " + " | ".join(f"{value:.3g}" for value in row.values()) + " |")
    grown = exponents(rows)
    print("| " + " | ".join(f"^{grown[key]:.2f}" if key in grown else "" for key in rows[0]) + " |")


if __name__ == "__main__":
    main()
