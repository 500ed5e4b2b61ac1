"""Where a simulated world keeps its true state, so that it outlives the process that runs it."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from treehand.core.errors import StorageError


class WorldStore(Protocol):
    """Keeps the true state of one world; only that world knows what the bytes mean."""

    def load(self) -> bytes | None:
        """Return what was last saved; None if nothing was."""
        ...

    def save(self, state: bytes) -> None:
        """Keep a state, one line without spaces, in place of the last one; whole or not at all."""
        ...


COMPACT_BYTES = 1_000_000
"""A file that has become longer is written anew, with the last state alone."""


class WorldFile:
    """Keeps the state in a file: one line for each, the last whole one counts.

    A line is added in one write, so a process that is killed leaves the states before it whole.

    Args:
        path: The file; without one the state is kept in memory until `place_at` names it.
        barrier: Called before and after every write; a test may pull the plug there.
        compact_bytes: Size after which it is written anew.
    """

    def __init__(
        self,
        path: Path | None = None,
        *,
        barrier: Callable[[], None] = lambda: None,
        compact_bytes: int = COMPACT_BYTES,
    ) -> None:
        self._compact_bytes = compact_bytes
        self.path = path
        self._barrier = barrier
        self._held: bytes | None = None
        self._has_saved = False

    def place_at(self, path: Path) -> None:
        """From now on, and with what is held now, keep the state in a file."""
        self.path = path
        if self._held is not None:
            self.save(self._held)

    def load(self) -> bytes | None:
        """Return what was last saved, by whichever process.

        Raises:
            StorageError: If the file cannot be read.
        """
        if self.path is None:
            return self._held
        try:
            whole = self.path.read_bytes()
        except FileNotFoundError:
            return self._held
        except OSError as error:
            raise _unusable(self.path, error) from error
        lines = whole[: whole.rfind(b"\n") + 1].split()
        if whole and not lines:
            raise StorageError(
                "not-this-world",
                f"'{self.path}' holds no whole state of a world",
                "give another file with --state, or delete it if it is not wanted",
            )
        return lines[-1] if lines else None

    def save(self, state: bytes) -> None:
        """Add a state, which is one line.

        Raises:
            StorageError: If the file cannot be written; the last state is still there.
        """
        self._held = state
        if self.path is None:
            return
        self._barrier()
        try:
            file = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
            try:
                size = os.fstat(file).st_size
                torn = b"\n" if size and not self._has_saved else b""
                line = torn + state + b"\n"  # what a killed process left is a line of its own
                if os.write(file, line) != len(line):
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
                self._has_saved = True
            finally:
                os.close(file)
            if size > self._compact_bytes:
                beside = self.path.with_name(f"{self.path.name}.new")
                beside.write_bytes(state + b"\n")
                os.replace(beside, self.path)
        except OSError as error:
            raise _unusable(self.path, error) from error
        self._barrier()


def _unusable(path: Path, error: OSError) -> StorageError:
    return StorageError(
        "world-unusable",
        f"the world cannot be kept in '{path}': {error.strerror}",
        "give another file with --state",
    )
