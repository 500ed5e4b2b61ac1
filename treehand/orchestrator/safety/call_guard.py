"""Guard of calls of a world outside of a run: what takes long is told, and broken off at last."""

from __future__ import annotations

import threading
from collections.abc import Callable
from types import TracebackType

from treehand.worlds.blocked_call import CallWatch, let_wake

FIRST_WORD_S = 2.0
"""Wall time of a call after which it is told for the first time; then after twice as long."""
_LOOK_S = 0.1


class CallGuard:
    """Tells of a call that takes long, and breaks it off at its limit.

    Args:
        watch: Calls of the world.
        world: Name of the world.
        limit_s: Longest time that a call may take, in wall seconds.
        tell: Called from the guard's thread, with a line for a person.
        first_word_s: Wall time of a call after which it is told first.
    """

    def __init__(
        self,
        watch: CallWatch,
        world: str,
        limit_s: float,
        tell: Callable[[str], None],
        *,
        first_word_s: float = FIRST_WORD_S,
    ) -> None:
        self._watch = watch
        self._world = world
        self._limit_s = limit_s
        self._tell = tell
        self._next_word_s = first_word_s
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._work, name="call guard", daemon=True)

    def __enter__(self) -> CallGuard:
        let_wake()
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._is_over.set()
        self._thread.join()

    def _work(self) -> None:
        while not self._is_over.wait(min(_LOOK_S, self._limit_s / 4)):
            name, time_s = self._watch.longest()
            if time_s > self._limit_s:
                self._watch.break_off()
                return
            if time_s > self._next_word_s:
                self._next_word_s *= 2.0
                text = f"world '{self._world}' has not returned from {name} for {time_s:.0f} s"
                self._tell(f"{text}; it is broken off after {self._limit_s:g} s")
