"""Training of the reference model by behavior cloning.

The source of the examples is not defined here: a dataset's reader implements `Examples`.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from treehand.skills.contracts.embodiment import ByteArray, FloatArray
from treehand.skills.vla.contract.checkpoint import CheckpointConfig
from treehand.skills.vla.contract.policy import Properties
from treehand.skills.vla.reference.vla_model import Decoded, SmallVla, shares_of

PROPERTY_SHARE = 0.2
"""Weight of the property head's loss; the loss of the actions has weight 1."""
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
    within_s: float | None = None
    """Time limit in wall seconds; the learning rate decays with whichever limit comes first."""


@dataclass(frozen=True)
class Progressed:
    """Progress of a training."""

    step: int
    loss: float
    took_s: float


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
    settings = settings or TrainingSettings()
    if not len(examples):
        raise ValueError("there are no examples to learn from")
    model = SmallVla(config)
    model.train()
    random = np.random.default_rng(settings.seed)
    _fit_statistics(model, examples, random)
    optimizer = torch.optim.AdamW(
        model.parameters(), settings.rate, weight_decay=settings.decay, betas=(0.9, 0.95)
    )
    began = time.monotonic()
    for step in range(settings.steps_n):
        took_s = time.monotonic() - began
        share = step / settings.steps_n
        if settings.within_s is not None:
            share = max(share, took_s / settings.within_s)
        if share >= 1.0:
            break
        for group in optimizer.param_groups:
            group["lr"] = settings.rate * _rate_share(share)
        batch = examples.batch(random.integers(0, len(examples), settings.batch_n))
        loss = _loss(model, batch)
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        tell(Progressed(step + 1, loss.item(), time.monotonic() - began))
    model.eval()
    return model


def _rate_share(share: float) -> float:
    rising = 0.05
    if share < rising:
        return (share + 0.005) / (rising + 0.005)
    return 0.5 * (1.0 + math.cos(math.pi * (share - rising) / (1.0 - rising)))


def _fit_statistics(model: SmallVla, examples: Examples, random: np.random.Generator) -> None:
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
    if model.state_n:
        model.state_mean.copy_(torch.from_numpy(batch.state.mean(axis=0)))
        model.state_scale.copy_(torch.from_numpy(batch.state.std(axis=0).clip(1e-3)))


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
    return loss


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
    loss = (error * counts).sum() / counts.sum()
    if is_gripper.any():
        logits, decided = decoded.grips[..., is_gripper], grips[..., is_gripper].float()
        loss = loss + 0.5 * functional.binary_cross_entropy_with_logits(logits, decided)
    return loss
