"""The one way to the robot: open while a skill may move it, shut for good by its end."""

from __future__ import annotations

import threading
from collections.abc import Callable

import numpy as np

from treehand.skills.contracts.embodiment import Embodiment, FloatArray, StopStatus
from treehand.skills.vla.contract.policy import invalid

DRIVER_S = 0.05
"""How long a stop waits for a command that is being sent; then it is sent beside it."""


class CommandGate:
    """Sends commands until it is shut.

    Whoever shuts it, from any thread, can rely on it that no command but a stop is sent afterwards.
    A driver that is still at a command then is told to stop at once, and again when it comes back;
    until then nobody is told that the robot is at rest.

    Args:
        robot: What is commanded.
        may_move: Whether the run still lets anything move.
    """

    def __init__(self, robot: Embodiment, may_move: Callable[[], bool] = lambda: True) -> None:
        self._robot = robot
        self._may_move = may_move
        self._lock = threading.Lock()
        self._is_shut = False

    @property
    def is_open(self) -> bool:
        """Return whether commands still go through."""
        return not self._is_shut and self._may_move()

    def send(self, action: FloatArray) -> bool:
        """Send an action, shape (action_dim,); return whether it went through."""
        with self._lock:
            if not self.is_open:
                return False
            if not np.isfinite(action).all():
                raise invalid("an action is not finite")
            self._robot.apply(action)
            if self._is_shut:  # while the driver was at it
                self._robot.stop()
            return True

    def stop(self) -> StopStatus:
        """Shut, and bring the robot to rest; idempotent."""
        self._is_shut = True
        has_lock = self._lock.acquire(timeout=DRIVER_S)
        try:
            status = self._robot.stop()
        finally:
            if has_lock:
                self._lock.release()
        if not has_lock:
            return StopStatus(acknowledged=False, detail="the driver is still at a command")
        return status
