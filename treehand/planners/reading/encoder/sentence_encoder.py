"""Vectors of sentences: texts that mean the same are near each other."""

from __future__ import annotations

import os
import threading
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from treehand.planners.reading.encoder.model_file import Array, Tensor, read_tensors
from treehand.planners.reading.encoder.wordpiece import token_ids

DIMENSION = 384
"""Length of a vector."""
_LAYERS, _HEADS = 6, 12
_EPSILON = 1e-12
_ERF = (0.254829592, -0.284496736, 1.421413741, -1.453152027, 1.061405429)
"""Coefficients of Abramowitz and Stegun 7.1.26; the error is below 1.5e-7."""
_MULTIPLYING = threading.Lock()
"""Held while a vector is computed. A fork waits for it: OpenBLAS waits in a fork for its threads,
and never ends if another thread multiplies meanwhile."""
if hasattr(os, "register_at_fork"):
    os.register_at_fork(
        before=_MULTIPLYING.acquire,
        after_in_parent=_MULTIPLYING.release,
        after_in_child=_MULTIPLYING.release,
    )


@dataclass(frozen=True)
class _Linear:
    """A linear map whose weights stay in the pages of the file, as int8."""

    weights: Array
    """Shape (inputs, outputs)."""
    scale: Array
    bias: Array

    def __call__(self, x: Array) -> Array:
        """Return the map of (tokens, inputs)."""
        result: Array = x @ self.weights.astype(np.float32) * self.scale + self.bias
        return result


@dataclass(frozen=True)
class _Layer:
    query: _Linear
    key: _Linear
    value: _Linear
    joined: _Linear
    first_norm: tuple[Array, Array]
    up: _Linear
    down: _Linear
    last_norm: tuple[Array, Array]


class SentenceEncoder:
    """all-MiniLM-L6-v2 with int8 weights, in plain numpy.

    The file's pages are mapped and nothing is copied: each matrix becomes float32 only while it is
    multiplied (11 MB of weights, at most 2.4 MB at a time).

    Args:
        path: The model's file; see `model_file.model_path`.

    Raises:
        InputError: If it is not the file that is known.
    """

    def __init__(self, path: Path) -> None:
        tensors = read_tensors(path)
        weights = [one for one in tensors if one.startswith("val_") and one.endswith("_q")]
        self._words = tensors["inner.embeddings.word_embeddings.weight_q"].array()
        self._word_scale = _floats(tensors["inner.embeddings.word_embeddings.weight_scale"])
        places = "inner.embeddings.position_embeddings.weight"
        self._places = _whole(tensors, places)
        self._token_type = _floats(tensors["inner.embeddings.token_type_embeddings.weight"])[0]
        self._norm = _norm(tensors, "inner.embeddings.LayerNorm")
        each = len(weights) // _LAYERS
        self._layers = [
            _layer(tensors, index, weights[index * each : (index + 1) * each])
            for index in range(_LAYERS)
        ]

    def vector(self, text: str) -> Array:
        """Return the vector of a text, shape (384,), of length 1."""
        with _MULTIPLYING:
            return self._vector(text)

    def _vector(self, text: str) -> Array:
        ids = np.array(token_ids(text))
        x = self._words[ids].astype(np.float32) * self._word_scale[ids]
        x = _normed(x + self._token_type + self._places[: len(ids)], self._norm)
        for layer in self._layers:
            x = _normed(x + _attention(x, layer), layer.first_norm)
            x = _normed(x + layer.down(_gelu(layer.up(x))), layer.last_norm)
        mean = x.mean(axis=0)
        vector: Array = mean / np.linalg.norm(mean)
        return vector


def _layer(tensors: dict[str, Tensor], index: int, weights: list[str]) -> _Layer:
    own = f"inner.encoder.layer.{index}."
    biases = (
        *("attention.self.query", "attention.self.key", "attention.self.value"),
        *("attention.output.dense", "intermediate.dense", "output.dense"),
    )
    query, key, value, joined, up, down = (
        _linear(tensors, name.removesuffix("_q"), f"{own}{bias}.bias")
        for name, bias in zip(weights, biases, strict=True)
    )
    first = _norm(tensors, f"{own}attention.output.LayerNorm")
    last = _norm(tensors, f"{own}output.LayerNorm")
    return _Layer(query, key, value, joined, first, up, down, last)


def _floats(tensor: Tensor) -> Array:
    values: Array = tensor.array().astype(np.float32)
    return values


def _whole(tensors: dict[str, Tensor], name: str) -> Array:
    """Return a quantized matrix as float32."""
    return _floats(tensors[f"{name}_q"]) * _floats(tensors[f"{name}_scale"])


def _linear(tensors: dict[str, Tensor], name: str, bias: str) -> _Linear:
    scale = _floats(tensors[f"{name}_scale"])
    return _Linear(tensors[f"{name}_q"].array(), scale, _floats(tensors[bias]))


def _norm(tensors: dict[str, Tensor], name: str) -> tuple[Array, Array]:
    return _floats(tensors[f"{name}.weight"]), _floats(tensors[f"{name}.bias"])


def _normed(x: Array, norm: tuple[Array, Array]) -> Array:
    centred = x - x.mean(axis=-1, keepdims=True)
    variance = (centred * centred).mean(axis=-1, keepdims=True)
    result: Array = centred / np.sqrt(variance + _EPSILON) * norm[0] + norm[1]
    return result


def _attention(x: Array, layer: _Layer) -> Array:
    query, key, value = (_heads(w(x)) for w in (layer.query, layer.key, layer.value))
    scores = query @ key.transpose(0, 2, 1) / np.sqrt(np.float32(query.shape[-1]))
    scores = np.exp(scores - scores.max(axis=-1, keepdims=True))
    scores = scores / scores.sum(axis=-1, keepdims=True)
    joined = (scores @ value).transpose(1, 0, 2).reshape(len(x), -1)
    return layer.joined(joined)


def _heads(x: Array) -> Array:
    """Return (heads, tokens, width of a head) from (tokens, width)."""
    result: Array = x.reshape(len(x), _HEADS, -1).transpose(1, 0, 2)
    return result


def _gelu(x: Array) -> Array:
    """Return the Gaussian error linear unit."""
    scaled = np.abs(x) / np.float32(np.sqrt(2.0))
    t = 1.0 / (1.0 + 0.3275911 * scaled)
    series = t * (_ERF[0] + t * (_ERF[1] + t * (_ERF[2] + t * (_ERF[3] + t * _ERF[4]))))
    erf = np.sign(x) * (1.0 - series * np.exp(-scaled * scaled))
    result: Array = (0.5 * x * (1.0 + erf)).astype(np.float32)
    return result
