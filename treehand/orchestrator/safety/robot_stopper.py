"""Robot stopper: calls a robot's `stop` in a thread of its own."""

from __future__ import annotations

import queue
import threading
from dataclasses import dataclass
from types import TracebackType

from treehand.core.clock import Clock
from treehand.core.error_record import error_record, is_from_signal
from treehand.skills import Embodiment, StopStatus

CLOSE_S = 0.1
"""Time that the thread has to end; a driver that blocks keeps it longer, as a daemon."""


@dataclass
class _Order:
    """One call of `stop`."""

    is_done: threading.Event
    status: StopStatus | None = None


class RobotStopper:
    """Stops a robot without waiting longer for its driver than its caller wants.

    A driver that blocks in `stop`, because a command of another thread holds its lock, holds nobody
    up: the answer is unknown then.

    Args:
        robot: The robot.
        clock: The run's time.
    """

    def __init__(self, robot: Embodiment, clock: Clock) -> None:
        self._robot = robot
        self._clock = clock
        self._orders: queue.SimpleQueue[_Order | None] = queue.SimpleQueue()
        self._latest: _Order | None = None
        self._rest_s: float | None = None
        self._has_raised = False
        self._thread = threading.Thread(target=self._work, name="robot stopper", daemon=True)

    def __enter__(self) -> RobotStopper:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._orders.put(None)
        self._thread.join(CLOSE_S)

    @property
    def status(self) -> StopStatus | None:
        """Return the answer to the newest call; None if there was none, or it has not returned."""
        return self._latest.status if self._latest is not None else None

    @property
    def rest_s(self) -> float | None:
        """Return the run time at which the robot first said that it is at rest; None if not."""
        return self._rest_s

    @property
    def has_raised(self) -> bool:
        """Return True if the newest call raised an exception, which is the status's detail."""
        return self._has_raised

    def renew(self) -> None:
        """Forget that the robot was at rest before: a new stop begins."""
        self._rest_s = None

    def ask(self) -> None:
        """Call `stop` soon, unless a call is under way; never waits, callable from any thread."""
        latest = self._latest
        if latest is None or latest.is_done.is_set():
            self._put()

    def stop(self, timeout_s: float) -> StopStatus | None:
        """Call `stop` and return its answer; None if it does not come in time.

        Args:
            timeout_s: Longest wait, in seconds of wall time.
        """
        order = self._put()
        order.is_done.wait(timeout_s)
        return order.status

    def _put(self) -> _Order:
        order = self._latest = _Order(threading.Event())
        self._orders.put(order)
        return order

    def _work(self) -> None:
        while (order := self._orders.get()) is not None:
            try:
                status = StopStatus.of(self._robot.stop())
                self._has_raised = False
            except BaseException as error:  # a driver that cannot stop must be named, not believed
                detail = f"stop() raised {type(error).__name__}: {error}"
                status, self._has_raised = StopStatus(acknowledged=False, detail=detail), True
            if status.acknowledged and self._rest_s is None:
                self._rest_s = self._clock.now_s()
            order.status = status
            order.is_done.set()


def stopped_now(robot: Embodiment) -> StopStatus:
    """Call a robot's `stop` and return its answer; an exception of the driver confirms nothing."""
    try:
        return StopStatus.of(robot.stop())
    except BaseException as error:  # a `sys.exit` of a driver, too
        if is_from_signal(error):
            raise
        return StopStatus(acknowledged=False, detail=f"stop() raised {error_record(error)}")
