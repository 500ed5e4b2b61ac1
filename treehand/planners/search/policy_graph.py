"""What to do in any state, read off a plan."""

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
    """Atoms."""

    @classmethod
    def of(cls, solution: Solution) -> PolicyGraph:
        """Return the policy of a plan."""
        return cls(solution.rows, solution.goal)

    def is_done(self, state: int) -> bool:
        """Return whether the goal holds."""
        return not self.goal & ~state

    def step(self, state: int) -> Row | None:
        """Return what to do next; None if no rule fits, or nothing is left to do."""
        if self.is_done(state):
            return None
        for row in reversed(self.rows):
            if not row.needs & ~state:
                return row
        return None
