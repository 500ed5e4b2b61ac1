"""Forward search: from the present state, over whole states.

Greedy best-first by the additive heuristic (h_add; Bonet & Geffner 2001). Slower than backward
search, but it knows the whole state, so it respects the capacities of places. It is complete.
"""

from __future__ import annotations

import heapq
import math
from collections import defaultdict
from collections.abc import Sequence

from treehand.planners.search.ground_problem import GroundProblem, Operator, bits


class OutOfEffort(Exception):
    """The search ended at its limit before it was decided."""


def progress(
    problem: GroundProblem, state: int, goals: Sequence[int], most: int
) -> tuple[Operator, ...] | None:
    """Return operators that lead from a state to one of the goals, without redundant ones.

    Args:
        problem: The operators.
        state: Atoms that are true now.
        goals: Sets of atoms; any of them will do.
        most: Most states to expand.

    Returns:
        The operators in their order; None if there is no plan.

    Raises:
        OutOfEffort: If the limit was reached first.
    """
    reached: dict[int, tuple[Operator, int] | None] = {state: None}
    estimate = _Additive(problem, goals)
    queue = [(estimate.of(state), 0, state)]
    number = 0
    while queue:
        least, _, here = heapq.heappop(queue)
        if least == math.inf:
            continue
        if any(not goal & ~here for goal in goals):
            return _needed(_path(here, reached), state, goals)
        number += 1
        problem.deadline.check()
        if number > most:
            raise OutOfEffort
        for operator in problem.operators:
            if not operator.can_begin(here):
                continue
            there = operator.after(here)
            if there not in reached:
                reached[there] = (operator, here)
                heapq.heappush(queue, (estimate.of(there), len(reached), there))
    return None


def _path(state: int, reached: dict[int, tuple[Operator, int] | None]) -> list[Operator]:
    path: list[Operator] = []
    step = reached[state]
    while step is not None:
        path.append(step[0])
        step = reached[step[1]]
    return path[::-1]


def _needed(path: list[Operator], state: int, goals: Sequence[int]) -> tuple[Operator, ...]:
    """Return a plan without redundant steps; the most expensive are removed first."""
    for operator in sorted(path, key=lambda one: -one.cost):
        without = [other for other in path if other is not operator]
        if len(without) == len(path) - 1 and does_reach(without, state, goals):
            path = without
    return tuple(path)


def does_reach(path: Sequence[Operator], state: int, goals: Sequence[int]) -> bool:
    """Return True if each operator is applicable in its turn and a goal holds at the end."""
    for operator in path:
        if not operator.can_begin(state):
            return False
        state = operator.after(state)
    return any(not goal & ~state for goal in goals)


class _Additive:
    """Additive heuristic: cost of each goal atom by itself, without deletes."""

    def __init__(self, problem: GroundProblem, goals: Sequence[int]) -> None:
        self._problem = problem
        self._goals = goals
        self._users: dict[int, list[int]] = defaultdict(list)
        self._wanting = [operator.needs.bit_count() for operator in problem.operators]
        for index, operator in enumerate(problem.operators):
            for bit in bits(operator.needs):
                self._users[bit].append(index)
        self._free = [index for index, count in enumerate(self._wanting) if not count]

    def of(self, state: int) -> float:
        operators = self._problem.operators
        costs: dict[int, float] = {}
        wanting = list(self._wanting)
        before = [0.0] * len(operators)
        queue: list[tuple[float, int]] = [(0.0, bit) for bit in bits(state)]
        for index in self._free:
            queue.extend((operators[index].cost, bit) for bit in bits(operators[index].adds))
        heapq.heapify(queue)
        while queue:
            cost, bit = heapq.heappop(queue)
            if bit in costs:
                continue
            costs[bit] = cost
            for index in self._users[bit]:
                wanting[index] -= 1
                before[index] += cost
                if not wanting[index]:
                    whole = before[index] + operators[index].cost
                    for added in bits(operators[index].adds):
                        if added not in costs:
                            heapq.heappush(queue, (whole, added))
        return min(
            (sum(costs.get(bit, math.inf) for bit in bits(goal)) for goal in self._goals),
            default=math.inf,
        )
