"""Reads the dense states of a run, also while they are written."""

from __future__ import annotations

import struct
from bisect import bisect_right
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from treehand.core.errors import StorageError
from treehand.orchestrator.states.states_format import (
    MAGIC,
    MAX_HEADER,
    ChunkHead,
    StatesHeader,
    damaged,
    unpacked_chunk,
)
from treehand.skills import Moment


class RunStates:
    """The states of one run, as far as they were written when it was opened.

    What a killed process left incomplete at the end is not read.

    Args:
        path: The file.

    Raises:
        StorageError: If it cannot be read, or holds something else.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._chunks: list[tuple[ChunkHead, int]] = []
        """Head of each chunk, with the position of its data in the file."""
        self.end = 0
        """Position in the file after the last complete chunk."""
        self._latest: tuple[int, list[Moment]] = (-1, [])
        """The chunk that was read last."""
        try:
            with path.open("rb") as file:
                self.header = _header(file)
                self._find_chunks(file)
        except OSError as error:
            message = f"cannot read '{path}': {error.strerror}"
            raise StorageError("unreadable-file", message, "see to its permissions") from error
        except (ValueError, KeyError, TypeError, AttributeError, struct.error) as error:
            raise damaged(path, error) from error

    def _find_chunks(self, file: BinaryIO) -> None:
        size = self.path.stat().st_size
        self.end = file.tell()
        while self.end + ChunkHead.SIZE <= size:
            file.seek(self.end)
            head = ChunkHead.parsed(file.read(ChunkHead.SIZE), self.header.least_row)
            at = self.end + ChunkHead.SIZE
            if at + head.size > size:
                break
            self._chunks.append((head, at))
            self.end = at + head.size

    def __len__(self) -> int:
        return sum(head.rows_n for head, _ in self._chunks)

    @property
    def span_s(self) -> tuple[float, float]:
        """Return the run times of the first and the last moment; both 0 if there is none."""
        if not self._chunks:
            return 0.0, 0.0
        return self._chunks[0][0].first_s, self._chunks[-1][0].last_s

    def holds(self, first_s: float, last_s: float) -> bool:
        """Return True if every control period of a span of run time was kept."""
        begin_s, end_s = self.span_s
        period_s = self.header.period_s
        wanted_n = round((end_s - begin_s) / period_s) + 1
        is_whole = begin_s <= first_s + 1.5 * period_s and end_s >= last_s - 1.5 * period_s
        return len(self) == wanted_n and is_whole

    def moments(self) -> Iterator[Moment]:
        """Yield every moment in order; raises `StorageError` at a damaged one."""
        for number in range(len(self._chunks)):
            yield from self._chunk(number)

    def at(self, time_s: float) -> Moment | None:
        """Return the last moment at or before a run time, else the first one; None if none is kept.

        Raises:
            StorageError: If it is damaged.
        """
        if not self._chunks:
            return None
        begins = [head.first_s for head, _ in self._chunks]
        number = max(0, bisect_right(begins, time_s + _SAME_S) - 1)
        moments = self._chunk(number)
        index = bisect_right([one.time_s for one in moments], time_s + _SAME_S) - 1
        return moments[max(0, index)]

    def _chunk(self, number: int) -> list[Moment]:
        known, moments = self._latest
        if known != number:
            head, at = self._chunks[number]
            try:
                with self.path.open("rb") as file:
                    file.seek(at)
                    rows = unpacked_chunk(head, file.read(head.size))
            except (OSError, ValueError) as error:
                raise damaged(self.path, error) from error
            moments = [self.header.moment(row) for row in rows]
            self._latest = (number, moments)
        return moments


_SAME_S = 1e-6
"""Greatest difference of two times that count as the same."""


def states_of(path: Path) -> RunStates | None:
    """Return the states of a run that has some; None if none were kept.

    Raises:
        StorageError: If the file cannot be read, or holds something else.
    """
    if not path.exists():
        return None
    states = RunStates(path)
    return states if len(states) else None


def _header(file: BinaryIO) -> StatesHeader:
    if file.read(len(MAGIC)) != MAGIC:
        raise ValueError("it begins otherwise")
    (size,) = struct.unpack("<I", file.read(4))
    text = file.read(min(size, MAX_HEADER))
    return StatesHeader.parsed(text)
