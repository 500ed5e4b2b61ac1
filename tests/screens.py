"""A real terminal with ``treehand`` in it, and the screen that a person sees."""

import os
import re
import sys
import time

import pexpect
import pyte

_WHERE = "\x1b[6n"
"""Question of a program where the cursor is; a terminal answers it."""


class ScreenOf:
    """``treehand`` with some arguments in a pseudo-terminal.

    Args:
        folder: Where it runs.
        arguments: The command line after ``treehand``.
        rows, columns: Size of the terminal.
        environment: Variables beside those of this process.
    """

    def __init__(self, folder, *arguments, rows=24, columns=80, **environment):
        self.screen = pyte.HistoryScreen(columns, rows, history=10_000)
        self._stream = pyte.Stream(self.screen)
        self.raw = ""
        self.process = pexpect.spawn(
            sys.executable,
            ["-m", "treehand", *arguments],
            cwd=str(folder),
            env={**os.environ, "TERM": "xterm-256color", **environment},
            encoding="utf-8",
            dimensions=(rows, columns),
            timeout=20,
        )

    def lines(self):
        """Return the lines on the screen, without blanks at their ends."""
        return [line.rstrip() for line in self.screen.display]

    def sees(self, pattern, timeout_s=20.0):
        """Wait until the screen shows a pattern, and return the lines."""
        ends_s = time.monotonic() + timeout_s
        while not re.search(pattern, "\n".join(self.lines())):
            assert time.monotonic() < ends_s, "\n".join([f"no {pattern!r}:", *self.lines()])
            if not self._read() and not self.process.isalive():
                self._read()
                shown = "\n".join(self.lines())
                assert re.search(pattern, shown), f"it ended without {pattern!r}:\n{shown}"
        return self.lines()

    def _read(self):
        try:
            got = self.process.read_nonblocking(65536, 0.05)
        except (pexpect.TIMEOUT, pexpect.EOF):
            return False
        self.raw += got
        *before, last = got.split(_WHERE)
        for part in before:
            self._stream.feed(part)
            cursor = self.screen.cursor
            self.process.send(f"\x1b[{cursor.y + 1};{cursor.x + 1}R")
        self._stream.feed(last)
        return True

    def types(self, keys):
        self.process.send(keys)
        return self

    def resize(self, rows, columns):
        self.process.setwinsize(rows, columns)
        self.screen.resize(rows, columns)

    def ends(self):
        """Wait for the end and return the exit code."""
        while self.process.isalive() or self._read():
            self._read()
        self.process.close()
        return self.process.exitstatus
