"""Checkpoint folder of a trained policy: ``config.json`` and the weights."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from treehand.documents.reader import Located, read_file
from treehand.skills.vla.contract.spec import PolicySpec

CONFIG = "config.json"
WEIGHTS = "model.safetensors"

Count = Annotated[int, Field(gt=0, le=4096)]


class ModelSize(Located):
    """Size of the reference model; the defaults give about seven million parameters."""

    picture: Count = 128
    """Height and width of the input pictures, in pixels; others are resized."""
    width: Count = 256
    """Size of a token."""
    channels: Count = 32
    """Channels of the first convolution; the later ones have two, four and eight times as many."""
    keypoints: Count = 32
    """Keypoints of the spatial softmax, per picture."""
    text_layers: Count = 2
    fusion_layers: Count = 3
    action_layers: Count = 2
    heads: Count = 4
    """Attention heads per layer."""
    words: Count = 2048
    """Rows of the word embedding; a word's row is its hash."""
    longest: Count = 16
    """Longest instruction, in words; the rest is ignored."""

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.width % self.heads:
            message = f"'width' is {self.width}, which {self.heads} heads cannot share"
            context = {"code": "wrong-policy", "hint": "make it a multiple of 'heads'"}
            raise PydanticCustomError("wrong_policy", message, context)
        return self


class CheckpointConfig(Located):
    """``config.json``."""

    kind: Literal["treehand-vla"] = "treehand-vla"
    version: Literal[1] = 1
    spec: PolicySpec
    """Inputs and outputs of the policy."""
    size: ModelSize = ModelSize()
    seed: int = 0
    """Seed of the initial weights."""
    serves: dict[str, tuple[str, ...]] = {}
    """Skill to the objects that it can act on as the first argument; empty if nobody said."""
    places: dict[str, tuple[str, ...]] = {}
    """Skill to the objects that its second argument may be; all if nobody said."""
    notes: dict[str, Any] = {}
    """Free notes of the training: data, steps, commit."""


def read_config(folder: Path) -> CheckpointConfig:
    """Return the config of a checkpoint folder.

    Raises:
        InputError: If the folder holds no valid config; it lists all findings.
    """
    return read_file(folder / CONFIG, CheckpointConfig)
