"""Thread that runs the control periods in real time."""

from __future__ import annotations

import math
import threading

from treehand.core.clock import MonotonicClock
from treehand.skills.vla.control.controller import Controller


class Pacer:
    """Calls `Controller.period` on absolute deadlines until the controller has ended.

    A period that has passed is skipped and counted; it is never made up for.

    Args:
        controller: The controller.
        period_s: Run seconds from one deadline to the next.
        clock: The run's time.
        name: Name of the thread.
    """

    def __init__(
        self, controller: Controller, period_s: float, clock: MonotonicClock, name: str
    ) -> None:
        self._controller = controller
        self._period_s = period_s
        self._clock = clock
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Begin; the first period is due now."""
        self._thread.start()

    def end(self) -> None:
        """Begin no further period; returns at once."""
        self._ended.set()

    def _run(self) -> None:
        controller, clock, statistics = self._controller, self._clock, self._controller.statistics
        due_s = clock.now_s()
        while not self._ended.is_set():
            controller.period(due_s)
            if controller.error is not None:
                clock.wake()  # the leaf has something to say
                return
            due_s += self._period_s
            late_s = clock.now_s() - due_s
            if late_s > 0.0:
                missed_n = math.floor(late_s / self._period_s)
                statistics.missed_n += missed_n
                due_s += missed_n * self._period_s
            self._wait(due_s)
            statistics.record(statistics.lateness_s, clock.now_s() - due_s)

    def _wait(self, due_s: float) -> None:
        left_s = self._clock.to_wall_s(due_s - self._clock.now_s())
        if left_s > 0.0:
            self._ended.wait(left_s)
