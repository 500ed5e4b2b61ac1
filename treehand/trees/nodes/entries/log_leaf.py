"""Leaf that writes a line to the journal and the terminal."""

from __future__ import annotations

from py_trees.behaviour import Behaviour
from py_trees.common import Status

from treehand.core.events import Logged
from treehand.skills.domain import value_text
from treehand.trees.format.node_values import PLACEHOLDER
from treehand.trees.runtime.blackboard import Blackboard
from treehand.trees.runtime.runtime import Runtime


class LogLeaf(Behaviour):
    """Emits a text with the values of keys at that time; always succeeds."""

    def __init__(self, path: str, text: str, board: Blackboard, runtime: Runtime) -> None:
        super().__init__(path)
        self._text = text
        self._board = board
        self._runtime = runtime

    def update(self) -> Status:
        """Emit the line."""
        text = PLACEHOLDER.sub(lambda found: self._value(found[1]), self._text)
        now_s = self._runtime.clock.now_s()
        self._runtime.emit(Logged(t_s=now_s, path=self.name, text=text))
        return Status.SUCCESS

    def _value(self, name: str) -> str:
        value = self._board.key(name).content
        return "unknown" if value is None else value_text(value)
