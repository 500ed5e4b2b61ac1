"""Examples for the reference model from the successful attempts of a dataset."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from treehand.core.errors import InputError
from treehand.learning.datasets.episode import Segment
from treehand.learning.datasets.layout import CAMERA_PREFIX
from treehand.learning.datasets.reader import Dataset, EpisodeRow
from treehand.skills import ByteArray, FloatArray
from treehand.skills.vla.contract.spec import PolicySpec
from treehand.skills.vla.reference.training import Batch

_SLOT = re.compile(r"\{(\d+)\}")


@dataclass(frozen=True, slots=True)
class Attempt:
    """Frames of the dataset that show one thing done as it should be."""

    episode: EpisodeRow
    instruction: str
    first: int
    """Number of its first frame in the dataset."""
    end: int


def attempts_in(dataset: Dataset, skill: str | None, instruction: str | None) -> list[Attempt]:
    """Return the attempts that are worth learning from.

    Of a dataset that says which skills ran, these are the successful activations of one skill, or
    of all; of another one, its episodes, unless they are marked as failures.

    Args:
        dataset: The dataset.
        skill: Name of a skill; None for all.
        instruction: Instruction, with ``{0}`` for the first argument of the call, in words; the
            words of the dataset if None.

    Raises:
        InputError: If there are none.
    """
    found = [
        attempt
        for episode in dataset.episodes
        for attempt in _of_episode(episode, skill, instruction)
        if attempt.end > attempt.first
    ]
    if not found:
        of = f"of '{skill}' " if skill else ""
        known = sorted({s.call.split("(")[0] for e in dataset.episodes for s in e.segments})
        hint = f"its skills: {', '.join(known)}" if known else "record more episodes"
        message = f"'{dataset.folder}' has no successful attempt {of}to learn from"
        raise InputError.of("no-examples", message, hint=hint)
    return found


def _of_episode(
    episode: EpisodeRow, skill: str | None, instruction: str | None
) -> Iterator[Attempt]:
    if not episode.segments:
        if skill is None and episode.is_success is not False:
            words = instruction or (episode.tasks[0] if episode.tasks else "")
            yield Attempt(episode, words, episode.first, episode.end)
        return
    for one in episode.segments:
        if one.ending == "success" and skill in (None, one.call.split("(")[0]):
            words = _filled(instruction, one) if instruction else one.words
            yield Attempt(episode, words, episode.first + one.first, episode.first + one.end)


def _filled(instruction: str, segment: Segment) -> str:
    inside = segment.call.partition("(")[2].rstrip(")")
    arguments = [one.strip().replace("_", " ") for one in inside.split(",")]

    def argument(slot: re.Match[str]) -> str:
        number = int(slot[1])
        if number >= len(arguments):
            message = f"'{instruction}' names argument {number} of {segment.call}"
            raise InputError.of("wrong-instruction", message, hint="count from {0}")
        return arguments[number]

    return _SLOT.sub(argument, instruction)


class AttemptExamples:
    """`Examples` from attempts: the observation of a frame, and the actions from it on.

    After the last frame of an attempt the robot stands, and keeps its grip.

    Args:
        dataset: The dataset.
        attempts: Its attempts to learn from.
        spec: Inputs and outputs of the model.
        side: Height and width of the model's pictures, in pixels.
        cache: Folder in which decoded pictures are kept.

    Raises:
        InputError: If the dataset has no such camera or number, or its frame rate is another one.
    """

    def __init__(
        self,
        dataset: Dataset,
        attempts: Sequence[Attempt],
        spec: PolicySpec,
        side: int,
        cache: Path,
    ) -> None:
        require_fitting(dataset, spec)
        self._spec = spec
        self._rows = np.concatenate([np.arange(one.first, one.end) for one in attempts])
        self._ends = np.concatenate([np.full(one.end - one.first, one.end) for one in attempts])
        self._words = [one.instruction for one in attempts for _ in range(one.first, one.end)]
        self._state = _columns(dataset, spec)
        self._actions = actions_of(dataset, spec)
        self._pictures = _decoded(dataset, attempts, spec, side, cache)

    def __len__(self) -> int:
        return len(self._rows)

    def batch(self, rows: NDArray[np.int64]) -> Batch:
        """Return the examples of these numbers."""
        frames, ends = self._rows[rows], self._ends[rows]
        ahead = frames[:, None] + np.arange(self._spec.chunk)
        actions = self._actions[np.minimum(ahead, ends[:, None] - 1)]
        is_over = ahead >= ends[:, None]
        actions[is_over] = np.where(self._spec.action.is_gripper, actions[is_over], 0.0)
        return Batch(
            pictures=self._pictures[rows],
            state=self._state[frames],
            instructions=tuple(self._words[row] for row in rows),
            actions=actions,
        )


def require_fitting(dataset: Dataset, spec: PolicySpec) -> None:
    """Raise `InputError` unless a dataset has what a model takes and gives."""
    if abs(dataset.info.fps - spec.rate_hz) > 1e-6 * spec.rate_hz:
        message = f"it has {dataset.info.fps:g} frames a second, the model {spec.rate_hz:g}"
        raise InputError.of("wrong-dataset", message, hint="record it with --rate-hz")
    for key, camera in spec.cameras.items():
        name = camera.camera or key
        if name not in dataset.cameras and CAMERA_PREFIX + name not in dataset.cameras:
            known = ", ".join(dataset.cameras) or "none"
            message = f"it has no camera '{name}', which the model sees"
            raise InputError.of("wrong-dataset", message, hint=f"its cameras: {known}")


def _columns(dataset: Dataset, spec: PolicySpec) -> FloatArray:
    """Return the model's proprioception of every frame, shape (n, state_n)."""
    names = [name.partition(".")[0] for name in dataset.names("observation.state")]
    columns: list[int] = []
    for key, state in spec.state.items():
        own = [
            number
            for read in state.reads or (key,)
            for number, name in enumerate(names)
            if name == read
        ]
        if len(own) != state.size:
            message = f"it has {len(own)} numbers of '{key}', the model takes {state.size}"
            hint = f"its numbers: {', '.join(dict.fromkeys(names))}"
            raise InputError.of("wrong-dataset", message, hint=hint)
        columns += own
    return dataset.state[:, columns]


