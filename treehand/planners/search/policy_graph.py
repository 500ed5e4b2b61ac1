"""Policies read off plans: the next step in any state."""

from __future__ import annotations

from dataclasses import dataclass

from treehand.planners.search.regression import Row
from treehand.planners.search.searcher import Solution


@dataclass(frozen=True)
class PolicyGraph:
    """A plan as rules: the step nearest to the goal whose needs hold (a triangle table).

    Nilsson 1994, "Teleo-reactive programs for agent control". A step that was undone is done again,
    one that something else has done is passed over.
    """

    rows: tuple[Row, ...]
    """The plan, first step first."""
    goal: int
    """Atoms of the goal."""

    @classmethod
    def of(cls, solution: Solution) -> PolicyGraph:
        """Return the policy of a plan."""
        return cls(solution.rows, solution.goal)

    def is_done(self, state: int) -> bool:
        """Return True if the goal holds in a state."""
        return not self.goal & ~state

    def step(self, state: int) -> Row | None:
        """Return the next step; None if no rule applies, or the goal holds."""
        if self.is_done(state):
            return None
        for row in reversed(self.rows):
            if not row.needs & ~state:
                return row
        return None
