"""Training of a model on a dataset: validated, resumable, and whole or not at all."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from treehand.core.errors import InputError, MissingExtra, StorageError
from treehand.learning.datasets.layout import ACTION, STATE
from treehand.learning.datasets.reader import Dataset
from treehand.learning.training.augmentation import Augmentation, AugmentedExamples
from treehand.learning.training.bases import Acting, Base, base_for
from treehand.learning.training.examples import (
    Attempt,
    AttemptExamples,
    attempts_in,
    digest_of,
)
from treehand.learning.training.ledger import Lesson, TrainingLedger
from treehand.skills.vla.reference.training import Batch, Trainer, TrainingSettings
from treehand.skills.vla.reference.vla_model import SmallVla

try:
    import torch
except ImportError as error:  # pragma: no cover - the extra is installed wherever this is tested
    raise MissingExtra("training", "learn,vla") from error

PARTIAL = ".partial"
STATE_FILE, PLAN_FILE, CACHE = "training.pt", "training.json", "cache"
STATISTICS_FILE = "stats.json"
SAVED_EVERY_S = 30.0
"""CPU-seconds between two saved states."""
VALIDATED_N = 256
"""Examples that the validation loss is of."""


@dataclass(frozen=True)
class FinetuneSettings:
    """Settings of a training."""

    base: str = "small"
    """Checkpoint folder, or the size of a new model."""
    skill: str | None = None
    """Skill whose successful attempts are learned; all if None."""
    instruction: str | None = None
    """Instruction of each attempt; ``{0}`` is its first argument in words."""
    steps_n: int | None = None
    """Number of steps; equal settings and steps give equal weights."""
    cpu_minutes: float | None = None
    """Time limit in CPU-minutes."""
    batch_n: int = 32
    rate: float | None = None
    """Peak learning rate; 1e-3 for new weights and 3e-4 for learned ones if None."""
    chunk: int = 16
    acting: Acting | None = None
    validation_share: float = 0.1
    """Share of the episodes that is not learned from."""
    seed: int = 0
    threads: int = 1
    """Cores; more of them make a small model slower on a busy machine."""
    augmentation: Augmentation = field(default_factory=Augmentation)

    def __post_init__(self) -> None:
        """Raise `InputError` unless there is a limit, and all numbers are possible."""
        if (self.steps_n is None) == (self.cpu_minutes is None):
            hint = "for example --cpu-minutes 10"
            raise InputError.of("wrong-training", "give steps or CPU-minutes", hint=hint)
        if not 0.0 <= self.validation_share < 1.0:
            message = f"a share of {self.validation_share:g} cannot be kept for validation"
            raise InputError.of("wrong-training", message, hint="for example 0.1")


@dataclass(frozen=True, slots=True)
class Learned:
    """Progress of a training."""

    step: int
    share: float
    """Share of the training that is done, from 0 to 1."""
    loss: float
    """Mean loss since the last report."""
    validation_loss: float | None
    cpu_s: float

    @property
    def left_cpu_s(self) -> float:
        """Estimate of the CPU-seconds that are left."""
        return self.cpu_s * (1.0 - self.share) / max(self.share, 1e-9)


def finetune(
    dataset_folder: Path,
    settings: FinetuneSettings,
    folder: Path,
    tell: Callable[[Learned], None] = lambda learned: None,
) -> TrainingLedger:
    """Train a model on a dataset and write its checkpoint; return its ledger.

    An interrupt leaves ``FOLDER.partial``; the same call goes on from there.

    Args:
        dataset_folder: Folder of the dataset.
        settings: What is learned, from which base, for how long.
        folder: Folder of the checkpoint; it must not exist.
        tell: Called about every 5 % of the training.

    Raises:
        InputError: If the dataset or the base is damaged, they do not fit each other, or the folder
            is taken.
        StorageError: If the checkpoint cannot be written.
    """
    if folder.exists():
        raise InputError.of("wrong-checkpoint", f"'{folder}' exists", hint="give another --out")
    dataset = Dataset(dataset_folder)
    base = base_for(
        settings.base, dataset, chunk=settings.chunk, acting=settings.acting, seed=settings.seed
    )
    attempts = attempts_in(dataset, settings.skill, settings.instruction)
    partial = folder.with_name(folder.name + PARTIAL)
    torch.set_num_threads(settings.threads)
    try:
        _begin_or_go_on(partial, dataset, settings)
        ledger = _Course(dataset, attempts, base, settings, partial).run(tell)
        for name in (STATE_FILE, PLAN_FILE):
            (partial / name).unlink()
        shutil.rmtree(partial / CACHE)
        partial.rename(folder)
    except OSError as error:
        hint = "free some space; the same command goes on from there"
        raise StorageError("unwritable-file", f"cannot write '{folder}': {error}", hint) from error
    return ledger


class _Course:
    """One training, from its beginning or its saved state to the checkpoint."""

    def __init__(
        self,
        dataset: Dataset,
        attempts: Sequence[Attempt],
        base: Base,
        settings: FinetuneSettings,
        partial: Path,
    ) -> None:
        self._dataset, self._base = dataset, base
        self._settings, self._partial = settings, partial
        spec, side = base.config.spec, base.config.size.picture
        self._learned, kept = _split(attempts, settings)
        cache = partial / CACHE
        examples = AttemptExamples(dataset, self._learned, spec, side, cache)
        self._validation: Batch | None = None
        if kept:
            held_out = AttemptExamples(dataset, kept, spec, side, cache)
            chosen = np.random.default_rng(settings.seed).permutation(len(held_out))
            self._validation = held_out.batch(np.sort(chosen[:VALIDATED_N]))
        self._frames_n = len(examples)
        model = SmallVla.load(base.folder) if base.folder else SmallVla(base.config)
        is_fresh = base.folder is None
        rate = settings.rate or (1e-3 if is_fresh else 3e-4)
        minutes = settings.cpu_minutes
        course = TrainingSettings(
            steps_n=settings.steps_n or 10**9,
            batch_n=settings.batch_n,
            rate=rate,
            seed=settings.seed,
            within_cpu_s=None if minutes is None else 60.0 * minutes,
        )
        augmented = AugmentedExamples(examples, settings.augmentation)
        self._trainer = Trainer(model, augmented, course, is_fresh=is_fresh)

    def run(self, tell: Callable[[Learned], None]) -> TrainingLedger:
        """Train to the end and write the checkpoint into the partial folder."""
        trainer, state = self._trainer, self._partial / STATE_FILE
        if state.exists():
            try:
                trainer.load(state)
            except ValueError as error:
                hint = f"begin anew: rm -r '{self._partial}'"
                raise InputError.of("wrong-checkpoint", str(error), hint=hint) from error
        losses: list[float] = []
        told_share, saved_s = trainer.share, time.process_time()
        try:
            while trainer.share < 1.0:
                losses.append(trainer.step().loss)
                if trainer.share >= told_share + 0.05 or trainer.share >= 1.0:
                    tell(self._progress(losses))
                    told_share, losses = trainer.share, []
                if time.process_time() - saved_s > SAVED_EVERY_S:
                    trainer.save(state)
                    saved_s = time.process_time()
        finally:
            trainer.save(state)
        trainer.model.eval()
        return self._written(losses)

    def _progress(self, losses: Sequence[float]) -> Learned:
        trainer = self._trainer
        return Learned(
            step=trainer.step_n,
            share=trainer.share,
            loss=float(np.mean(losses)),
            validation_loss=self._validation_loss(),
            cpu_s=trainer.took_cpu_s,
        )

    def _validation_loss(self) -> float | None:
        return None if self._validation is None else self._trainer.loss_on(self._validation)

    def _written(self, losses: Sequence[float]) -> TrainingLedger:
        trainer, dataset = self._trainer, self._dataset
        episodes = {one.episode.number: one.episode for one in self._learned}
        lesson = Lesson(
            source=dataset.folder.name,
            digest=digest_of(dataset),
            demonstrations=len(episodes),
            attempts=len(self._learned),
            frames=self._frames_n,
            hours=self._frames_n / dataset.info.fps / 3600.0,
            seeds=tuple(one.notes["seed"] for one in episodes.values() if "seed" in one.notes),
            steps=trainer.step_n,
            batch=self._settings.batch_n,
            cpu_s=round(trainer.took_cpu_s, 1),
            loss=float(np.mean(losses)) if losses else self._final_loss(),
            validation_loss=self._validation_loss(),
        )
        before = self._base.ledger
        ledger = TrainingLedger(
            parent=self._base.named,
            parameters=trainer.model.parameters_n,
            lessons=(*(before.lessons if before else ()), lesson),
        )
        notes = {**trainer.model.config.notes, "instruction": self._settings.instruction}
        if self._settings.instruction is not None:
            trainer.model.config = trainer.model.config.model_copy(update={"notes": notes})
        trainer.model.save(self._partial)
        ledger.write(self._partial)
        numbers = {key: dataset.statistics.get(key) for key in (STATE, ACTION)}
        text = json.dumps(numbers, indent=1) + "\n"
        (self._partial / STATISTICS_FILE).write_text(text, encoding="utf-8")
        return ledger

    def _final_loss(self) -> float:
        rows = np.arange(min(self._frames_n, VALIDATED_N))
        return self._trainer.loss_on(self._trainer.examples.batch(rows))


def _begin_or_go_on(partial: Path, dataset: Dataset, settings: FinetuneSettings) -> None:
    """Make the folder of a training; raise `InputError` if it is that of another one."""
    plan = f"{digest_of(dataset)} {settings!r}"
    path = partial / PLAN_FILE
    if path.exists():
        if json.loads(path.read_text(encoding="utf-8")) != plan:
            message = f"'{partial}' is an interrupted training with other settings"
            hint = f"repeat its command, or delete it: rm -r '{partial}'"
            raise InputError.of("wrong-checkpoint", message, hint=hint)
        return
    partial.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(plan) + "\n", encoding="utf-8")


def _split(
    attempts: Sequence[Attempt], settings: FinetuneSettings
) -> tuple[list[Attempt], list[Attempt]]:
    """Return the attempts to learn from, and those of the episodes kept for validation."""
    numbers = sorted({one.episode.number for one in attempts})
    count = round(len(numbers) * settings.validation_share)
    random = np.random.default_rng(settings.seed)
    kept = set(random.permutation(numbers)[:count].tolist()) if len(numbers) > 1 else set()
    learned = [one for one in attempts if one.episode.number not in kept]
    return learned, [one for one in attempts if one.episode.number in kept]
