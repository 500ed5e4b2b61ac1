"""Calls of other people's code that are under way: how long, and how to break one off."""

from __future__ import annotations

import ctypes
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager


class BlockedCall(BaseException):
    """Raised inside a call that has not returned in time, in the thread that made it."""

    def __str__(self) -> str:
        return "it had not returned in time and was broken off"


class CallWatch:
    """The call that a thread is inside now; read from another thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._call: tuple[str, float, int] | None = None
        self._is_broken = False

    @contextmanager
    def inside(self, name: str) -> Iterator[None]:
        """Note that a call is under way; a call within another one counts as part of it.

        Raises:
            BlockedCall: If an earlier call was broken off: whatever it held is not sound any more.
        """
        if self._is_broken:
            raise BlockedCall
        if self._call is not None:
            yield
            return
        self._call = (name, time.monotonic(), threading.get_ident())
        try:
            yield
        finally:
            with self._lock:
                self._call = None

    def longest(self) -> tuple[str, float]:
        """Return the name of the call under way and its wall time so far; ('', 0) if none is."""
        call = self._call
        return ("", 0.0) if call is None else (call[0], time.monotonic() - call[1])

    def break_off(self) -> None:
        """Raise `BlockedCall` in the call under way; it comes as soon as Python code runs there.

        A call that waits inside a library of C is reached when it returns.
        """
        with self._lock:
            if self._call is not None:
                self._is_broken = True
                thread = ctypes.c_ulong(self._call[2])
                ctypes.pythonapi.PyThreadState_SetAsyncExc(thread, ctypes.py_object(BlockedCall))
