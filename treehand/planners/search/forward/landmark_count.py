"""Landmark counting: the facts of every plan that are still to come (Richter & Westphal 2010).

Landmarks are found by propagating, from the start, the atoms that must come before each atom (Zhu &
Givan 2003; Keyder, Richter & Helmert 2010). One is accepted when it becomes true after those that
must come before it. It is wanted again if it is false and belongs to the goal, or if it is needed
just before one that is still to come. Two goals are ordered if reaching the one takes back the
other.
"""

from __future__ import annotations

from collections.abc import Sequence

from treehand.planners.search.forward.relaxed_plan import numbers
from treehand.planners.search.ground_problem import Operator, bits
from treehand.planners.search.mutexes import Mutexes


class LandmarkCount:
    """Counts the landmarks of one goal that are still to come.

    Args:
        operators: The operators.
        start: Atoms that are true at the start.
        goal: Atoms wanted.
        mutexes: Pairs of atoms that are never true together; None if they are not known.
    """

    def __init__(
        self, operators: Sequence[Operator], start: int, goal: int, mutexes: Mutexes | None
    ) -> None:
        self._goal = goal
        labels = _labels(operators, start)
        self.all = goal
        """The landmarks, as a set of atoms."""
        for bit in bits(goal):
            self.all |= labels.get(bit, 0)
        self._just_before = _just_before(operators, start, labels, self.all)
        self._just_after: dict[int, int] = {}
        for bit, befores in self._just_before.items():
            for before in bits(befores):
                self._just_after[before] = self._just_after.get(before, 0) | bit
        self._before = dict(self._just_before)
        if mutexes is not None:
            self._order_goals(mutexes)

    def _order_goals(self, mutexes: Mutexes) -> None:
        """Order the goals of which reaching one takes back another, without cycles."""
        goals = tuple(bits(self._goal))
        later_of: dict[int, int] = {}
        for first in goals:
            taken_back = 0
            for before in bits(self._just_before.get(first, 0)):
                taken_back |= mutexes.of(before)
            later_of[first] = taken_back & self._goal & ~first
        for first in goals:
            for later in bits(later_of[first]):
                if not self._is_before(later, first):
                    self._before[later] = self._before.get(later, 0) | first

    def _is_before(self, early: int, late: int) -> bool:
        """Return True if one goal is ordered before another."""
        seen, waiting = 0, late
        while waiting:
            bit = waiting & -waiting
            seen |= bit
            waiting = (waiting | (self._before.get(bit, 0) & self._goal)) & ~seen
        return bool(seen & early)

    def begin(self, state: int) -> int:
        """Return the landmarks that are accepted at the start."""
        return self.accept(0, state)

    def accept(self, accepted: int, state: int) -> int:
        """Return the landmarks that are accepted in a state, given those before the last step."""
        before = self._before
        for bit in bits(self.all & state & ~accepted):
            if not before.get(bit, 0) & ~accepted:
                accepted |= bit
        return accepted

    def to_come(self, accepted: int, state: int) -> int:
        """Return the number of landmarks that are still to come in a state."""
        left = self.all & ~accepted
        lost = accepted & ~state
        again = lost & self._goal
        after = self._just_after
        count = left.bit_count() + again.bit_count()
        return count + sum(bool(after.get(bit, 0) & left) for bit in bits(lost & ~again))


def _labels(operators: Sequence[Operator], start: int) -> dict[int, int]:
    """Return, for each atom that can be reached, the atoms that come before it, and itself."""
    labels = {bit: bit for bit in bits(start)}
    parts = [(list(bits(one.needs)), list(bits(one.adds & ~start))) for one in operators]
    is_changed = True
    while is_changed:
        is_changed = False
        waiting = []
        for part in parts:
            needs, adds = part
            before = 0
            for bit in needs:
                label = labels.get(bit)
                if label is None:
                    waiting.append(part)
                    break
                before |= label
            else:
                for bit in adds:
                    known = labels.get(bit)
                    label = before | bit if known is None else known & (before | bit)
                    if label != known:
                        labels[bit] = label
                        is_changed = True
    return labels


def _just_before(
    operators: Sequence[Operator], start: int, labels: dict[int, int], landmarks: int
) -> dict[int, int]:
    """Return, for each landmark, those that all operators need that make it true first."""
    shared: dict[int, int] = {}
    for operator in operators:
        made = operator.adds & landmarks & ~start
        if not made:
            continue
        before = 0
        for bit in bits(operator.needs):
            label = labels.get(bit)
            if label is None:
                break
            before |= label
        else:
            for bit in bits(made & ~before):
                shared[bit] = shared.get(bit, -1) & operator.needs
    return {bit: needs & landmarks for bit, needs in shared.items()}


def reachable(operators: Sequence[Operator], start: int) -> tuple[Operator, ...]:
    """Return the operators that can begin if nothing is ever deleted, in their order."""
    users: dict[int, list[int]] = {}
    counts = []
    for index, operator in enumerate(operators):
        needs = numbers(operator.needs)
        counts.append(len(needs))
        for atom in needs:
            users.setdefault(atom, []).append(index)
    waiting = numbers(start)
    reached, seen = set(waiting), [not count for count in counts]
    for index, is_free in enumerate(seen):
        waiting += numbers(operators[index].adds) if is_free else []
    reached.update(waiting)
    while waiting:
        for index in users.get(waiting.pop(), ()):
            counts[index] -= 1
            if not counts[index]:
                seen[index] = True
                new = [atom for atom in numbers(operators[index].adds) if atom not in reached]
                reached.update(new)
                waiting += new
    return tuple(one for one, is_seen in zip(operators, seen, strict=True) if is_seen)
