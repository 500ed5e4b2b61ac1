"""Greedy forward search with two heuristics and preferred operators, as in LAMA's first round.

A state is estimated when it is expanded, not when it is found (deferred evaluation): what leads to
it is sorted by its parent's estimate. Four queues take turns: all operators and the preferred ones,
by relaxed plans and by landmarks; when one of the two finds a state better than all before, the
preferred ones get more turns (Richter & Helmert 2009; Richter & Westphal 2010).
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from treehand.planners.goals.planning_limits import NO_DEADLINE, Deadline
from treehand.planners.search.forward.effort import OutOfEffort
from treehand.planners.search.forward.landmark_count import LandmarkCount
from treehand.planners.search.forward.relaxed_plan import RelaxedPlans
from treehand.planners.search.ground_problem import Operator
from treehand.planners.search.mutexes import Mutexes

BOOST = 1000
"""Turns that the queues of preferred operators get in advance after progress."""


@dataclass(eq=False, slots=True)
class _Node:
    """A state that was expanded."""

    state: int
    accepted: int
    """Landmarks accepted on the way to it."""
    parent: _Node | None
    operator: Operator | None


class _Queue:
    """Operators to be tried, sorted by the estimate of the state in which they begin."""

    def __init__(self, *, is_preferred: bool) -> None:
        self.turns = 0
        self.is_preferred = is_preferred
        self._items: list[tuple[int, int, _Node, list[int]]] = []
        self._number = 0

    def __bool__(self) -> bool:
        return bool(self._items)

    def push(self, estimate: int, node: _Node, operators: Sequence[int]) -> None:
        if operators:
            self._number += 1
            last_first = list(reversed(operators))
            heapq.heappush(self._items, (estimate, self._number, node, last_first))

    def pop(self) -> tuple[_Node, int]:
        _, _, node, left = self._items[0]
        operator = left.pop()
        if not left:
            heapq.heappop(self._items)
        self.turns += 1
        return node, operator


class GreedySearch:
    """Finds some plan to one goal.

    Args:
        operators: The operators.
        relaxed: Estimates with these operators, towards any goal.
        start: Atoms that are true at the start.
        goal: Atoms wanted.
        mutexes: Pairs that are never true together; None if they are not known.
        deadline: End of the search.
    """

    def __init__(
        self,
        operators: Sequence[Operator],
        relaxed: RelaxedPlans,
        start: int,
        goal: int,
        *,
        mutexes: Mutexes | None = None,
        deadline: Deadline = NO_DEADLINE,
    ) -> None:
        self.operators = operators
        self.relaxed = relaxed.towards(goal)
        """Estimates of states."""
        self.start, self.goal = start, goal
        self._deadline = deadline
        first = self.relaxed.of(start)
        self.steps = None if first is None else first.steps
        """Steps to the goal if nothing were ever deleted; None if there is no plan."""
        self.evaluated = 0
        """Number of states evaluated."""
        self._mutexes = mutexes
        self._queues = [_Queue(is_preferred=is_preferred) for is_preferred in (False, True) * 2]
        self._least = [-1, -1]
        self._known: set[int] = set()
        self._node: _Node | None = None
        """State to be expanded next; None before the search has begun."""

    @cached_property
    def _landmarks(self) -> LandmarkCount:
        return LandmarkCount(self.operators, self.start, self.goal, self._mutexes)

    def find(self, most: int) -> tuple[Operator, ...] | None:
        """Return a plan; None if there is none.

        Args:
            most: Most states to evaluate, with those of earlier calls: a later call goes on where
                one ended.

        Raises:
            OutOfEffort: If the limit was reached first.
        """
        node = self._node
        if node is None:
            node = _Node(self.start, self._landmarks.begin(self.start), None, None)
        while node is not None:
            self._known.add(node.state)
            if not self.goal & ~node.state:
                return _path(node)
            if self.evaluated >= most:
                self._node = node
                raise OutOfEffort
            self.evaluated += 1
            self._deadline.check()
            self._expand(node)
            node = self._next()
        return None

    def _expand(self, node: _Node) -> None:
        """Evaluate a state, and put what can begin in it into the queues."""
        estimate = self.relaxed.of(node.state)
        if estimate is None:
            return
        to_come = self._landmarks.to_come(node.accepted, node.state)
        has_progress = False
        queues, least = self._queues, self._least
        for number, value in enumerate((estimate.steps, to_come)):
            if least[number] < 0 or value < least[number]:
                has_progress = has_progress or least[number] >= 0
                least[number] = value
            queues[2 * number].push(value, node, estimate.applicable)
            queues[2 * number + 1].push(value, node, estimate.preferred)
        if has_progress:
            for queue in queues:
                queue.turns -= BOOST * queue.is_preferred

    def _next(self) -> _Node | None:
        """Return the next state that is new; None if there are no more."""
        operators, known = self.operators, self._known
        while True:
            able = [queue for queue in self._queues if queue]
            if not able:
                return None
            parent, index = min(able, key=_turns).pop()
            state = operators[index].after(parent.state)
            if state not in known:
                accepted = self._landmarks.accept(parent.accepted, state)
                return _Node(state, accepted, parent, operators[index])


def _turns(queue: _Queue) -> int:
    return queue.turns


def _path(node: _Node) -> tuple[Operator, ...]:
    path: list[Operator] = []
    while node.operator is not None and node.parent is not None:
        path.append(node.operator)
        node = node.parent
    return tuple(reversed(path))
