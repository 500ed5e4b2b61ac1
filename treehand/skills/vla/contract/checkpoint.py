"""The folder that a trained policy lies in: what it is in ``config.json``, weights beside it."""

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
    """How large the reference model is; the defaults give about seven million parameters."""

    picture: Count = 128
    """Side of the pictures that it looks at, in pixels; others are resized to it."""
    width: Count = 256
    """Numbers in a token."""
    channels: Count = 32
    """Of the first convolution; the later ones have two, four and eight times as many."""
    keypoints: Count = 32
    """Places that it looks for in each picture."""
    text_layers: Count = 2
    fusion_layers: Count = 3
    action_layers: Count = 2
    heads: Count = 4
    """Attention heads of every layer."""
    words: Count = 2048
    """Rows of the table of words; a word's row is found by its hash."""
    longest: Count = 16
    """Words of an instruction that are read."""

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
    """What it sees, feels and answers."""
    size: ModelSize = ModelSize()
    seed: int = 0
    """Of the weights it began with."""
    notes: dict[str, Any] = {}
    """Whatever its training wants to say: data, steps, commit."""


def read_config(folder: Path) -> CheckpointConfig:
    """Return what a checkpoint says of itself.

    Raises:
        InputError: With every finding, if it is not the folder of a checkpoint.
    """
    return read_file(folder / CONFIG, CheckpointConfig)
