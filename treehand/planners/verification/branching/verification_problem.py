"""A verification problem: a tree, what it is checked against, and the limits of the exploration."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from treehand.planners.goals.goal import Goal
from treehand.planners.goals.planning_problem import PlanningProblem
from treehand.planners.rollout.hypotheses import unknown_slots
from treehand.skills.domain import Formula, Percept
from treehand.trees import TreeSpec

MAX_STATES = 20_000
"""Default for the most states to explore."""


@dataclass(frozen=True)
class VerificationProgress:
    """Progress of a verification that is under way."""

    states: int
    """States explored so far."""
    judged: int
    """Hypotheses about unknown facts that are done with."""
    hypotheses: int
    """All of them; some may be found to be like another one, and are done with at once."""

    def __str__(self) -> str:
        under = f", {self.judged} of {self.hypotheses} hypotheses" if self.hypotheses > 1 else ""
        return f"{self.states} states{under}"


@dataclass(frozen=True)
class VerificationProblem:
    """A tree, the goal and constraints it is checked against, and the limits of the exploration."""

    planning: PlanningProblem
    """Action models, objects and initial state."""
    tree: TreeSpec
    arguments: dict[str, str]
    """Values of the tree's parameters."""
    goal: Goal
    """The tree's goal; with an empty formula only the tree's own success counts."""
    never: tuple[Formula, ...] = ()
    """Constraints: formulas that must not be known to hold at any time."""
    failures: int = 1
    """Most failures in one run."""
    max_states: int = MAX_STATES
    """Most states to explore."""
    max_s: float | None = None
    """Most seconds of computing time; None for no limit."""
    tell: Callable[[VerificationProgress], None] | None = None
    """Called at every state; None: nobody waits for it."""
    does_repeat: bool = False
    """True to explore every run anew under each hypothesis, what it does not change too."""

    @cached_property
    def unknown_slots(self) -> list[tuple[Percept, ...]]:
        """Return the alternatives for each thing that is unknown at the start."""
        return unknown_slots(self.planning)
