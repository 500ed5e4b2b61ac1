"""Small vision-language-action model in torch, in four stages.

    pictures ──▶ VisionEncoder ──┐            ┌──▶ PropertyHead ──▶ mass, friction, fragility
                     ▲ (FiLM)    ├──▶ fusion ─┤
    words ────▶ LanguageEncoder ─┤            └──▶ ActionDecoder ──▶ a chunk of actions
    proprioception ──────────────┘

Sources: FiLM, Perez et al. 2018, used to condition pictures on words as in RT-1; spatial softmax,
Levine et al. 2016; one query per step that attends to all tokens, as ACT (Zhao et al. 2023).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.nn import functional

from treehand.skills.contracts.embodiment import ByteArray, FloatArray
from treehand.skills.vla.contract.checkpoint import (
    CONFIG,
    WEIGHTS,
    CheckpointConfig,
    ModelSize,
    read_config,
)
from treehand.skills.vla.contract.policy import PolicyAnswer, PolicyObservation
from treehand.skills.vla.contract.spec import StateSpec
from treehand.skills.vla.reference.instructions import word_rows
from treehand.skills.vla.reference.readout import RANGES, actions_of, properties_of

SHARP = 8.0
"""Initial inverse temperature of the spatial softmax; flat maps learn slowly."""
GRID = 4
"""Patches along each side of a picture."""


@dataclass(frozen=True)
class Decoded:
    """Output of the model for b observations, n actions per chunk, d numbers per action."""

    motion: Tensor
    """Shape (b, n, d): actions, with the limits mapped to -1 and 1."""
    grips: Tensor
    """Shape (b, n, d): logits that a gripper's number is above its lower limit."""
    properties: Tensor
    """Shape (b, 3): logarithms of mass, friction and breaking force, with the ranges mapped to 0
    and 1."""
    looks: Tensor
    """Shape (b, cameras, height, width): logits of the first keypoint's position."""


class LanguageEncoder(nn.Module):
    """Encodes words as tokens; a word's embedding row is its hash, so no vocabulary is needed.

    Args:
        size: Size of the model.
    """

    def __init__(self, size: ModelSize) -> None:
        super().__init__()
        self.size = size
        self.table = nn.Embedding(size.words + 1, size.width, padding_idx=0)
        self.place = nn.Parameter(torch.randn(size.longest, size.width) * 0.02)
        self.layers = _layers(size, size.text_layers)

    def rows(self, instructions: Sequence[str]) -> Tensor:
        """Return the row of every word, shape (b, longest); 0 for padding."""
        return torch.from_numpy(word_rows(instructions, self.size))

    def forward(self, rows: Tensor) -> tuple[Tensor, Tensor]:
        """Return tokens, shape (b, longest, width), and the padding mask, (b, longest)."""
        is_absent = rows == 0
        is_absent = is_absent & ~is_absent.all(dim=1, keepdim=True)  # attention wants one at least
        tokens = self.layers(self.table(rows) + self.place, src_key_padding_mask=is_absent)
        return tokens, is_absent


class VisionEncoder(nn.Module):
    """Encodes pictures as tokens: keypoints of the named objects, and coarse patches.

    Args:
        size: Size of the model.
        cameras: Number of pictures in an observation.
    """

    def __init__(self, size: ModelSize, cameras: int) -> None:
        super().__init__()
        self.size = size
        first, second = size.channels, 2 * size.channels
        self.camera = nn.Parameter(torch.randn(cameras, size.width) * 0.02)
        self.stem = nn.Sequential(
            nn.Conv2d(5, first, 5, stride=2, padding=2),
            nn.GELU(),
            nn.Conv2d(first, second, 3, stride=2, padding=1),
        )
        self.norm = nn.GroupNorm(1, second)
        self.film = nn.Linear(size.width, 2 * second)
        self.deeper = nn.Sequential(nn.GELU(), nn.Conv2d(second, second, 3, padding=1))
        self.where = nn.Conv2d(second, size.keypoints, 1)
        self.coarse = nn.Sequential(
            nn.GELU(),
            nn.Conv2d(second, 2 * second, 3, stride=2, padding=1),
            nn.GELU(),
            nn.Conv2d(2 * second, 4 * second, 3, stride=2, padding=1),
            nn.AdaptiveAvgPool2d(GRID),
        )
        self.point_token = nn.Linear(3 * size.keypoints, size.width)
        self.patch_token = nn.Linear(4 * second, size.width)
        self.patch_place = nn.Parameter(torch.randn(GRID * GRID, size.width) * 0.02)

    def forward(self, pictures: Tensor, words: Tensor) -> tuple[Tensor, Tensor]:
        """Return tokens, shape (b, cameras · (1 + patches), width), and the first keypoint's maps.

        Args:
            pictures: Shape (b, cameras, 3, picture, picture), from 0 to 1.
            words: Embedding of the instruction, shape (b, width).
        """
        batch_n, cameras_n, _, height, width = pictures.shape
        ys, xs = _grid(height, width)
        grid = torch.stack([xs, ys]).expand(batch_n * cameras_n, 2, height, width)
        looked = torch.cat([2.0 * pictures.flatten(0, 1) - 1.0, grid], dim=1)
        asked = (words[:, None] + self.camera).flatten(0, 1)
        features = self.stem(looked)
        scale, shift = self.film(asked)[..., None, None].chunk(2, dim=1)
        told = self.deeper(self.norm(features) * (1.0 + scale) + shift)
        maps = SHARP * self.where(functional.gelu(told))
        points = self._points(maps)
        features = features + told
        patches = self.coarse(features).flatten(2).transpose(1, 2)
        tokens = torch.cat(
            [self.point_token(points)[:, None], self.patch_token(patches) + self.patch_place], dim=1
        )
        tokens = tokens.unflatten(0, (batch_n, cameras_n)) + self.camera[:, None]
        return tokens.flatten(1, 2), maps[:, 0].unflatten(0, (batch_n, cameras_n))

    def _points(self, maps: Tensor) -> Tensor:
        """Return the expected position in each map, from -1 to 1, and its confidence."""
        ys, xs = _grid(*maps.shape[-2:])
        share = maps.flatten(2).softmax(dim=-1)
        x, y = share @ xs.flatten(), share @ ys.flatten()
        return torch.cat([x, y, share.amax(dim=-1)], dim=1)


