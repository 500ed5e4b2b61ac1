"""Readings of a text: a goal, a question back, a refusal, or an answer.

Whoever reads words returns one of these four types, and callers `match` them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from treehand.planners.goals.goal import Goal


@dataclass(frozen=True)
class Question:
    """A question back to the person; nothing is planned before it is answered."""

    text: str
    """The question."""
    options: tuple[str, ...] = ()
    """Answers to choose from; none if only other words will do."""
    said: str = ""
    """The person's words that led to it."""
    about: str = ""
    """The words of `said` that every option stands for; empty if the options mean all of it."""
    goal: Goal | None = None
    """The goal that a "yes" means, where that is the question."""
    goals: tuple[Goal, ...] = ()
    """The goals that the options mean, in their order; options after the last goal mean none."""
    within_s: float | None = None
    """Time limit that `said` names, in seconds of run time."""
    construct: str = ""
    """Construct in `said` that a goal cannot hold, in words; empty if there is none."""
    is_understood: bool = True
    """False if no reading of the words was found at all."""

    @property
    def readings(self) -> tuple[tuple[str, Goal], ...]:
        """Return the options that mean a goal by themselves, with these goals."""
        pairs = list(zip(self.options, self.goals, strict=False))
        if self.goal is not None and self.options:
            pairs.append((self.options[0], self.goal))
        limit = {"within_s": self.within_s}
        return tuple((option, goal.model_copy(update=limit)) for option, goal in pairs)

    def goal_of(self, option: str) -> Goal | None:
        """Return the goal that an option means by itself; None if it means none."""
        return dict(zip(self.options, self.goals, strict=False)).get(option)

    def meaning(self, option: str) -> str:
        """Return the person's words with an option in the place of what was unclear."""
        if not self.about:
            return option
        return self.said.lower().replace(self.about, f"the {option}", 1)


@dataclass(frozen=True)
class Refusal:
    """A text that leads to no plan, with the reason."""

    message: str
    """The reason, in words."""
    kind: Literal["infeasible", "refused", "failure"] = "refused"
    """``infeasible``: no plan reaches it; ``refused``: the domain forbids it; ``failure``: the time
    or memory for planning is used up, and nothing is decided."""
    said: str = ""
    """The person's words."""
    goal: Goal | None = None
    """The goal as it was read, if it was."""
    hazard: str = ""
    """Name of the hazard rule that forbids it; empty if none does, or a rule without a name."""
    offer: Goal | None = None
    """The safe goal that is offered in its place; None if there is none."""


@dataclass(frozen=True)
class Answer:
    """An answer to a question or a social line; nothing may move for it."""

    text: str
    """The answer, in words."""
    said: str = ""
    """The person's words."""
    facts: tuple[str, ...] = ()
    """Facts that it rests on, in the text syntax."""
    hints: tuple[str, ...] = ()
    """Facts taken from a person's report, in the text syntax; where to look, never a goal."""


Reading = Goal | Question | Refusal | Answer
"""A text, read."""
