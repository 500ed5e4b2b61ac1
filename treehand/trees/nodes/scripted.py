"""Test double of a node: a leaf that answers from a list."""

from __future__ import annotations

from py_trees.behaviour import Behaviour
from py_trees.common import Status

from treehand.skills import FailureCode
from treehand.trees.runtime.failure import Failure
from treehand.trees.runtime.runtime import Runtime
from treehand.trees.runtime.substitutions import Statuses


class ScriptedLeaf(Behaviour):
    """Replaces a node: returns statuses from a list, tick by tick; the last one stays."""

    CHANGES = ("failure", "_next")

    def __init__(self, path: str, answers: Statuses, runtime: Runtime) -> None:
        super().__init__(path)
        self.failure: Failure | None = None
        self._answers = answers
        self._next = 0
        self._runtime = runtime

    def update(self) -> Status:
        """Give the next answer; while it runs, ask for the next tick."""
        answer = self._answers[min(self._next, len(self._answers) - 1)]
        self._next += 1
        self._runtime.wakeups.clear(self)
        if answer == Status.RUNNING.value:
            if self._next < len(self._answers):
                self._runtime.wakeups.set(self, self._runtime.clock.now_s())
            return Status.RUNNING
        if answer == Status.SUCCESS.value:
            return Status.SUCCESS
        code = FailureCode.CONDITION_FALSE if answer == "FAILURE" else FailureCode(answer)
        self.failure = Failure(code, "as its substitution says", self.name)
        return Status.FAILURE

    def terminate(self, new_status: Status) -> None:
        """Ask for no more ticks."""
        self._runtime.wakeups.clear(self)
