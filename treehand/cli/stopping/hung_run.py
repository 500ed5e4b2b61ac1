"""Hung run: the process ends if a skill or a driver does not return after a stop."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable
from types import TracebackType

from treehand.core.events import Event, StopOverdue
from treehand.core.exit_codes import ExitCode
from treehand.orchestrator.running.result import Outcome, RestReport, RunMetrics, RunResult
from treehand.orchestrator.sessions.robot import Robot

GIVE_UP_S = 5.0
"""Time from the report that a stop is overdue to the end of the process, in wall seconds."""


class HungRun:
    """Ends the process if the run does not end after a stop, because somebody's code hangs.

    The journal then has everything but the end of the run, and the world stays stopped.

    Args:
        robot: The robot.
        report: Prints a result.
        give_up_s: Time from the report that a stop is overdue, in wall seconds.
    """

    def __init__(
        self, robot: Robot, report: Callable[[RunResult], None], give_up_s: float = GIVE_UP_S
    ) -> None:
        self._robot = robot
        self._report = report
        self._give_up_s = give_up_s
        self._timer: threading.Timer | None = None
        self._is_over = False

    def __enter__(self) -> HungRun:
        self._unsubscribe = self._robot.world.stream.subscribe(self._take)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._is_over = True
        self._unsubscribe()
        if self._timer is not None:
            self._timer.cancel()

    def _take(self, event: Event) -> None:
        if isinstance(event, StopOverdue) and self._timer is None:
            self._timer = threading.Timer(self._give_up_s, self._end, (event,))
            self._timer.daemon = True
            self._timer.start()

    def _end(self, event: StopOverdue) -> None:
        """Print that the run hangs, and end the process without waiting for any thread."""
        if self._is_over:
            return
        rest = RestReport(
            reason=event.reason, by=event.by, robots=event.robots, leaves=event.leaves
        )
        result = self._result(rest)
        try:
            self._report(result)
            sys.stdout.flush()
        finally:
            os._exit(ExitCode.NOT_AT_REST)

    def _result(self, rest: RestReport) -> RunResult:
        """Return the result of the run so far, which is not over."""
        session = self._robot.runs.current
        run = session.run if session is not None else None
        metrics = run.metrics if run is not None else RunMetrics()
        sim_time_s, wall_time_s = session.times_s if session is not None else (0.0, 0.0)
        return RunResult(
            outcome=Outcome.ERROR,
            message=f"{rest.restless} did not return {self._give_up_s:g} s after the stop was "
            "overdue; the process ends",
            facts=self._robot.world.facts.true_facts(),
            leaves_run=metrics.leaves_run,
            failures=dict(sorted(metrics.failures.items())),
            retries=metrics.retries,
            replans=metrics.replans,
            sim_time_s=round(sim_time_s, 3),
            wall_time_s=round(wall_time_s, 4),
            run_id=session.run_id if session is not None else None,
            stop=rest,
        )
