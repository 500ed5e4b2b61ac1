"""Handing a person's answers to a run that waits for them in another thread."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable

from treehand.orchestrator.people.person import chosen_option
from treehand.trees import PersonQuestion

_LOOK_S = 0.02


class Answers:
    """A `Person` who is asked in the run's thread and answers in the conversation's.

    Args:
        tell: Shows a question.
        is_stopped: Whether the run was stopped, so that nothing is waited for any more.
    """

    def __init__(
        self, tell: Callable[[PersonQuestion], None], is_stopped: Callable[[], bool]
    ) -> None:
        self._tell = tell
        self._is_stopped = is_stopped
        self._given: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self.open: PersonQuestion | None = None
        """The question that waits now."""

    def ask(self, question: PersonQuestion) -> str | None:
        """Show the question and wait for its answer, its deadline, or a stop."""
        with self._lock:
            self.open = question
        self._tell(question)
        ends_s = None
        if question.deadline_s is not None:
            ends_s = time.monotonic() + question.deadline_s
        try:
            while not self._is_stopped() and (ends_s is None or time.monotonic() < ends_s):
                try:
                    return self._given.get(timeout=_LOOK_S)
                except queue.Empty:
                    continue
            return None
        finally:
            with self._lock:
                self.open = None

    def give(self, text: str) -> bool:
        """Take a line as the answer to the open question; return whether it is one."""
        with self._lock:
            chosen = chosen_option(text, self.open.options) if self.open is not None else None
            if chosen is None:
                return False
            self.open = None
        self._given.put(chosen)
        return True
