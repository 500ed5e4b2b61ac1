"""Claims against the truth: random goals, faults and seeds in a built-in world.

    python -m benchmarks.outcomes [--world kitchen] [--runs 400] [--seed 0] [--json]

Goals are generated from the predicates, types and objects of the domain and the scene, faults from
what the world and the skills can be disturbed by. Two things must never happen: an outcome
`success` or `already-true` where the world's true state says no (a false claim), and another
outcome where it says yes and nothing was unknown (a missed success). A run that waits for the
approval of a changed plan, with nobody to ask, has missed nothing.

A person who changes the world behind the robot's back can make any claim false afterwards. So
faults that move or take a thing, or show it where it is not, come only with `--people`; their
false claims are counted, and nothing is promised about them.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from benchmarks.machine import describe
from treehand.core.errors import InputError, TreehandError
from treehand.orchestrator.config.deployment import Deployment
from treehand.orchestrator.config.overrides import DeploymentOverrides
from treehand.orchestrator.faults.fault import SKILL_FAULTS
from treehand.orchestrator.running.result import Outcome, RunResult
from treehand.orchestrator.sessions.experiment import Experiment
from treehand.orchestrator.sessions.robot import Robot
from treehand.orchestrator.sessions.robot_settings import RobotSettings
from treehand.planners import Goal, Plan
from treehand.skills import Disturbance, FailureCode, Simulated
from treehand.skills.domain import parse_formula

PEOPLE = ("move", "take", "lie")
"""Faults in which somebody changes the world, or what the robot sees, unnoticed."""
PARTS = {"literal": 7, "all": 7, "some": 3, "either": 2, "count": 2, "not": 1}
"""Kinds of a goal's parts, with their weights."""
CLAIMS = (Outcome.SUCCESS, Outcome.ALREADY_TRUE)
NO_CLAIMS = (Outcome.FAILURE, Outcome.CLARIFY, Outcome.ERROR)


class GoalSampler:
    """Draws formulas over the predicates of a domain and the objects of a scene.

    Args:
        deployment: Domain and scene.
        draw: Random numbers.
    """

    def __init__(self, deployment: Deployment, draw: random.Random) -> None:
        self._draw = draw
        self._vocabulary = deployment.vocabulary
        self._predicates = {
            name: tuple(model.params.values())
            for name, model in deployment.domain.predicates.items()
            if model.known_by != "given"
        }
        kinds = {kind for params in self._predicates.values() for kind in params}
        self._types = [
            name
            for name in deployment.domain.types
            if self._vocabulary.objects(name)
            and any(self._vocabulary.is_a(name, kind) for kind in kinds)
        ]

    def goal(self) -> str:
        """Return a conjunction of one to three parts."""
        return " and ".join(self._part() for _ in range(self._draw.choice((1, 1, 2, 3))))

    def _part(self) -> str:
        draw = self._draw
        kind = draw.choices(
            ("literal", "all", "some", "either", "count", "not"), (7, 7, 3, 2, 2, 1)
        )[0]
        if kind == "literal":
            return self._literal()
        if kind == "either":
            return f"({self._literal()} or {self._literal()})"
        of = draw.choice(self._types)
        if kind == "count":
            sign, number = draw.choice((">=", "<=", "==")), draw.randint(0, 3)
            return f"(count x in {of} where {self._literal(of)} {sign} {number})"
        where = f" where {self._literal(of)}" if draw.random() < 0.6 else ""
        quantifier = "exists" if kind in ("some", "not") else "forall"
        quantified = f"({quantifier} x in {of}{where} -> {self._literal(of)})"
        return f"not {quantified}" if kind == "not" else quantified

    def _literal(self, of: str = "") -> str:
        """Return a literal, with the variable ``x`` in it if it is about objects of a type."""
        draw, vocabulary = self._draw, self._vocabulary
        while True:
            name = draw.choice(list(self._predicates))
            params = self._predicates[name]
            places = [
                i for i, type_name in enumerate(params) if of and vocabulary.is_a(of, type_name)
            ]
            if of and not places:
                continue
            terms = [draw.choice(vocabulary.objects(type_name)) for type_name in params]
            if places:
                terms[draw.choice(places)] = "x"
            sign = "not " if draw.random() < 0.2 else ""
            return f"{sign}{name}({', '.join(terms)})"


