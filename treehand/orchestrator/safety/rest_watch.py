"""Rest watch: a thread that follows a stop until the robot and every skill are at rest."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable
from enum import Enum
from types import TracebackType

from treehand.orchestrator.safety.robot_stopper import RobotStopper

OVERDUE_S = 0.8
"""Time after a stop, in seconds of wall time, at which those who are not at rest are named."""
CLOSE_S = 1.0


class _Signal(Enum):
    STOP = "stop"
    STOP_AT_ONCE = "stop at once"
    OVER = "over"


class RestWatch:
    """Stops the robot itself if the run's thread is too busy to, and names who is not at rest.

    The run's thread may be inside a skill: a slow factory, a step of seconds, a halt that waits. So
    this thread calls the robot's `stop` one period after the request, and every period until the
    robot says that it is at rest.

    Args:
        stopper: Stops the robot.
        period_s: Time that the run's thread has to stop the robot, in seconds of wall time.
        report: Called once, from this thread, if the stop is not over after `OVERDUE_S`.
    """

    def __init__(self, stopper: RobotStopper, period_s: float, report: Callable[[], None]) -> None:
        self._stopper = stopper
        self._period_s = period_s
        self._report = report
        self._has_begun = False
        self._signals: queue.SimpleQueue[_Signal] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._watch, name="rest watch", daemon=True)

    def __enter__(self) -> RestWatch:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._signals.put(_Signal.OVER)
        self._thread.join(CLOSE_S)

    def begin(self, *, is_immediate: bool) -> None:
        """Take in that a stop was requested; never waits, callable from any thread.

        Args:
            is_immediate: True to stop the robot now, without giving the run's thread a period.
        """
        if not self._has_begun:
            self._has_begun = True
            self._stopper.renew()
        self._signals.put(_Signal.STOP_AT_ONCE if is_immediate else _Signal.STOP)

    def _watch(self) -> None:
        signal: _Signal | None = self._signals.get()
        if signal is _Signal.OVER:
            return
        now = time.monotonic()
        stop_at = now if signal is _Signal.STOP_AT_ONCE else now + self._period_s
        report_at: float | None = now + OVERDUE_S
        while True:
            is_at_rest = self._stopper.rest_s is not None
            times = (None if is_at_rest else stop_at, report_at)
            signal = self._next(min((at for at in times if at is not None), default=None))
            now = time.monotonic()
            if signal is _Signal.OVER:
                return
            if signal is _Signal.STOP_AT_ONCE:
                stop_at = now
            if now >= stop_at and self._stopper.rest_s is None:
                self._stopper.ask()
                stop_at = now + self._period_s
            if report_at is not None and now >= report_at:
                report_at = None
                self._report()

    def _next(self, until: float | None) -> _Signal | None:
        """Return the next signal; None if none comes by a time."""
        left_s = None if until is None else max(until - time.monotonic(), 0.0)
        try:
            return self._signals.get(timeout=left_s)
        except queue.Empty:
            return None
