"""Calls of other people's code that are under way: how long, and how to break one off."""

from __future__ import annotations

import ctypes
import signal
import threading
import time
from types import FrameType


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

    def inside(self, name: str) -> _WatchedCall:
        """Return the context of a call; a call within another one counts as part of it.

        Entering it raises `BlockedCall` if an earlier call was broken off: whatever it held is not
        sound any more.
        """
        return _WatchedCall(self, name)

    def begin(self, name: str) -> bool:
        """Note that a call begins; return False if it is part of another one."""
        if self._is_broken:
            raise BlockedCall
        if self._call is not None:
            return False
        self._call = (name, time.monotonic(), threading.get_ident())
        return True

    def end(self) -> None:
        """Note that the call under way has ended."""
        with self._lock:
            self._call = None

    def longest(self) -> tuple[str, float]:
        """Return the name of the call under way and its wall time so far; ('', 0) if none is."""
        call = self._call
        return ("", 0.0) if call is None else (call[0], time.monotonic() - call[1])

    @property
    def under_way(self) -> tuple[str, float, int] | None:
        """Name of the call under way, its begin on `time.monotonic` and its thread."""
        return self._call

    def break_off(self) -> None:
        """Raise `BlockedCall` in the call under way; it comes as soon as Python code runs there.

        A call that waits inside a library of C is woken where `let_wake` was called in its thread;
        elsewhere it is reached when it returns.
        """
        with self._lock:
            if self._call is None:
                return
            self._is_broken = True
            thread = self._call[2]
            ctypes.pythonapi.PyThreadState_SetAsyncExc(
                ctypes.c_ulong(thread), ctypes.py_object(BlockedCall)
            )
            is_woken = thread == threading.main_thread().ident and _can_wake()
        if is_woken:
            signal.pthread_kill(thread, signal.SIGALRM)


class _WatchedCall:
    """Context of a call that is watched; a class, since worlds are called several times a tick."""

    __slots__ = ("_is_outermost", "_name", "_watch")

    def __init__(self, watch: CallWatch, name: str) -> None:
        self._watch = watch
        self._name = name

    def __enter__(self) -> None:
        self._is_outermost = self._watch.begin(self._name)

    def __exit__(self, *raised: object) -> None:
        if self._is_outermost:
            self._watch.end()


def let_wake() -> None:
    """Let `CallWatch.break_off` wake calls of the main thread that wait inside a library of C.

    A system call that a signal interrupts is repeated, unless Python code has raised by then; so
    the handler does nothing. It stays, because a signal without one would end the process. Nothing
    is changed in other threads, or where somebody else uses the signal.
    """
    is_main = threading.current_thread() is threading.main_thread()
    if (
        is_main
        and hasattr(signal, "SIGALRM")
        and signal.getsignal(signal.SIGALRM) == signal.SIG_DFL
    ):
        signal.signal(signal.SIGALRM, _wake)


def _can_wake() -> bool:
    return hasattr(signal, "SIGALRM") and signal.getsignal(signal.SIGALRM) is _wake


def _wake(number: int, frame: FrameType | None) -> None:
    """Do nothing; an exception that waits for the thread is raised here."""
