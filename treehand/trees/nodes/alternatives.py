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

    A child that was halted after it had failed so, since it took another object than asked, is not
    begun again: once the tree has put that right, it is the next one's turn.

    Args:
        path: Its path.
        children: A leaf for each alternative.
        on: Failure codes after which the next one is tried.
    """

    CHANGES = ("_current", "_first")

    def __init__(
        self, path: str, children: Sequence[Behaviour], on: frozenset[FailureCode]
    ) -> None:
        super().__init__(path, list(children))
        self._on = on
        self._current = 0
        self._first = 0
        """The child that begins next."""

    def initialise(self) -> None:
        """Start with the first, or with the one after a child that was halted and had failed."""
        self._current = self._first
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

    def terminate(self, new_status: Status) -> None:
        """Choose the child that begins next."""
        self._first = 0
        if new_status is Status.INVALID:
            failure = cause_of(self.children[self._current])
            if failure is not None and failure.code in self._on:
                self._first = (self._current + 1) % len(self.children)
