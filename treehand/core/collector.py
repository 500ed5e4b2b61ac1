"""Python's collector of reference cycles: what it leaves alone, and when it runs.

A tick must not wait for it. What is loaded when a command begins lives as long as the process, so
it is not looked at again (`gc.freeze`); what a run makes is looked at between two ticks, while the
robot moves.
"""

from __future__ import annotations

import gc

YOUNG = 20_000
"""New objects after which a collection is due between ticks."""
IN_TICKS = 200_000
"""New objects after which Python collects by itself, in the midst of something."""


def leave_loaded() -> None:
    """Leave alone what is loaded now; for processes of our own, when their modules are loaded."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(IN_TICKS, 20, 100)


def collect_between_ticks() -> None:
    """Collect young objects if there are many; to be called where nothing waits for it."""
    if gc.get_count()[0] > YOUNG:
        gc.collect(1)
