"""Ground planning problems: states are sets of atoms, kept as the bits of one integer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from treehand.planners.goals.planning_limits import NO_DEADLINE, Deadline


@dataclass(frozen=True, slots=True, eq=False)
class Operator:
    """A ground action (STRIPS; Fikes & Nilsson 1971): sets of atoms as bit masks.

    An atom that is both deleted and added is true afterwards.
    """

    name: str
    """A call in the text syntax: ``pick(red_mug)``."""
    needs: int
    """Atoms that must be true before it."""
    adds: int
    """Atoms that are true after it."""
    deletes: int
    """Atoms that are false after it; none that it adds."""
    cost: float
    """Cost in the unit of its problem; not negative."""
    capacities: tuple[tuple[int, int], ...] = ()
    """For each place that it fills: the atoms of the objects there, and their greatest number."""

    def can_begin(self, state: int) -> bool:
        """Return True if it is applicable in a state."""
        if self.needs & ~state:
            return False
        return all((state & there).bit_count() < most for there, most in self.capacities)

    def after(self, state: int) -> int:
        """Return the state that it leads to."""
        return (state & ~self.deletes) | self.adds

    def before(self, wanted: int) -> int | None:
        """Return the atoms that must be true before it for `wanted` to be true after it.

        Returns:
            The atoms; None if it would destroy one of them.
        """
        if self.deletes & wanted:
            return None
        return (wanted & ~self.adds) | self.needs


class GroundProblem:
    """Operators and the initial state.

    Args:
        atoms: Names of the atoms; the first one is bit 0.
        operators: The ground actions.
        start: The atoms that are true at the start.
        deadline: End of the searches for plans.
    """

    def __init__(
        self,
        atoms: Mapping[str, int],
        operators: Iterable[Operator],
        start: int,
        deadline: Deadline = NO_DEADLINE,
    ) -> None:
        self.deadline = deadline
        self._bits = dict(atoms)
        self.operators = tuple(operators)
        self.start = start

    @cached_property
    def atoms(self) -> tuple[str, ...]:
        """Return the names of the atoms, by bit."""
        return tuple(sorted(self._bits, key=self._bits.__getitem__))

    @cached_property
    def achievers(self) -> dict[int, tuple[Operator, ...]]:
        """Return, for the bit of each atom, the operators that add it."""
        found: dict[int, list[Operator]] = {}
        for operator in self.operators:
            for bit in bits(operator.adds):
                found.setdefault(bit, []).append(operator)
        return {bit: tuple(those) for bit, those in found.items()}

    @cached_property
    def least_cost(self) -> float:
        """Return the cost of the cheapest operator."""
        return min((operator.cost for operator in self.operators), default=0.0)

    def mask(self, names: Iterable[str]) -> int:
        """Return atoms as a set.

        Raises:
            KeyError: If the problem has no such atom.
        """
        mask = 0
        for name in names:
            mask |= self._bits[name]
        return mask

    def names(self, mask: int) -> tuple[str, ...]:
        """Return the names of the atoms in a set."""
        return tuple(self.atoms[bit.bit_length() - 1] for bit in bits(mask))


class GroundProblemBuilder:
    """Builds a ground problem; each new atom gets the next bit."""

    def __init__(self) -> None:
        self._bits: dict[str, int] = {}
        self._operators: list[Operator] = []

    def mask(self, names: Iterable[str]) -> int:
        """Return atoms as a set; new names become new atoms."""
        known = self._bits
        mask = 0
        for name in names:
            bit = known.get(name)
            if bit is None:
                bit = known[name] = 1 << len(known)
            mask |= bit
        return mask

    def add(
        self,
        name: str,
        needs: Iterable[str],
        adds: Iterable[str],
        deletes: Iterable[str],
        cost: float,
        capacities: Iterable[tuple[int, int]] = (),
    ) -> None:
        """Add an operator; raises `ValueError` if its cost is negative."""
        if not cost >= 0:
            raise ValueError(f"the cost of {name} is {cost}; it must not be negative")
        added = self.mask(adds)
        gone = self.mask(deletes) & ~added
        self._operators.append(
            Operator(name, self.mask(needs), added, gone, cost, tuple(capacities)),
        )

    def problem(self, start: Iterable[str], deadline: Deadline = NO_DEADLINE) -> GroundProblem:
        """Return the problem with the atoms that are true at the start."""
        true = self.mask(start)
        return GroundProblem(self._bits, self._operators, true, deadline)


def does_reach(path: Iterable[Operator], state: int, goals: Iterable[int]) -> bool:
    """Return True if each operator is applicable in its turn and a goal holds at the end."""
    for operator in path:
        if not operator.can_begin(state):
            return False
        state = operator.after(state)
    return any(not goal & ~state for goal in goals)


def bits(mask: int) -> Iterator[int]:
    """Yield the members of a set, lowest first, each as a set of one."""
    while mask:
        bit = mask & -mask
        yield bit
        mask ^= bit
