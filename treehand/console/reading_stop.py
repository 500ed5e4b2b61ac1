"""A stop that comes while a language model reads what a person said."""

from __future__ import annotations

import threading

from treehand.console.messages import Heard, Said, Tell


class ReadingInterrupted(InterruptedError):
    """Raised in the reading of a line that a stop ends."""


class ReadingStop:
    """Ends the reading of a line: what the model still answers to it leads to nothing.

    Args:
        tell: Shows the pieces of the answer.
    """

    def __init__(self, tell: Tell) -> None:
        self._tell = tell
        self._lock = threading.Lock()
        self._is_reading = False
        self._is_stopped = False

    def begin(self) -> None:
        """Take in that a line is being read from now on."""
        with self._lock:
            self._is_reading, self._is_stopped = True, False

    def end(self) -> None:
        """Take in that the line was dealt with."""
        with self._lock:
            self._is_reading = False

    def stop(self) -> bool:
        """End the reading under way; return True if there is one. Callable from any thread."""
        with self._lock:
            is_first = self._is_reading and not self._is_stopped
            self._is_stopped = self._is_reading
        if is_first:
            self._tell(Said("stopped: what the model answers to this leads to nothing"))
        return is_first

    def hear(self, piece: str) -> None:
        """Pass on a piece of the answer; raises `ReadingInterrupted` after a stop."""
        self.require_wanted()
        if piece:
            self._tell(Heard(piece))

    def require_wanted(self) -> None:
        """Raise `ReadingInterrupted` if a stop has ended the reading."""
        if self._is_stopped:
            raise ReadingInterrupted("the goal was dropped; nothing was moved")
