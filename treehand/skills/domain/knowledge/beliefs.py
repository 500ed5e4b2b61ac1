"""Protocol that formulas are evaluated against: facts, and keys of a tree's blackboard."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol, TypeAlias

from treehand.core.literals import Fact

Value: TypeAlias = bool | float | str | tuple[float, ...] | tuple[str, ...]
"""Value of a blackboard key; whole numbers are stored as floats."""

Binding: TypeAlias = Mapping[str, str]
"""Variable name to object name."""


class Beliefs(Protocol):
    """Source of truth values for formulas: facts and blackboard keys."""

    def value(self, fact: Fact) -> bool | None:
        """Return the truth value of a ground fact; None when unknown."""
        ...

    def objects(self, type_name: str) -> tuple[str, ...]:
        """Return the objects of a type, subtypes included."""
        ...

    def matching(self, fact: Fact, variable: str, type_name: str) -> tuple[str, ...] | None:
        """Return the objects for a variable with which a fact may be true; None if all may.

        Args:
            fact: A fact with the variable among its terms.
            variable: The variable.
            type_name: Type of the objects; they are in the scene's order.
        """
        ...

    def entry(self, name: str) -> Value | None:
        """Return the value of a blackboard key; None if nothing was written."""
        ...
