"""Watchdog: a thread that stops a run for reasons that the run itself cannot see."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType

from treehand.core.error_record import error_record
from treehand.core.text.outside_values import finite_number, shown
from treehand.orchestrator.safety.latched_stop import StopLatch
from treehand.skills import Heartbeat, World
from treehand.worlds.blocked_call import CallWatch, let_wake

PERIOD_S = 0.02
"""Longest delay of another process's stop, in seconds of wall time."""
SIMULATED_S = 120.0
"""Longest time that one call of a simulated world may take, in wall seconds."""
AFTER_STOP_S = 10.0
"""Longest time that a call of a world may go on after the run was stopped, in wall seconds."""
LOOK_S = PERIOD_S / 2
"""Pause between two checks; half a period, because a loaded machine wakes threads late."""


@dataclass(frozen=True)
class BlockedCalls:
    """Calls of one world, and the longest time that each may take."""

    watch: CallWatch
    world: str
    """Name of the world."""
    limit_s: float
    """Wall time after which the run is stopped; a call twice as long is broken off."""
    after_stop_s: float = AFTER_STOP_S
    """Wall time after a stop, whoever asked for it, after which a call is broken off, too."""

    def problem(self) -> str:
        """Return the call that takes too long, in words; empty if none does."""
        name, time_s = self.watch.longest()
        if time_s <= self.limit_s:
            return ""
        return f"world '{self.world}' has not returned from {name} for {self.limit_s:g} s"

    def is_stuck(self, stopped_s: float) -> bool:
        """Return True if a call did not return after the stop either.

        Args:
            stopped_s: Wall time since the stop.
        """
        time_s = self.watch.longest()[1]
        return time_s > 2 * self.limit_s or min(time_s, stopped_s) > self.after_stop_s


class Watchdog:
    """Stops a run when its world is latched by another process, or falls silent.

    Args:
        latch: The world's latch; None where there is none.
        world: The world.
        silence_s: Longest silence, in seconds of wall time.
        stop: Called at most once, from the watchdog's thread: why, and by whom.
        calls: Calls of the world, which must not block; None if they are not watched.
    """

    def __init__(
        self,
        latch: StopLatch | None,
        world: World,
        silence_s: float,
        stop: Callable[[str, str], None],
        calls: BlockedCalls | None = None,
    ) -> None:
        self._latch = latch
        self._world = world if isinstance(world, Heartbeat) else None
        self._silence_s = silence_s
        self._stop = stop
        self._calls = calls
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="watchdog", daemon=True)

    def __enter__(self) -> Watchdog:
        if self._latch is not None or self._world is not None:
            let_wake()
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
                break
        since_s = time.monotonic()
        while self._calls is not None and not self._is_over.wait(LOOK_S):
            if self._calls.is_stuck(time.monotonic() - since_s):
                self._calls.watch.break_off()
                return

    def _reason(self) -> tuple[str, str] | None:
        blocked = self._calls.problem() if self._calls is not None else ""
        if blocked:
            return blocked, "watchdog"
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
