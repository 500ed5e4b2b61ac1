"""What is to be verified of a tree, and the stories of how it goes wrong."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field, replace

from treehand.core.errors import Finding
from treehand.skills import FailureCode
from treehand.skills.domain import Formula, Percept
from treehand.core.spans import Span
from treehand.trees import TreeSpec
from treehand.planners.goals.goal import Goal
from treehand.planners.goals.planning_problem import PlanningProblem

MAX_STATES = 20_000
"""How many states are looked at, if nothing else is said."""


@dataclass(frozen=True)
class TraceStep:
    """One step of a story."""

    number: int
    call: str
    code: FailureCode | None
    """How it failed; None for a success."""
    span: Span | None

    def __str__(self) -> str:
        how = f" fails with {self.code}" if self.code else ""
        where = f"  [{self.span}]" if self.span else ""
        return f"{self.number:>3}. {self.call}{how}{where}"


@dataclass(frozen=True)
class Violation:
    """Something that must not happen, and the shortest way found to it."""

    finding: Finding
    story: tuple[TraceStep, ...]
    world: str
    """What was supposed of facts that are unknown; empty if nothing was."""

    def lines(self) -> list[str]:
        """Return the story, step by step."""
        head = [f"supposed: {self.world}"] if self.world else []
        return [*head, *map(str, self.story)]


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


@dataclass
class ExplorationLog:
    """What all explorations of one verification share."""

    most: int
    until_s: float | None
    states: int = 0
    tried: set[str] = field(default_factory=set)
    given_up: set[str] = field(default_factory=set)
    loops: set[str] = field(default_factory=set)
    violations: dict[Hashable, Violation] = field(default_factory=dict)
    codes: dict[Hashable, set[FailureCode]] = field(default_factory=lambda: defaultdict(set))
    """The codes of failures that end alike."""
    reachable: dict[object, bool] = field(default_factory=dict)

    @property
    def is_spent(self) -> bool:
        """Return whether the budget is used up."""
        is_late = self.until_s is not None and time.perf_counter() >= self.until_s
        return self.states >= self.most or is_late

    def add(self, violation: Violation, alike: Hashable) -> None:
        """Keep the shortest of several stories that are alike, with what the last one says."""
        known = self.violations.get(alike)
        if known is not None and len(known.story) <= len(violation.story):
            told = replace(known.finding, message=violation.finding.message)
            violation = replace(known, finding=told)
        self.violations[alike] = violation


@dataclass(frozen=True)
class Hypothesis:
    """How facts that are unknown may be."""

    said: str = ""
    hidden: tuple[Percept, ...] = ()


def hint_of(story: Sequence[TraceStep]) -> str:
    """Return a story in one line: its failures, with a few steps around them."""
    failed = [index for index, told in enumerate(story) if told.code]
    near = {index for at in failed for index in range(at - 1, at + 2)}
    shown = sorted(near | set(range(max(0, len(story) - 3), len(story))))
    parts: list[str] = []
    before = -1
    for index in (index for index in shown if 0 <= index < len(story)):
        if index > before + 1:
            parts.append("…")
        told = story[index]
        how = f" fails with {told.code}" if told.code else ""
        parts.append(f"{told.number} {told.call}{how}")
        before = index
    return f"story: {', '.join(parts) or 'nothing has begun'}"
