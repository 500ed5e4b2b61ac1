"""Buffer of action chunks, and the choice of the action for the present period."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass
from typing import Literal

import numpy as np

from treehand.skills.contracts.embodiment import ActionSpec, FloatArray
from treehand.skills.vla.contract.policy import ActionChunk

Combining = Literal["switch", "blend", "ensemble"]
"""``switch``: the newest chunk; ``blend``: a ramp from the last chunk to the newest; ``ensemble``:
the weighted mean of all chunks that cover the time."""


def ensemble_action(predictions: FloatArray, rate: float) -> FloatArray:
    """Return one action from every prediction made for this step by overlapping action chunks.

    Args:
        predictions: Shape (n, action_dim), n >= 1, oldest first, in the units of the action.
        rate: Weight of row i is exp(-rate * i), in 1/step; 0 weighs all rows equally.

    Returns:
        One action, shape (action_dim,).

    Raises:
        ValueError: If `predictions` is empty or `rate` is not finite.

    Source:
        Temporal ensembling, Zhao et al. 2023 (ACT), algorithm 2.
    """
    if not len(predictions) or not math.isfinite(rate):
        raise ValueError("an ensemble needs at least one prediction and a finite rate")
    weights = np.exp(-rate * np.arange(len(predictions)))
    mean: FloatArray = weights @ predictions / weights.sum()
    return mean


@dataclass(frozen=True)
class DueAction:
    """Action that is due in one period."""

    action: FloatArray
    """Shape (action_dim,)."""
    observed_s: float
    """Time of the newest observation that it rests on, in run seconds."""


class ChunkBuffer:
    """Action chunks of one activation.

    Action k of a chunk is for the period that begins k periods after its observation. A chunk that
    took long to compute is therefore entered at the action that is due now, not at its first one.

    Args:
        spec: Meaning of an action's numbers.
        combining: Combination of overlapping chunks.
        rate: Of ``ensemble``: see `ensemble_action`.
        blend_n: Of ``blend``: periods of the ramp from the old chunk to the new one.
    """

    def __init__(
        self, spec: ActionSpec, combining: Combining, *, rate: float = 0.01, blend_n: int = 4
    ) -> None:
        self._combining = combining
        self._rate = rate
        self._blend_n = blend_n
        self._blends = spec.blends
        self._chunks: deque[ActionChunk] = deque()
        self._entered_s = 0.0

    def add(self, chunk: ActionChunk, now_s: float) -> None:
        """Add a chunk; one with an older observation than the newest chunk is ignored."""
        if self._chunks and chunk.observed_s < self._chunks[-1].observed_s:
            return
        self._chunks.append(chunk)
        self._entered_s = now_s

    def clear(self) -> None:
        """Remove all chunks."""
        self._chunks.clear()

    def at(self, now_s: float) -> DueAction | None:
        """Return the action for the period that begins now; None if no chunk covers it."""
        while self._chunks and self._chunks[0].index(now_s) >= len(self._chunks[0].actions):
            self._chunks.popleft()
        live = [chunk for chunk in self._chunks if chunk.index(now_s) >= 0]
        if not live:
            return None
        rows = np.array([chunk.actions[chunk.index(now_s)] for chunk in live])
        newest = rows[-1]
        if self._combining == "ensemble":
            mixed = ensemble_action(rows, self._rate)
        elif self._combining == "blend" and len(rows) > 1:
            since_n = (now_s - self._entered_s) / live[-1].period_s
            share = min((since_n + 1.0) / (self._blend_n + 1.0), 1.0)
            mixed = share * newest + (1.0 - share) * rows[-2]
        else:
            mixed = newest
        return DueAction(np.where(self._blends, mixed, newest), live[-1].observed_s)

    def upcoming(self, from_s: float, count: int) -> FloatArray:
        """Return the next `count` actions of the newest chunk, fewer at its end.

        Returns:
            Actions from the period at `from_s` on, shape (k, action_dim), k <= count.
        """
        if not self._chunks:
            return np.zeros((0, len(self._blends)))
        newest = self._chunks[-1]
        first = max(newest.index(from_s), 0)
        return newest.actions[first : first + count]
