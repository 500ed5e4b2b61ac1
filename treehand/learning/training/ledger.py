"""TrainingLedger of a checkpoint: what it learned from, and what that cost."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from treehand.core.errors import InputError

LEDGER = "ledger.json"
Count = Annotated[int, Field(ge=0)]


class Lesson(BaseModel):
    """One training."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    source: str
    """Name of the dataset, or of the practice."""
    digest: str
    """Hash of its frames."""
    demonstrations: Count
    """Episodes of it that were learned from."""
    attempts: Count
    """Successful attempts in them."""
    frames: Count
    hours: Annotated[float, Field(ge=0)]
    """Duration of the frames, in hours."""
    seeds: tuple[str, ...] = ()
    """Seeds of the episodes, where the dataset says them."""
    steps: Count
    batch: Count
    cpu_s: Annotated[float, Field(ge=0)]
    """CPU-seconds of the training."""
    loss: float
    validation_loss: float | None
    command: str | None = None
    """Command that did it, where it was one."""


class TrainingLedger(BaseModel):
    """``ledger.json`` of a checkpoint."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    parent: str | None = None
    """Checkpoint that the first training began with; None if with new weights."""
    parameters: Count
    lessons: tuple[Lesson, ...] = ()
    """Trainings of this checkpoint and of its parents, oldest first."""

    @property
    def _sources(self) -> list[Lesson]:
        """Return one lesson for each dataset; nothing is counted twice."""
        return list({one.digest: one for one in self.lessons}.values())

    @property
    def demonstrations(self) -> int:
        """Number of different demonstrations."""
        return sum(one.demonstrations for one in self._sources)

    @property
    def hours(self) -> float:
        """Duration of these demonstrations, in hours."""
        return sum(one.hours for one in self._sources)

    def write(self, folder: Path) -> None:
        """Write it into a checkpoint's folder."""
        text = self.model_dump_json(indent=1)
        (folder / LEDGER).write_text(text + "\n", encoding="utf-8")

    @classmethod
    def read(cls, folder: Path) -> TrainingLedger | None:
        """Return the ledger of a checkpoint; None if it has none.

        Raises:
            InputError: If it is damaged.
        """
        path = folder / LEDGER
        if not path.exists():
            return None
        try:
            return cls.model_validate_json(path.read_bytes())
        except (OSError, ValidationError) as error:
            message = f"{path} is damaged: {str(error).splitlines()[0]}"
            raise InputError.of("wrong-checkpoint", message, hint="delete it") from error
