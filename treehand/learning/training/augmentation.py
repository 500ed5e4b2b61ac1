"""Augmentation of examples: light, camera shift, and proprioception that is not there."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from treehand.skills import ByteArray
from treehand.skills.vla.reference.training import Batch, Examples


@dataclass(frozen=True)
class Augmentation:
    """Random changes of examples; all zero changes nothing."""

    light: float = 0.15
    """Greatest change of brightness and contrast, as a share; one for each picture."""
    colour: float = 0.05
    """Greatest change of each colour channel, as a share."""
    shift_px: int = 3
    """Greatest shift of a picture along each side, in pixels."""
    blind_share: float = 0.1
    """Share of the examples whose proprioception is replaced by the mean of the batch."""

    def applied(self, batch: Batch, random: np.random.Generator) -> Batch:
        """Return a changed copy of a batch."""
        state = batch.state.copy()
        is_blind = random.random(len(state)) < self.blind_share
        if state.size:
            state[is_blind] = batch.state.mean(axis=0)
        return replace(batch, pictures=self._seen(batch.pictures, random), state=state)

    def _seen(self, pictures: ByteArray, random: np.random.Generator) -> ByteArray:
        count, cameras = pictures.shape[:2]
        each = (count, cameras, 1, 1)
        contrast = 1.0 + random.uniform(-self.light, self.light, each)
        bright = 255.0 * random.uniform(-self.light, self.light, each)
        tint = 1.0 + random.uniform(-self.colour, self.colour, (count, cameras, 3, 1))
        table = (np.arange(256.0) - 128.0) * contrast * tint + 128.0 + bright
        table = np.clip(table, 0, 255).astype(np.uint8)  # one row for each channel of a picture
        seen: ByteArray = np.empty_like(pictures)
        for index in np.ndindex(count, cameras):
            picture = self._shifted(pictures[index], random)
            for channel in range(3):
                seen[index][..., channel] = table[index][channel][picture[..., channel]]
        return seen

    def _shifted(self, picture: ByteArray, random: np.random.Generator) -> ByteArray:
        """Return a picture whose edges are repeated where the shift uncovers them."""
        if not self.shift_px:
            return picture
        height, width = picture.shape[:2]
        down, right = random.integers(-self.shift_px, self.shift_px + 1, 2)
        rows = np.clip(np.arange(height) + down, 0, height - 1)
        columns = np.clip(np.arange(width) + right, 0, width - 1)
        shifted: ByteArray = picture.take(rows, axis=0).take(columns, axis=1)
        return shifted


class AugmentedExamples:
    """`Examples` that change at every look.

    Args:
        examples: The examples.
        augmentation: Their changes.
    """

    def __init__(self, examples: Examples, augmentation: Augmentation) -> None:
        self._examples = examples
        self._augmentation = augmentation

    def __len__(self) -> int:
        return len(self._examples)

    def batch(self, rows: NDArray[np.int64]) -> Batch:
        """Return changed examples; the change follows from the rows, so that a step repeats."""
        random = np.random.default_rng(rows.tolist())
        return self._augmentation.applied(self._examples.batch(rows), random)
