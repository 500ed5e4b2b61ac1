"""Storage for the true state of a simulated world, so that it survives the process."""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from treehand.core.errors import StorageError
from treehand.core.files.plain_files import read_plain
from treehand.core.files.private_files import create_private, open_private

MAX_WORLD_BYTES = 1 << 30
"""Size of the largest world file that is read."""


class WorldStore(Protocol):
    """Storage for the state of one world; only that world can interpret the bytes."""

    def load(self) -> bytes | None:
        """Return the last saved state; None if nothing was saved."""
        ...

    def save(self, state: bytes) -> None:
        """Replace the saved state atomically; `state` is one line without spaces."""
        ...


COMPACT_BYTES = 1_000_000
"""Size after which the file is rewritten with the last state only."""


class WorldFile:
    """A `WorldStore` in a file with one state a line; the last complete line counts.

    Each state is appended in a single write, so a killed process leaves the earlier states intact.

    Args:
        path: The file; if None, the state is kept in memory until `set_path` names one.
        barrier: Called before and after every write; tests simulate a power cut there.
        compact_bytes: Size in bytes after which the file is rewritten.
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
        self._state: bytes | None = None
        self._has_saved = False

    def set_path(self, path: Path) -> None:
        """Store the state in `path` from now on, beginning with the state held now."""
        self.path = path
        if self._state is not None:
            self.save(self._state)

    def load(self) -> bytes | None:
        """Return the last saved state, whichever process saved it; None if nothing was.

        Raises:
            StorageError: If the file cannot be read, or holds no complete state.
        """
        if self.path is None:
            return self._state
        try:
            whole = read_plain(self.path, MAX_WORLD_BYTES)
        except FileNotFoundError:
            return self._state
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
        """Append a state, which must be one line.

        Raises:
            StorageError: If the file cannot be written; the last state is still there.
        """
        self._state = state
        if self.path is None:
            return
        self._barrier()
        try:
            file = open_private(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
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
                self._rewrite(self.path, state)
        except OSError as error:
            raise _unusable(self.path, error) from error
        self._barrier()

    def close(self) -> None:
        """Leave the last state only in the file; where that fails, it stays as it is."""
        if self.path is None or self._state is None or not self._has_saved:
            return
        with contextlib.suppress(OSError):
            self._rewrite(self.path, self._state)

    def _rewrite(self, path: Path, state: bytes) -> None:
        """Replace the file by one with a single state; raises `OSError`."""
        beside = path.with_name(f"{path.name}.new")
        create_private(beside)
        beside.write_bytes(state + b"\n")
        os.replace(beside, path)


def _unusable(path: Path, error: OSError) -> StorageError:
    return StorageError(
        "world-unusable",
        f"the world cannot be kept in '{path}': {error.strerror}",
        "give another file with --state",
    )
