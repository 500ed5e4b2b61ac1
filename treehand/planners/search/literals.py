"""What a fact is believed to be, as an atom of a grounded problem."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import NamedTuple

from treehand.skills.domain import Fact


class LiteralSign(Enum):
    """What is believed of a fact."""

    TRUE = ""
    FALSE = "not "
    NOT_TRUE = "unless "


class Literal(NamedTuple):
    """One atom of a grounded problem."""

    fact: Fact
    held: LiteralSign

    def __str__(self) -> str:
        return f"{self.held.value}{self.fact}"

    def comes_true(self, outcome: Mapping[Fact, bool | None]) -> bool:
        """Return whether a step makes it true.

        Args:
            outcome: What becomes of facts: true, false, or (None) no longer true.
        """
        if self.fact not in outcome:
            return False
        value = outcome[self.fact]
        if self.held is LiteralSign.NOT_TRUE:
            return not value
        return value is (self.held is LiteralSign.TRUE)

    def against(self) -> Literal:
        """Return what must be known so that it does not hold."""
        return Literal(
            self.fact, LiteralSign.FALSE if self.held is LiteralSign.TRUE else LiteralSign.TRUE
        )


Case = frozenset[Literal]
"""Literals that must all hold."""
