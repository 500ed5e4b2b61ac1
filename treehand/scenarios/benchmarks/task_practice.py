"""Practice of a task's learned part: trials in drawn worlds, training, held-out figures."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from treehand.core.clock import VirtualClock
from treehand.core.errors import InputError, StorageError
from treehand.core.files.new_files import make_folder
from treehand.orchestrator.config.deployment import Deployment
from treehand.orchestrator.config.overrides import DeploymentOverrides
from treehand.orchestrator.sessions.robot import Robot
from treehand.orchestrator.sessions.robot_settings import RobotSettings
from treehand.scenarios.benchmarks.benchmark_file import Task, TaskPractice
from treehand.scenarios.benchmarks.practice_functions import PracticeFunctions
from treehand.scenarios.benchmarks.practice_ledger import (
    PRACTICE_LEDGER,
    PracticeLedger,
    PracticeRound,
)
from treehand.scenarios.benchmarks.practice_store import PracticeStore
from treehand.scenarios.benchmarks.seed_range import range_text

FIRST_HELD_OUT = 900_000
"""First seed of the worlds that practice is measured on; it is never trained on them."""
PATIENCE_N = 2
"""Rounds in a row without a better figure after which it ends."""


@dataclass(frozen=True)
class TaskPracticeSettings:
    """Settings of a task's practice."""

    rounds_n: int = 3
    """Greatest number of rounds."""
    worlds_n: int = 12
    """Drawn worlds of each round."""
    held_out_n: int = 12
    """Drawn worlds that each round is measured on."""
    cpu_minutes: float | None = None
    """CPU-minutes of all trials and trainings; None for no limit."""
    seed: int = 0
    """Seed of the first world."""
    preset: str | None = None
    """Preset of the worlds; the benchmark's first if None."""
    base: Path | None = None
    """Weights that choose among the first trials; None to choose without."""
    command: str | None = None
    """Command that asked for it, for the ledger."""


@dataclass(frozen=True, slots=True)
class TaskPractised:
    """Progress of a task's practice."""

    doing: Literal["held-out", "trials", "trained"]
    worlds_n: int
    """Worlds so far, of those that are measured on or of the others."""
    trials_n: int
    cpu_s: float
    last: PracticeRound | None = None


def practice_of(task: Task) -> TaskPractice:
    """Return the practice that a task declares.

    Raises:
        InputError: If it declares none.
    """
    if task.benchmark.practice is None:
        message = f"task '{task.name}' declares no practice: '{task.path}' has no 'practice:'"
        hint = "add practice: {weights: …, trials: file.py:NAME, train: file.py:NAME, held_out: …}"
        raise InputError.of("no-practice", message, hint=hint)
    return task.benchmark.practice


def practise_task(
    task: Task,
    settings: TaskPracticeSettings,
    folder: Path,
    tell: Callable[[TaskPractised], None] = lambda practised: None,
) -> PracticeLedger:
    """Practise the learned part of a task; write its best weights and the ledger.

    Trials are appended world by world, so an interrupted or killed practice goes on with the same
    call. More rounds or CPU-minutes prolong one that they have ended.

    Args:
        task: The task.
        settings: For how long, and from which seeds.
        folder: Folder of trials, weights and ledger.
        tell: Called after every world and every round.

    Raises:
        InputError: If the task declares no practice, a seed is held out, or the folder is that of
            another practice.
        PluginError: If a function of the task raises, or gives something else.
        StorageError: If the folder cannot be written.
    """
    practice = practice_of(task)
    _require_free_seeds(practice, settings)
    if folder.resolve().is_relative_to(task.path.parent.resolve()):
        message = f"'{folder}' is in the folder of the task, whose files are counted"
        hint = "give another --out, and copy weights and ledger from there"
        raise InputError.of("wrong-checkpoint", message, hint=hint)
    if settings.base is not None and not settings.base.is_file():
        message = f"there is no file '{settings.base}' of weights"
        raise InputError.of("unreadable-file", message, hint="leave --base out to begin without")
    functions = PracticeFunctions(practice, task.path.parent)
    try:
        make_folder(folder)
        return _PracticeRun(task, practice, functions, settings, folder, tell).run()
    except OSError as error:
        hint = "free some space, or give another --out"
        message = f"cannot write in '{folder}': {error.strerror or error}"
        raise StorageError("unwritable-file", message, hint) from error


