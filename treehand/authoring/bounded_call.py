"""A call of other people's code that may block or die, in a thread of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from treehand.core.error_record import PluginError, error_record, place_of_thread
from treehand.core.errors import TreehandError


def unreturned(name: str, limit_s: float, worker: threading.Thread) -> str:
    """Return the message of a call that still runs in a thread, with the line where it waits."""
    place = place_of_thread(worker.ident) if worker.ident is not None else ""
    return f"{name} has not returned after {limit_s:g} s{f', at {place}' if place else ''}"


class BoundedCall:
    """Calls a function and waits for its answer, for so long at most.

    Args:
        name: Name of the call, for messages.
        function: The function.
        limit_s: Longest time, in wall seconds.
    """

    def __init__(self, name: str, function: Callable[[], object], limit_s: float) -> None:
        self.answer: Any = None
        self.problem = ""
        """Description of what went wrong; empty if it returned in time."""
        self._function = function
        worker = threading.Thread(target=self._work, daemon=True)
        worker.start()
        worker.join(limit_s)
        if worker.is_alive():
            self.problem = unreturned(name, limit_s, worker)

    def _work(self) -> None:
        try:
            self.answer = self._function()
        except TreehandError as error:
            self.problem = str(error.record if isinstance(error, PluginError) else error)
        except BaseException as error:  # a `sys.exit` of a driver, too
            self.problem = str(error_record(error))
