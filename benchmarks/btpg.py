"""Planning on the scenes of BTPG: success, milliseconds, cost, and what disturbances do.

    python -m benchmarks.btpg --data FILE --set single|multi|mix [--perturb P] [--json]

A file holds a scene of ground STRIPS actions with costs, and sets of goals with the best plan that
its authors recorded. The file is read and compiled once; printed beside it is what each goal takes:
search, and the reactive tree for it. `cost_ratio` is the mean of our cost over the recorded one.

With ``--perturb P`` every plan is carried out by its rules while, with probability P, a step is
disturbed: half of the time its effects are lost, and half of the time something happens after it
that undoes what the goal or the step needed, by an operator that could begin (so facts flip, but
only to states that can exist; one from which no plan leads on is drawn again). `completed` is the
share of goals reached with a new plan whenever no rule fits; `completed_without_replan` the share
that the first plan's rules reach, under the same disturbances.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.machine import describe
from treehand.planners.search import (
    GroundProblem,
    GroundProblemBuilder,
    Operator,
    PolicyGraph,
    Searcher,
    Solution,
    tree_of,
)
from treehand.planners.search.regression import Row
from treehand.skills.domain import AllOf, Atom, Call, Fact, Formula
from treehand.trees import NodeSpec, TreeSpec

LIMIT_S = 5.0
"""Time for one goal, as in the published numbers."""
MAX_STEPS = 300
"""A disturbed execution that takes more steps has failed."""


@dataclass(frozen=True)
class Scene:
    """A file, read and compiled."""

    problem: GroundProblem
    searcher: Searcher
    facts: dict[str, Atom]
    calls: dict[str, Call]
    tasks: tuple[tuple[tuple[int, ...], float | None], ...]
    """The goals, any of which will do, with the cost of the recorded plan."""
    compile_ms: float


def load(path: Path, name: str) -> Scene:
    """Return a file's scene and one of its sets of goals."""
    started_s = time.perf_counter()
    data = json.loads(path.read_text(encoding="utf-8"))
    builder = GroundProblemBuilder()
    for action in data["actions"]:
        parts = (action[key] for key in ("pre", "add", "del"))
        builder.add(action["name"], *parts, action["cost"])
    wanted = [task["goal_dnf"] for task in data["tasks"][name]]
    goals = [tuple(builder.mask(some) for some in task) for task in wanted]
    problem = builder.problem(data["init"])
    searcher = Searcher(problem)
    searcher.prepare()
    compile_ms = 1e3 * (time.perf_counter() - started_s)
    operators = {_joined(operator.name): operator for operator in problem.operators}
    recorded = [_recorded(task, operators) for task in data["tasks"][name]]
    return Scene(
        problem,
        searcher,
        {atom: Atom(Fact(*_spelled(atom))) for atom in problem.atoms},
        {operator.name: Call(*_spelled(operator.name)) for operator in problem.operators},
        tuple(zip(goals, recorded, strict=True)),
        compile_ms,
    )


def _joined(name: str) -> str:
    return "_".join(re.findall(r"[^(),\s]+", name))