def actions_of(dataset: Dataset, spec: PolicySpec) -> FloatArray:
    """Return the actions of every frame in the model's convention, shape (n, action_dim).

    Raises:
        InputError: If the dataset has them in another convention.
    """
    names = list(dataset.names("action"))
    if list(spec.action.labels) == names:
        return dataset.action
    is_gripper = spec.action.is_gripper
    grips = [one for one in spec.action.labels if one in names]
    is_of_hand = spec.action.frame == "tool" and spec.action.control == "velocity"
    if is_of_hand and dataset.hand_velocity is not None and is_gripper.sum() == len(grips) == 1:
        actions = np.zeros((len(dataset), spec.action.size))
        actions[:, ~is_gripper] = dataset.hand_velocity
        actions[:, is_gripper] = dataset.action[:, [names.index(grips[0])]]
        return actions
    message = f"its actions are {', '.join(names)}; the model's {', '.join(spec.action.labels)}"
    hint = "take a base of this robot, or a new one"
    raise InputError.of("wrong-dataset", message, hint=hint)


def _decoded(
    dataset: Dataset, attempts: Sequence[Attempt], spec: PolicySpec, side: int, cache: Path
) -> NDArray[np.uint8]:
    """Return the pictures of the attempts' frames, shape (n, cameras, side, side, 3), from disk."""
    keys = [camera.camera or key for key, camera in spec.cameras.items()]
    count = sum(one.end - one.first for one in attempts)
    cache.mkdir(parents=True, exist_ok=True)
    shape = (count, len(keys), side, side, 3)
    pictures = np.lib.format.open_memmap(
        cache / f"pictures_{digest_of(dataset)}_{count}.npy", "w+", np.uint8, shape
    )
    wanted: dict[int, list[int]] = {}
    row = 0
    for one in attempts:
        for frame in range(one.first, one.end):
            wanted.setdefault(frame, []).append(row)
            row += 1
    for episode in {one.episode.number: one.episode for one in attempts}.values():
        for number, key in enumerate(keys):
            for at, picture in enumerate(dataset.pictures(key, episode), start=episode.first):
                for row in wanted.get(at, ()):
                    pictures[row, number] = resized(picture, side)
    return pictures


def resized(picture: ByteArray, side: int) -> ByteArray:
    """Return a picture of (side, side, 3), each pixel the mean of those that it covers.

    Raises:
        InputError: If neither side is a multiple of the other.
    """
    height, width = picture.shape[:2]
    if (height, width) == (side, side):
        return picture
    if height % side or width % side:
        message = f"its pictures are {height} × {width}, which do not become {side} × {side}"
        raise InputError.of("wrong-dataset", message, hint=f"record them with --size {side}")
    blocks = picture.reshape(side, height // side, side, width // side, 3)
    small: ByteArray = blocks.mean(axis=(1, 3)).round().astype(np.uint8)
    return small


def digest_of(dataset: Dataset) -> str:
    """Return a hash of a dataset's numbers."""
    hashed = hashlib.blake2b(dataset.state.tobytes(), digest_size=8)
    hashed.update(dataset.action.tobytes())
    return hashed.hexdigest()
