"""Condition leaf."""

from __future__ import annotations

from py_trees.behaviour import Behaviour
from py_trees.common import Status

from treehand.skills import FailureCode
from treehand.skills.domain import Formula
from treehand.trees.engine.guards import Pure
from treehand.trees.runtime.conditions import Condition
from treehand.trees.runtime.failure import Failure


class CheckLeaf(Behaviour, Pure):
    """Succeeds if its condition is known to be true; else fails."""

    CHANGES = ("failure", "seen")

    def __init__(self, path: str, condition: Condition, *, is_paranoid: bool = False) -> None:
        super().__init__(path)
        self.reads = condition.reads
        self.is_paranoid = is_paranoid
        self.failure: Failure | None = None
        self._condition = condition

    @property
    def formula(self) -> Formula:
        """Return its condition."""
        return self._condition.formula

    def update(self) -> Status:
        """Evaluate the condition."""
        value = self._condition.value()
        if value:
            return Status.SUCCESS
        how = "false" if value is False else "unknown"
        detail = f"'{self._condition.formula}' is {how}"
        self.failure = Failure(FailureCode.CONDITION_FALSE, detail, self.name)
        return Status.FAILURE
