"""Learned part of a task: the trials that it practises on, and what training makes of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from treehand.skills.contracts.embodiment import FloatArray


@dataclass(frozen=True, slots=True)
class PracticeTrial:
    """One trial: the numbers that a learned part chooses by, and the outcome."""

    outcome: str
    """Outcome by the true state, in one word, such as ``lifted``."""
    numbers: FloatArray
    """Shape (n,), finite; n is the same for all trials of a task."""


class LearnedPart(Protocol):
    """Part of a task's skills that was trained on trials."""

    def write(self, path: Path) -> None:
        """Write the weights to a new file.

        Args:
            path: The file; it has the name under which the task keeps its weights.
        """
        ...

    def figures(self, worlds: Sequence[Sequence[PracticeTrial]]) -> Mapping[str, float]:
        """Return figures on trials that it was not trained on; the first one is to grow.

        Args:
            worlds: Trials of each world.
        """
        ...
