"""Questions of a tree to a person."""

from __future__ import annotations

from typing import Protocol

from treehand.skills.domain import Call, Facts
from treehand.trees.format.person_question import PersonQuestion


class StepConfirmation(Protocol):
    """Rule that tells which steps a person confirms just before they begin."""

    def question(self, call: Call, facts: Facts) -> str | None:
        """Return the question before a step; None if it may begin without one."""
        ...


class PersonPort:
    """Questions that the nodes of a tree put; the run asks them when no skill runs.

    Args:
        confirmation: Tells which steps are confirmed.
    """

    def __init__(self, confirmation: StepConfirmation) -> None:
        self._confirmation = confirmation
        self._waiting: list[PersonQuestion] = []

    @property
    def is_waiting(self) -> bool:
        """Return True if a question was put and not asked yet."""
        return bool(self._waiting)

    def confirmation(self, call: Call, facts: Facts) -> str | None:
        """Return the question before a step; None if it may begin without one."""
        return self._confirmation.question(call, facts)

    def put(self, question: PersonQuestion) -> None:
        """Add a question to those that are to be asked."""
        self._waiting.append(question)

    def take(self) -> PersonQuestion | None:
        """Return the oldest question that was not asked yet, or None, and forget it."""
        return self._waiting.pop(0) if self._waiting else None

    def withdraw(self, question: PersonQuestion | None) -> None:
        """Take back a question whose node was halted; nothing happens if it was asked already."""
        if question in self._waiting:
            self._waiting.remove(question)
