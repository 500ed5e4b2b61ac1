"""Limits of wall time on machines that do other work, too."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from typing import Self

MOST_LOAD = 10.0
"""Greatest factor by which other work makes a limit longer."""


def load_factor() -> float:
    """Return the load average of the last minute for each processor, between 1 and `MOST_LOAD`.

    A process takes about so much longer than alone on this machine.
    """
    try:
        load = os.getloadavg()[0] / (os.cpu_count() or 1)
    except (AttributeError, OSError):  # not known on this system
        return 1.0
    return min(MOST_LOAD, max(1.0, load))


class WallLimit:
    """Calls a function if a block takes longer than a limit times the load of the machine.

    Args:
        limit_s: Wall time on a machine without other load.
        on_over: Called in a thread of its own.
    """

    def __init__(self, limit_s: float, on_over: Callable[[], None]) -> None:
        self._limit_s = limit_s
        self._on_over = on_over
        self._is_done = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        self._is_done.set()

    def _watch(self) -> None:
        began_s = time.monotonic()
        until_s = began_s + self._limit_s
        while (left_s := until_s - time.monotonic()) > 0:
            if self._is_done.wait(left_s):
                return
            until_s = began_s + self._limit_s * load_factor()
        if not self._is_done.is_set():
            self._on_over()
