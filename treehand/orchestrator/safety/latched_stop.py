"""Latched stop: a file beside the world that it belongs to, which any process may write."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from treehand.core.errors import StorageError
from treehand.core.model_json import model_json


class LatchedStop(BaseModel):
    """Stop that stays in force until a person re-arms the world."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    reason: str
    by: str
    """Source of the stop: ctrl-c, the console, another terminal, a `never`, a heartbeat."""
    at: str = ""
    """Wall time, as ISO 8601."""
    run: str = ""
    """The run that was stopped."""

    def __str__(self) -> str:
        since = f" since {self.at}" if self.at else ""
        return f"this world is stopped{since} by {self.by}: {self.reason}"


@dataclass(frozen=True)
class StopLatch:
    """File of a world's latched stop; nothing may be started in the world while it exists.

    The content does not matter for that: a half-written file stops the robot too.
    """

    path: Path

    @property
    def is_set(self) -> bool:
        """Return True if the world is stopped; cheap enough for a hundred calls a second."""
        return self.path.exists()

    def read(self) -> LatchedStop | None:
        """Return the stop that it holds, or None."""
        try:
            return LatchedStop.model_validate_json(self.path.read_bytes())
        except FileNotFoundError:
            return None
        except (OSError, ValidationError):
            return LatchedStop(reason="the file of the stop cannot be read", by="unknown")

    def set(self, stop: LatchedStop, *, is_synced: bool = True) -> None:
        """Set it; the first stop stays, a later one changes nothing.

        Args:
            stop: Reason and source.
            is_synced: True: wait until it would survive a power cut. False: it survives the death
                of this process, for the moment before the robot is at rest.

        Raises:
            StorageError: If the file cannot be written.
        """
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            try:
                with self.path.open("x", encoding="utf-8") as file:
                    file.write(model_json(stop))
            except FileExistsError:
                pass
            if is_synced:
                with self.path.open("rb") as file:
                    os.fsync(file.fileno())
        except OSError as error:
            raise StorageError(
                "latch-unwritable",
                f"the stop could not be latched in '{self.path}': {error.strerror}",
                "the robot was stopped; do not restart it before this is mended",
            ) from error

    def clear(self) -> None:
        """Lift it; nothing happens if it is not set."""
        self.path.unlink(missing_ok=True)
