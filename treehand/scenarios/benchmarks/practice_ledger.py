"""Ledger of a task's practice: the trials, their cost, and the figures after each round."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from treehand.core.errors import InputError
from treehand.core.files.replacing import replace_file

PRACTICE_LEDGER = "ledger.json"
Count = Annotated[int, Field(ge=0)]
CpuSeconds = Annotated[float, Field(ge=0)]


class PracticeRound(BaseModel):
    """Trials so far, and what was trained on them."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    worlds: Count
    """Worlds so far."""
    trials: Count
    """Trials so far."""
    parent: str | None
    """Hash of the weights that chose among the trials of the round; None for none."""
    weights: str
    """Hash of the weights that were trained."""
    training_cpu_s: CpuSeconds
    figures: Annotated[dict[str, float], Field(min_length=1)]
    """Name to figure on the held-out worlds; the first one is to grow."""

    @property
    def figure(self) -> float:
        """The figure that is to grow."""
        return next(iter(self.figures.values()))


class PracticeLedger(BaseModel):
    """``ledger.json`` beside the weights of a task's learned part."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    task: str
    """Name of the benchmark."""
    files: str
    """Hash over the task's files without weights and ledger."""
    preset: str
    """Preset of the drawn worlds."""
    seeds: str
    """Seeds of the worlds."""
    held_out: str
    """Seeds of the worlds that it is measured on."""
    outcomes: dict[str, int]
    """Outcome to number of trials."""
    held_out_outcomes: dict[str, int]
    trials_cpu_s: CpuSeconds
    """CPU-seconds of all trials, the held-out ones included."""
    rounds: tuple[PracticeRound, ...] = ()
    best: Count = 0
    """Number of the round whose weights are kept, from 1; 0 before the first."""
    ended: Literal["rounds", "cpu-minutes", "no-growth"] | None = None
    """Reason for which it ended; None while it goes on."""
    command: str | None = None
    """Command that did it, where it was one."""

    @property
    def cpu_s(self) -> float:
        """CPU-seconds of trials and trainings."""
        return self.trials_cpu_s + sum(one.training_cpu_s for one in self.rounds)

    def write(self, folder: Path) -> None:
        """Write it at once; a kill leaves the one before, or this one."""
        text = self.model_dump_json(indent=1)
        replace_file(folder / PRACTICE_LEDGER, text.encode() + b"\n")

    @classmethod
    def read(cls, folder: Path) -> PracticeLedger | None:
        """Return the ledger of a folder; None if it has none.

        Raises:
            InputError: If it is damaged, or of something else.
        """
        path = folder / PRACTICE_LEDGER
        if not path.exists():
            return None
        try:
            return cls.model_validate_json(path.read_bytes())
        except (OSError, ValidationError) as error:
            message = f"'{path}' is no ledger of a task: {str(error).splitlines()[0]}"
            hint = "give another --out"
            raise InputError.of("wrong-checkpoint", message, hint=hint) from error
