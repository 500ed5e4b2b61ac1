"""A plan for a ground problem: backwards first, forwards where that is not enough."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from treehand.planners.search.ground_problem import GroundProblem, Operator
from treehand.planners.search.landmarks import Landmarks
from treehand.planners.search.mutexes import Mutexes
from treehand.planners.search.progression import OutOfEffort, does_reach, progress
from treehand.planners.search.regression import Regressed, Regression, Row

GREEDY_WEIGHT = 2.0
"""Factor on the lower bound once any plan will do."""


@dataclass(frozen=True)
class Effort:
    """How much a search looks at. Counted, not timed: the same problem gives the same plan."""

    cheapest: int = 1_000
    """Sets of atoms, while only the cheapest plan will do."""
    any: int = 10_000
    """Sets of atoms, once any plan will do."""
    forwards: int = 500
    """States, when going backwards did not serve."""

    def times(self, factor: int) -> Effort:
        """Return so many times the effort."""
        return Effort(self.cheapest * factor, self.any * factor, self.forwards * factor)


@dataclass(frozen=True)
class Solution:
    """A plan, and what is known of its cost."""

    rows: tuple[Row, ...]
    """Its steps, each with what must hold for it and the rest."""
    goal: int
    """The atoms that it reaches."""
    bound: float
    """No plan costs less."""
    expanded: int
    """How many sets of atoms the search looked at."""

    @property
    def operators(self) -> tuple[Operator, ...]:
        """Return its steps."""
        return tuple(row.operator for row in self.rows)

    @property
    def cost(self) -> float:
        """Return what its steps cost together."""
        return sum(row.operator.cost for row in self.rows)

    @property
    def is_cheapest(self) -> bool:
        """Return whether no plan costs less, by the bound that was found."""
        return self.cost <= self.bound + 1e-9


@dataclass(frozen=True)
class NoSolution:
    """There is no plan, or none was found."""

    is_proven: bool
    """Whether every possibility was looked at."""
    expanded: int = 0


EFFORT = Effort()


class Searcher:
    """Finds plans for one problem.

    Args:
        problem: Its operators and start.
        effort: How much one search looks at.
        goals: What will be asked for, where it is known; speeds searches up, does not bind them.
    """

    def __init__(
        self, problem: GroundProblem, effort: Effort = EFFORT, goals: Iterable[int] = ()
    ) -> None:
        self.problem = problem
        self._effort = effort
        self._goals = tuple(goals)

    @cached_property
    def mutexes(self) -> Mutexes:
        """Return what excludes what in all states that follow the start."""
        besides = 0
        for goal in self._goals:
            besides |= goal
        return Mutexes(self.problem, besides)

    def prepare(self) -> None:
        """Work out what all searches share."""
        _ = self.mutexes, self.problem.achievers, self.problem.least_cost

    def solve(self, goals: Sequence[int], state: int | None = None) -> Solution | NoSolution:
        """Return a plan from a state (the start if left out) to one of several sets of atoms.

        It is a cheapest one if the effort for that suffices; `bound` says how far from it at most
        it is.
        """
        state = self.problem.start if state is None else state
        mutexes = self.mutexes if self.mutexes.are_kept(state) else None
        backwards = Regression(self.problem, mutexes, state)
        found = backwards.search(goals, self._effort.cheapest)
        bound, expanded = found.bound, found.expanded
        if found.rows is None and not found.is_exhaustive:
            found = backwards.search(goals, self._effort.any, GREEDY_WEIGHT)
            expanded += found.expanded
        if found.rows is not None:
            solution = Solution(found.rows, found.goal, bound, expanded)
            if does_reach(solution.operators, state, goals):
                return solution
        if found.rows is None and found.is_exhaustive:
            return NoSolution(is_proven=True, expanded=expanded)
        return self._forwards(goals, state, replace(found, bound=bound, expanded=expanded))

    def least_cost(self, goals: Sequence[int]) -> float | None:
        """Return what a plan from the start costs at least; None if there is none."""
        landmarks = Landmarks(self.problem, self.problem.start)
        costs = [cost for goal in goals if (cost := landmarks.cost(goal)) is not None]
        return min(costs, default=None)

    def _forwards(
        self, goals: Sequence[int], state: int, found: Regressed
    ) -> Solution | NoSolution:
        try:
            path = progress(self.problem, state, goals, self._effort.forwards)
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
    """Return the steps with what each needs for itself and the rest, found from the end."""
    rows: list[Row] = []
    wanted = goal
    for operator in reversed(path):
        before = operator.before(wanted)
        assert before is not None, "a step of a plan destroys nothing that is wanted later"
        wanted = before
        rows.append(Row(wanted, operator))
    return tuple(reversed(rows))
