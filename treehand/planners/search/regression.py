"""Backward search: from the goal to the present state, over sets of atoms still wanted.

A* (Hart, Nilsson & Raphael 1968) with landmarks as the lower bound, so the first plan found is the
cheapest. Sets that mutexes rule out are dropped. Operators that achieve atoms which are true now
are expanded only when nothing cheaper is left, because plans seldom need them.
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
    """A step of a plan, with the atoms that it and the rest of the plan need."""

    needs: int
    operator: Operator


@dataclass(frozen=True)
class Regressed:
    """Result of a backward search."""

    rows: tuple[Row, ...] | None
    """The plan, first step first; None if none was found."""
    goal: int
    """The set of goal atoms that it reaches."""
    bound: float
    """Lower bound on the cost of any plan; infinite if there is none."""
    expanded: int
    """Number of sets expanded."""
    is_exhaustive: bool
    """True if every set was expanded: then no rows means no plan."""


class Regression:
    """Backward search from goals.

    Args:
        problem: The operators.
        mutexes: Mutexes that hold in all states from `state` on.
        state: Atoms that are true now.
    """

    def __init__(self, problem: GroundProblem, mutexes: Mutexes | None, state: int) -> None:
        self._problem = problem
        self._mutexes = mutexes
        self._state = state
        self._landmarks = Landmarks(problem, state)
        self._achievers: dict[int, list[tuple[Operator, int]]] = {}
        """Atom to the operators that achieve it, each with the atoms that its needs exclude."""

    def search(self, goals: Iterable[int], most: int, weight: float = 1.0) -> Regressed:
        """Return a plan for one of several goals (sets of atoms).

        Args:
            goals: Any of them will do.
            most: Most sets to expand.
            weight: Factor on the lower bound; above 1 a plan is found sooner, and costs at most
                so many times the cheapest.
        """
        costs: dict[int, float] = {}
        next_of: dict[int, tuple[Operator, int]] = {}
        queue: list[tuple[float, float, int, int, bool]] = []
        """Estimate, minus the cost so far, number, wanted atoms, True to expand those true now."""
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
            self._problem.deadline.check()
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
        """Yield the operators that achieve a wanted atom, with the atoms wanted before each.

        Args:
            wanted: Wanted atoms.
            is_again: True to achieve wanted atoms that are true now; False for the others.
        """
        those = wanted & self._state if is_again else wanted & ~self._state
        for bit in bits(those):
            for operator, excluded in self._achievers_of(bit):
                before = operator.before(wanted)
                # The wanted atoms do not exclude each other, so only the needs can.
                if before is not None and not before & excluded:
                    yield operator, before

    def _achievers_of(self, bit: int) -> list[tuple[Operator, int]]:
        known = self._achievers.get(bit)
        if known is None:
            mutexes = self._mutexes
            known = [
                (operator, 0 if mutexes is None else mutexes.of_any(operator.needs))
                for operator in self._problem.achievers.get(bit, ())
            ]
            self._achievers[bit] = known
        return known

    def _is_impossible(self, wanted: int, new: int) -> bool:
        return self._mutexes is not None and self._mutexes.exclude(wanted, new)


def _rows(wanted: int, next_of: dict[int, tuple[Operator, int]]) -> tuple[tuple[Row, ...], int]:
    rows: list[Row] = []
    while wanted in next_of:
        operator, after = next_of[wanted]
        rows.append(Row(wanted, operator))
        wanted = after
    return tuple(rows), wanted
