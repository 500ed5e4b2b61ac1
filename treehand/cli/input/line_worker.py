"""Lines for a conversation, taken in a thread of their own: the prompt takes a stop meanwhile."""

from __future__ import annotations

import queue
import threading
from dataclasses import dataclass

from treehand.cli.views.console_screen import Screen
from treehand.console import Conversation
from treehand.console.intents import Intent, classify

PAINTED_S = 0.03
"""Time until a question is painted, in seconds; keys before that do not answer it."""
_FREE = (Intent.STOP, Intent.COMMAND, Intent.QUESTION, Intent.NOTHING)
"""Lines that answer no question, and so may have been begun before it."""


@dataclass(frozen=True)
class TypedLine:
    """A line of the person.

    Attributes:
        text: The line.
        began_s: Time of its first key on the monotonic clock, in seconds.
    """

    text: str
    began_s: float


class LineWorker:
    """Gives lines to a conversation, one after the other.

    A language model may take its time to read a goal. Stops and edits do not wait for it.

    Args:
        conversation: Takes the lines.
        screen: Knows when the last question was shown.
    """

    def __init__(self, conversation: Conversation, screen: Screen) -> None:
        self._conversation = conversation
        self._screen = screen
        self._lines: queue.SimpleQueue[tuple[TypedLine, object] | None] = queue.SimpleQueue()
        self._stops = 0
        self._waiting = 0
        self._thread = threading.Thread(target=self._work, name="lines", daemon=True)
        self._thread.start()

    @property
    def is_busy(self) -> bool:
        """Return True while a line is being taken."""
        return self._waiting > 0

    def take(self, line: TypedLine) -> None:
        """Take a line: at once if it is a stop or an edit, else after the lines before it."""
        intent = classify(line.text).intent
        if intent is Intent.STOP:
            self.drop()
        if intent is Intent.STOP or (intent is Intent.EDIT and not self.is_busy):
            self._give(line)
            return
        if self.is_busy:
            self._screen.say("the line before is still being read; this one waits")
        self._waiting += 1
        self._lines.put((line, self._stop_mark))

    def drop(self) -> None:
        """Forget the lines that wait: the person stops what they were to lead to."""
        self._stops += 1

    @property
    def _stop_mark(self) -> object:
        """Return a mark that changes with every stop, of this person or from elsewhere."""
        return self._stops, self._conversation.robot.parts.stops.latest

    def close(self) -> None:
        """Take no more lines; the one that is being taken is not waited for."""
        self._lines.put(None)

    def join(self) -> None:
        """Wait, after `close`, until every line was taken."""
        self._thread.join()

    def _work(self) -> None:
        while (waiting := self._lines.get()) is not None:
            line, mark = waiting
            try:
                if mark == self._stop_mark:
                    self._give(line)
                else:
                    self._screen.say(f"dropped by the stop: {line.text}")
            finally:
                self._waiting -= 1

    def _give(self, line: TypedLine) -> None:
        is_late = line.began_s >= self._screen.asked_s + PAINTED_S
        is_free = classify(line.text).intent in _FREE
        if self._conversation.is_waiting and not is_late and not is_free:
            self._screen.say("that was typed before the question; please answer it now")
            return
        self._conversation.say(line.text)
