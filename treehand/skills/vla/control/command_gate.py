"""Command gate: the only path from a policy to the robot, closed for good at the end."""

from __future__ import annotations

import threading
from collections.abc import Callable

import numpy as np

from treehand.skills.contracts.embodiment import Embodiment, FloatArray, StopStatus
from treehand.skills.vla.contract.policy import invalid

DRIVER_S = 0.05
"""Time for which a stop waits for a command in progress; then it is sent in parallel."""


class CommandGate:
    """Forwards commands to the robot until it is stopped.

    After `stop` returns, from whichever thread it was called, no command but a stop is sent. A
    driver
    that is still executing a command is stopped at once, and again when the command returns; until
    then the stop is not acknowledged.

    Args:
        robot: Robot that is commanded.
        may_move: Returns False once the run lets nothing move.
    """

    def __init__(self, robot: Embodiment, may_move: Callable[[], bool] = lambda: True) -> None:
        self._robot = robot
        self._may_move = may_move
        self._lock = threading.Lock()
        self._is_shut = False

    @property
    def is_open(self) -> bool:
        """True if commands are forwarded."""
        return not self._is_shut and self._may_move()

    def send(self, action: FloatArray) -> bool:
        """Send an action; return False if the gate is closed.

        Args:
            action: Shape (action_dim,).

        Raises:
            PolicyError: If the action is not finite.
        """
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
        """Close the gate and bring the robot to rest; idempotent and thread-safe."""
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
