"""Python's collector of reference cycles: what it leaves alone, and when it runs.

A tick must not wait for it. What is loaded when a command begins lives as long as the process, so
it is not looked at again (`gc.freeze`); what a run makes is looked at between two ticks, while the
robot moves. In a program of somebody else nothing is frozen, and the thresholds are the program's
again after its last run.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

YOUNG = 20_000
"""New objects after which a collection is due between ticks."""
IN_TICKS = 200_000
"""New objects after which Python collects by itself, in the midst of something."""


class _HostThresholds:
    """Thresholds of the program, to be set again when the last of its runs has ended."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._runs = 0
        self._before: tuple[int, int, int] | None = None
        self._during = (0, 0, 0)

    def begin(self) -> None:
        """Raise the threshold of young objects, unless it is higher, or 0: no collection."""
        with self._lock:
            self._runs += 1
            young, *older = gc.get_threshold()
            if self._runs == 1 and 0 < young < IN_TICKS:
                self._before = (young, older[0], older[1])
                gc.set_threshold(IN_TICKS, *older)
                self._during = gc.get_threshold()

    def end(self) -> None:
        """Set the thresholds again, unless the program has set others meanwhile."""
        with self._lock:
            self._runs -= 1
            if self._runs == 0 and self._before is not None:
                if gc.get_threshold() == self._during:
                    gc.set_threshold(*self._before)
                self._before = None


_HOST = _HostThresholds()


def leave_loaded() -> None:
    """Leave alone what is loaded now; for processes of our own, when their modules are loaded."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(IN_TICKS, 20, 100)


@contextmanager
def collected_between_ticks() -> Iterator[None]:
    """Keep Python from collecting by itself during a run; runs may overlap in several threads."""
    _HOST.begin()
    try:
        yield
    finally:
        _HOST.end()


def collect_between_ticks() -> None:
    """Collect young objects if there are many; to be called where nothing waits for it.

    A program that has switched the collector off keeps it off.
    """
    if gc.isenabled() and gc.get_count()[0] > YOUNG:
        gc.collect(1)
