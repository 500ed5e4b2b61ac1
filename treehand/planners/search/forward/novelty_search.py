"""Best-first search by novelty: states that are new among those with as much achieved come first.

BFWS(f5) of Lipovetzky & Geffner (2017). A state is counted by the goals that it lacks and by the
atoms that were achieved of the last relaxed plan; that plan is made anew whenever a goal is
achieved. Among the states with the same two counts, a state is of novelty 1 if some atom was true
in none before, and of novelty 2 if some pair of atoms was. Other states are left out (k-BFWS with
k = 2), so the search takes polynomial time and memory, and is not complete: it is for problems on
which estimates mislead. No state is estimated unless a goal was achieved on the way to it.
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass

from treehand.planners.goals.planning_limits import NO_DEADLINE, Deadline
from treehand.planners.search.forward.effort import OutOfEffort
from treehand.planners.search.forward.relaxed_plan import RelaxedPlans
from treehand.planners.search.ground_problem import Operator, bits

WORK_PER_STATE = 24
"""Work on one state that is found, in operators: an estimate of a state looks at each of them."""
PLAIN, PAIR, ATOM = 3, 2, 1
"""Novelties of a state: nothing new, a new pair of atoms, a new atom."""


@dataclass(eq=False, slots=True)
class _NewState:
    """A state that is new."""

    state: int
    lacking: int
    """Number of goals that it lacks."""
    wanted: int | None
    """Atoms of the last relaxed plan; None if a goal was achieved since."""
    achieved: int
    """Those of them that were true since."""
    parent: _NewState | None
    operator: int
    """Number of the operator that led to it; -1 at the start."""
    enabled: list[int] | None = None
    """Operators whose needs are true in it, capacities aside; None before it is expanded."""


class _Seen:
    """Atoms and pairs of atoms of the states with the same counts."""

    def __init__(self) -> None:
        self._atoms = 0
        self._with: dict[int, int] = {}

    def novelty(self, state: int, new: int) -> int:
        """Return the novelty of a state, and count it among those seen.

        Args:
            state: The state.
            new: Atoms of which a new pair must have one: what the last step made true, if the
                state before has the same counts.
        """
        novelty = PLAIN
        if state & ~self._atoms:
            novelty = ATOM
            self._atoms |= state
        known = self._with
        for bit in bits(new):
            those = known.get(bit, 0)
            if state & ~those:
                novelty = min(novelty, PAIR)
                known[bit] = those | state
        return novelty


class NoveltySearch:
    """Finds some plan to one goal.

    Args:
        operators: The operators.
        relaxed: Estimates with these operators, towards this goal.
        start: Atoms that are true at the start.
        goal: Atoms wanted.
        deadline: End of the search.
    """

    def __init__(
        self,
        operators: Sequence[Operator],
        relaxed: RelaxedPlans,
        start: int,
        goal: int,
        deadline: Deadline = NO_DEADLINE,
    ) -> None:
        self._operators = operators
        self._relaxed = relaxed
        self._goal = goal
        self._deadline = deadline
        self.work = 0
        """Work so far, in operators that an estimate of a state looks at."""
        self._seen: dict[tuple[int, int], _Seen] = {}
        self._known = {start}
        first = _NewState(start, (goal & ~start).bit_count(), None, 0, None, -1)
        self._queue: list[tuple[int, int, int, _NewState]] = [(0, 0, 0, first)]
        self._number = 0
        self._users: dict[int, list[int]] | None = None

    def find(self, most: int) -> tuple[Operator, ...] | None:
        """Return a plan; None if the search has ended without one, which proves nothing.

        Args:
            most: Most work, with that of earlier calls: a later call goes on where one ended.

        Raises:
            OutOfEffort: If the limit was reached first.
        """
        queue = self._queue
        while queue:
            if self.work >= most:
                raise OutOfEffort
            self._deadline.check()
            node = heapq.heappop(queue)[-1]
            if node.wanted is None and not self._look_ahead(node):
                continue
            end = self._expand(node)
            if end is not None:
                return self._path(end)
        return None

    def _look_ahead(self, node: _NewState) -> bool:
        """Make the relaxed plan of a state; return False if there is none."""
        self.work += len(self._operators)
        estimate = self._relaxed.of(node.state)
        if estimate is None:
            return False
        wanted = 0
        for index in estimate.plan:
            wanted |= self._operators[index].adds
        node.wanted, node.achieved = wanted & ~node.state, 0
        return True

    def _expand(self, node: _NewState) -> _NewState | None:
        """Put the new states after a state into the queue; return one in which the goal holds."""
        operators, goal, state = self._operators, self._goal, node.state
        node.enabled = enabled = self._enabled(node)
        self.work += WORK_PER_STATE * len(enabled)
        for index in enabled:
            operator = operators[index]
            after = (state & ~operator.deletes) | operator.adds
            if after in self._known or (operator.capacities and not operator.can_begin(state)):
                continue
            lacking = (goal & ~after).bit_count()
            child = _NewState(after, lacking, None, 0, node, index)
            if not lacking:
                return child
            novelty = self._novelty(child, node)
            if novelty < PLAIN:
                self._known.add(after)
                self._number += 1
                heapq.heappush(self._queue, (novelty, lacking, self._number, child))
        return None

    def _novelty(self, child: _NewState, node: _NewState) -> int:
        """Return the novelty of a state; fill in what it has of the relaxed plan."""
        achieved = 0
        if child.lacking >= node.lacking and node.wanted is not None:
            child.wanted = node.wanted
            child.achieved = node.achieved | (node.wanted & child.state)
            achieved = child.achieved.bit_count()
        is_alike = child.lacking == node.lacking and child.achieved == node.achieved
        key = (child.lacking, achieved)
        seen = self._seen.get(key)
        if seen is None:
            seen = self._seen[key] = _Seen()
        new = child.state & ~node.state if is_alike else child.state
        return seen.novelty(child.state, new)

    def _enabled(self, node: _NewState) -> list[int]:
        """Return the operators whose needs are true: those of the state before, and new ones."""
        operators, state, parent = self._operators, node.state, node.parent
        if parent is None or parent.enabled is None:
            return [i for i, one in enumerate(operators) if not one.needs & ~state]
        users = self._users
        if users is None:
            users = self._users = {}
            for index, operator in enumerate(operators):
                for bit in bits(operator.needs):
                    users.setdefault(bit, []).append(index)
        enabled = [i for i in parent.enabled if not operators[i].needs & ~state]
        able: dict[int, None] = {}
        for bit in bits(state & ~parent.state):
            able.update(dict.fromkeys(users.get(bit, ())))
        # What needs an atom that was false before was not enabled before.
        return enabled + [i for i in able if not operators[i].needs & ~state]

    def _path(self, node: _NewState) -> tuple[Operator, ...]:
        path: list[Operator] = []
        while node.parent is not None:
            path.append(self._operators[node.operator])
            node = node.parent
        return tuple(reversed(path))