def _spelled(name: str) -> tuple[str, tuple[str, ...]]:
    """Return a name as our text syntax has it: ``IsIn(juice,fridge)`` is is_in(juice, fridge)."""
    head, *terms = (re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", part).lower() for part in _parts(name))
    return head, tuple(terms)


def _parts(name: str) -> list[str]:
    return re.findall(r"[^(),\s]+", name)


def _recorded(task: dict[str, Any], operators: dict[str, Operator]) -> float | None:
    """Return what the recorded plan costs; None if there is none."""
    steps = task.get("optimal_actions") or []
    if not steps or not all(step in operators for step in steps):
        return None
    return float(sum(operators[step].cost for step in steps))


def plan(scene: Scene, goals: Sequence[int]) -> tuple[Solution, TreeSpec] | None:
    """Return a plan and its tree; None if none was found."""
    solution = scene.searcher.solve(goals)
    if not isinstance(solution, Solution):
        return None

    def formula(mask: int) -> Formula:
        parts = tuple(scene.facts[name] for name in scene.problem.names(mask))
        return parts[0] if len(parts) == 1 else AllOf(parts)

    def node(row: Row) -> NodeSpec:
        return NodeSpec(do=scene.calls[row.operator.name])

    def name(mask: int) -> str:
        fact = scene.facts[scene.problem.names(mask)[0]].fact
        return "_".join((fact.predicate, *fact.terms))

    if not solution.rows:
        return solution, TreeSpec(tree="plan", root=NodeSpec(check=formula(solution.goal)))
    root, subtrees = tree_of(PolicyGraph.of(solution), formula, node, name)
    return solution, TreeSpec(tree="plan", root=root, subtrees=subtrees)


def measure(scene: Scene) -> dict[str, float | None]:
    """Return success, times, cost and size over all goals."""
    times_ms: list[float] = []
    ratios: list[float] = []
    nodes: list[int] = []
    cheapest = 0
    for goals, recorded in scene.tasks:
        started_s = time.perf_counter()
        found = plan(scene, goals)
        times_ms.append(1e3 * (time.perf_counter() - started_s))
        if found is None or times_ms[-1] > 1e3 * LIMIT_S:
            continue
        solution, tree = found
        nodes.append(sum(1 for _ in tree.nodes()))
        cheapest += solution.is_cheapest
        if recorded:
            ratios.append(solution.cost / recorded)
    count = len(scene.tasks)
    return {
        "n": count,
        "success": len(nodes) / count,
        "mean_ms": statistics.mean(times_ms),
        "median_ms": statistics.median(times_ms),
        "max_ms": max(times_ms),
        "cost_ratio": statistics.mean(ratios) if ratios else None,
        "proven_cheapest": cheapest / count,
        "tree_nodes": statistics.mean(nodes) if nodes else None,
        "compile_ms": scene.compile_ms,
    }


def disturbed(scene: Scene, probability: float, seed: int) -> dict[str, float]:
    """Return how many goals are reached under disturbances, with and without replanning."""
    replans_ms: list[float] = []
    completed = without = 0

    def replanned(goals: Sequence[int], state: int) -> PolicyGraph | None:
        started_s = time.perf_counter()
        solution = scene.searcher.solve(goals, state)
        replans_ms.append(1e3 * (time.perf_counter() - started_s))
        return PolicyGraph.of(solution) if isinstance(solution, Solution) else None

    for number, (goals, _) in enumerate(scene.tasks):
        solution = scene.searcher.solve(goals)
        if not isinstance(solution, Solution):
            continue
        policy = PolicyGraph.of(solution)
        draws = f"{seed}/{number}"
        without += carried_out(scene, policy, goals, probability, random.Random(draws), None)
        completed += carried_out(scene, policy, goals, probability, random.Random(draws), replanned)
    count = len(scene.tasks)
    return {
        "perturb": probability,
        "completed": completed / count,
        "completed_without_replan": without / count,
        "replans": len(replans_ms),
        "replan_median_ms": statistics.median(replans_ms) if replans_ms else 0.0,
        "replan_max_ms": max(replans_ms, default=0.0),
    }


def carried_out(
    scene: Scene,
    policy: PolicyGraph,
    goals: Sequence[int],
    probability: float,
    draws: random.Random,
    replan: Callable[[Sequence[int], int], PolicyGraph | None] | None,
) -> bool:
    """Return whether a goal is reached although steps are disturbed."""
    state = scene.problem.start
    for _ in range(MAX_STEPS):
        if any(not goal & ~state for goal in goals):
            return True
        row = policy.step(state)
        if row is None:
            fresh = replan(goals, state) if replan else None
            row = fresh.step(state) if fresh else None
            if fresh is None or row is None:
                return False
            policy = fresh
        if draws.random() >= probability:
            state = row.operator.after(state)
        elif draws.random() < 0.5:
            continue
        else:
            state = _interfered(scene, row.operator.after(state), row.needs, goals, draws)
    return False


def _interfered(
    scene: Scene, state: int, needs: int, goals: Sequence[int], draws: random.Random
) -> int:
    """Return the state after an operator that undoes something wanted has happened by itself.

    It is one from which a plan still leads to a goal; the state itself if there is none such.
    """
    wanted = needs | goals[0]
    possible = [one for one in scene.problem.operators if one.can_begin(state)]
    harmful = [one for one in possible if one.deletes & wanted & state] or possible
    draws.shuffle(harmful)
    for operator in harmful:
        after = operator.after(state)
        if isinstance(scene.searcher.solve(goals, after), Solution):
            return after
    return state


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--data", type=Path, required=True, help="a BTPG scene as JSON")
    parser.add_argument("--set", default="multi", choices=("single", "multi", "mix"))
    parser.add_argument("--perturb", type=float, metavar="P", help="disturb steps this often")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    if not options.data.is_file():
        parser.exit(
            2, f"there is no '{options.data}': see the benchmarks' page for where it is from\n"
        )
    if options.perturb is not None and not 0 <= options.perturb <= 1:
        parser.error(f"--perturb {options.perturb} is not a probability")
    try:
        scene = load(options.data, options.set)
    except (KeyError, TypeError, ValueError) as error:
        parser.exit(
            2, f"'{options.data}' is not a BTPG scene with a set '{options.set}': {error}\n"
        )
    report = measure(scene)
    if options.perturb is not None:
        report |= disturbed(scene, options.perturb, options.seed)
    if options.json:
        print(json.dumps(report))
        return
    print(describe())
    print(f"{options.data.name}, {options.set}, seed {options.seed}")
    for key, value in report.items():
        print(f"  {key:<26}{'–' if value is None else format(value, '.4g'):>10}")


if __name__ == "__main__":
    main()