class PropertyHead(nn.Module):
    """Predicts physical properties of the named object from tokens.

    Args:
        size: Size of the model.
    """

    def __init__(self, size: ModelSize) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(size.width, size.width), nn.GELU(), nn.Linear(size.width, len(RANGES))
        )

    def forward(self, tokens: Tensor) -> Tensor:
        """Return mass, friction and breaking force, shape (b, 3), each from 0 to 1."""
        return torch.sigmoid(self.layers(tokens.mean(dim=1)))


class ActionDecoder(nn.Module):
    """Decodes tokens to an action chunk: one query per action attends to all tokens.

    Args:
        size: Size of the model.
        chunk: Actions in a chunk.
        numbers: Numbers in an action.
    """

    def __init__(self, size: ModelSize, chunk: int, numbers: int) -> None:
        super().__init__()
        self.queries = nn.Parameter(torch.randn(chunk, size.width) * 0.02)
        layer = nn.TransformerDecoderLayer(
            size.width, size.heads, 4 * size.width, 0.0, "gelu", batch_first=True, norm_first=True
        )
        self.layers = nn.TransformerDecoder(layer, size.action_layers, nn.LayerNorm(size.width))
        self.head = nn.Linear(size.width, 2 * numbers)

    def forward(self, tokens: Tensor, is_absent: Tensor) -> tuple[Tensor, Tensor]:
        """Return motion and grip logits, shape (b, chunk, numbers) each."""
        queries = self.queries.expand(len(tokens), *self.queries.shape)
        decoded = self.layers(queries, tokens, memory_key_padding_mask=is_absent)
        motion, grips = self.head(decoded).chunk(2, dim=-1)
        return motion, grips


