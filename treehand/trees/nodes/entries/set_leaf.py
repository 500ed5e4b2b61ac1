"""Leaf that writes computed values to the blackboard."""

from __future__ import annotations

from collections.abc import Mapping

from py_trees.behaviour import Behaviour
from py_trees.common import Status

from treehand.skills import FailureCode
from treehand.skills.domain import Value
from treehand.trees.format.expression import Expression, NoValue, evaluate, names_in
from treehand.trees.runtime.blackboard import Blackboard
from treehand.trees.runtime.failure import Failure


class SetLeaf(Behaviour):
    """Computes values from the keys as they are, then writes all of them.

    In a rollout, a value that depends on an unknown one is unknown itself.

    Args:
        path: Its path.
        values: Blackboard key to its expression; parameters and variables are replaced.
        board: Blackboard of the tree.
    """

    CHANGES = ("failure",)

    def __init__(self, path: str, values: Mapping[str, Expression], board: Blackboard) -> None:
        super().__init__(path)
        self.failure: Failure | None = None
        self._values = values
        self._board = board

    def update(self) -> Status:
        """Write the values; fail, and write none, if one of them cannot be computed."""
        self.failure = None
        made: dict[str, Value | None] = {}
        for name, expression in self._values.items():
            if any(self._board.key(part).is_symbolic for part in names_in(expression)):
                made[name] = None
                continue
            try:
                made[name] = evaluate(expression, lambda key: self._board.key(key).content)
            except NoValue as error:
                self.failure = Failure(FailureCode.PRECONDITION_FALSE, str(error), self.name)
                return Status.FAILURE
        for name, value in made.items():
            key = self._board.key(name)
            if value is None:
                key.write_symbolic()
            else:
                key.write(value)
        return Status.SUCCESS
