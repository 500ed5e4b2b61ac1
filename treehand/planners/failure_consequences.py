"""Consequences of failures for a plan: if the goal can be reached, or the tree goes on, anyhow."""

from __future__ import annotations

from dataclasses import replace

from treehand.planners.goals.goal import Goal
from treehand.planners.goals.planning_problem import PlanningProblem
from treehand.planners.plan_memory import PlanMemory
from treehand.planners.rollout.rollout import AssumedFailure, Step
from treehand.planners.search.tree_search import is_reachable
from treehand.planners.synthesis.goal_retry import LASTING
from treehand.skills import FailureCode
from treehand.skills.domain import Call
from treehand.trees import TreeSpec


class FailureConsequences:
    """Decides if a plan survives a failure of a step, by the failure's declared effects.

    Args:
        problem: Where planning starts.
        goal: The goal.
        tree: The tree of the plan.
        arguments: Values of its parameters.
        memory: Work of earlier planning calls.
    """

    def __init__(
        self,
        problem: PlanningProblem,
        goal: Goal,
        tree: TreeSpec,
        arguments: dict[str, str],
        memory: PlanMemory | None = None,
    ) -> None:
        self._memory = memory or PlanMemory()
        self._problem = problem.tracking(goal)
        self._goal = goal
        self._tree = tree
        self._arguments = arguments
        self._known: dict[tuple[Call, FailureCode], bool] = {}
        self._absorbed: dict[tuple[str, FailureCode], bool] = {}

    def are_absorbed(self, step: Step, code: FailureCode, *, after: int) -> bool:
        """Return True if the tree, without retries, goes on with another alternative.

        Steps of one skill are taken to be alike in this.

        Args:
            step: The step.
            code: Code of its failure.
            after: Number of steps before it.
        """
        if not step.has_alternative:
            return False
        key = step.call.name, code
        if key not in self._absorbed:
            self._absorbed[key] = self._memory.is_absorbed(
                self._tree,
                self._arguments,
                self._problem,
                goal=self._goal,
                assumed=AssumedFailure(step.call, code),
                after=after,
            )
        return self._absorbed[key]

    def leave_reachable(self, call: Call, code: FailureCode) -> bool:
        """Return True if a call can fail with a code and the goal be reached by another plan.

        Args:
            call: The call.
            code: Its failure code; one that may pass is left to the retries of the tree.
        """
        key = call, code
        if key not in self._known:
            self._known[key] = code in LASTING and self._is_reachable_after(call, code)
        return self._known[key]

    def _is_reachable_after(self, call: Call, code: FailureCode) -> bool:
        model = self._problem.domain.skills.get(call.name)
        failure = model.failures.get(code) if model is not None else None
        if model is None or failure is None or not failure.effects:
            return False
        facts = self._problem.facts.copy()
        binding = dict(zip(model.params, call.arguments, strict=True))
        for effect in failure.effects:
            facts.predict(effect.substitute(binding), str(code), 0.0)
        after = replace(self._problem, facts=facts)
        touched = {
            term for effect in failure.effects for term in effect.substitute(binding).fact.terms
        }
        instances = (one for _, one in self._goal.instances(facts, self._problem.bindings.copy()))
        return all(
            is_reachable(after, one)
            for one in instances
            if any(touched & set(atom.fact.terms) for atom in one.atoms())
        )
