"""Delivery of messages to the client, whose mistakes stop neither a run nor the conversation."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from treehand.console.messages import Message, Said, Tell
from treehand.console.reading_stop import ReadingInterrupted
from treehand.core.errors import ListenerError, TreehandError


class MessageOutlet:
    """Passes messages to a listener; an exception of the listener is kept, and work goes on.

    Args:
        listener: Takes each message.
    """

    def __init__(self, listener: Tell) -> None:
        self._listener = listener
        self._error: ListenerError | None = None

    def __call__(self, message: Message) -> None:
        """Pass a message on."""
        try:
            self._listener(message)
        except Exception as error:  # a client that cannot show a message must not stop a run
            if self._error is None:
                name = getattr(self._listener, "__name__", type(self._listener).__name__)
                self._error = ListenerError(name, type(message).__name__)
                self._error.__cause__ = error

    def raise_first(self) -> None:
        """Raise the first exception of the listener as `ListenerError`, once."""
        error, self._error = self._error, None
        if error is not None:
            raise error


class TurnSignal:
    """Wakes threads that wait for the person's turn."""

    def __init__(self) -> None:
        self._condition = threading.Condition()

    def notify(self) -> None:
        """Wake every thread that waits, so that it looks again."""
        with self._condition:
            self._condition.notify_all()

    def wait_for(self, is_so: Callable[[], bool], timeout_s: float | None = None) -> bool:
        """Wait until a predicate holds and return True; False after the timeout."""
        with self._condition:
            return self._condition.wait_for(is_so, timeout_s)


@contextmanager
def telling_errors(tell: Tell) -> Iterator[None]:
    """Tell an exception of what is done meanwhile, and end it: the conversation goes on."""
    try:
        yield
    except (TreehandError, ReadingInterrupted) as error:
        tell(Said(str(error)))
    except Exception as error:  # whatever is wrong with one line, the next one is taken
        tell(Said(f"internal-error: {type(error).__name__}: {error}"))
