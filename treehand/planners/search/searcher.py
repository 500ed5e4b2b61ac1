"""Search for plans of ground problems: backward and forward, in the order that an effort says."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from treehand.planners.goals.planning_limits import OutOfLimits
from treehand.planners.search.forward import ForwardSearch, OutOfEffort
from treehand.planners.search.ground_problem import GroundProblem, Operator, does_reach
from treehand.planners.search.landmarks import Landmarks
from treehand.planners.search.mutexes import Mutexes
from treehand.planners.search.regression import Regressed, Regression, Row

GREEDY_WEIGHT = 2.0
"""Weight of the lower bound in the second search, which takes any plan."""
BOUND_WORK = 5_000_000
"""Work of a search for the bound of a known plan: sets expanded times operators."""


@dataclass(frozen=True)
class Effort:
    """Limits of a search, counted and not timed: the same problem gives the same plan."""

    cheapest: int = 1_000
    """Sets of atoms expanded backward for the cheapest plan."""
    any: int = 10_000
    """Sets of atoms expanded backward for any plan."""
    forwards: int = 5_000
    """States evaluated forward."""
    is_greedy_first: bool = False
    """True to search forward first, and backward for a cheaper plan and the lower bound.

    Some plan is found soon, of which it may not be known that it is the cheapest.
    """


@dataclass(frozen=True)
class Solution:
    """A plan with its cost and a lower bound."""

    rows: tuple[Row, ...]
    """Steps, each with the atoms needed for it and the rest of the plan."""
    goal: int
    """Atoms of the goal that it reaches."""
    bound: float
    """Lower bound on the cost of any plan."""
    expanded: int
    """Number of sets of atoms expanded."""

    @property
    def operators(self) -> tuple[Operator, ...]:
        """Return its steps."""
        return tuple(row.operator for row in self.rows)

    @property
    def cost(self) -> float:
        """Return the cost of its steps."""
        return sum(row.operator.cost for row in self.rows)

    @property
    def is_cheapest(self) -> bool:
        """Return True if the lower bound shows that no plan costs less."""
        return self.cost <= self.bound + 1e-9


@dataclass(frozen=True)
class NoSolution:
    """Result of a search without a plan."""

    is_proven: bool
    """True if there is no plan; False if the effort was used up."""
    expanded: int = 0


EFFORT = Effort()
_NOT_YET = Regressed(None, 0, 0.0, 0, is_exhaustive=False)
"""Result of a backward search that has not begun."""


class Searcher:
    """Finds plans for one problem.

    Args:
        problem: Its operators and start.
        effort: Limits of one search.
        goals: Goals that will be searched for, if known; they only speed searches up.
    """

    def __init__(
        self, problem: GroundProblem, effort: Effort = EFFORT, goals: Iterable[int] = ()
    ) -> None:
        self.problem = problem
        self._effort = effort
        self._goals = tuple(goals)

    @cached_property
    def mutexes(self) -> Mutexes:
        """Return the mutexes of all states that follow the start."""
        besides = 0
        for goal in self._goals:
            besides |= goal
        return Mutexes(self.problem, besides)

    def prepare(self) -> None:
        """Compute what all searches share."""
        _ = self.mutexes, self.problem.achievers, self.problem.least_cost

    def solve(self, goals: Sequence[int], state: int | None = None) -> Solution | NoSolution:
        """Return a plan to one of several sets of atoms, the cheapest one if the effort suffices.

        Args:
            goals: Sets of atoms; any of them will do.
            state: Where the plan begins; the problem's start if left out.
        """
        state = self.problem.start if state is None else state
        effort = self._effort
        if effort.is_greedy_first:
            ahead = self._forwards(goals, state, _NOT_YET)
            if isinstance(ahead, Solution):
                return self._with_bound(goals, state, ahead)
            if ahead.is_proven:
                return ahead
        backwards = self._backwards(state)
        found = backwards.search(goals, effort.cheapest)
        bound, expanded = found.bound, found.expanded
        if found.rows is None and not found.is_exhaustive:
            found = backwards.search(goals, effort.any, GREEDY_WEIGHT)
            expanded += found.expanded
        if found.rows is not None:
            solution = Solution(found.rows, found.goal, bound, expanded)
            if does_reach(solution.operators, state, goals):
                return solution
        if found.rows is None and found.is_exhaustive:
            return NoSolution(is_proven=True, expanded=expanded)
        if effort.is_greedy_first:
            return NoSolution(is_proven=False, expanded=expanded)
        return self._forwards(goals, state, replace(found, bound=bound, expanded=expanded))

    def _backwards(self, state: int) -> Regression:
        return Regression(self.problem, self._kept_mutexes(state), state)

    def _kept_mutexes(self, state: int) -> Mutexes | None:
        """Return the mutexes if a state violates none; then no later state does."""
        return self.mutexes if self.mutexes.are_kept(state) else None

    def _with_bound(self, goals: Sequence[int], state: int, known: Solution) -> Solution:
        """Return a known plan with a lower bound, or the cheapest plan if it is found."""
        most = min(self._effort.cheapest, BOUND_WORK // max(1, len(self.problem.operators)))
        try:
            found = self._backwards(state).search(goals, most)
        except OutOfLimits:
            return known
        if found.rows is not None:
            solution = Solution(found.rows, found.goal, found.bound, found.expanded)
            if solution.cost < known.cost and does_reach(solution.operators, state, goals):
                return solution
        return replace(known, bound=min(found.bound, known.cost), expanded=found.expanded)

    def least_cost(self, goals: Sequence[int]) -> float | None:
        """Return a lower bound on the cost of a plan from the start; None if there is no plan."""
        landmarks = Landmarks(self.problem, self.problem.start)
        costs = [cost for goal in goals if (cost := landmarks.cost(goal)) is not None]
        return min(costs, default=None)

    def _forwards(
        self, goals: Sequence[int], state: int, found: Regressed
    ) -> Solution | NoSolution:
        try:
            forwards = ForwardSearch(self.problem, self._kept_mutexes(state))
            path = forwards.find(state, goals, self._effort.forwards)
        except OutOfEffort:
            return NoSolution(is_proven=False, expanded=found.expanded)
        if path is None:
            return NoSolution(is_proven=True, expanded=found.expanded)
        end = state
        for operator in path:
            end = operator.after(end)
        goal = next(goal for goal in goals if not goal & ~end)
        return Solution(_with_needs(path, goal), goal, found.bound, found.expanded)


def _with_needs(path: Sequence[Operator], goal: int) -> tuple[Row, ...]:
    """Return the steps with the atoms needed for each and the rest, computed from the end."""
    rows: list[Row] = []
    wanted = goal
    for operator in reversed(path):
        before = operator.before(wanted)
        assert before is not None, "a step of a plan destroys nothing that is wanted later"
        wanted = before
        rows.append(Row(wanted, operator))
    return tuple(reversed(rows))
