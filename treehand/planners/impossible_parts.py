"""Parts of goals that no steps can bring about, found without a rollout."""

from __future__ import annotations

from functools import cached_property

from treehand.planners.goals.goal import Goal
from treehand.planners.goals.planning_problem import PlanningProblem
from treehand.planners.search.lifted_landmarks import LiftedLandmarks
from treehand.skills.domain import Forall, Formula, conjuncts


class ImpossibleParts:
    """Finds the parts of goals that are out of reach whatever is done first.

    The proof relaxes the problem: a step makes nothing false, an open argument stands for every
    object of its type, and what is unknown may be either way. What is impossible even so has no
    plan, whether things are hidden or not, in whatever order, with a domain's maintenance goals or
    without them. The work depends on the goal and not on the number of objects.

    Args:
        problem: Where planning starts.
    """

    def __init__(self, problem: PlanningProblem) -> None:
        self._problem = problem

    @cached_property
    def _relaxed(self) -> LiftedLandmarks:
        return LiftedLandmarks(self._problem, unknown_holds=True)

    def is_impossible(self, goal: Goal) -> bool:
        """Return True if a part of a goal is out of reach, also where objects stop matching it."""
        return any(not self._is_possible(part) for part in conjuncts(goal.formula))

    def instances(self, goal: Goal) -> list[tuple[Formula, Formula]]:
        """Return the (part, ground instance) pairs of a goal that are out of reach."""
        problem = self._problem
        lost = {id(part) for part in conjuncts(goal.formula) if not self._is_possible(part)}
        return [
            (part, instance)
            for part, instance in goal.instances(problem.facts, problem.bindings.copy())
            if (id(part) in lost or not isinstance(part, Forall))
            and not self._is_possible(instance)
        ]

    def _is_possible(self, formula: Formula) -> bool:
        try:
            return self._relaxed.is_possible(formula)
        except ValueError:  # it has no positive form: nothing follows
            return True
