"""Search for goals whose parts have an order: a plan for each, from where the one before ends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from treehand.planners.goals.goal import Goal
from treehand.planners.plan_builder import PlanBuilder
from treehand.planners.search.tree_search import Found, searches
from treehand.planners.synthesis.goal_retry import GOAL_RETRY
from treehand.planners.synthesis.synthesiser import Synthesiser
from treehand.planners.synthesis.unreachable import Unreachable
from treehand.skills.domain import Formula
from treehand.trees import NodeSpec, SubtreeSpec, TreeSpec


def searched_in_order(
    builder: PlanBuilder, goal: Goal, never: Sequence[Formula]
) -> TreeSpec | None:
    """Return a tree that reaches the parts of a goal that come first, then the goal.

    Args:
        builder: Simulates each part.
        goal: The goal.
        never: Formulas that must not become true on the way.

    Returns:
        The tree, whose rollout has to be checked; None if the search finds no plan for a part.
    """
    problem = builder.problem.tracking(goal)
    nodes: list[NodeSpec] = []
    subtrees: dict[str, SubtreeSpec] = {}
    for formula in (*goal.before, goal.formula):
        part = goal.model_copy(update={"formula": formula, "before": ()})
        plans = searches(problem, problem.ground(part), never=never)
        found = next((one for one in plans if isinstance(one, Found)), None)
        if found is None:
            return None
        is_named_anew = subtrees.keys().isdisjoint(found.subtrees)
        root, own = (found.root, found.subtrees) if is_named_anew else (found.steps, {})
        nodes.append(root.model_copy(update={"retry": GOAL_RETRY}))
        subtrees |= own
        alone = TreeSpec(tree="part", domain=problem.domain.domain, subtrees=own, root=nodes[-1])
        rollout = replace(builder, problem=problem).simulate(alone, {}, part, tuple(never))
        if not rollout.has_succeeded:
            return None
        problem = replace(problem, facts=rollout.facts)
    whole = NodeSpec(name="one after the other", sequence=tuple(nodes))
    try:
        return Synthesiser(builder.problem).tree_around(goal, whole, subtrees)
    except Unreachable:
        return None
