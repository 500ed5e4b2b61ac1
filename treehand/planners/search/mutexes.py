"""Mutexes: pairs of atoms that are never true together, derived from the operators.

The greatest inductive invariant of pairs (as in the h² heuristic; Haslum & Geffner 2000): no pair
is true at the start, and every operator that adds one atom of a pair either deletes the other or
needs an atom that excludes it. The fixpoint starts with every pair and removes those without such a
reason, on bit matrices. Only atoms that some operator or a known goal needs are considered: a
backward search wants no others.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from treehand.planners.search.ground_problem import GroundProblem, bits

Rows = NDArray[np.uint64]
"""A boolean matrix, 64 columns to the word: operators × atoms, or atoms × atoms."""
Numbers = NDArray[np.int64]

WORD = 8
"""Bytes of a word."""


class Mutexes:
    """Mutexes of a problem; an atom that can never be true excludes itself.

    Args:
        problem: Its operators and its start.
        besides: Atoms of goals, considered besides those that operators need.
    """

    def __init__(self, problem: GroundProblem, besides: int = 0) -> None:
        self._excluded: dict[int, int] = {}
        columns = _Columns(problem, besides)
        if columns.count:
            rows = _fixpoint(problem, columns)
            for bit, row in zip(columns.bits, rows, strict=True):
                self._excluded[bit] = columns.atoms(int.from_bytes(row.tobytes(), "little"))

    def of(self, bit: int) -> int:
        """Return the atoms that are never true together with the atom of `bit`."""
        return self._excluded.get(bit, 0)

    def of_any(self, mask: int) -> int:
        """Return the atoms that are never true together with some atom of a set."""
        excluded = 0
        for bit in bits(mask):
            excluded |= self.of(bit)
        return excluded

    def are_kept(self, state: int) -> bool:
        """Return True if a state violates no mutex; then no later state does."""
        return not self.exclude(state, state)

    def exclude(self, wanted: int, new: int) -> bool:
        """Return True if an atom in `new` excludes an atom in `wanted`."""
        excluded = self._excluded
        return any(excluded.get(bit, 0) & wanted for bit in bits(new))


class _Columns:
    """The atoms considered, numbered without gaps."""

    def __init__(self, problem: GroundProblem, besides: int) -> None:
        self.needed = besides
        for operator in problem.operators:
            self.needed |= operator.needs
        self.bits = tuple(bits(self.needed))
        self.count = len(self.bits)
        self.width = -(-self.count // (WORD * 8))
        self._number = {bit: number for number, bit in enumerate(self.bits)}

    def numbers(self, mask: int) -> list[int]:
        """Return the columns of the atoms in a set."""
        number = self._number
        return [number[bit] for bit in bits(mask & self.needed)]

    def atoms(self, columns: int) -> int:
        """Return the set of the atoms of some columns."""
        mask = 0
        for column in bits(columns):
            position = column.bit_length() - 1
            if position < self.count:
                mask |= self.bits[position]
        return mask

    def rows(self, masks: list[int]) -> Rows:
        """Return sets of atoms as rows."""
        size = self.width * WORD
        known: dict[int, bytes] = {}
        parts: list[bytes] = []
        for mask in masks:
            row = known.get(mask)
            if row is None:
                compact = 0
                for number in self.numbers(mask):
                    compact |= 1 << number
                row = known[mask] = compact.to_bytes(size, "little")
            parts.append(row)
        return np.frombuffer(b"".join(parts), np.uint64).reshape(len(masks), self.width)


def _fixpoint(problem: GroundProblem, columns: _Columns) -> Rows:
    count, operators = columns.count, problem.operators
    everything = np.uint64(2**64 - 1)
    excluded = np.full((count + 1, columns.width), everything)
    excluded[count] = 0  # what pads the lists of needs excludes nothing
    start = columns.rows([problem.start])[0]
    excluded[columns.numbers(problem.start)] &= ~start
    adds = columns.rows([operator.adds for operator in operators])
    deletes = columns.rows([operator.deletes for operator in operators])
    needs = _padded([columns.numbers(operator.needs) for operator in operators], count)
    added, adders, first = _adders(problem, columns)
    while True:
        before = excluded.copy()
        while added.size:
            gone = deletes.copy()
            for column in problem.deadline.over(needs.T):
                gone |= excluded[column]
            gone &= ~adds
            gone[_are_impossible(excluded, needs, count)] = everything
            kept = excluded[added] & np.bitwise_and.reduceat(gone[adders], first, axis=0)
            if np.array_equal(kept, excluded[added]):
                break
            excluded[added] = kept
        excluded[:count] &= _transposed(excluded[:count], count)
        if np.array_equal(before, excluded):
            return excluded[:count]


def _transposed(rows: Rows, count: int) -> Rows:
    square = np.unpackbits(rows.view(np.uint8), axis=1, bitorder="little")
    turned = np.zeros_like(square)
    turned[:, :count] = square[:, :count].T
    return np.packbits(turned, axis=1, bitorder="little").view(np.uint64)


def _padded(lists: list[list[int]], filler: int) -> Numbers:
    longest = max(map(len, lists), default=0)
    return np.array([some + [filler] * (longest - len(some)) for some in lists], np.int64).reshape(
        len(lists), longest
    )


def _adders(problem: GroundProblem, columns: _Columns) -> tuple[Numbers, Numbers, Numbers]:
    """Return the atoms that are added, the operators that add each, and where each list begins."""
    pairs = sorted(
        (number, index)
        for index, operator in enumerate(problem.operators)
        for number in columns.numbers(operator.adds)
    )
    atoms = np.array([number for number, _ in pairs], np.int64)
    first = np.flatnonzero(np.diff(atoms, prepend=-1))
    return atoms[first], np.array([index for _, index in pairs], np.int64), first


def _are_impossible(excluded: Rows, needs: Numbers, count: int) -> NDArray[np.bool_]:
    """Return a mask of the operators whose preconditions exclude each other."""
    found = np.zeros(len(needs), bool)
    for left in range(needs.shape[1]):
        for right in range(left + 1):
            one, other = needs[:, left], np.minimum(needs[:, right], count - 1)
            are_two = (one < count) & (needs[:, right] < count)
            word = excluded[one, other >> 6]
            shift = (other & 63).astype(np.uint64)
            found |= are_two & ((word >> shift) & np.uint64(1)).astype(bool)
    return found
