"""Answers of the person to a run that waits for them in another thread."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable

from treehand.console.messages import Asked, Tell
from treehand.console.outlet import TurnSignal
from treehand.orchestrator.people.person import chosen_option
from treehand.trees import PersonQuestion

_LOOK_S = 0.02
"""Seconds between looks for a stop, which may come from another process."""


class Answers:
    """A `Person` who is asked in the run's thread and answers in the conversation's.

    Args:
        tell: Shows a question.
        turn: Notified of a question.
        is_stopped: Returns True if the run was stopped, and so nothing is waited for any more.
    """

    def __init__(self, tell: Tell, turn: TurnSignal, is_stopped: Callable[[], bool]) -> None:
        self._tell = tell
        self._turn = turn
        self._is_stopped = is_stopped
        self._given: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._open: PersonQuestion | None = None

    @property
    def open(self) -> PersonQuestion | None:
        """Return the question that waits now."""
        return self._open

    def ask(self, question: PersonQuestion) -> str | None:
        """Show the question and wait for its answer, its deadline, or a stop."""
        with self._lock:
            while not self._given.empty():  # an answer that came just after its question ended
                self._given.get_nowait()
            self._open = question
        self._tell(Asked(question))
        self._turn.notify()
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
                self._open = None

    def give(self, text: str) -> bool:
        """Take a line as the answer to the open question; return True if it is one."""
        with self._lock:
            chosen = chosen_option(text, self._open.options) if self._open is not None else None
            if chosen is None:
                return False
            self._open = None
        self._given.put(chosen)
        return True
