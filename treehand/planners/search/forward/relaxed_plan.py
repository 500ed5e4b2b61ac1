"""Relaxed plans: how far a state is from a goal if nothing were ever deleted.

The FF heuristic (Hoffmann & Nebel 2001) with the supporters of the additive heuristic (Keyder &
Geffner 2008), by layers. The operators of a relaxed plan that can begin at once are preferred
(Helmert 2006).
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import NamedTuple

from treehand.planners.search.ground_problem import Operator, bits


class Estimate(NamedTuple):
    """Distance of a state from the goal."""

    steps: int
    """Number of operators of a relaxed plan."""
    cost: float
    """Cost of these operators."""
    preferred: tuple[int, ...]
    """Numbers of its operators that can begin now."""
    applicable: tuple[int, ...]
    """Numbers of all operators that can begin now."""
    plan: frozenset[int]
    """Numbers of all its operators."""


class RelaxedPlans:
    """Relaxed plans from states to one goal.

    Args:
        operators: The operators; those that can never begin cost time only.
        goal: Atoms wanted.
    """

    def __init__(self, operators: Sequence[Operator], goal: int) -> None:
        self._goal = numbers(goal)
        everything = goal
        for operator in operators:
            everything |= operator.needs | operator.adds
        self._width = everything.bit_length()
        self._read = everything
        self._users: list[list[int]] = [[] for _ in range(self._width)]
        self._adds = [numbers(operator.adds) for operator in operators]
        self._needs = [numbers(operator.needs) for operator in operators]
        self._counts = [len(needs) for needs in self._needs]
        self._free = [index for index, count in enumerate(self._counts) if not count]
        self._limited = frozenset(i for i, one in enumerate(operators) if one.capacities)
        self._operators = operators
        self._costs = [operator.cost for operator in operators]
        for index, needs in enumerate(self._needs):
            for atom in needs:
                self._users[atom].append(index)

    def towards(self, goal: int) -> RelaxedPlans:
        """Return the same for another goal, whose atoms are among those of the operators."""
        twin = copy.copy(self)
        twin._goal = numbers(goal)
        return twin

    def of(self, state: int) -> Estimate | None:
        """Return the estimate of a state; None if the goal cannot be reached from it."""
        true = numbers(state & self._read)
        counts, users = self._counts.copy(), self._users
        costs = [-1] * self._width
        applicable = self._free.copy()
        for atom in true:
            costs[atom] = 0
            for index in users[atom]:
                counts[index] -= 1
                if not counts[index]:
                    applicable.append(index)
        supports = self._supports(costs, counts, applicable)
        if supports is None:
            return None
        plan = self._extract(costs, supports)
        if not self._limited.isdisjoint(applicable):
            able = self._operators
            applicable = [i for i in applicable if able[i].can_begin(state)]
        first = plan.intersection(applicable)
        cost = sum(self._costs[index] for index in plan)
        return Estimate(len(plan), cost, tuple(sorted(first)), tuple(applicable), frozenset(plan))

    def _supports(self, costs: list[int], counts: list[int], fired: list[int]) -> list[int] | None:
        """Return the operator that supports each atom; fill in the costs of the atoms."""
        users, adds, needs = self._users, self._adds, self._needs
        supports = [-1] * self._width
        missing = sum(costs[atom] < 0 for atom in self._goal)
        wanted = frozenset(self._goal)
        while missing:
            new: list[int] = []
            layer: dict[int, int] = {}
            for index in fired:
                cost = 1
                for atom in needs[index]:
                    cost += costs[atom]
                for atom in adds[index]:
                    if costs[atom] < 0:
                        known = layer.get(atom)
                        if known is None:
                            new.append(atom)
                        elif known <= cost:
                            continue
                        layer[atom] = cost
                        supports[atom] = index
            if not new:
                return None
            fired = []
            for atom in new:
                costs[atom] = layer[atom]
                missing -= atom in wanted
                for index in users[atom]:
                    counts[index] -= 1
                    if not counts[index]:
                        fired.append(index)
        return supports

    def _extract(self, costs: list[int], supports: list[int]) -> set[int]:
        """Return the operators of the relaxed plan."""
        plan: set[int] = set()
        done: set[int] = set()
        open_atoms = [atom for atom in self._goal if costs[atom]]
        while open_atoms:
            atom = open_atoms.pop()
            if atom in done:
                continue
            done.add(atom)
            index = supports[atom]
            if index not in plan:
                plan.add(index)
                open_atoms += [need for need in self._needs[index] if costs[need]]
        return plan


def numbers(mask: int) -> list[int]:
    """Return the numbers of the atoms in a set, lowest first."""
    if mask.bit_count() < 12:
        return [bit.bit_length() - 1 for bit in bits(mask)]
    return [number for number, digit in enumerate(bin(mask)[:1:-1]) if digit == "1"]
