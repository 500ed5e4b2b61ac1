"""Echo of a terminal: what is typed while a run goes on does not mix with what is shown."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager

try:
    import termios
except ImportError:  # Windows
    termios = None  # type: ignore[assignment]


@contextmanager
def without_echo() -> Iterator[None]:
    """Keep keys that nobody asked for from being written into what is drawn meanwhile."""
    if termios is None or not sys.stdin.isatty():
        yield
        return
    file = sys.stdin.fileno()
    modes = termios.tcgetattr(file)
    quiet = list(modes)
    quiet[3] = modes[3] & ~termios.ECHO
    termios.tcsetattr(file, termios.TCSANOW, quiet)
    try:
        yield
    finally:
        with contextlib.suppress(OSError, termios.error):  # the terminal may have gone
            termios.tcsetattr(file, termios.TCSANOW, modes)
