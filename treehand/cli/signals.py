"""Ctrl-C, SIGTERM, a closed terminal: once halts the run, twice in a second stops at once."""

from __future__ import annotations

import signal
import time
from types import FrameType, TracebackType

from treehand.orchestrator.sessions.robot import Robot

TWICE_WITHIN_S = 1.0


_SIGNALS = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
)


class SignalHandlers:
    """While this context is open, interrupts go to the robot's run.

    Before the run has begun, and while a person is being asked, an interrupt is a
    `KeyboardInterrupt`.
    """

    def __init__(self, robot: Robot) -> None:
        self._robot = robot
        self._last_s = -10.0
        self._before: dict[signal.Signals, object] = {}

    def __enter__(self) -> SignalHandlers:
        for number in _SIGNALS:
            self._before[number] = signal.signal(number, self._handle)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)  # type: ignore[arg-type]

    def _handle(self, number: int, frame: FrameType | None) -> None:
        now_s = time.monotonic()
        is_second = now_s - self._last_s < TWICE_WITHIN_S
        self._last_s = now_s
        session = self._robot.runs.current
        run = session.run if session is not None else None
        if run is None or run.is_asking or run.is_over:
            raise KeyboardInterrupt(signal.Signals(number).name)
        reason = "interrupted twice: stopped at once" if is_second else "interrupted"
        self._robot.stop(reason, by=signal.Signals(number).name, is_immediate=is_second)
