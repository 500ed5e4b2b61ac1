"""Success of every skill of the physics kitchen, over presets and seeds, judged by the truth.

    python -m benchmarks.physics_skills [--seeds 20] [--robot ur5e] [--skills wipe] [--json]
    python -m benchmarks.physics_skills --skills pick-from-shelf put-in-shelf --presets jitter

Each run has the goal that its skill is for. A run that ends as `no-progress`, or after more than
`MAX_LEAVES` skill activations, is a livelock.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from benchmarks.machine import describe
from tests.driving import Session
from treehand.core.events import Event, SkillEnded
from treehand.orchestrator.config.deployment import Deployment
from treehand.orchestrator.config.overrides import DeploymentOverrides
from treehand.planners import Plan
from treehand.skills.domain import Fact
from treehand.worlds.physics import PRESETS

GOALS = {
    "go_to": "go to the stove",
    "look_for": "find the blue mug",
    "pick": "pick up the red mug",
    "put_on": "put the red mug on the stove",
    "put_in": "put the plate in the sink",
    "throw_away": "throw the wrapper away",
    "sweep_up": "put the glass in the bin",
    "open": "open the fridge",
    "close": "open the drawer, then close the drawer",
    "turn_on": "turn the burner off, then turn the burner on",
    "turn_off": "turn the burner off",
    "wash": "wash the bowl",
    "wipe": "wipe the counter",
}
"""Skill to the goal that needs it."""
SHELF_GOALS = {
    "pick-from-shelf": "pick up the glass",
    "put-in-shelf": "put the red mug in the shelf",
    "shelf-to-counter": "put the blue mug on the counter",
    "shelf-to-sink": "put the glass in the sink",
    "rim-in-shelf": "put the bowl in the shelf",
    "neck-in-shelf": "put the carafe in the shelf",
    "neck-to-stove": "put the carafe on the stove",
}
"""Goals in the kitchen with an open shelf, which the hand gets into from the front."""
SHELF = Path(__file__).parents[1] / "examples" / "physics_kitchens" / "dresser.scene.yaml"
MAX_LEAVES = 60


@dataclass
class SkillTrial:
    """How the goal of one skill went in one kitchen."""

    skill: str
    preset: str
    seed: int
    outcome: str = ""
    message: str = ""
    world_true: bool = False
    is_livelock: bool = False
    was_used: bool = False
    """True if the skill was called; a look may end without success and still help."""
    leaves_n: int = 0
    cpu_s: float = 0.0
    violations: list[str] = field(default_factory=list)


def trial(skill: str, preset: str, seed: int, robot: str | None = None) -> SkillTrial:
    """Run the goal of a skill in one kitchen and return how it went."""
    began_s = time.process_time()
    found = SkillTrial(skill, preset, seed)
    session = Session(_place(skill, preset, robot), seed=seed)

    def note(event: Event) -> None:
        if isinstance(event, SkillEnded):
            found.leaves_n += 1
            found.was_used |= event.call.name == skill

    session.watch(note)
    plan = session.plan(session.understand({**GOALS, **SHELF_GOALS}[skill]))
    if not isinstance(plan, Plan):
        found.outcome, found.message = "no plan", str(plan)
        return found
    result = session.execute(plan, approved_by="the benchmark")
    found.outcome, found.message = result.outcome.value, result.message
    found.world_true = result.world_true is True
    found.is_livelock = "no-progress" in result.message or found.leaves_n > MAX_LEAVES
    found.violations = session.world_model.world.simulation.monitor.violations
    found.cpu_s = time.process_time() - began_s
    return found


def _place(skill: str, preset: str, robot: str | None) -> Deployment:
    scene = SHELF if skill in SHELF_GOALS else None
    place = Deployment.load(
        DeploymentOverrides(world="kitchen-physics", randomize=preset, robot=robot, scene=scene),
        looks_here=False,
    )
    if skill == "sweep_up":
        facts = (*place.scene.facts, Fact("broken", ("glass",)))
        return replace(place, scene=place.scene.model_copy(update={"facts": facts}))
    if skill == "turn_on":  # a hazard everywhere else
        return replace(place, domain=place.domain.model_copy(update={"hazards": ()}))
    return place


def run_all(
    skills: Iterable[str],
    presets: Iterable[str],
    seeds: Iterable[int],
    workers: int,
    robot: str | None = None,
) -> list[SkillTrial]:
    """Return the trials of every skill in every preset on every seed."""
    cases = [
        (skill, preset, seed, robot) for skill in skills for preset in presets for seed in seeds
    ]
    with ProcessPoolExecutor(workers) as pool:
        return list(pool.map(trial, *zip(*cases, strict=True)))


def rates(trials: Iterable[SkillTrial]) -> dict[tuple[str, str], tuple[int, int]]:
    """Return the number of runs that reached their goal, and of all, by skill and preset."""
    reached: Counter[tuple[str, str]] = Counter()
    total: Counter[tuple[str, str]] = Counter()
    for one in trials:
        total[one.skill, one.preset] += 1
        reached[one.skill, one.preset] += one.world_true
    return {key: (reached[key], total[key]) for key in total}


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.physics_skills")
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--skills", nargs="*", default=list(GOALS), choices=[*GOALS, *SHELF_GOALS])
    parser.add_argument("--presets", nargs="*", default=list(PRESETS), choices=list(PRESETS))
    parser.add_argument("--robot", metavar="ROBOT")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    seeds = range(given.first_seed, given.first_seed + given.seeds)
    trials = run_all(given.skills, given.presets, seeds, given.workers, given.robot)
    if given.json:
        print(json.dumps({"machine": describe(), "trials": [asdict(one) for one in trials]}))
        return
    print(f"machine: {describe()}; seeds {seeds.start} to {seeds.stop - 1}")
    for (skill, preset), (won, total) in rates(trials).items():
        print(f"{skill:10} {preset:12} {won:>3} of {total}")
    for one in trials:
        if not one.world_true or one.is_livelock or one.violations:
            print(f"{one.skill} {one.preset} {one.seed}: {one.outcome} {one.message[:160]}")
            print(f"    {one.leaves_n} leaves, {one.violations}")
    cpu_s = sum(one.cpu_s for one in trials)
    print(f"{len(trials)} runs, {cpu_s:.0f} CPU-s, livelocks: {sum(t.is_livelock for t in trials)}")


if __name__ == "__main__":
    main()
