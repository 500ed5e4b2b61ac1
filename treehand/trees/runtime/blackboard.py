"""The blackboard of one run: entries that skills write and later nodes read.

Every tree has a namespace of its own, a `Blackboard`; a subtree's ports are wired to entries of the tree
that uses it. Nothing is shared with another run.
"""

from __future__ import annotations

from collections.abc import Mapping

from treehand.skills.domain import Beliefs, Fact, Value
from treehand.core.revisions import Revision


class BlackboardKey(Revision):
    """Where one entry is kept; counts its changes."""

    __slots__ = ("content", "initial", "is_imagined")

    def __init__(self, content: Value | None = None) -> None:
        super().__init__()
        self.initial = content
        """What it held when it was made."""
        self.content = content
        """What was written last; None before."""
        self.is_imagined = False
        """Whether a skill that was only imagined has written it, so that nobody knows what."""

    def write(self, content: Value) -> None:
        """Take a value in."""
        if content != self.content:
            self.content = content
            self.bump()

    @property
    def is_written(self) -> bool:
        """Return whether there is something to read."""
        return self.content is not None or self.is_imagined


class Blackboard:
    """The entries of one tree, by name.

    Args:
        ports: Names that stand for slots of the tree above.
    """

    def __init__(self, ports: Mapping[str, BlackboardKey] | None = None) -> None:
        self._slots = dict(ports or {})

    def slot(self, name: str) -> BlackboardKey:
        """Return where an entry is kept, whether or not it was written."""
        return self._slots.setdefault(name, BlackboardKey())

    @property
    def is_used(self) -> bool:
        """Return whether it has entries."""
        return bool(self._slots)

    def slots(self) -> tuple[BlackboardKey, ...]:
        """Return where its entries are kept."""
        return tuple(self._slots.values())

    def values(self) -> dict[str, Value]:
        """Return what has been written."""
        return {n: s.content for n, s in self._slots.items() if s.content is not None}


class Scope:
    """Facts and entries together, for the formulas of one tree."""

    def __init__(self, facts: Beliefs, board: Blackboard) -> None:
        self._facts = facts
        self._board = board

    def value(self, fact: Fact) -> bool | None:
        """Return whether a ground fact holds; None when unknown."""
        return self._facts.value(fact)

    def objects(self, type_name: str) -> tuple[str, ...]:
        """Return the objects of a type, subtypes included."""
        return self._facts.objects(type_name)

    def entry(self, name: str) -> Value | None:
        """Return what an entry holds; None when nothing was written."""
        return self._board.slot(name).content
