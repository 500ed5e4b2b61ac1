"""Node that chooses a child by the value of a blackboard key."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

from py_trees.behaviour import Behaviour
from py_trees.common import Status

from treehand.skills import FailureCode
from treehand.skills.domain import Value, value_text
from treehand.trees.engine.visitor import Composed, Visit, halt
from treehand.trees.runtime.blackboard import BlackboardKey
from treehand.trees.runtime.failure import Failure


class SwitchNode(Composed):
    """Runs the child of the first case that equals the key's value.

    Args:
        path: Its path.
        key: The key; while it has no value, no case fits.
        cases: Texts of the values, in the order of the children.
        children: A child for each case, and one more for all other values if there is one.
        is_remembering: True if the choice stands while the child runs; else the key is read at
            every tick, and a child that is not chosen any more is halted.
    """

    CHANGES = ("failure", "_chosen")

    def __init__(
        self,
        path: str,
        key: BlackboardKey,
        cases: Sequence[str],
        children: Sequence[Behaviour],
        *,
        is_remembering: bool,
    ) -> None:
        super().__init__(path, list(children))
        self.failure: Failure | None = None
        self._key = key
        self._cases = tuple(cases)
        self._is_remembering = is_remembering
        self._chosen: int | None = None

    def initialise(self) -> None:
        """Begin without a choice."""
        self.failure = None
        self._chosen = None
        for child in self.children:
            if child.status is not Status.INVALID:
                halt(child)

    def memory(self, now_s: float) -> tuple[Hashable, ...]:
        """Return the state that decides how it goes on: the child that was chosen."""
        return (self._chosen,)

    def visit_children(self, visit: Visit) -> Status:
        """Choose, then run the child."""
        if self._chosen is None or not self._is_remembering:
            chosen = self._choice()
            if self._chosen is not None and chosen != self._chosen:
                halt(self.children[self._chosen])
            self._chosen = chosen
        if self._chosen is None:
            value = self._key.content
            told = "nothing was written" if value is None else f"no case for {value_text(value)}"
            self.failure = Failure(FailureCode.CONDITION_FALSE, told, self.name)
            return Status.FAILURE
        child = self.children[self._chosen]
        visit(child)
        return child.status

    def _choice(self) -> int | None:
        value = None if self._key.is_symbolic else self._key.content
        for number, case in enumerate(self._cases):
            if value is not None and is_case(case, value):
                return number
        return len(self._cases) if len(self.children) > len(self._cases) else None


def is_case(case: str, value: Value) -> bool:
    """Return True if the text of a case stands for a value."""
    if isinstance(value, float) and not isinstance(value, bool):
        try:
            return float(case) == value
        except ValueError:
            return False
    return value_text(value) == case
