"""Literals over three-valued beliefs, the atoms of a ground problem."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import NamedTuple

from treehand.skills.domain import Fact


class LiteralSign(Enum):
    """Belief in a fact that a literal stands for."""

    TRUE = ""
    FALSE = "not "
    NOT_TRUE = "unless "


class Literal(NamedTuple):
    """One atom of a ground problem: a fact with the belief in it."""

    fact: Fact
    held: LiteralSign

    def __str__(self) -> str:
        return f"{self.held.value}{self.fact}"

    def comes_true(self, outcome: Mapping[Fact, bool | None]) -> bool:
        """Return True if a step makes the literal true.

        Args:
            outcome: Values of facts after the step; None stands for "no longer true".
        """
        if self.fact not in outcome:
            return False
        value = outcome[self.fact]
        if self.held is LiteralSign.NOT_TRUE:
            return not value
        return value is (self.held is LiteralSign.TRUE)

    def against(self) -> Literal:
        """Return the literal that must be known for this one not to hold."""
        return Literal(
            self.fact, LiteralSign.FALSE if self.held is LiteralSign.TRUE else LiteralSign.TRUE
        )


Case = frozenset[Literal]
"""Literals that must all hold."""
