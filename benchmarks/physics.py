"""How far the physics kitchen gets: a goal on many seeds, judged by what is really so.

    python -m benchmarks.physics [--seeds 100] [--robot ur5e] [--randomize slippery] [--workers 2]

Each seed draws the kitchen anew, and runs with recovery (retries, conditions checked again, plans
made anew) and without, one after the other. Told are the share that is really reached with a 95 %
Wilson interval, the share of grasps that hold at the first try, drops, retries, replans, CPU time,
control steps for each CPU-second, and what the monitor of the physics found impossible; then how
long a picture takes. CPU time holds for one worker; two share what they have.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, field
from functools import partial

from scipy.stats import binomtest

from benchmarks.machine import describe
from tests.driving import Session
from treehand.core.clock import VirtualClock
from treehand.core.errors import MissingExtra
from treehand.core.events import Event, SkillEnded
from treehand.core.keyed_random import KeyedRandom
from treehand.orchestrator.config.deployment import Deployment
from treehand.orchestrator.config.overrides import DeploymentOverrides
from treehand.planners import Plan
from treehand.worlds import WorldContext
from treehand.worlds.physics import PhysicsKitchen
from treehand.worlds.physics.model.arm import PERIOD_S

GOAL = "clean the kitchen"
GRASPS = ("pick", "sweep_up")
PICTURES_N = 60


@dataclass
class Trial:
    """How one run went."""

    seed: int
    is_recovering: bool
    outcome: str = ""
    world_true: bool = False
    steps_n: int = 0
    sim_s: float = 0.0
    cpu_s: float = 0.0
    retries_n: int = 0
    replans_n: int = 0
    first_grasps: dict[str, bool] = field(default_factory=dict)
    """Call of a grasp to whether its first activation held."""
    failures: dict[str, int] = field(default_factory=dict)
    """Call and code, and how often."""
    struck_n: int = 0
    """Faults on request that took effect."""
    violations: list[str] = field(default_factory=list)
    penetration_m: float = 0.0


def trial(
    seed: int,
    goal: str,
    preset: str | None,
    *,
    robot: str | None = None,
    is_recovering: bool = True,
    faults: tuple[str, ...] = (),
) -> Trial:
    """Run once and return how it went."""
    place = Deployment.load(
        DeploymentOverrides(world="kitchen-physics", randomize=preset, robot=robot),
        looks_here=False,
    )
    told = Trial(seed, is_recovering)
    began_s = time.process_time()
    session = Session(place, seed=seed)
    session.disturb(faults)
    if not is_recovering:
        session.without_recovery()

    def count(event: Event) -> None:
        if not isinstance(event, SkillEnded):
            return
        told.steps_n += event.result == "success"
        if event.call.name in GRASPS:
            told.first_grasps.setdefault(str(event.call), event.result == "success")
        if event.result == "failure":
            what = f"{event.call} {event.code}"
            told.failures[what] = told.failures.get(what, 0) + 1

    session.watch(count)
    plan = session.plan(session.understand(goal))
    assert isinstance(plan, Plan), plan
    result = session.execute(plan, approved_by="the benchmark")
    world = session.world_model.world
    assert isinstance(world, PhysicsKitchen)
    told.cpu_s = time.process_time() - began_s
    told.outcome, told.world_true = result.outcome.value, bool(result.world_true)
    told.sim_s, told.retries_n, told.replans_n = result.sim_time_s, result.retries, result.replans
    told.struck_n = len(world.triggered())
    told.violations = world.simulation.monitor.violations
    told.penetration_m = world.simulation.monitor.deepest_m
    return told


def both(seed: int, goal: str, preset: str | None, robot: str | None) -> list[Trial]:
    """Run a seed with recovery and without."""
    return [
        trial(seed, goal, preset, robot=robot, is_recovering=recovering)
        for recovering in (True, False)
    ]


def picture_ms(size: tuple[int, int] = (224, 224)) -> dict[str, float]:
    """Return the median time of a picture of each camera."""
    place = Deployment.load(DeploymentOverrides(world="kitchen-physics"), looks_here=False)
    opening = WorldContext(place.domain, place.scene, KeyedRandom(0), VirtualClock())
    robot = place.kind.open(opening).embodiment
    told = {}
    for camera in robot.spec.cameras:
        took = []
        for _ in range(PICTURES_N):
            began_s = time.perf_counter()
            robot.frames([camera], size)
            took.append(1000 * (time.perf_counter() - began_s))
        told[camera] = statistics.median(took)
    return told


def describe_all(trials: list[Trial]) -> str:
    """Return lines on runs of one kind."""
    won = sum(one.world_true for one in trials)
    low, high = binomtest(won, len(trials)).proportion_ci(method="wilson")
    grasps = [held for one in trials for held in one.first_grasps.values()]
    drops = sum(n for one in trials for what, n in one.failures.items() if "grasp-dropped" in what)
    failures = sum((Counter(one.failures) for one in trials), Counter[str]())
    cpu = sorted(one.cpu_s for one in trials)
    rate = sum(one.sim_s for one in trials) / PERIOD_S / sum(cpu)
    impossible = Counter(what.split(" at ")[0] for one in trials for what in one.violations)
    return "\n".join(
        (
            f"  really reached: {won} of {len(trials)} ({low:.1%} to {high:.1%})",
            f"  grasps that held at the first try: {sum(grasps)} of {len(grasps)}; drops: {drops}; "
            f"retries: {sum(one.retries_n for one in trials)}; "
            f"replans: {sum(one.replans_n for one in trials)}",
            f"  steps: {statistics.median(one.steps_n for one in trials):.0f} a run; "
            f"{statistics.median(one.sim_s for one in trials):.0f} s simulated in "
            f"{statistics.median(cpu):.1f} CPU-s, at most {cpu[-1]:.1f}; "
            f"{rate:.0f} control steps for each CPU-second",
            f"  deepest penetration {1000 * max(one.penetration_m for one in trials):.1f} mm; "
            f"impossible: {dict(impossible) or 'nothing'}",
            f"  failures: {dict(failures.most_common(8))}",
        )
    )


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--goal", default=GOAL)
    parser.add_argument("--seeds", type=int, default=8)
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--robot", metavar="ROBOT")
    parser.add_argument("--randomize", metavar="PRESET")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    Deployment.load(
        DeploymentOverrides(world="kitchen-physics", randomize=given.randomize, robot=given.robot),
        looks_here=False,
    )  # or says
    run = partial(both, goal=given.goal, preset=given.randomize, robot=given.robot)
    seeds = range(given.first_seed, given.first_seed + given.seeds)
    trials: list[Trial] = []
    with ProcessPoolExecutor(given.workers) as pool:
        for pair in pool.map(run, seeds):
            trials.extend(pair)
            if not given.json and not pair[0].world_true:
                lost = pair[0]
                print(f"seed {lost.seed}: {lost.outcome} {lost.failures}", flush=True)
    try:
        pictures = picture_ms()
    except MissingExtra as error:
        pictures = {}
        print(error)
    if given.json:
        told = {"machine": describe(), "trials": [asdict(one) for one in trials]}
        print(json.dumps({**told, "picture_ms": pictures}))
        return
    print(f"machine: {describe()}, {given.workers} at a time")
    drawn = f"{given.robot or 'panda'}, drawn from {given.randomize or 'jitter'}"
    print(f"'{given.goal}', seeds {seeds.start} to {seeds.stop - 1}, {drawn}")
    for is_recovering in (True, False):
        print("with recovery:" if is_recovering else "without recovery:")
        print(describe_all([one for one in trials if one.is_recovering is is_recovering]))
    pictured = ", ".join(f"{camera} {took:.1f} ms" for camera, took in pictures.items())
    print(f"pictures of 224 by 224: {pictured}")


if __name__ == "__main__":
    main()
