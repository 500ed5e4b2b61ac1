"""What formulas are evaluated against: facts, and entries of a tree's blackboard."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, Protocol, TypeAlias

Value: TypeAlias = bool | float | str | tuple[float, ...]
"""What an entry of a blackboard can hold; whole numbers are held as floats."""

Binding: TypeAlias = Mapping[str, str]
"""Variable name to object."""


class Fact(NamedTuple):
    """A literal without its sign.

    Ground when all terms are objects. Written ``on(red_mug, counter)``.
    """

    predicate: str
    terms: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.predicate}({', '.join(self.terms)})"


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
