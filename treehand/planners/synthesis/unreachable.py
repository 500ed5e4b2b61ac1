"""Exceptions of backward chaining."""

from __future__ import annotations

from treehand.skills.domain import Formula


class Unreachable(Exception):
    """A formula that no skill achieves; the planner catches it and reports the reason."""

    def __init__(self, formula: Formula, why: str) -> None:
        super().__init__(f"{formula}: {why}")
        self.formula = formula
        self.why = why


class Circular(Unreachable):
    """A literal that is among its own preconditions."""
