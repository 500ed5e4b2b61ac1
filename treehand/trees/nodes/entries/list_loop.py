"""Node that runs its child for one item of a list after the other."""

from __future__ import annotations

from collections.abc import Hashable

from py_trees.behaviour import Behaviour
from py_trees.common import Status

from treehand.skills import FailureCode
from treehand.trees.engine.visitor import Composed, Visit
from treehand.trees.runtime.blackboard import BlackboardKey
from treehand.trees.runtime.failure import Failure


class ListLoopNode(Composed):
    """Writes each item of a list to a key and runs the child.

    ``all``: a failure ends it. ``any``: a success ends it. The list is read once, when the node
    starts. In a rollout, where the list is unknown, there is one unknown item.

    Args:
        path: Its path.
        child: Node for one item.
        items: Key of the list.
        item: Key of the present item.
        index: Key of its number, from 0.
        is_any: True for ``mode: any``.
    """

    STARTS_AGAIN = True
    CHANGES = ("failure", "_list", "_next")

    def __init__(
        self,
        path: str,
        child: Behaviour,
        items: BlackboardKey,
        item: BlackboardKey,
        index: BlackboardKey | None,
        *,
        is_any: bool,
    ) -> None:
        super().__init__(path, [child])
        self.failure: Failure | None = None
        self._items, self._item, self._index = items, item, index
        self._is_any = is_any
        self._list: tuple[float | str | None, ...] | None = None
        """The items; None as an item stands for an unknown one."""
        self._next = 0

    def initialise(self) -> None:
        """Read the list."""
        self.failure = None
        self._next = 0
        content = self._items.content
        if self._items.is_symbolic:
            self._list = (None,)
        else:
            self._list = content if isinstance(content, tuple) else None

    def memory(self, now_s: float) -> tuple[Hashable, ...]:
        """Return the state that decides how it goes on: the present item, and the list."""
        return (self._next, self._list)

    def visit_children(self, visit: Visit) -> Status:
        """Run the child for the present item; go on to the next in the same tick."""
        if self._list is None:
            told = "nothing was written yet" if self._items.content is None else "it is no list"
            self.failure = Failure(FailureCode.PRECONDITION_FALSE, f"list: {told}", self.name)
            return Status.FAILURE
        goes_on = Status.FAILURE if self._is_any else Status.SUCCESS
        child = self.children[0]
        while self._next < len(self._list):
            if child.status is not Status.RUNNING:
                self._write(self._list[self._next])
            visit(child)
            if child.status is not goes_on:
                return child.status
            self._next += 1
        if self._is_any and not self._list:
            self.failure = Failure(FailureCode.CONDITION_FALSE, "the list is empty", self.name)
        return goes_on

    def _write(self, item: float | str | None) -> None:
        if item is None:
            self._item.write_symbolic()
        else:
            self._item.write(item)
        if self._index is not None:
            self._index.write(float(self._next))
