"""The best tree that planning has looked at so far, for an answer before anything is decided."""

from __future__ import annotations

from treehand.planners.goals.goal import Goal
from treehand.planners.rollout.rollout import Rollout


class BestTree:
    """Remembers the rollout that reaches the most parts of a goal."""

    def __init__(self) -> None:
        self._reached = -1
        self._said = "nothing was found so far"

    def see(self, goal: Goal, rollout: Rollout) -> None:
        """Take in the rollout of a tree for a goal."""
        parts = [part for _, part in goal.instances(rollout.facts, rollout.bindings.copy())]
        reached = sum(part.holds(rollout.facts) is True for part in parts)
        if reached > self._reached:
            self._reached = reached
            self._said = (
                f"the best so far is a tree of {len(rollout.steps)} steps that reaches {reached} "
                f"of {len(parts)} parts of the goal"
            )

    def __str__(self) -> str:
        return self._said
