"""Node whose result in an interrupted run is kept when the run is resumed."""

from __future__ import annotations

from py_trees.behaviour import Behaviour
from py_trees.common import Status

from treehand.skills import FailureCode
from treehand.trees.engine.visitor import Composed, Visit
from treehand.trees.runtime.failure import Failure


class CompletedNode(Composed):
    """Returns once the status that its child had when the run was interrupted; then visits it.

    Around the children of a composite with memory: it carries on from the child that was running,
    as it would have without the interruption.
    """

    CHANGES = ("failure", "_kept")

    def __init__(self, path: str, child: Behaviour, status: Status) -> None:
        super().__init__(path, [child])
        self.failure: Failure | None = None
        self._kept: Status | None = status

    def visit_children(self, visit: Visit) -> Status:
        """Return the kept status, then run the child."""
        if self._kept is None:
            self.failure = None
            visit(self.children[0])
            return self.children[0].status
        status, self._kept = self._kept, None
        if status is Status.FAILURE:
            detail = "it had failed before the run was left"
            self.failure = Failure(FailureCode.CONDITION_FALSE, detail, self.name)
        return status
