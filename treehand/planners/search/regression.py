"""Backward search: from the goal to what is true now, over sets of atoms that are still wanted.

A* (Hart, Nilsson & Raphael 1968) with landmarks as its lower bound, so the first plan found costs
least. Sets that mutexes rule out are dropped. Atoms that are true now are seldom worth achieving
again, so ways to do that are looked at only when nothing cheaper is left.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from treehand.planners.search.ground_problem import GroundProblem, Operator, bits
from treehand.planners.search.landmarks import Landmarks
from treehand.planners.search.mutexes import Mutexes


@dataclass(frozen=True)
class Row:
    """A step of a plan and all that must hold for it and the rest of the plan to reach the goal."""

    needs: int
    operator: Operator


@dataclass(frozen=True)
class Regressed:
    """How a backward search ended."""

    rows: tuple[Row, ...] | None
    """The plan, first step first; None if none was found."""
    goal: int
    """The set of goal atoms that it reaches."""
    bound: float
    """No plan costs less; infinite if there is none."""
    expanded: int
    """How many sets were looked at."""
    is_exhaustive: bool
    """Whether everything was looked at: without rows there is no plan."""


class Regression:
    """Searches backwards from goals.

    Args:
        problem: The operators.
        mutexes: Pairs that exclude each other in all states that matter.
        state: What is true now.
    """

    def __init__(self, problem: GroundProblem, mutexes: Mutexes | None, state: int) -> None:
        self._problem = problem
        self._mutexes = mutexes
        self._state = state
        self._landmarks = Landmarks(problem, state)

    def search(self, goals: Iterable[int], most: int, weight: float = 1.0) -> Regressed:
        """Return a plan for one of several goals (sets of atoms).

        Args:
            goals: Any of them will do.
            most: How many sets are expanded at most.
            weight: Factor on the lower bound; above 1 finds a plan sooner, at most so many times
                dearer than the cheapest.
        """
        costs: dict[int, float] = {}
        next_of: dict[int, tuple[Operator, int]] = {}
        queue: list[tuple[float, float, int, int, bool]] = []
        """Estimate, minus the cost so far, number, wanted, whether what is true now is next."""
        number = expanded = 0
        for goal in goals:
            least = self._landmarks.cost(goal)
            if least is not None and not self._is_impossible(goal, goal):
                costs[goal] = 0.0
                queue.append((weight * least, 0.0, number, goal, False))
                number += 1
        heapq.heapify(queue)
        while queue:
            estimate, negative, _, wanted, is_again = heapq.heappop(queue)
            cost = -negative
            if cost > costs[wanted]:
                continue
            if not wanted & ~self._state:
                rows, goal = _rows(wanted, next_of)
                return Regressed(rows, goal, estimate / weight, expanded, is_exhaustive=False)
            expanded += 1
            if expanded > most:
                return Regressed(None, 0, estimate / weight, expanded, is_exhaustive=False)
            for operator, before in self._before(wanted, is_again=is_again):
                dearer = cost + operator.cost
                known = costs.get(before)
                if known is not None and known <= dearer:
                    continue
                least = self._landmarks.cost(before)
                if least is None:
                    continue
                costs[before] = dearer
                next_of[before] = (operator, wanted)
                number += 1
                heapq.heappush(queue, (dearer + weight * least, -dearer, number, before, False))
            if not is_again and wanted & self._state:
                number += 1
                later = estimate + self._problem.least_cost
                heapq.heappush(queue, (later, negative, number, wanted, True))
        return Regressed(None, 0, float("inf"), expanded, is_exhaustive=True)

    def _before(self, wanted: int, *, is_again: bool) -> Iterator[tuple[Operator, int]]:
        """Yield the operators that achieve something wanted, with what is wanted before each.

        Args:
            wanted: Atoms.
            is_again: Whether by those atoms of them that are true now; else by the others.
        """
        achievers = self._problem.achievers
        those = wanted & self._state if is_again else wanted & ~self._state
        for bit in bits(those):
            for operator in achievers.get(bit, ()):
                before = operator.before(wanted)
                if before is None or self._is_impossible(before, operator.needs & ~wanted):
                    continue
                yield operator, before

    def _is_impossible(self, wanted: int, new: int) -> bool:
        return self._mutexes is not None and self._mutexes.exclude(wanted, new)


def _rows(wanted: int, next_of: dict[int, tuple[Operator, int]]) -> tuple[tuple[Row, ...], int]:
    rows: list[Row] = []
    while wanted in next_of:
        operator, after = next_of[wanted]
        rows.append(Row(wanted, operator))
        wanted = after
    return tuple(rows), wanted
