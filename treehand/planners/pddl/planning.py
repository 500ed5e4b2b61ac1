"""Plans for PDDL problems: a reactive tree, and the actions in PDDL syntax for validators."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from treehand.planners.goals.planning_limits import NO_DEADLINE, Deadline, OutOfLimits
from treehand.planners.pddl.problem import PddlProblem
from treehand.planners.pddl.second_engine import engine_calls
from treehand.planners.rollout.simulation import simulate
from treehand.planners.search import Effort
from treehand.planners.search.tree_search import Found, NotFound, found_in_order, search
from treehand.trees import TreeSpec

EFFORT = Effort(cheapest=2_000, any=20_000, forwards=100_000, is_greedy_first=True)
"""More effort than a robot's planning: benchmark files are larger, and no robot waits."""


@dataclass(frozen=True)
class PddlPlan:
    """A plan for a PDDL problem."""

    actions: tuple[str, ...]
    """Steps without failures, in PDDL syntax: ``(drive t1 l1 l2)``."""
    cost: float
    """Cost in the unit of the file."""
    bound: float
    """Lower bound on the cost of any plan."""
    tree: TreeSpec
    checked: str
    """Result of the tree's rollout."""


def plan_pddl(
    problem: PddlProblem, effort: Effort = EFFORT, deadline: Deadline = NO_DEADLINE
) -> PddlPlan | NotFound:
    """Return a plan whose rollout reaches the goal, or the reason why there is none.

    Args:
        problem: The problem.
        effort: Limits of the search, counted.
        deadline: End of the time for it, and limit of memory; none if left out.

    Raises:
        InputError: If the plan needs an action whose cost has no value.
    """
    planning = replace(problem.planning, deadline=deadline)
    try:
        found = search(planning, problem.goal, cost=problem.cost, effort=effort)
    except OutOfLimits as out:
        return NotFound(is_proven=False, why=f"not decided {out.why}")
    except MemoryError:
        return NotFound(is_proven=False, why="not decided: the memory is used up")
    if isinstance(found, NotFound):
        return found
    return _checked(problem, found)


def plan_pddl_by_engine(
    problem: PddlProblem, domain: Path, file: Path, deadline: Deadline = NO_DEADLINE
) -> PddlPlan | NotFound:
    """Return a plan of Fast Downward whose rollout reaches the goal, or why there is none.

    Args:
        problem: The problem, read from the two files.
        domain: Domain file.
        file: Problem file.
        deadline: End of the time for it, and limit of memory; 300 s if left out.

    Raises:
        InputError: If the plan needs an action whose cost has no value.
        MissingExtra: If Fast Downward is not installed.
        ContractError: If it fails, or if its plan does not reach the goal.
    """
    calls = engine_calls(problem, domain, file, deadline)
    if isinstance(calls, NotFound):
        return calls
    if problem.goal.holds(problem.planning.facts):
        calls = ()
    cost = sum(map(problem.stated_cost, calls))
    return _checked(problem, found_in_order(problem.planning, problem.goal, calls, cost))


def _checked(problem: PddlProblem, found: Found) -> PddlPlan:
    """Return a plan whose tree was simulated."""
    for call in found.calls:
        problem.stated_cost(call)
    name = problem.planning.domain.domain
    tree = TreeSpec(tree="plan", domain=name, subtrees=found.subtrees, root=found.root)
    rollout = simulate(tree, {}, problem.planning)
    does_hold = problem.goal.holds(rollout.facts)
    if not rollout.has_succeeded or not does_hold:
        raise AssertionError(f"the tree does not do what the search found: {rollout.failure}")
    count = len(rollout.steps)
    told = (
        "1 step, simulated without failures, reaches"
        if count == 1
        else f"{count} steps, simulated without failures, reach"
    )
    checked = f"{told} the goal"
    actions = tuple(map(problem.action, found.calls))
    return PddlPlan(actions, found.cost, found.bound, tree, checked)
