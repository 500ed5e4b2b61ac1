"""The reference model computed by NumPy: answers where torch is not installed.

It has the stages of `vla_model` and gives the same numbers up to rounding. It cannot be trained.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from treehand.skills.contracts.embodiment import ByteArray
from treehand.skills.vla.contract.checkpoint import WEIGHTS, CheckpointConfig, read_config
from treehand.skills.vla.contract.policy import PolicyAnswer, PolicyObservation
from treehand.skills.vla.reference.instructions import word_rows
from treehand.skills.vla.reference.readout import actions_of, properties_of
from treehand.skills.vla.reference.weights_file import Weights, read_weights

Numbers = NDArray[np.floating[Any]]
GRID, SHARP = 4, 8.0
"""As in `vla_model`."""
EPSILON = np.float32(1e-5)
"""Least variance of a normalisation, torch's default."""


class NumpyVla:
    """The reference model.

    Args:
        config: Inputs, outputs and size.
        weights: Its weights.

    Raises:
        ValueError: If the weights do not fit the config.
    """

    def __init__(self, config: CheckpointConfig, weights: Weights) -> None:
        self.config = config
        self._w = weights
        self._meant: tuple[str, tuple[Numbers, Numbers, NDArray[np.bool_]]] | None = None
        """Last instruction, and its encoding."""
        try:
            self.answer(_nothing(config), "")
        except (IndexError, KeyError, ValueError) as error:
            raise ValueError(f"{type(error).__name__}: {error}") from error

    @classmethod
    def load(cls, folder: Path) -> NumpyVla:
        """Return the model of a checkpoint folder.

        Raises:
            InputError: If ``config.json`` is missing or invalid.
            OSError: If there are no weights.
            ValueError: If they are damaged.
        """
        return cls(read_config(folder), read_weights(folder / WEIGHTS))

    @property
    def parameters_n(self) -> int:
        """Number of weights."""
        return sum(one.size for one in self._w.values())

    def answer(self, observation: PolicyObservation, instruction: str) -> PolicyAnswer:
        """Return the actions for an observation and the estimated properties of the object."""
        config, w = self.config, self._w
        words, meaning, is_absent = self._language(instruction)
        seen = self._vision(observation, meaning)
        numbers = [np.ravel(observation.state[key]) for key in config.spec.state]
        felt = np.concatenate(numbers or [np.zeros(1)])
        state = ((felt - w["state_mean"]) / w["state_scale"]).astype(np.float32)
        tokens = np.concatenate([seen, self._linear("felt", state)[None], words])
        hides = np.concatenate([np.zeros(len(seen) + 1, dtype=bool), is_absent])
        for index in range(config.size.fusion_layers):
            tokens = self._encoded(f"fusion.layers.{index}", tokens, hides)
        tokens = self._normed("fusion.norm", tokens)
        decoded = w["actions.queries"]
        for index in range(config.size.action_layers):
            decoded = self._decoded(f"actions.layers.layers.{index}", decoded, tokens, hides)
        out = self._linear("actions.head", self._normed("actions.layers.norm", decoded))
        motion, grips = np.split(out.astype(np.float64), 2, axis=1)
        told = self._linear("properties.layers.0", tokens[: len(seen)].mean(axis=0))
        shares = 1.0 / (1.0 + np.exp(-self._linear("properties.layers.2", _gelu(told))))
        return PolicyAnswer(
            actions_of(motion, grips, config.spec.action), properties_of(shares.tolist())
        )

    def _language(self, instruction: str) -> tuple[Numbers, Numbers, NDArray[np.bool_]]:
        """Return tokens, their mean, and which of them are padding."""
        if self._meant is not None and self._meant[0] == instruction:
            return self._meant[1]
        rows = word_rows([instruction], self.config.size)[0]
        is_absent = rows == 0
        if is_absent.all():
            is_absent[:] = False
        words = self._w["language.table.weight"][rows] + self._w["language.place"]
        for index in range(self.config.size.text_layers):
            words = self._encoded(f"language.layers.layers.{index}", words, is_absent)
        words = self._normed("language.layers.norm", words)
        self._meant = instruction, (words, words[~is_absent].mean(axis=0), is_absent)
        return self._meant[1]

    def _vision(self, observation: PolicyObservation, meaning: Numbers) -> Numbers:
        w, tokens = self._w, []
        for index, (key, camera) in enumerate(self.config.spec.cameras.items()):
            plain = _sized(observation.images[key], camera.layout, self.config.size.picture)
            own = w["vision.camera"][index]
            features = self._conv("vision.stem.0", _with_grid(plain), stride=2)
            features = self._conv("vision.stem.2", _gelu(features), stride=2)
            scale, shift = np.split(self._linear("vision.film", meaning + own), 2)
            flat = (features - features.mean()) / np.sqrt(features.var() + EPSILON)
            flat = flat * w["vision.norm.weight"] + w["vision.norm.bias"]
            told = self._conv("vision.deeper.1", _gelu(flat * (1.0 + scale) + shift))
            points = _points(np.float32(SHARP) * self._conv("vision.where", _gelu(told)))
            coarse = self._conv("vision.coarse.1", _gelu(features + told), stride=2)
            coarse = _pooled(self._conv("vision.coarse.3", _gelu(coarse), stride=2))
            patches = self._linear("vision.patch_token", coarse) + w["vision.patch_place"]
            point = self._linear("vision.point_token", points)
            tokens.append(np.concatenate([point[None], patches]) + own)
        return np.concatenate(tokens)

    def _linear(self, name: str, x: Numbers) -> Numbers:
        out: Numbers = x @ self._w[f"{name}.weight"].T + self._w[f"{name}.bias"]
        return out

    def _normed(self, name: str, x: Numbers) -> Numbers:
        flat = (x - x.mean(axis=-1, keepdims=True)) / np.sqrt(
            x.var(axis=-1, keepdims=True) + EPSILON
        )
        out: Numbers = flat * self._w[f"{name}.weight"] + self._w[f"{name}.bias"]
        return out

    def _conv(self, name: str, x: Numbers, *, stride: int = 1) -> Numbers:
        """Return a convolution of a picture, shape (height, width, channels)."""
        kernel = self._w[f"{name}.weight"]
        out_n, _, side, _ = kernel.shape
        padded = np.pad(x, ((side // 2, side // 2), (side // 2, side // 2), (0, 0)))
        windows = np.lib.stride_tricks.sliding_window_view(padded, (side, side), axis=(0, 1))
        windows = windows[::stride, ::stride]  # (height, width, channels, side, side)
        height, width = windows.shape[:2]
        flat = windows.reshape(height * width, -1) @ kernel.reshape(out_n, -1).T
        out: Numbers = flat.reshape(height, width, out_n) + self._w[f"{name}.bias"]
        return out

    def _encoded(self, name: str, x: Numbers, hides: NDArray[np.bool_]) -> Numbers:
        normed = self._normed(f"{name}.norm1", x)
        x = x + self._attention(f"{name}.self_attn", normed, normed, hides)
        return x + self._fed(name, self._normed(f"{name}.norm2", x))

    def _decoded(self, name: str, x: Numbers, memory: Numbers, hides: NDArray[np.bool_]) -> Numbers:
        normed = self._normed(f"{name}.norm1", x)
        x = x + self._attention(f"{name}.self_attn", normed, normed, None)
        normed = self._normed(f"{name}.norm2", x)
        x = x + self._attention(f"{name}.multihead_attn", normed, memory, hides)
        return x + self._fed(name, self._normed(f"{name}.norm3", x))

    def _fed(self, name: str, x: Numbers) -> Numbers:
        return self._linear(f"{name}.linear2", _gelu(self._linear(f"{name}.linear1", x)))

    def _attention(
        self, name: str, x: Numbers, memory: Numbers, hides: NDArray[np.bool_] | None
    ) -> Numbers:
        heads, width = self.config.size.heads, x.shape[-1]
        weight, bias = self._w[f"{name}.in_proj_weight"], self._w[f"{name}.in_proj_bias"]
        asked = x @ weight[:width].T + bias[:width]
        keys = memory @ weight[width : 2 * width].T + bias[width : 2 * width]
        values = memory @ weight[2 * width :].T + bias[2 * width :]
        split = [one.reshape(len(one), heads, -1).swapaxes(0, 1) for one in (asked, keys, values)]
        scores = split[0] @ split[1].swapaxes(1, 2) / np.float32(math.sqrt(width // heads))
        if hides is not None:
            scores[:, :, hides] = -np.inf
        mixed = (_softmax(scores) @ split[2]).swapaxes(0, 1).reshape(len(x), width)
        return self._linear(f"{name}.out_proj", mixed)


def _nothing(config: CheckpointConfig) -> PolicyObservation:
    """Return an observation of nothing, which every model of a config can answer."""
    side, spec = config.size.picture, config.spec
    images = {
        key: np.zeros((3, side, side) if one.layout == "chw" else (side, side, 3), dtype=np.uint8)
        for key, one in spec.cameras.items()
    }
    state = {key: np.zeros(one.size) for key, one in spec.state.items()}
    return PolicyObservation(0, 0, 0.0, images, state=state)


def _softmax(x: Numbers) -> Numbers:
    share = np.exp(x - x.max(axis=-1, keepdims=True))
    out: Numbers = share / share.sum(axis=-1, keepdims=True)
    return out


def _gelu(x: Numbers) -> Numbers:
    """Return x · Φ(x), with the error function of Abramowitz & Stegun 7.1.26 (1.5e-7)."""
    away = np.abs(x) * np.float32(math.sqrt(0.5))
    t = 1.0 / (1.0 + np.float32(0.3275911) * away)
    series = np.full_like(t, 1.061405429)
    for factor in (-1.453152027, 1.421413741, -0.284496736, 0.254829592):
        series = series * t + np.float32(factor)
    tail = series * t * np.exp(-away * away)  # 1 - erf
    out: Numbers = x * np.where(x > 0, 1.0 - tail / 2.0, tail / 2.0)
    return out


def _sized(picture: ByteArray, layout: str, side: int) -> Numbers:
    """Return a picture from 0 to 1, shape (side, side, 3); a larger one is averaged.

    Raises:
        ValueError: If its sides are no multiples of `side`.
    """
    plain = picture.transpose(1, 2, 0) if layout == "chw" else picture
    height, width = plain.shape[:2]
    if height % side or width % side:
        raise ValueError(f"a picture of {height} × {width} pixels, the model takes {side}")
    blocks = plain.reshape(side, height // side, side, width // side, 3)
    share: Numbers = blocks.mean(axis=(1, 3), dtype=np.float32) / np.float32(255.0)
    return share


def _with_grid(picture: Numbers) -> Numbers:
    """Return a picture from -1 to 1 with the columns' and rows' coordinates as channels."""
    height, width = picture.shape[:2]
    xs = np.broadcast_to(np.linspace(-1.0, 1.0, width, dtype=np.float32), (height, width))
    ys = np.broadcast_to(np.linspace(-1.0, 1.0, height, dtype=np.float32)[:, None], (height, width))
    return np.dstack([2.0 * picture - 1.0, xs, ys])


def _points(maps: Numbers) -> Numbers:
    """Return the expected position in each map, and its confidence, shape (3 · maps,)."""
    height, width, count = maps.shape
    share = _softmax(maps.reshape(-1, count).T)
    xs = np.tile(np.linspace(-1.0, 1.0, width, dtype=np.float32), height)
    ys = np.repeat(np.linspace(-1.0, 1.0, height, dtype=np.float32), width)
    return np.concatenate([share @ xs, share @ ys, share.max(axis=1)])


def _pooled(x: Numbers) -> Numbers:
    """Return the means of `GRID` × `GRID` parts, as torch's adaptive pooling has them."""
    edges = [[(i * n // GRID, -(-(i + 1) * n // GRID)) for i in range(GRID)] for n in x.shape[:2]]
    return np.array([x[a:b, c:d].mean(axis=(0, 1)) for a, b in edges[0] for c, d in edges[1]])
