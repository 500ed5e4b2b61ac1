"""Forward search: from the present state, over whole states.

It knows the whole state, so it respects the capacities of places. It is complete, and greedy: the
plan that it finds first is made cheaper afterwards.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from operator import itemgetter, or_

from treehand.planners.search.forward.greedy_search import GreedySearch, OutOfEffort
from treehand.planners.search.forward.landmark_count import reachable
from treehand.planners.search.forward.relaxed_plan import RelaxedPlans
from treehand.planners.search.forward.shortening import Shortening
from treehand.planners.search.ground_problem import GroundProblem, Operator
from treehand.planners.search.mutexes import Mutexes

MOST_SHORTENED = 10_000
"""Most states that are evaluated to make a plan cheaper."""
SHORTENED_WORK = 20_000_000
"""The same, times the number of operators: an estimate costs in proportion to these."""


@dataclass(frozen=True)
class ForwardSearch:
    """Searches a problem forward.

    Args:
        problem: The operators.
        mutexes: Mutexes of all states from the start on; None if they are not known.
    """

    problem: GroundProblem
    mutexes: Mutexes | None = None

    def find(self, start: int, goals: Sequence[int], most: int) -> tuple[Operator, ...] | None:
        """Return operators that lead from a state to one of the goals, without redundant ones.

        Args:
            start: Atoms that are true at the start.
            goals: Sets of atoms; any of them will do. The nearest is searched for first.
            most: Most states to evaluate.

        Returns:
            The operators in their order; None if there is no plan.

        Raises:
            OutOfEffort: If the limit was reached first.
        """
        deadline = self.problem.deadline
        operators = reachable(self.problem.operators, start)
        relaxed = RelaxedPlans(operators, functools.reduce(or_, goals, 0))
        searches = (
            GreedySearch(operators, relaxed, start, goal, mutexes=self.mutexes, deadline=deadline)
            for goal in deadline.over(goals)
        )
        able = [(one.steps, one) for one in searches if one.steps is not None]
        near = [one for _, one in sorted(able, key=itemgetter(0))]
        is_cut_short = False
        for number, search in enumerate(near):
            try:
                path = search.find(most // (len(near) - number))
            except OutOfEffort:
                is_cut_short = True
                path = None
            most -= search.evaluated
            if path is not None:
                return self._shortened(search, path)
        if is_cut_short:
            raise OutOfEffort
        return None

    def _shortened(self, search: GreedySearch, path: tuple[Operator, ...]) -> tuple[Operator, ...]:
        operators = search.operators
        shortening = Shortening(
            operators, search.relaxed, search.start, search.goal, self.problem.deadline
        )
        most = min(MOST_SHORTENED, SHORTENED_WORK // max(1, len(operators)))
        return shortening.shorten(path, most)
