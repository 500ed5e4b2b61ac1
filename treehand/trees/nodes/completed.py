"""How far a tree had come when its run was left, so that another process can carry it on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from py_trees.behaviour import Behaviour
from py_trees.common import Status

from treehand.skills import FailureCode
from treehand.trees.engine.visitor import Composed, Visit
from treehand.trees.runtime.failure import Failure


@dataclass(frozen=True)
class Left:
    """What a journal tells of a tree that was left while it ran."""

    statuses: Mapping[str, str] = field(default_factory=dict)
    """Node path to the name of its last status."""
    begun: frozenset[str] = frozenset()
    """Paths of the steps that had begun, with no outcome written down."""
    done: frozenset[str] = frozenset()
    """Those among them that a person says were done."""

    def settled(self, path: str, above: str) -> Status | None:
        """Return how a child had ended of a node that was still running, or None."""
        if self.statuses.get(above) != Status.RUNNING.value:
            return None
        name = self.statuses.get(path)
        ended = (Status.SUCCESS, Status.FAILURE)
        return next((status for status in ended if status.value == name), None)


class SettledNode(Composed):
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
