"""Node that tries the alternatives of one skill, as the deployment lists them."""

from __future__ import annotations

from collections.abc import Sequence

from py_trees.behaviour import Behaviour
from py_trees.common import Status

from treehand.skills import FailureCode
from treehand.trees.engine.visitor import Composed, Visit, halt
from treehand.trees.runtime.failure import cause_of


class AlternativesNode(Composed):
    """Tries its children one after the other, as long as they fail with one of some codes.

    Args:
        path: Its path.
        children: A leaf for each alternative.
        on: Failure codes after which the next one is tried.
    """

    CHANGES = ("_current",)

    def __init__(
        self, path: str, children: Sequence[Behaviour], on: frozenset[FailureCode]
    ) -> None:
        super().__init__(path, list(children))
        self._on = on
        self._current = 0

    def initialise(self) -> None:
        """Start with the first."""
        self._current = 0
        for child in self.children:
            if child.status is not Status.INVALID:
                halt(child)

    def visit_children(self, visit: Visit) -> Status:
        """Visit the present one; go on to the next if it has just failed with one of the codes."""
        while True:
            child = self.children[self._current]
            visit(child)
            if child.status is not Status.FAILURE:
                return child.status
            failure = cause_of(child)
            is_last = self._current + 1 == len(self.children)
            if is_last or failure is None or failure.code not in self._on:
                return Status.FAILURE
            self._current += 1
