"""Training of the reference model by behavior cloning.

The source of the examples is not defined here: a dataset's reader implements `Examples`.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from pickle import UnpicklingError
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from treehand.core.errors import MissingExtra
from treehand.skills.contracts.embodiment import ByteArray, FloatArray
from treehand.skills.vla.contract.checkpoint import CheckpointConfig
from treehand.skills.vla.contract.policy import Properties

try:
    import torch
    from torch import Tensor
    from torch.nn import functional

    from treehand.skills.vla.reference.readout import shares_of
    from treehand.skills.vla.reference.vla_model import Decoded, SmallVla
except ImportError as error:  # pragma: no cover - the extra is installed wherever this is tested
    raise MissingExtra("training", "vla") from error

PROPERTY_SHARE = 0.2
"""Weight of the property head's loss; the loss of the actions has weight 1."""
LOOK_SHARE = 0.1
"""Weight of the loss of the first keypoint, which is to be at the point in the picture."""
LOOK_CELLS = 0.8
"""Standard deviation of that point, in cells of the keypoint's map."""
WEAK = 5.0
"""Factor on the error of a grip force that is too small: what is not seen, such as the mass of a
full can, is gripped for the heavier case."""
LEAST_SCALE = 1e-3
"""Least scale of a number of proprioception."""
STATISTICS_N = 2048
"""Number of examples for the mean and scale of proprioception."""


@dataclass(frozen=True)
class Batch:
    """A batch of b examples."""

    pictures: ByteArray
    """Shape (b, cameras, height, width, 3), cameras in the order of the spec."""
    state: FloatArray
    """Shape (b, state_n), in the order of the spec."""
    instructions: tuple[str, ...]
    actions: FloatArray
    """Shape (b, chunk, action_dim), in the units of the spec."""
    properties: tuple[Properties, ...] | None = None
    """Properties of the object that the instruction means, where known."""
    points: FloatArray | None = None
    """Points in the pictures that the hand is to get to, where known, shape (b, cameras, 2):
    columns and rows as shares from 0 to 1; NaN outside of a picture."""


class Examples(Protocol):
    """Source of examples."""

    def __len__(self) -> int:
        """Return the number of examples."""
        ...

    def batch(self, rows: NDArray[np.int64]) -> Batch:
        """Return the examples of these row numbers."""
        ...


@dataclass(frozen=True)
class TrainingSettings:
    """Hyperparameters of a training."""

    steps_n: int = 1000
    batch_n: int = 64
    rate: float = 1e-3
    """Peak learning rate: linear warm-up over the first twentieth, then cosine decay."""
    decay: float = 1e-4
    """Weight decay."""
    seed: int = 0
    """Seed of the order of the examples."""
    within_cpu_s: float | None = None
    """Time limit in CPU-seconds of this process; the learning rate decays with whichever limit
    comes first."""


@dataclass(frozen=True)
class Progressed:
    """Progress of a training."""

    step: int
    loss: float
    took_cpu_s: float
    share: float
    """Share of the training that is done, from 0 to 1."""


class Trainer:
    """A training that can be saved after any step and continued; see `train`.

    Args:
        model: The model that learns.
        examples: Training data.
        settings: Hyperparameters.
        is_fresh: True if the model never learned; the answers of another one stay as they are
            when its statistics of proprioception become those of the examples.

    Raises:
        ValueError: If there are no examples, or they do not fit the model.
    """

    def __init__(
        self, model: SmallVla, examples: Examples, settings: TrainingSettings, *, is_fresh: bool
    ) -> None:
        if not len(examples):
            raise ValueError("there are no examples to learn from")
        self.model = model
        self.step_n = 0
        """Number of steps so far."""
        self.examples = examples
        self._settings = settings
        self._random = np.random.default_rng(settings.seed)
        sample = _sampled(model, examples, self._random)
        if model.state_n:
            mean, scale = sample.state.mean(axis=0), sample.state.std(axis=0).clip(LEAST_SCALE)
            model.standardize(mean, scale, keeps_answers=not is_fresh)
        self._optimizer = torch.optim.AdamW(
            model.parameters(), settings.rate, weight_decay=settings.decay, betas=(0.9, 0.95)
        )
        self._before_s = 0.0
        """CPU-seconds of the part before it was continued."""
        self._began_s = time.process_time()

    @property
    def took_cpu_s(self) -> float:
        """CPU-seconds so far."""
        return self._before_s + time.process_time() - self._began_s

    @property
    def share(self) -> float:
        """Share of the training that is done, from 0 to 1."""
        share = self.step_n / self._settings.steps_n
        if self._settings.within_cpu_s is not None:
            share = max(share, self.took_cpu_s / self._settings.within_cpu_s)
        return min(share, 1.0)

    def step(self) -> Progressed:
        """Take one step."""
        self.model.train()
        for group in self._optimizer.param_groups:
            group["lr"] = self._settings.rate * _rate_share(self.share)
        rows = self._random.integers(0, len(self.examples), self._settings.batch_n)
        loss = _loss(self.model, self.examples.batch(rows))
        self._optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self._optimizer.step()
        self.step_n += 1
        return Progressed(self.step_n, loss.item(), self.took_cpu_s, self.share)

    def loss_on(self, batch: Batch) -> float:
        """Return the loss of examples, without learning from them."""
        self.model.eval()
        with torch.inference_mode():
            return float(_loss(self.model, batch))

    def save(self, path: Path) -> None:
        """Write everything that `load` needs; the file is whole at every moment."""
        state = {
            "model": self.model.state_dict(),
            "optimizer": self._optimizer.state_dict(),
            "random": self._random.bit_generator.state,
            "step": self.step_n,
            "took_cpu_s": self.took_cpu_s,
        }
        new = path.with_name(path.name + ".new")
        torch.save(state, new)
        new.replace(path)

    def load(self, path: Path) -> None:
        """Continue from a file of `save`.

        Raises:
            ValueError: If it is none, or of another model.
        """
        try:
            state = torch.load(path, weights_only=True)
            self.model.load_state_dict(state["model"])
            self._optimizer.load_state_dict(state["optimizer"])
            self._random.bit_generator.state = state["random"]
            self.step_n, self._before_s = int(state["step"]), float(state["took_cpu_s"])
        except (KeyError, RuntimeError, TypeError, EOFError, UnpicklingError) as error:
            raise ValueError(f"'{path}' is no training that can be continued: {error}") from error
        self._began_s = time.process_time()


