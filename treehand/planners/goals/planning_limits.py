"""Limits of one planning call in seconds and memory, and the deadline that they set."""

from __future__ import annotations

import os
import resource
import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")
MIB = 2**20
STATM = Path("/proc/self/statm")
"""Pages that this process holds, on Linux."""
EVERY_S = 0.05
"""Seconds between two looks at the memory."""


class OutOfLimits(Exception):
    """Planning took as long, or as much memory, as it may; nothing is decided."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why
        """The limit, in words: "in 2 s"."""


@dataclass(frozen=True)
class PlanningLimits:
    """Limits of one planning call; None for no limit."""

    max_s: float | None = None
    """Seconds by the clock on the wall, since a person or a robot waits."""
    max_mib: float | None = None
    """MiB of memory that this process holds, what it held before included."""

    def begin(self) -> Deadline:
        """Return the deadline of a call that begins now."""
        return Deadline(self)


class Deadline:
    """End of one planning call.

    Args:
        limits: Its limits.
    """

    def __init__(self, limits: PlanningLimits | None = None) -> None:
        self._limits = limits or PlanningLimits()
        self._began_s = time.monotonic()
        self._looked_s = 0.0

    @property
    def limits(self) -> PlanningLimits:
        """Return the limits of the whole call."""
        return self._limits

    def left_s(self) -> float | None:
        """Return the seconds that are left; None if time is not limited."""
        if self._limits.max_s is None:
            return None
        return max(0.0, self._limits.max_s - (time.monotonic() - self._began_s))

    def over(self, items: Iterable[T]) -> Iterator[T]:
        """Yield items, checking before each."""
        for item in items:
            self.check()
            yield item

    def check(self) -> None:
        """Raise `OutOfLimits` if the time is over or too much memory is in use."""
        limits = self._limits
        if limits.max_s is None and limits.max_mib is None:
            return
        now_s = time.monotonic()
        if limits.max_s is not None and now_s - self._began_s > limits.max_s:
            raise OutOfLimits(f"in {limits.max_s:g} s")
        if limits.max_mib is not None and now_s - self._looked_s > EVERY_S:
            self._looked_s = now_s
            if memory_mib() > limits.max_mib:
                raise OutOfLimits(f"with {limits.max_mib:g} MiB of memory")


NO_DEADLINE = Deadline()
"""Planning without a limit."""


def memory_mib() -> float:
    """Return the memory that this process holds, in MiB; the most so far where that is unknown."""
    if STATM.exists():
        pages = int(STATM.read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / MIB
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most / MIB if sys.platform == "darwin" else most / 1024
