"""Protocol that formulas are evaluated against: facts, and keys of a tree's blackboard."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, Protocol, TypeAlias
from treehand.core.literals import Fact

Value: TypeAlias = bool | float | str | tuple[float, ...]
"""What an entry of a blackboard can hold; whole numbers are held as floats."""

Binding: TypeAlias = Mapping[str, str]
"""Variable name to object."""




class Beliefs(Protocol):
    """What a formula is evaluated against."""

    def value(self, fact: Fact) -> bool | None:
        """Return whether a ground fact holds; None when unknown."""
        ...

    def objects(self, type_name: str) -> tuple[str, ...]:
        """Return the objects of a type, subtypes included."""
        ...

    def entry(self, name: str) -> Value | None:
        """Return what an entry of the blackboard holds; None when nothing was written."""
        ...