def train(
    config: CheckpointConfig,
    examples: Examples,
    settings: TrainingSettings | None = None,
    *,
    tell: Callable[[Progressed], None] = lambda progressed: None,
) -> SmallVla:
    """Return a model trained on examples; reproducible for equal seeds and no time limit.

    Args:
        config: Inputs, outputs, size and initial seed of the model.
        examples: Training data.
        settings: Hyperparameters; the defaults if None.
        tell: Called after every step.

    Raises:
        ValueError: If there are no examples, or they do not fit the config.
    """
    model = SmallVla(config)
    trainer = Trainer(model, examples, settings or TrainingSettings(), is_fresh=True)
    while trainer.share < 1.0:
        tell(trainer.step())
    model.eval()
    return model


def _rate_share(share: float) -> float:
    rising = 0.05
    if share < rising:
        return (share + 0.005) / (rising + 0.005)
    return 0.5 * (1.0 + math.cos(math.pi * (share - rising) / (1.0 - rising)))


def _sampled(model: SmallVla, examples: Examples, random: np.random.Generator) -> Batch:
    """Return some examples, which fit the model."""
    rows = random.integers(0, len(examples), min(len(examples), STATISTICS_N))
    batch = examples.batch(rows)
    spec = model.config.spec
    wanted = (len(rows), spec.chunk, spec.action.size)
    if batch.actions.shape != wanted:
        raise ValueError(f"actions have shape {batch.actions.shape}, not {wanted}")
    if batch.state.shape != (len(rows), model.state_n):
        raise ValueError(f"states have shape {batch.state.shape}, not {(len(rows), model.state_n)}")
    if batch.pictures.shape[1] != len(spec.cameras):
        raise ValueError(f"there are {batch.pictures.shape[1]} pictures, not {len(spec.cameras)}")
    return batch


def _loss(model: SmallVla, batch: Batch) -> Tensor:
    side = model.config.size.picture
    pictures = torch.from_numpy(batch.pictures).permute(0, 1, 4, 2, 3).float() / 255.0
    if pictures.shape[-1] != side or pictures.shape[-2] != side:
        flat = functional.interpolate(pictures.flatten(0, 1), (side, side), mode="area")
        pictures = flat.unflatten(0, pictures.shape[:2])
    state = torch.from_numpy(batch.state).float()
    if not model.state_n:
        state = torch.zeros(len(batch.instructions), 1)
    decoded: Decoded = model(pictures, state, model.language.rows(batch.instructions))
    loss = _action_loss(model, decoded, batch.actions)
    if batch.properties is not None:
        wanted = torch.tensor([shares_of(one) for one in batch.properties])
        loss = loss + PROPERTY_SHARE * functional.mse_loss(decoded.properties, wanted)
    if batch.points is not None:
        loss = loss + LOOK_SHARE * _look_loss(decoded.looks, torch.from_numpy(batch.points).float())
    return loss


def _look_loss(looks: Tensor, points: Tensor) -> Tensor:
    """Return the cross-entropy of the first keypoint's maps and of points that are in view."""
    height, width = looks.shape[-2:]
    columns = torch.arange(width) + 0.5 - points[..., :1] * width
    rows = torch.arange(height) + 0.5 - points[..., 1:] * height
    away = rows[..., :, None] ** 2 + columns[..., None, :] ** 2
    is_seen = ~points.isnan().any(dim=-1)
    wanted = (-away[is_seen] / (2.0 * LOOK_CELLS**2)).flatten(1).softmax(dim=-1)
    told = looks[is_seen].flatten(1).log_softmax(dim=-1)
    return -(wanted * told).sum() / max(int(is_seen.sum()), 1)


def _action_loss(model: SmallVla, decoded: Decoded, actions: FloatArray) -> Tensor:
    """Return the loss of motion, of the decision to grip, and of the force where it grips."""
    spec = model.config.spec.action
    low, high = torch.from_numpy(spec.lows()), torch.from_numpy(spec.highs())
    wanted = torch.from_numpy(actions)
    scaled = (2.0 * (wanted - low) / (high - low) - 1.0).float()
    is_gripper = torch.from_numpy(spec.is_gripper)
    grips = (wanted > low) & is_gripper
    counts = (~is_gripper | grips).float()
    error = functional.smooth_l1_loss(decoded.motion, scaled, reduction="none", beta=0.05)
    is_weak = is_gripper & (decoded.motion < scaled)
    error = error * (1.0 + (WEAK - 1.0) * is_weak.float())
    loss = (error * counts).sum() / counts.sum()
    if is_gripper.any():
        logits, decided = decoded.grips[..., is_gripper], grips[..., is_gripper].float()
        loss = loss + 0.5 * functional.binary_cross_entropy_with_logits(logits, decided)
    return loss