def _require_free_seeds(practice: TaskPractice, settings: TaskPracticeSettings) -> None:
    """Raise `InputError` if practice could draw a world that something is measured on."""
    count = settings.rounds_n * settings.worlds_n
    seeds = range(settings.seed, settings.seed + count)
    measured = range(FIRST_HELD_OUT, FIRST_HELD_OUT + settings.held_out_n)
    reserved = {"the benchmark": practice.held_out_seeds, "the practice itself": measured}
    for whose, kept in reserved.items():
        if seeds.start < kept.stop and kept.start < seeds.stop:
            message = f"seeds {range_text(seeds)} meet the held-out seeds {range_text(kept)} of"
            hint = f"--seed {kept.stop} or fewer --rounds and --worlds"
            raise InputError.of("wrong-seeds", f"{message} {whose}", hint=hint)
    if settings.seed < 0:
        raise InputError.of("wrong-seeds", f"{settings.seed} is no seed", hint="0 is the least")


class _PracticeRun:
    def __init__(
        self,
        task: Task,
        practice: TaskPractice,
        functions: PracticeFunctions,
        settings: TaskPracticeSettings,
        folder: Path,
        tell: Callable[[TaskPractised], None],
    ) -> None:
        self._settings, self._functions, self._tell = settings, functions, tell
        self._folder, self._name = folder, practice.weights
        benchmark = task.benchmark
        preset = settings.preset or benchmark.presets[0]
        files = task.fingerprint(without=(practice.weights, PRACTICE_LEDGER))
        self._store = PracticeStore(folder, task.name, files, preset)
        found = PracticeLedger.read(folder)
        if found is not None and (found.task, found.files) != (task.name, files):
            message = f"'{folder}' has the ledger of task '{found.task}', or of changed files"
            raise InputError.of("wrong-checkpoint", message, hint="give another --out")
        self._ledger = found or PracticeLedger(
            task=task.name,
            files=files,
            preset=preset,
            seeds="",
            held_out="",
            outcomes={},
            held_out_outcomes={},
            trials_cpu_s=0.0,
        )
        config = task.path.parent / benchmark.policies[benchmark.policy].config
        self._deployment = Deployment.load(DeploymentOverrides(config=config, randomize=preset))

    def run(self) -> PracticeLedger:
        """Practise until the rounds or the CPU-minutes are over, or the figure no longer grows."""
        held_out = range(FIRST_HELD_OUT, FIRST_HELD_OUT + self._settings.held_out_n)
        self._require_same(held_out)
        self._write()
        for seed in held_out:
            self._practise_in(seed, None, is_held_out=True)
        while self._ended() is None:
            self._gather()
            if self._worlds_n == self._done_n:
                break  # no CPU-minute was left for another world
            self._train()
        self._ledger = self._ledger.model_copy(update={"ended": self._ended() or "cpu-minutes"})
        self._write()
        return self._ledger

    @property
    def _done_n(self) -> int:
        return self._ledger.rounds[-1].worlds if self._ledger.rounds else 0

    @property
    def _worlds_n(self) -> int:
        return len(self._store.worlds(is_held_out=False))

    def _require_same(self, held_out: range) -> None:
        """Raise `InputError` if earlier rounds were measured on other worlds."""
        before = self._ledger.held_out
        if self._ledger.rounds and before != range_text(held_out):
            message = f"earlier rounds were measured on the worlds {before}"
            hint = f"--trials {len(self._store.worlds(is_held_out=True))}, or give another --out"
            raise InputError.of("wrong-checkpoint", message, hint=hint)

    def _ended(self) -> Literal["rounds", "cpu-minutes", "no-growth"] | None:
        rounds, settings = self._ledger.rounds, self._settings
        if len(rounds) - self._ledger.best >= PATIENCE_N:
            return "no-growth"
        if len(rounds) >= settings.rounds_n:
            return "rounds"
        return "cpu-minutes" if rounds and self._is_spent() else None

    def _is_spent(self) -> bool:
        minutes = self._settings.cpu_minutes
        trained_s = sum(one.training_cpu_s for one in self._ledger.rounds)
        return minutes is not None and self._store.cpu_s + trained_s >= 60.0 * minutes

    def _gather(self) -> None:
        """Make the trials of the round that has not ended, as far as CPU-minutes allow."""
        wanted_n = self._done_n + self._settings.worlds_n
        weights = self._folder / self._name if self._ledger.best else self._settings.base
        seed = self._settings.seed
        while self._worlds_n < wanted_n:
            if self._is_spent() and self._worlds_n:
                return
            self._practise_in(seed, weights, is_held_out=False)
            seed += 1

    def _practise_in(self, seed: int, weights: Path | None, *, is_held_out: bool) -> None:
        if self._store.has(seed, is_held_out=is_held_out):
            return
        began_s = time.process_time()
        settings = RobotSettings(seed=seed, clock=VirtualClock(), keeps_orders=False)
        with Robot(self._deployment, workspace=None, settings=settings) as robot:
            trials = self._functions.trials(robot.world.world, weights, seed)
        self._store.append(
            seed,
            trials,
            is_held_out=is_held_out,
            weights=_digest(weights),
            cpu_s=time.process_time() - began_s,
        )
        doing: Literal["held-out", "trials"] = "held-out" if is_held_out else "trials"
        done = self._store.worlds(is_held_out=is_held_out)
        trials_n = sum(len(one.trials) for one in done)
        self._tell(TaskPractised(doing, len(done), trials_n, self._store.cpu_s))

    def _train(self) -> None:
        """Train on all trials so far, measure, and keep the weights if they are better."""
        began_s = time.process_time()
        done = self._store.worlds(is_held_out=False)
        part = self._functions.train([one.as_trials() for one in done])
        took_s = time.process_time() - began_s
        measured = [one.as_trials() for one in self._store.worlds(is_held_out=True)]
        figures = self._functions.figures(part, measured)
        new = self._folder / f"new_{self._name}"
        new.unlink(missing_ok=True)
        self._functions.write(part, new)
        rounds = self._ledger.rounds
        last = PracticeRound(
            worlds=len(done),
            trials=sum(len(one.trials) for one in done),
            parent=done[-1].weights,
            weights=_digest(new) or "",
            training_cpu_s=round(took_s, 3),
            figures=figures,
        )
        best = self._ledger.best
        if best == 0 or last.figure > rounds[best - 1].figure:
            os.replace(new, self._folder / self._name)
            best = len(rounds) + 1
        else:
            new.unlink()
        update = {"rounds": (*rounds, last), "best": best}
        self._ledger = self._ledger.model_copy(update=update)
        self._write()
        self._tell(TaskPractised("trained", last.worlds, last.trials, self._ledger.cpu_s, last))

    def _write(self) -> None:
        """Write the ledger with the trials so far."""
        store = self._store
        seeds = sorted(one.world for one in store.worlds(is_held_out=False))
        held_out = range(FIRST_HELD_OUT, FIRST_HELD_OUT + self._settings.held_out_n)
        self._ledger = self._ledger.model_copy(
            update={
                "seeds": _ranges(seeds),
                "held_out": range_text(held_out),
                "outcomes": store.outcomes(is_held_out=False),
                "held_out_outcomes": store.outcomes(is_held_out=True),
                "trials_cpu_s": round(store.cpu_s, 1),
                "command": self._settings.command,
            }
        )
        self._ledger.write(self._folder)


def _ranges(seeds: list[int]) -> str:
    """Return seeds in order as ranges: ``0..11, 40..51``."""
    found: list[list[int]] = []
    for seed in seeds:
        if found and seed == found[-1][-1] + 1:
            found[-1].append(seed)
        else:
            found.append([seed])
    return ", ".join(f"{one[0]}..{one[-1]}" for one in found)


def _digest(path: Path | None) -> str | None:
    if path is None or not path.is_file():
        return None
    return hashlib.blake2b(path.read_bytes(), digest_size=8).hexdigest()
