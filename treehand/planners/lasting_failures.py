"""Failures that no attempt cures, and if a goal can be reached in spite of them."""

from __future__ import annotations

from dataclasses import replace

from treehand.planners.goals.goal import Goal
from treehand.planners.goals.planning_problem import PlanningProblem
from treehand.planners.search.tree_search import is_reachable
from treehand.planners.synthesis.goal_retry import LASTING
from treehand.skills import FailureCode
from treehand.skills.domain import Call


class LastingFailures:
    """Decides if a goal can be reached after a lasting failure, by the failure's effects.

    Args:
        problem: Where planning starts.
        goal: The goal.
    """

    def __init__(self, problem: PlanningProblem, goal: Goal) -> None:
        self._problem = problem.tracking(goal)
        self._goal = goal
        self._known: dict[tuple[Call, FailureCode], bool] = {}

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
