"""Signals, a lost terminal and a lost output: all of them stop the robot.

A handler does nothing but wake a thread, because it may interrupt the very driver that it would
have to call. The table of signals is in ``docs/how-to/stop_and_resume.md``.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from types import FrameType, TracebackType
from typing import Protocol

from treehand.core.exit_codes import ExitCode
from treehand.orchestrator.sessions.robot import Robot

if sys.platform != "win32":
    import termios

TWICE_WITHIN_S = 1.0
"""A second signal within so many seconds stops the robot before the running skill has halted."""
_EXIT_WITHIN_S = 1.0
"""Longest wait for the latch before an exit."""
_NAMES = ("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGTSTP", "SIGBREAK")
_SIGNALS = tuple(getattr(signal, name) for name in _NAMES if hasattr(signal, name))
_SUSPEND = getattr(signal, "SIGTSTP", None)
_LOST = getattr(signal, "SIGHUP", signal.SIGTERM)
_CLOSED = 0


class StopTarget(Protocol):
    """A robot that signals stop."""

    @property
    def run(self) -> object | None:
        """Return the run under way; None while nothing moves."""
        ...

    def stop(self, reason: str, *, by: str, is_immediate: bool = False) -> None:
        """Stop the robot, latched."""
        ...

    def latch(self, reason: str, by: str) -> None:
        """Latch a stop without a word to the robot, which may not answer any more."""
        ...

    def leave(self, name: str) -> None:
        """Raise, in the main thread, what ends the command; return if the run is to end first."""
        ...


class RunTarget:
    """The robot of one command: an interrupt ends the command while nothing moves.

    Args:
        robot: The robot.
    """

    def __init__(self, robot: Robot) -> None:
        self._robot = robot

    @property
    def run(self) -> object | None:
        """Return the run under way; None before it and after it."""
        session = self._robot.runs.current
        run = session.run if session is not None else None
        return run if run is not None and not run.is_over else None

    def stop(self, reason: str, *, by: str, is_immediate: bool = False) -> None:
        """Stop the robot, latched."""
        self._robot.stop(reason, by=by, is_immediate=is_immediate)

    def latch(self, reason: str, by: str) -> None:
        """Latch a stop without a word to the robot."""
        self._robot.parts.stops.latch(reason, by)

    def leave(self, name: str) -> None:
        """Raise `KeyboardInterrupt` while nothing moves, or while a person is asked."""
        session = self._robot.runs.current
        run = session.run if session is not None else None
        if run is None or run.is_asking or run.is_over:
            raise KeyboardInterrupt(name)


class StopSignals:
    """While this context is open, signals and the loss of terminal or output stop a robot.

    The first signal halts the run, a second one within a second stops the robot at once, and the
    third one latches and exits without waiting for anything.

    Args:
        target: The robot.
    """

    def __init__(self, target: StopTarget) -> None:
        self._target = target
        self._before: dict[int, object] = {}
        self._level = 0
        self._last_s = 0.0
        self._run: object | None = None
        self._first_stop: threading.Thread | None = None
        self._reader, self._writer = socket.socketpair()
        self._writer.setblocking(False)
        self._old_wakeup = -1
        self._thread = threading.Thread(target=self._watch, name="signals", daemon=True)
        self._terminal = _terminal_modes()

    def __enter__(self) -> StopSignals:
        self._thread.start()
        for number in _SIGNALS:
            if number != _LOST or signal.getsignal(number) is not signal.SIG_IGN:  # `nohup`
                self._before[number] = signal.signal(number, self._handle)
        self._old_wakeup = signal.set_wakeup_fd(self._writer.fileno(), warn_on_full_buffer=False)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)  # type: ignore[arg-type]
        signal.set_wakeup_fd(self._old_wakeup)
        self._send(_CLOSED)
        self._thread.join()
        if self._first_stop is not None:  # who leaves now must not take the robot for unstopped
            self._first_stop.join(_EXIT_WITHIN_S)
        self._reader.close()
        self._writer.close()

    def press(self, number: int) -> None:
        """Take in a key that stands for a signal, such as Ctrl-C in a raw terminal."""
        self._send(number)

    # In the main thread, between two instructions of whatever runs there.

    def _handle(self, number: int, frame: FrameType | None) -> None:
        if self._is_stolen():
            self._send(number)
        name = signal.Signals(number).name
        if number != _SUSPEND:
            self._target.leave(name)
        elif self._target.run is None:
            self._suspend()

    def _is_stolen(self) -> bool:
        """Return True if a prompt's event loop took the bytes of signals; take them back after it.

        The C handler of a signal wakes our thread even while the main thread stays in foreign code.
        """
        own = self._writer.fileno()
        before = signal.set_wakeup_fd(own, warn_on_full_buffer=False)
        if before not in (own, -1):
            signal.set_wakeup_fd(before, warn_on_full_buffer=False)
        return before != own

    def _suspend(self) -> None:
        """Suspend the process, as Ctrl-Z does in other programs: nothing moves."""
        assert _SUSPEND is not None
        signal.signal(_SUSPEND, signal.SIG_DFL)
        os.kill(os.getpid(), _SUSPEND)
        signal.signal(_SUSPEND, self._handle)

    def _send(self, number: int) -> None:
        with contextlib.suppress(OSError):
            self._writer.send(bytes([number]))

    # In a thread of its own, which never waits for the robot.

    def _watch(self) -> None:
        poll = _Hangups()
        while True:
            is_lost = poll.wait(self._reader.fileno())
            if is_lost and _LOST in self._before:
                os.kill(os.getpid(), _LOST)
            elif is_lost:
                self._take(_LOST)
            if is_lost:
                continue
            for number in self._reader.recv(4096):
                if number == _CLOSED:
                    return
                if number in _SIGNALS:  # others, such as SIGALRM, are not for a person's stop
                    self._take(number)

    def _take(self, number: int) -> None:
        run, now_s = self._target.run, time.monotonic()
        if run is None:
            return
        is_first = run is not self._run
        self._run = run
        if not is_first and number == _LOST:
            return  # a closed terminal is told by the system, by the shell and by the output
        if is_first or (self._level == 1 and now_s - self._last_s >= TWICE_WITHIN_S):
            self._level = 0
        self._last_s = now_s
        self._level += 1
        name = signal.Signals(number).name
        if self._level == 1:
            reason = "interrupted"
            if number == _SUSPEND:
                reason = "Ctrl-Z: the robot is stopped and the command is not suspended"
            self._first_stop = self._do(lambda: self._target.stop(reason, by=name))
        elif self._level == 2:
            reason = "interrupted twice: stopped at once"
            self._do(lambda: self._target.stop(reason, by=name, is_immediate=True))
        else:
            self._exit(name)

    def _do(self, work: Callable[[], None]) -> threading.Thread:
        """Work in another thread: a driver that keeps it waiting must not keep us waiting."""

        def quietly() -> None:
            with contextlib.suppress(Exception):  # the run, or the next command, tells of it
                work()

        thread = threading.Thread(target=quietly, name="stop", daemon=True)
        thread.start()
        return thread

    def _exit(self, name: str) -> None:
        """Latch and end the process, whatever it is waiting for."""
        reason = "interrupted three times: the command ended without waiting for the robot"
        self._do(lambda: self._target.latch(reason, name)).join(_EXIT_WITHIN_S)
        if self._terminal is not None:
            with contextlib.suppress(OSError, ValueError):
                self._terminal()
        with contextlib.suppress(OSError):
            os.write(2, b"\nended without waiting for the robot; it may still move\n")
        os._exit(ExitCode.NOT_AT_REST)


class _Hangups:
    """Waits for bytes, and notices once that the terminal or a reader of the output has gone."""

    def __init__(self) -> None:
        self._poll = select.poll() if hasattr(select, "poll") else None
        self._outputs: list[int] = []
        if self._poll is not None:
            for file in (0, 1, 2):
                with contextlib.suppress(OSError):
                    if file or os.isatty(0):
                        os.fstat(file)
                        self._poll.register(file, 0)
                        self._outputs.append(file)

    def wait(self, file: int) -> bool:
        """Wait until a file can be read, and return False; True if an output was lost."""
        if self._poll is None:
            select.select([file], [], [])
            return False
        self._poll.register(file, select.POLLIN)
        is_lost = False
        for found, events in self._poll.poll():
            if found == file:
                continue
            is_lost = is_lost or bool(events & (select.POLLHUP | select.POLLERR))
            if not is_lost:
                self._poll.unregister(found)
                self._outputs.remove(found)
        if is_lost:
            for output in self._outputs:
                self._poll.unregister(output)
            self._outputs.clear()
        return is_lost


def _terminal_modes() -> Callable[[], None] | None:
    """Return a function that gives the terminal the modes of now and its cursor; None without."""
    if sys.platform == "win32" or sys.stdin is None:
        return None
    try:
        file = sys.stdin.fileno()
        modes = termios.tcgetattr(file)
    except (OSError, ValueError, termios.error):
        return None

    def restore() -> None:
        termios.tcsetattr(file, termios.TCSANOW, modes)
        os.write(1, b"\x1b[?25h")

    return restore
