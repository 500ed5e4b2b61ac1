"""Where a simulated world keeps its true state, so that it outlives the process that runs it."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from ..errors import StorageError


class WorldStore(Protocol):
    """Keeps the true state of one world; only that world knows what the bytes mean."""

    def load(self) -> bytes | None:
        """Return what was last saved; None if nothing was."""
        ...

    def save(self, state: bytes) -> None:
        """Keep a state in place of the last one, whole or not at all."""
        ...


class WorldFile:
    """Keeps the state in a file.

    Args:
        path: The file; without one the state is kept in memory until `place_at` names it.
        barrier: Called before and after every write; a test may pull the plug there.
    """

    def __init__(
        self, path: Path | None = None, *, barrier: Callable[[], None] = lambda: None
    ) -> None:
        self.path = path
        self._barrier = barrier
        self._held: bytes | None = None

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
            return self.path.read_bytes()
        except FileNotFoundError:
            return self._held
        except OSError as error:
            raise _unusable(self.path, error) from error

    def save(self, state: bytes) -> None:
        """Write the state beside the file and put it in its place.

        Raises:
            StorageError: If the file cannot be written; the last state is still there.
        """
        self._held = state
        if self.path is None:
            return
        self._barrier()
        beside = self.path.with_name(f"{self.path.name}.new")
        try:
            beside.write_bytes(state)
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
