"""Forward search: from the present state, over whole states.

It knows the whole state, so it respects the capacities of places. Two searches take turns: a
complete one by estimates, and one by novelty for problems on which the estimates mislead. Turns get
longer, so neither costs more than about as much again as the other (a portfolio of planners;
Helmert, Röger & Karpas 2011). The plan that is found first is made cheaper afterwards.
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Sequence
from dataclasses import dataclass
from operator import itemgetter, or_

from treehand.planners.search.forward.effort import OutOfEffort
from treehand.planners.search.forward.greedy_search import GreedySearch
from treehand.planners.search.forward.landmark_count import reachable
from treehand.planners.search.forward.novelty_search import NoveltySearch
from treehand.planners.search.forward.relaxed_plan import RelaxedPlans
from treehand.planners.search.forward.shortening import Shortening
from treehand.planners.search.ground_problem import GroundProblem, Operator
from treehand.planners.search.mutexes import Mutexes

MOST_SHORTENED = 10_000
"""Most states that are evaluated to make a plan cheaper."""
FIRST_TURN = 1_500_000
"""Work of the first turn of each search, in operators looked at; each later one is twice it."""
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
                path = self._find_one(search, most // (len(near) - number))
            except OutOfEffort:
                is_cut_short = True
                path = None
            most -= search.evaluated
            if path is not None:
                return self._shortened(search, path)
        if is_cut_short:
            raise OutOfEffort
        return None

    def _find_one(self, greedy: GreedySearch, most: int) -> tuple[Operator, ...] | None:
        """Return a plan to one goal, by both searches in turns; None if there is none."""
        operators, deadline = greedy.operators, self.problem.deadline
        novel: NoveltySearch | None = NoveltySearch(
            operators, greedy.relaxed, greedy.start, greedy.goal, deadline
        )
        size, work = max(1, len(operators)), 0
        turn = FIRST_TURN
        while True:
            work += turn
            turn *= 2
            limit = min(most, -(-work // size))
            with contextlib.suppress(OutOfEffort):
                return greedy.find(limit)
            try:
                path = novel.find(limit * size) if novel is not None else None
            except OutOfEffort:
                path = None
            else:
                novel = None
            if path is not None:
                return path
            if limit == most:
                raise OutOfEffort

    def _shortened(self, search: GreedySearch, path: tuple[Operator, ...]) -> tuple[Operator, ...]:
        operators = search.operators
        shortening = Shortening(
            operators, search.relaxed, search.start, search.goal, self.problem.deadline
        )
        most = min(MOST_SHORTENED, SHORTENED_WORK // max(1, len(operators)))
        return shortening.shorten(path, most)