class FaultSampler:
    """Draws faults that a world and its skills can take.

    Args:
        deployment: Skills and objects.
        world: The world; it validates its own faults.
        kinds: Kinds of faults to draw from.
        draw: Random numbers.
    """

    def __init__(
        self, deployment: Deployment, world: Simulated, kinds: Sequence[str], draw: random.Random
    ) -> None:
        self._skills = deployment.domain.skills
        self._objects = list(deployment.scene.objects)
        self._world = world
        self._kinds = kinds
        self._draw = draw

    def faults(self) -> tuple[str, ...]:
        """Return none to three faults."""
        return tuple(self._fault() for _ in range(self._draw.choice((0, 1, 1, 2, 3))))

    def _fault(self) -> str:
        draw = self._draw
        kind, skill = draw.choice(list(self._kinds)), draw.choice(list(self._skills))
        blanks = ", ".join("_" * len(self._skills[skill].params))
        trigger = f"{skill}({blanks}):{draw.randint(1, 3)}"
        if kind == "hang":
            return f"hang@{trigger}"
        if kind == "fail":
            codes = list(self._skills[skill].failures) or [FailureCode.TIMEOUT]
            return f"fail({draw.choice(codes).value})@{trigger}"
        text = self._world.disturbances[kind].partition(":")[0]
        if "(" not in text:
            return f"{kind}@{trigger}"
        count = text.count(",") + 1
        arguments = self._arguments(kind, count)
        at = f"{draw.randint(1, 200)}s" if draw.random() < 0.3 else trigger
        return f"{kind}({', '.join(arguments)})@{at}"

    def _arguments(self, kind: str, count: int) -> tuple[str, ...]:
        while True:
            names = tuple(self._draw.choice(self._objects) for _ in range(count))
            try:
                self._world.validate(Disturbance(kind, names))
            except ValueError:
                continue
            return names


@dataclass
class Score:
    """Outcomes of the runs, and the runs that broke a promise."""

    outcomes: Counter[str] = field(default_factory=Counter)
    false_claims: list[dict[str, object]] = field(default_factory=list)
    missed: list[dict[str, object]] = field(default_factory=list)
    broken: list[dict[str, object]] = field(default_factory=list)
    """Runs that ended in an exception."""

    def take(self, number: int, goal: str, faults: Sequence[str], result: RunResult) -> None:
        """Compare one result with the truth."""
        self.outcomes[result.outcome.value] += 1
        case = {
            "number": number,
            "goal": goal,
            "faults": list(faults),
            "outcome": result.outcome.value,
            "message": result.message,
        }
        if result.outcome in CLAIMS and result.world_true is False:
            self.false_claims.append(case)
        is_known = all(part.verdict != "insufficient" for part in result.evidence)
        is_open = not is_known or result.needs_approval
        if result.outcome in NO_CLAIMS and result.world_true and not is_open:
            self.missed.append(case)


def measure(runs: int, seed: int, *, with_people: bool, world: str = "kitchen") -> Score:
    """Run random goals with random faults, and score what was claimed."""
    score = Score()
    deployment = Deployment.load(DeploymentOverrides(world=world), looks_here=False)
    for number in range(runs):
        draw = random.Random(f"{seed}/{number}")
        goal = GoalSampler(deployment, draw).goal()
        try:
            for faults, result in _runs(deployment, goal, draw, number, with_people=with_people):
                score.take(number, goal, faults, result)
        except TreehandError as error:
            if isinstance(error, InputError):
                score.outcomes["no such goal"] += 1
            else:
                score.broken.append({"number": number, "goal": goal, "error": str(error)})
    return score


def _runs(
    deployment: Deployment, goal: str, draw: random.Random, seed: int, *, with_people: bool
) -> Iterator[tuple[tuple[str, ...], RunResult]]:
    """Yield the faults and the result of one run; nothing if there is no plan for the goal."""
    with Robot(deployment, workspace=None, settings=RobotSettings(seed=seed)) as robot:
        world = robot.world.world
        assert isinstance(world, Simulated)
        kinds = [*SKILL_FAULTS, *world.disturbances]
        chosen = [kind for kind in kinds if with_people or kind not in PEOPLE]
        faults = FaultSampler(deployment, world, chosen, draw).faults()
    settings = RobotSettings(seed=seed, experiment=Experiment(faults=faults))
    with Robot(deployment, workspace=None, settings=settings) as robot:
        plan = robot.propose_reading(Goal(text=goal, formula=parse_formula(goal)))
        if isinstance(plan, Plan):
            yield faults, robot.run(robot.approve(plan, by="the benchmark"))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.outcomes")
    parser.add_argument("--world", default="kitchen", choices=("kitchen", "tabletop"))
    parser.add_argument("--runs", type=int, default=400)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--people", action="store_true")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    began = time.process_time()
    score = measure(options.runs, options.seed, with_people=options.people, world=options.world)
    report = {
        "world": options.world,
        "goals": options.runs,
        "seed": options.seed,
        "runs": sum(score.outcomes.values()),
        "outcomes": dict(score.outcomes.most_common()),
        "false_claims": score.false_claims,
        "missed": score.missed,
        "broken": score.broken,
        "cpu_s": round(time.process_time() - began, 1),
    }
    if options.json:
        print(json.dumps(report))
        return
    print(f"machine: {describe()}; seed {options.seed}")
    print(f"{report['runs']} runs of {options.runs} goals in {report['cpu_s']} CPU-s")
    print(f"outcomes: {report['outcomes']}")
    for name in ("false_claims", "missed", "broken"):
        cases = report[name]
        assert isinstance(cases, list)
        print(f"{name}: {len(cases)}")
        for case in cases[:20]:
            print(f"  {json.dumps(case)}")


if __name__ == "__main__":
    main()
