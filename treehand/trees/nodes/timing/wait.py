"""Leaf that lets time pass."""

from __future__ import annotations

from collections.abc import Hashable

from py_trees.behaviour import Behaviour
from py_trees.common import Status

from treehand.core.text.outside_text import LONGEST_S
from treehand.skills import FailureCode
from treehand.trees.runtime.blackboard import BlackboardKey
from treehand.trees.runtime.failure import Failure
from treehand.trees.runtime.runtime import Runtime


class WaitLeaf(Behaviour):
    """Runs for a time on the run's clock, then succeeds.

    Args:
        path: Its path.
        time_s: The time in seconds, or the blackboard key that holds it; the key is read when the
            leaf starts.
        runtime: State of the run.
    """

    CHANGES = ("failure", "_until_s")

    def __init__(self, path: str, time_s: float | BlackboardKey, runtime: Runtime) -> None:
        super().__init__(path)
        self.failure: Failure | None = None
        self._time_s = time_s
        self._runtime = runtime
        self._until_s: float | None = None

    def initialise(self) -> None:
        """Begin to wait."""
        self.failure = None
        self._until_s = None
        time_s = self._seconds()
        if time_s is not None:
            self._until_s = self._runtime.clock.now_s() + time_s
            self._runtime.wakeups.set(self, self._until_s)

    def update(self) -> Status:
        """Return RUNNING until the time is over."""
        if self._until_s is None:
            return Status.FAILURE
        return Status.RUNNING if self._runtime.clock.now_s() < self._until_s else Status.SUCCESS

    def terminate(self, new_status: Status) -> None:
        """Ask for no more ticks."""
        self._runtime.wakeups.clear(self)

    def memory(self, now_s: float) -> tuple[Hashable, ...]:
        """Return the state that decides how it goes on: the seconds left."""
        return (round((self._until_s or now_s) - now_s, 3),)

    def _seconds(self) -> float | None:
        """Return the time to wait; None, with a failure, if there is none."""
        if isinstance(self._time_s, float):
            return self._time_s
        value = self._time_s.content
        if self._time_s.is_symbolic:
            return 0.0  # in a rollout the value is unknown
        if isinstance(value, float) and 0.0 <= value <= LONGEST_S:
            return value
        told = "nothing was written yet" if value is None else f"it is {value!r}"
        detail = f"the time to wait is not a number of seconds: {told}"
        self.failure = Failure(FailureCode.PRECONDITION_FALSE, detail, self.name)
        return None
