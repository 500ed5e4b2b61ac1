"""How far a tree had come when its run was left, so that another process can carry it on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from py_trees.behaviour import Behaviour
from py_trees.common import Status

from treehand.skills import FailureCode
from treehand.trees.engine.visitor import Composed, Visit
from treehand.trees.runtime.failure import Failure




class CompletedNode(Composed):
    """Answers once what the node had answered before the run was left; then it is the node.

    Around the children of a composite with memory: it carries on from the child that was running,
    as it would have without the crash.
    """

    CHANGES = ("failure", "_left")

    def __init__(self, path: str, child: Behaviour, status: Status) -> None:
        super().__init__(path, [child])
        self.failure: Failure | None = None
        self._left: Status | None = status

    def visit_children(self, visit: Visit) -> Status:
        """Answer from memory, then run the child."""
        if self._left is None:
            self.failure = None
            visit(self.children[0])
            return self.children[0].status
        status, self._left = self._left, None
        if status is Status.FAILURE:
            detail = "it had failed before the run was left"
            self.failure = Failure(FailureCode.CONDITION_FALSE, detail, self.name)
        return status
