"""Watchdog: a thread that stops a run for reasons that the run itself cannot see."""

from __future__ import annotations

import threading
from collections.abc import Callable
from types import TracebackType

from treehand.core.error_record import error_record
from treehand.core.text.outside_values import finite_number, shown
from treehand.orchestrator.safety.latched_stop import StopLatch
from treehand.skills import Heartbeat, World

PERIOD_S = 0.02
"""Longest delay of another process's stop, in seconds of wall time."""
LOOK_S = PERIOD_S / 2
"""Pause between two checks; half a period, because a loaded machine wakes threads late."""


class Watchdog:
    """Stops a run when its world is latched by another process, or falls silent.

    Args:
        latch: The world's latch; None where there is none.
        world: The world.
        silence_s: Longest silence, in seconds of wall time.
        stop: Called at most once, from the watchdog's thread: why, and by whom.
    """

    def __init__(
        self,
        latch: StopLatch | None,
        world: World,
        silence_s: float,
        stop: Callable[[str, str], None],
    ) -> None:
        self._latch = latch
        self._world = world if isinstance(world, Heartbeat) else None
        self._silence_s = silence_s
        self._stop = stop
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="watchdog", daemon=True)

    def __enter__(self) -> Watchdog:
        if self._latch is not None or self._world is not None:
            self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._is_over.set()
        if self._thread.is_alive():
            self._thread.join()

    def _watch(self) -> None:
        while not self._is_over.wait(LOOK_S):
            reason = self._reason()
            if reason is not None:
                self._stop(*reason)
                return

    def _reason(self) -> tuple[str, str] | None:
        if self._latch is not None and self._latch.is_set:
            stop = self._latch.first()
            return (stop.reason, stop.by) if stop is not None else None
        if self._world is None:
            return None
        try:
            told = self._world.silent_s()
        except BaseException as error:  # a world that cannot say so has fallen silent
            return f"the world's heartbeat is lost: {error_record(error)}", "heartbeat"
        silent_s = finite_number(told)
        if silent_s is None:
            problem = f"silent_s() returned {shown(told)}, which is not a time in seconds"
            return f"the world's heartbeat is lost: {problem}", "heartbeat"
        if silent_s <= self._silence_s:
            return None
        return f"nothing was heard of the world for {silent_s:.1f} s", "heartbeat"
