"""Person who answers a run's questions over HTTP; the robot holds still meanwhile."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from treehand.trees import PersonQuestion
from treehand.web.access.api_error import ApiError

_LOOK_S = 0.1
"""Pause between two looks for a stop from another process, in seconds of wall time."""


@dataclass(frozen=True)
class OpenQuestion:
    """One question that waits for an answer."""

    number: int
    question: PersonQuestion
    asked_s: float
    """Monotonic wall time at which it was put."""

    @property
    def left_s(self) -> float | None:
        """Return the time that is left to answer, in seconds; None without a deadline."""
        if self.question.deadline_s is None:
            return None
        return max(self.question.deadline_s - (time.monotonic() - self.asked_s), 0.0)


class RemotePerson:
    """Person behind a server: one question at a time, answered from any thread.

    Args:
        changed: Called when a question is put, answered or taken back.
    """

    def __init__(self, changed: Callable[[], None]) -> None:
        self._changed = changed
        self._count = 0
        self._condition = threading.Condition()
        self._open: OpenQuestion | None = None
        self._answer: str | None = None
        self._is_cancelled = False
        self.is_stopped: Callable[[], bool] = lambda: False
        """Tells if a stop is in force: nobody is asked any longer then."""

    @property
    def open(self) -> OpenQuestion | None:
        """Return the question that waits for an answer; None if none does."""
        return self._open

    def ask(self, question: PersonQuestion) -> str | None:
        """Return the answer; None if none came in time, or a stop came first."""
        with self._condition:
            self._answer, self._is_cancelled = None, False
            self._count += 1
            put = self._open = OpenQuestion(self._count, question, time.monotonic())
        self._changed()
        with self._condition:
            while self._answer is None and not self._is_cancelled:
                left_s = put.left_s
                if left_s == 0.0 or self.is_stopped():
                    break
                self._condition.wait(_LOOK_S if left_s is None else min(left_s, _LOOK_S))
            answer, self._open = self._answer, None
        self._changed()
        return answer

    def answer(self, number: int, choice: str) -> None:
        """Answer the open question.

        Raises:
            ApiError: If it is not open any more (409), was never put (404), or the choice is none
                of its options (422).
        """
        with self._condition:
            put = self._open
            if put is None or put.number != number or self._answer is not None:
                if 0 < number <= self._count:
                    raise ApiError(409, "already-answered", f"question {number} is not open")
                raise ApiError(404, "unknown-question", f"there is no question {number}")
            if choice not in put.question.options:
                hint = "options: " + ", ".join(f"'{one}'" for one in put.question.options)
                raise ApiError(422, "wrong-answer", f"'{choice[:80]}' is not an option", hint)
            self._answer = choice
            self._condition.notify_all()

    def cancel(self) -> None:
        """Let the open question stay unanswered."""
        with self._condition:
            self._is_cancelled = True
            self._condition.notify_all()