class SmallVla(nn.Module):
    """The reference model.

    Args:
        config: Inputs, outputs, size, and seed of the initial weights.
    """

    def __init__(self, config: CheckpointConfig) -> None:
        super().__init__()
        self.config = config
        size, spec = config.size, config.spec
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(config.seed)
            self.language = LanguageEncoder(size)
            self.vision = VisionEncoder(size, len(spec.cameras))
            self.vision.to(memory_format=torch.channels_last)  # a fifth faster on a CPU
            self.felt = nn.Linear(max(self.state_n, 1), size.width)
            self.fusion = _layers(size, size.fusion_layers)
            self.properties = PropertyHead(size)
            self.actions = ActionDecoder(size, spec.chunk, spec.action.size)
        self.register_buffer("state_mean", torch.zeros(max(self.state_n, 1)))
        self.register_buffer("state_scale", torch.ones(max(self.state_n, 1)))

    @property
    def state_n(self) -> int:
        """Number of proprioception values."""
        return sum(state.size for state in self.config.spec.state.values())

    @property
    def parameters_n(self) -> int:
        """Number of weights."""
        return sum(weights.numel() for weights in self.parameters())

    def forward(self, pictures: Tensor, state: Tensor, rows: Tensor) -> Decoded:
        """Return the output for a batch.

        Args:
            pictures: Shape (b, cameras, 3, picture, picture), from 0 to 1.
            state: Shape (b, state_n), in the units of the spec.
            rows: Result of `LanguageEncoder.rows`, shape (b, longest).
        """
        words, is_absent = self.language(rows)
        present = (~is_absent).unsqueeze(-1).float()
        meaning = (words * present).sum(dim=1) / present.sum(dim=1)
        seen, looks = self.vision(pictures, meaning)
        felt = self.felt((state - self.state_mean) / self.state_scale)[:, None]
        is_absent = functional.pad(is_absent, (seen.shape[1] + 1, 0), value=False)
        tokens = self.fusion(torch.cat([seen, felt, words], dim=1), src_key_padding_mask=is_absent)
        motion, grips = self.actions(tokens, is_absent)
        return Decoded(motion, grips, self.properties(tokens[:, : seen.shape[1]]), looks)

    def answer(self, observation: PolicyObservation, instruction: str) -> PolicyAnswer:
        """Return the actions for an observation and the estimated properties of the object."""
        with torch.inference_mode():
            decoded = self._decoded(observation, instruction)
        properties = properties_of(decoded.properties[0].tolist())
        motion, grips = decoded.motion[0].double().numpy(), decoded.grips[0].numpy()
        return PolicyAnswer(actions_of(motion, grips, self.config.spec.action), properties)

    def _decoded(self, observation: PolicyObservation, instruction: str) -> Decoded:
        cameras = self.config.spec.cameras
        pictures = torch.stack(
            [_picture(observation.images[key], camera.layout) for key, camera in cameras.items()]
        )
        side = self.config.size.picture
        if pictures.shape[-2:] != (side, side):
            pictures = functional.interpolate(pictures, (side, side), mode="area")
        numbers = [observation.state[key] for key in self.config.spec.state]
        state = torch.from_numpy(np.concatenate(numbers) if numbers else np.zeros(1)).float()
        rows = self.language.rows([instruction])
        decoded: Decoded = self(pictures[None], state[None], rows)
        return decoded

    def feeling(self, more: Mapping[str, StateSpec]) -> SmallVla:
        """Return the model with more proprioception, whose weights are 0: its answers are the same.

        Args:
            more: What is added; names that the model has already are left out.
        """
        spec = self.config.spec
        added = {name: state for name, state in more.items() if name not in spec.state}
        if not added:
            return self
        wider = spec.model_copy(update={"state": {**spec.state, **added}})
        model = SmallVla(self.config.model_copy(update={"spec": wider}))
        kept, state = self.state_n, model.state_dict()
        for name, weights in self.state_dict().items():
            if name == "felt.weight":
                state[name] = torch.zeros_like(state[name])
                state[name][:, :kept] = weights[:, :kept]
            elif name in ("state_mean", "state_scale"):
                state[name][:kept] = weights[:kept]
            else:
                state[name] = weights
        model.load_state_dict(state)
        model.eval()
        return model

    def standardize(self, mean: FloatArray, scale: FloatArray, *, keeps_answers: bool) -> None:
        """Set the mean and scale of proprioception; what varies little is learned slowly without.

        Args:
            mean: Means, shape (state_n,), in the units of the spec.
            scale: Scales, shape (state_n,).
            keeps_answers: True to change the weights, too, so that the answers stay the same.
        """
        to_mean, to_scale = torch.from_numpy(mean).float(), torch.from_numpy(scale).float()
        if keeps_answers:
            with torch.no_grad():
                slopes = self.felt.weight / self.state_scale
                self.felt.bias += slopes @ (to_mean - self.state_mean)
                self.felt.weight.copy_(slopes * to_scale)
        self.state_mean.copy_(to_mean)
        self.state_scale.copy_(to_scale)

    def save(self, folder: Path, *, is_half: bool = False) -> None:
        """Write ``config.json`` and the weights into a folder, which is created if missing.

        Args:
            folder: The folder.
            is_half: True to write the weights with 16 bits, half of the size.
        """
        folder.mkdir(parents=True, exist_ok=True)
        text = self.config.model_dump_json(indent=1)
        (folder / CONFIG).write_text(text + "\n", encoding="utf-8")
        state = self.state_dict()
        if is_half:
            state = {name: numbers.half() for name, numbers in state.items()}
        save_file({n: t.contiguous() for n, t in state.items()}, folder / WEIGHTS)

    @classmethod
    def load(cls, folder: Path) -> SmallVla:
        """Return the model of a checkpoint folder.

        Raises:
            InputError: If ``config.json`` is missing or invalid.
            OSError: If there are no weights.
            RuntimeError: If the weights do not fit the config.
        """
        model = cls(read_config(folder))
        model.load_state_dict(load_file(folder / WEIGHTS))
        model.eval()
        return model


def _layers(size: ModelSize, count: int) -> nn.TransformerEncoder:
    layer = nn.TransformerEncoderLayer(
        size.width, size.heads, 4 * size.width, 0.0, "gelu", batch_first=True, norm_first=True
    )
    return nn.TransformerEncoder(layer, count, nn.LayerNorm(size.width), enable_nested_tensor=False)


def _grid(height: int, width: int) -> tuple[Tensor, Tensor]:
    """Return the row and column coordinates of a picture, from -1 to 1, (height, width) each."""
    ys = torch.linspace(-1.0, 1.0, height)[:, None].expand(height, width)
    xs = torch.linspace(-1.0, 1.0, width)[None, :].expand(height, width)
    return ys, xs


def _picture(picture: ByteArray, layout: str) -> Tensor:
    plain = torch.from_numpy(np.ascontiguousarray(picture))
    return (plain if layout == "chw" else plain.permute(2, 0, 1)).float() / 255.0
