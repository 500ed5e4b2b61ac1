"""Plans made cheaper: steps that nothing needs are left out, and parts are planned anew.

Steps are left out with those that depend on them (Nakhost & Müller 2010). A part of a plan is
planned anew by A* from the state before it to the atoms that the rest needs, within fewer steps;
parts of several lengths take turns until none gets cheaper (Siddiqui & Haslum 2015).
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence

from treehand.planners.goals.planning_limits import Deadline, OutOfLimits
from treehand.planners.search.forward.relaxed_plan import RelaxedPlans
from treehand.planners.search.ground_problem import Operator

LENGTHS = (8, 16, 30)
"""Lengths of the parts that are planned anew, in steps."""
STATES_OF_PART = 250
"""Most states that are evaluated for one part."""


class Shortening:
    """Makes plans cheaper.

    Args:
        operators: The operators of the problem.
        relaxed: Estimates with these operators.
        start: Atoms that are true at the start.
        goal: Atoms wanted.
        deadline: End of the search; what was found until then counts.
    """

    def __init__(
        self,
        operators: Sequence[Operator],
        relaxed: RelaxedPlans,
        start: int,
        goal: int,
        deadline: Deadline,
    ) -> None:
        self._operators = operators
        self._relaxed = relaxed
        self._start = start
        self._goal = goal
        self._deadline = deadline
        self._left = 0

    def shorten(self, path: Sequence[Operator], most: int) -> tuple[Operator, ...]:
        """Return a plan that costs no more.

        Args:
            path: A plan.
            most: Most states to evaluate.
        """
        self._left = most
        best = needed_steps(list(path), self._start, self._goal)
        try:
            is_better = True
            while is_better and self._left > 0:
                is_better = False
                for length in LENGTHS:
                    shorter = self._pass(best, length)
                    is_better = is_better or shorter is not best
                    best = shorter
        except OutOfLimits:
            pass
        return tuple(needed_steps(best, self._start, self._goal))

    def _pass(self, path: list[Operator], length: int) -> list[Operator]:
        """Return a plan whose parts of some length were each planned anew."""
        begin, state, best = 0, self._start, path
        while begin < len(best) and self._left > 0:
            needs = _needs(best, self._goal)
            part = best[begin : begin + length]
            shorter = self._anew(state, needs[begin + len(part)], part)
            if shorter is not None:
                best = [*best[:begin], *shorter, *best[begin + len(part) :]]
            step = max(1, length // 2)
            for operator in best[begin : begin + step]:
                state = operator.after(state)
            begin += step
        return best

    def _anew(self, start: int, goal: int, part: Sequence[Operator]) -> list[Operator] | None:
        """Return a path that costs less than a part of a plan; None if none is found soon.

        It consists of steps that make something true that the part needs, and of preferred ones.
        """
        relaxed, operators, cost = self._relaxed.towards(goal), self._operators, _cost(part)
        wanted = goal
        for operator in part:
            wanted |= operator.needs
        costs = {start: 0.0}
        before: dict[int, tuple[int, Operator]] = {}
        queue: list[tuple[float, float, int, int]] = [(0.0, 0.0, 0, start)]
        number, left = 0, STATES_OF_PART
        while queue:
            _, minus, _, here = heapq.heappop(queue)
            if -minus > costs[here]:
                continue
            if not goal & ~here:
                return _walk(here, before)
            if not left or not self._left:
                return None
            left -= 1
            self._left -= 1
            self._deadline.check()
            estimate = relaxed.of(here)
            if estimate is None or costs[here] + estimate.cost >= cost - 1e-9:
                continue
            those = [i for i in estimate.applicable if operators[i].adds & wanted & ~here]
            for index in dict.fromkeys((*estimate.preferred, *those)):
                operator = operators[index]
                there, dearer = operator.after(here), costs[here] + operator.cost
                if dearer < cost - 1e-9 and dearer < costs.get(there, cost):
                    costs[there], before[there] = dearer, (here, operator)
                    number += 1
                    # Deferred: what follows a state is sorted by that state's estimate.
                    whole = costs[here] + max(estimate.cost, operator.cost)
                    heapq.heappush(queue, (whole, -dearer, number, there))
        return None


def needed_steps(path: list[Operator], start: int, goal: int) -> list[Operator]:
    """Return a plan without the steps that it can do without, each with those that depend on it."""
    begin, state = 0, start
    while begin < len(path):
        kept, here, left_out = [], state, path[begin].cost
        for operator in path[begin + 1 :]:
            if operator.can_begin(here):
                here = operator.after(here)
                kept.append(operator)
            else:
                left_out += operator.cost
        if not goal & ~here and left_out >= 0:
            path = [*path[:begin], *kept]
        else:
            state = path[begin].after(state)
            begin += 1
    return path


def _needs(path: Sequence[Operator], goal: int) -> list[int]:
    """Return, for each step and for the end, the atoms that the rest of the plan needs."""
    needs = [goal]
    for operator in reversed(path):
        needs.append((needs[-1] & ~operator.adds) | operator.needs)
    return needs[::-1]


def _cost(path: Sequence[Operator]) -> float:
    return sum(operator.cost for operator in path)


def _walk(state: int, before: dict[int, tuple[int, Operator]]) -> list[Operator]:
    path: list[Operator] = []
    while state in before:
        state, operator = before[state]
        path.append(operator)
    return path[::-1]
