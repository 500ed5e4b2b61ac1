"""Landmarks, and the lower bound on plan cost that they give.

A *landmark* of an atom is an atom that is true at some point of every plan for it (Hoffmann,
Porteous & Sebastia 2004). Where a few achievers differ in one precondition, the disjunction of
those preconditions is a landmark too: the left hand holds it, or the right. Each operator's cost is
partitioned among the landmarks that it achieves (Karpas & Domshlak 2009; saturated, in the order
found), so the sum over a set of landmarks never exceeds the cost of a plan.

An atom's landmarks are computed when they are first needed.
"""

from __future__ import annotations

from collections import defaultdict

from treehand.planners.search.ground_problem import GroundProblem, Operator, bits

MAX_DISJUNCTS = 4
"""Most atoms of a disjunctive landmark."""


class Landmarks:
    """Landmarks of atoms from one state, and a lower bound on the cost of any set of atoms.

    Args:
        problem: The operators.
        state: Atoms that are true now.
    """

    def __init__(self, problem: GroundProblem, state: int) -> None:
        self._problem = problem
        self._state = state
        self._sets: dict[int, int | None] = {}
        self._left: dict[Operator, float] = {}
        """Part of each operator's cost that is not yet assigned to a landmark."""
        self._of_cost: dict[float, int] = {}
        """Cost to the set of landmarks with that cost."""
        self._next_bit = 1 << len(problem.atoms)

    def cost(self, wanted: int) -> float | None:
        """Return a lower bound on the cost of making atoms true; None if it is impossible."""
        there = 0
        for bit in bits(wanted & ~self._state):
            if bit not in self._sets:
                self._explore(bit)
            landmarks = self._sets[bit]
            if landmarks is None:
                return None
            there |= landmarks
        return sum(cost * (there & those).bit_count() for cost, those in self._of_cost.items())

    def _explore(self, wanted: int) -> None:
        """Compute the landmarks of an atom and of every atom that its achievers need."""
        new: dict[int, list[Operator]] = {}
        waiting = [wanted]
        while waiting:
            bit = waiting.pop()
            self._problem.deadline.check()
            if bit in new or bit in self._sets:
                continue
            new[bit] = list(self._problem.achievers.get(bit, ()))
            for operator in new[bit]:
                waiting.extend(bits(operator.needs & ~self._state))
        found = self._propagated(new, {})
        choices = self._choices(new, found)
        if choices:
            besides: dict[int, int] = defaultdict(int)
            for (bit, parts), choice in choices.items():
                for part in (bit, *parts):
                    besides[part] |= choice
            found = self._propagated(new, besides)
        for bit in new:
            self._sets[bit] = found.get(bit)
        self._share_out(new, choices)

    def _propagated(
        self, atoms: dict[int, list[Operator]], besides: dict[int, int]
    ) -> dict[int, int]:
        """Return the landmarks of each reachable atom, itself included.

        A fixpoint: the landmarks of an atom are those that all its achievers have in common.
        """
        found: dict[int, int] = {}
        serves: dict[int, list[Operator]] = defaultdict(list)
        operators = list(dict.fromkeys(op for those in atoms.values() for op in those))
        for operator in operators:
            for bit in bits(operator.needs & ~self._state):
                serves[bit].append(operator)
        waiting = operators
        while waiting:
            changed: dict[Operator, None] = {}
            for operator in waiting:
                before = self._before(operator, found)
                if before is None:
                    continue
                for bit in bits(operator.adds & ~self._state):
                    if bit not in atoms:
                        continue
                    own = bit | besides.get(bit, 0)
                    old = found.get(bit)
                    now = own | (before if old is None else old & before)
                    if now != old:
                        found[bit] = now
                        changed.update(dict.fromkeys(serves[bit]))
            waiting = list(changed)
        return found

    def _before(self, operator: Operator, found: dict[int, int]) -> int | None:
        """Return the landmarks of an operator's preconditions; None if they are unreachable."""
        before = 0
        for bit in bits(operator.needs & ~self._state):
            landmarks = found.get(bit) or self._sets.get(bit)
            if landmarks is None:
                return None
            before |= landmarks
        return before

    def _choices(
        self, atoms: dict[int, list[Operator]], found: dict[int, int]
    ) -> dict[tuple[int, frozenset[int]], int]:
        """Return new disjunctive landmarks of atoms with a few achievers."""
        choices: dict[tuple[int, frozenset[int]], int] = {}
        known: dict[frozenset[int], int] = {}
        for bit, operators in atoms.items():
            if bit not in found or not 2 <= len(operators) <= MAX_DISJUNCTS:
                continue
            parts: set[int] = set()
            for operator in operators:
                own = [
                    need
                    for need in bits(operator.needs & ~self._state & ~found[bit])
                    if need in found
                ]
                if not own:
                    break
                parts.add(max(own, key=self._least))
            else:
                if len(parts) > 1:
                    those = frozenset(parts)
                    if those not in known:
                        known[those] = self._next_bit
                        self._next_bit <<= 1
                    choices[bit, those] = known[those]
        return choices

    def _least(self, bit: int) -> float:
        return min(operator.cost for operator in self._problem.achievers[bit])

    def _share_out(
        self,
        atoms: dict[int, list[Operator]],
        choices: dict[tuple[int, frozenset[int]], int],
    ) -> None:
        """Assign to each new landmark what is left of its cheapest achiever's cost."""
        parts_of = {choice: parts for (_, parts), choice in choices.items()}
        chosen = {part for parts in parts_of.values() for part in parts}
        landmarks = [
            (choice, [op for part in sorted(parts) for op in self._problem.achievers[part]])
            for choice, parts in parts_of.items()
        ]
        landmarks += [(bit, atoms[bit]) for bit in atoms if bit not in chosen]
        for landmark, achievers in landmarks:
            if not achievers:
                continue
            cost = min(self._left.get(operator, operator.cost) for operator in achievers)
            if cost > 0:
                self._of_cost[cost] = self._of_cost.get(cost, 0) | landmark
                for operator in set(achievers):
                    self._left[operator] = self._left.get(operator, operator.cost) - cost
