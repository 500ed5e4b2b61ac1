"""File of trials, one world a line: a practice appends to it, and goes on from it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from pydantic import BaseModel, ConfigDict, ValidationError

from treehand.core.errors import InputError
from treehand.orchestrator.store.line_file import add_finished, finished_lines
from treehand.skills import PracticeTrial

TRIALS_FILE = "trials.jsonl"


class StoredTrial(BaseModel):
    """A trial as it is stored."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    outcome: str
    numbers: tuple[float, ...]


class PractisedWorld(BaseModel):
    """Trials of one drawn world."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    world: int
    """Its seed."""
    task: str
    files: str
    """Hash over the task's files without weights and ledger."""
    preset: str
    is_held_out: bool
    weights: str | None
    """Hash of the weights that chose; None for none."""
    cpu_s: float
    trials: tuple[StoredTrial, ...]

    def as_trials(self) -> list[PracticeTrial]:
        """Return the trials as the task's functions know them."""
        return [PracticeTrial(one.outcome, np.array(one.numbers)) for one in self.trials]


class PracticeStore:
    """Trials of one practice.

    Args:
        folder: Folder of the practice.
        task: Name of the task.
        files: Hash over its files.
        preset: Preset of the worlds.

    Raises:
        InputError: If the file cannot be read, or holds trials of something else.
    """

    def __init__(self, folder: Path, task: str, files: str, preset: str) -> None:
        self._path = folder / TRIALS_FILE
        self._kept = (task, files, preset)
        self._worlds: dict[tuple[bool, int], PractisedWorld] = {}
        for line in finished_lines(self._path, "world"):
            try:
                world = PractisedWorld.model_validate_json(line)
            except ValidationError:
                continue  # a killed process left it torn
            self._require_same(world)
            self._worlds[world.is_held_out, world.world] = world

    def _require_same(self, world: PractisedWorld) -> None:
        task, files, preset = self._kept
        problem = ""
        if world.task != task:
            problem = f"of task '{world.task}'"
        elif world.preset != preset:
            problem = f"of preset '{world.preset}'"
        elif world.files != files:
            problem = "of other files of the task: they have changed"
        if problem:
            message = f"'{self._path}' has trials {problem}"
            hint = "give another --out; trials of different worlds are not mixed"
            raise InputError.of("wrong-checkpoint", message, hint=hint)

    def has(self, seed: int, *, is_held_out: bool) -> bool:
        """Return True if the trials of a world are there."""
        return (is_held_out, seed) in self._worlds

    def worlds(self, *, is_held_out: bool) -> list[PractisedWorld]:
        """Return the worlds, in the order in which they were practised."""
        return [one for (held, _), one in self._worlds.items() if held == is_held_out]

    def append(
        self,
        seed: int,
        trials: Sequence[PracticeTrial],
        *,
        is_held_out: bool,
        weights: str | None,
        cpu_s: float,
    ) -> None:
        """Add the trials of a world, in one write.

        Raises:
            InputError: If the file cannot be written.
        """
        task, files, preset = self._kept
        world = PractisedWorld(
            world=seed,
            task=task,
            files=files,
            preset=preset,
            is_held_out=is_held_out,
            weights=weights,
            cpu_s=round(cpu_s, 3),
            trials=tuple(
                StoredTrial(outcome=one.outcome, numbers=tuple(_short(one.numbers)))
                for one in trials
            ),
        )
        add_finished(self._path, world.model_dump_json())
        self._worlds[is_held_out, seed] = world

    @property
    def cpu_s(self) -> float:
        """CPU-seconds of all trials."""
        return sum(one.cpu_s for one in self._worlds.values())

    def outcomes(self, *, is_held_out: bool) -> dict[str, int]:
        """Return the number of trials of each outcome."""
        worlds = self.worlds(is_held_out=is_held_out)
        return dict(sorted(Counter(t.outcome for one in worlds for t in one.trials).items()))


def _short(numbers: object) -> list[float]:
    """Return numbers with six significant digits, which a text has room for."""
    return [float(f"{one:.6g}") for one in np.asarray(numbers, dtype=float)]
