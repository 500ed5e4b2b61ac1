"""Processes that the server starts with its own code, and ends with all of theirs."""

from __future__ import annotations

import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress

LOOK_S = 0.2
"""Time between two looks whether the process has ended, in seconds.

Its pipes need not end with it: what it has started may hold them.
"""
REST_S = 1.0
"""Longest time for which the rest of its output is read after its end, in seconds."""
MAX_SAID = 2000
"""Most bytes of other output that are kept, the last ones."""
MAX_LINE = 64 << 20
"""Most bytes of one answer."""


def own_process(module: str) -> list[str]:
    """Return the command that runs `main` of a module of this package.

    No module of the folder that is served takes another one's place.

    Args:
        module: Full name of the module.
    """
    path = [folder for folder in sys.path if folder]
    begin = f"from {module} import main; main()"
    return [sys.executable, "-P", "-c", f"import sys; sys.path[:] = {path!r}; {begin}"]


class OwnProcess:
    """A process that leads a session of its own and answers in lines.

    Args:
        module: Full name of the module whose `main` it runs.

    Raises:
        OSError: If it cannot be started.
    """

    def __init__(self, module: str) -> None:
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(
            own_process(module), stdin=pipe, stdout=pipe, stderr=pipe, start_new_session=True
        )
        self._said = b""
        self._is_closed = False

    @property
    def returncode(self) -> int | None:
        """Exit code; None before its end was seen."""
        return self._process.returncode

    @property
    def is_alive(self) -> bool:
        """Return True until it has ended."""
        return self._process.poll() is None

    @property
    def said(self) -> str:
        """Return the last line of its other output."""
        return self._said.decode("utf-8", "replace").strip().rpartition("\n")[2]

    def send(self, data: bytes) -> None:
        """Write to its standard input, which stays open; nothing happens if it has died."""
        assert self._process.stdin is not None
        with suppress(OSError):
            self._process.stdin.write(data)
            self._process.stdin.flush()

    def lines(self, limit_s: float = float("inf")) -> Iterator[bytes]:
        """Yield its answers until it ends, and keep the end of its other output.

        Raises:
            TimeoutError: If it takes longer than a limit.
        """
        assert self._process.stdout is not None
        assert self._process.stderr is not None
        answers, other = self._process.stdout.fileno(), self._process.stderr.fileno()
        until_s, begun = time.monotonic() + limit_s, bytearray()
        has_ended = False
        with selectors.DefaultSelector() as pipes:
            pipes.register(answers, selectors.EVENT_READ)
            pipes.register(other, selectors.EVENT_READ)
            while pipes.get_map() and len(begun) <= MAX_LINE:
                ready = pipes.select(LOOK_S)
                for key, _ in ready:
                    data = os.read(key.fd, 1 << 16)
                    if not data:
                        pipes.unregister(key.fd)
                    elif key.fd == other:
                        self._said = (self._said + data)[-MAX_SAID:]
                    else:
                        begun += data
                        if b"\n" in data:
                            *whole, rest = begun.split(b"\n")
                            yield from map(bytes, whole)
                            begun = rest
                now_s = time.monotonic()
                if not has_ended and self._process.poll() is not None:
                    has_ended, until_s = True, min(until_s, now_s + REST_S)
                if has_ended and (not ready or now_s > until_s):
                    return
                if now_s > until_s:
                    raise TimeoutError

    def kill(self) -> None:
        """Kill it with all processes of its session."""
        if not self._is_closed:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)

    def close(self) -> int:
        """Kill what is left of it, close its pipes, and return its exit code."""
        self.kill()
        code = self._process.wait()
        self._is_closed = True
        for pipe in (self._process.stdin, self._process.stdout, self._process.stderr):
            with suppress(OSError):
                if pipe is not None:
                    pipe.close()
        return code
