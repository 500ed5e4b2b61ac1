"""Labelled states as examples for the reference model."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import astuple
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from treehand.skills import FloatArray, LabelledState
from treehand.skills.vla.contract.policy import Properties
from treehand.skills.vla.contract.spec import PolicySpec
from treehand.skills.vla.reference.training import Batch

UNBREAKABLE_N = 1000.0
"""Breaking force of what does not break, for the property head."""


class LabelledStates:
    """`Examples` that grow from round to round; pictures are on disk.

    Args:
        spec: Inputs and outputs of the model.
        folder: Folder of the pictures.
    """

    def __init__(self, spec: PolicySpec, folder: Path) -> None:
        self._spec = spec
        self._folder = folder
        self._pictures: list[NDArray[np.uint8]] = []
        self._ends: list[int] = []
        self._state: list[FloatArray] = []
        self._actions: list[FloatArray] = []
        self._words: list[str] = []
        self._points: list[FloatArray] = []
        self._properties: list[Properties] = []

    def __len__(self) -> int:
        return len(self._words)

    def save(self, path: Path) -> None:
        """Write all but the pictures, which are in the folder."""
        np.savez(
            path,
            ends=np.array(self._ends),
            state=np.array(self._state),
            actions=np.array(self._actions),
            words=np.array(self._words),
            points=np.array(self._points),
            properties=np.array([astuple(one) for one in self._properties]),
        )

    def load(self, path: Path) -> None:
        """Take in what `save` wrote, and the pictures of the folder."""
        with np.load(path) as kept:
            self._ends = kept["ends"].tolist()
            self._words = kept["words"].tolist()
            self._state, self._actions = list(kept["state"]), list(kept["actions"])
            self._points = list(kept["points"])
            self._properties = [Properties(*row) for row in kept["properties"].tolist()]
        starts = (0, *self._ends)
        for number, end in enumerate(self._ends):
            path = self._folder / f"pictures_{number}.npy"
            pictures = np.load(path, mmap_mode="r")
            self._pictures.append(pictures[: end - starts[number]])

    def add(
        self, states: Iterable[tuple[str, LabelledState]], most: int, tell: Callable[[int], None]
    ) -> None:
        """Add more states.

        Args:
            states: Instruction and state of each.
            most: Greatest number of them.
            tell: Called with the number of all states after each.
        """
        spec = self._spec
        sides = next(iter(spec.cameras.values()))
        shape = (most, len(spec.cameras), sides.height, sides.width, 3)
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._folder / f"pictures_{len(self._pictures)}.npy"
        pictures = np.lib.format.open_memmap(path, "w+", np.uint8, shape)
        first = len(self)
        for words, one in states:
            row = len(self) - first
            pictures[row] = [one.pictures[c.camera or k] for k, c in spec.cameras.items()]
            self._take(words, one)
            tell(len(self))
        self._pictures.append(pictures[: len(self) - first])
        self._ends.append(len(self))

    def _take(self, words: str, one: LabelledState) -> None:
        spec = self._spec
        felt = [
            np.ravel(one.proprioception[name])
            for key, state in spec.state.items()
            for name in state.reads or (key,)
        ]
        self._words.append(words)
        self._points.append(
            np.array([one.points[c.camera or key] for key, c in spec.cameras.items()])
        )
        self._state.append(np.concatenate(felt))
        self._actions.append(np.column_stack([one.velocities, one.grips_n]))
        self._properties.append(
            Properties(
                one.properties["mass_kg"],
                one.properties["friction"],
                one.properties.get("break_force_n", UNBREAKABLE_N),
            )
        )

    def batch(self, rows: NDArray[np.int64]) -> Batch:
        """Return the examples of these numbers."""
        part = np.searchsorted(self._ends, rows, side="right")
        starts = np.array([0, *self._ends])
        pictures = np.stack(
            [self._pictures[p][row - starts[p]] for p, row in zip(part, rows, strict=True)]
        )
        return Batch(
            pictures=pictures,
            state=np.array([self._state[row] for row in rows]),
            instructions=tuple(self._words[row] for row in rows),
            actions=np.array([self._actions[row] for row in rows]),
            properties=tuple(self._properties[row] for row in rows),
            points=np.array([self._points[row] for row in rows]),
        )
