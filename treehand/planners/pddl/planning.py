"""A plan for a PDDL problem: a reactive tree, and the actions as a validator reads them."""

from __future__ import annotations

from dataclasses import dataclass

from treehand.planners.pddl.parser import PddlProblem
from treehand.planners.rollout.rollout import simulate
from treehand.planners.search import Effort
from treehand.planners.search.tree_search import NotFound, search
from treehand.trees import TreeSpec

EFFORT = Effort().times(10)
"""More than while a robot waits: the files are somebody's benchmark."""


@dataclass(frozen=True)
class PddlPlan:
    """A plan for a PDDL problem."""

    actions: tuple[str, ...]
    """The steps if nothing fails, as PDDL writes them: ``(drive t1 l1 l2)``."""
    cost: float
    """In the unit of the file."""
    bound: float
    """No plan costs less."""
    tree: TreeSpec
    checked: str
    """What the tree did in the imagination."""


def plan_pddl(problem: PddlProblem, effort: Effort = EFFORT) -> PddlPlan | NotFound:
    """Return a plan, whose tree was run in the imagination; or why there is none."""
    found = search(problem.planning, problem.goal, cost=problem.cost, effort=effort)
    if isinstance(found, NotFound):
        return found
    name = problem.planning.domain.domain
    tree = TreeSpec(tree="plan", domain=name, subtrees=found.subtrees, root=found.root)
    rollout = simulate(tree, {}, problem.planning)
    does_hold = problem.goal.holds(rollout.facts)
    if not rollout.has_succeeded or not does_hold:
        raise AssertionError(f"the tree does not do what the search found: {rollout.failure}")
    checked = f"{len(rollout.steps)} steps, imagined without failures, end well and reach the goal"
    actions = tuple(map(problem.action, found.calls))
    return PddlPlan(actions, found.cost, found.bound, tree, checked)
