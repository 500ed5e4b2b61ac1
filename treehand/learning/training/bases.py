"""Models that a training begins with: a checkpoint, or new weights of a named size."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from treehand.core.errors import InputError
from treehand.learning.datasets.reader import Dataset
from treehand.learning.training.examples import actions_of, require_fitting
from treehand.learning.training.ledger import TrainingLedger
from treehand.skills import ActionDim, ActionSpec, EmbodimentSpec, FloatArray
from treehand.skills.vla.contract.checkpoint import (
    CONFIG,
    WEIGHTS,
    CheckpointConfig,
    ModelSize,
    read_config,
)
from treehand.skills.vla.contract.spec import CameraSpec, PolicySpec, StateSpec

SIZES: Mapping[str, ModelSize] = {
    "tiny": ModelSize(
        picture=32,
        width=32,
        channels=8,
        keypoints=8,
        text_layers=1,
        fusion_layers=1,
        action_layers=1,
    ),
    "small": ModelSize(
        picture=128,
        width=128,
        channels=16,
        keypoints=32,
        text_layers=1,
        fusion_layers=2,
        action_layers=2,
    ),
    "medium": ModelSize(),
}
"""Name to the size of new models: about 0.1, 1.3 and 7 million parameters."""
ROOM = 1.1
"""Factor from the greatest value in the data to the limit of a dimension."""
LEAST = 1e-3
"""Least limit of a dimension, in its unit."""
Acting = Literal["hand", "robot"]
"""Convention of a new model's actions: velocity of the hand in its own frame, or the robot's
own."""


@dataclass(frozen=True)
class Base:
    """A model to begin with."""

    config: CheckpointConfig
    folder: Path | None
    """Its checkpoint; None if its weights are new."""
    ledger: TrainingLedger | None
    """Lessons that it learned so far; None if nothing is known."""

    @property
    def named(self) -> str | None:
        """Name of its checkpoint, with a hash of the weights; None if they are new."""
        if self.folder is None:
            return None
        content = (self.folder / WEIGHTS).read_bytes()
        return f"{self.folder.name} {hashlib.blake2b(content, digest_size=8).hexdigest()}"


def base_for(name: str, dataset: Dataset, *, chunk: int, acting: Acting | None, seed: int) -> Base:
    """Return a checkpoint, or a new model that fits a dataset.

    Args:
        name: A checkpoint's folder, or one of `SIZES`.
        dataset: The dataset that is learned from.
        chunk: Actions in a chunk of a new model.
        acting: Convention of a new model's actions; `hand` where the dataset has it, if None.
        seed: Seed of new weights.

    Raises:
        InputError: If there is no such base, or it does not fit the dataset.
    """
    if (Path(name) / CONFIG).exists():
        folder = Path(name)
        config = read_config(folder)
        require_fitting(dataset, config.spec)
        actions_of(dataset, config.spec)
        return Base(config, folder, TrainingLedger.read(folder))
    if name not in SIZES:
        message = f"'{name}' is no checkpoint and no size of a new model"
        hint = f"a folder with {CONFIG}, or one of: {', '.join(SIZES)}"
        raise InputError.of("unknown-base", message, hint=hint)
    spec = _new_spec(dataset, chunk, acting)
    return Base(CheckpointConfig(spec=spec, size=SIZES[name], seed=seed), None, None)


def _new_spec(dataset: Dataset, chunk: int, acting: Acting | None) -> PolicySpec:
    robot = robot_of(dataset)
    has_hand = dataset.hand_velocity is not None
    if acting == "hand" and not has_hand:
        message = f"'{dataset.folder}' has no velocities of the hand"
        raise InputError.of("wrong-dataset", message, hint="take --actions robot")
    is_of_hand = has_hand if acting is None else acting == "hand"
    heights = {key: dataset.info.features[key].shape[:2] for key in dataset.info.cameras}
    return PolicySpec(
        cameras={
            name: CameraSpec(height=height, width=width)
            for name, (height, width) in zip(dataset.cameras, heights.values(), strict=True)
        },
        state={
            name: StateSpec(size=quantity.size, unit=quantity.unit)
            for name, quantity in robot.proprioception.items()
        },
        action=_hand_action(dataset, robot.action) if is_of_hand else robot.action,
        chunk=chunk,
        rate_hz=dataset.info.fps,
    )


def robot_of(dataset: Dataset) -> EmbodimentSpec:
    """Return the robot that a dataset declares.

    Raises:
        InputError: If it declares none, as datasets of others do.
    """
    if dataset.info.robot is None:
        message = f"'{dataset.folder}' does not declare units and limits of its robot"
        hint = "give a checkpoint with --base, whose config.json declares them"
        raise InputError.of("wrong-dataset", message, hint=hint)
    return EmbodimentSpec.model_validate(dataset.info.robot)


def _hand_action(dataset: Dataset, own: ActionSpec) -> ActionSpec:
    assert dataset.hand_velocity is not None
    return hand_action(np.abs(dataset.hand_velocity).max(axis=0), own)


def hand_action(greatest: FloatArray, own: ActionSpec) -> ActionSpec:
    """Return the convention of the hand's velocity in its own frame, with the robot's gripper.

    Args:
        greatest: Greatest speeds that occur, shape (6,), in m/s and rad/s.
        own: The robot's own convention.
    """
    limits = _limits(greatest)
    labels = ("x", "y", "z", "rx", "ry", "rz")
    dims = [
        ActionDim(
            label=label,
            unit="m/s" if number < 3 else "rad/s",
            low=-limits[number],
            high=limits[number],
            part="motion" if number < 3 else "rotation",
        )
        for number, label in enumerate(labels)
    ]
    grips = [dim for dim in own.dims if dim.part == "gripper"]
    return ActionSpec(
        control="velocity",
        frame="tool",
        rotation="axis-angle",
        gripper=own.gripper,
        dims=(*dims, *grips),
    )


def _limits(greatest: FloatArray) -> list[float]:
    """Return a limit for each dimension, rounded up to two digits; one for all of a kind."""
    wide = np.maximum(ROOM * greatest.reshape(2, 3).max(axis=1).repeat(3), LEAST)
    step = 10.0 ** (np.floor(np.log10(wide)) - 1)
    return [float(round(one, 6)) for one in np.ceil(wide / step) * step]
