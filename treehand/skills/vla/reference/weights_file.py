"""Weights in the safetensors format, read without its library.

The file is eight bytes with the length of a JSON header, the header, and the numbers
(https://huggingface.co/docs/safetensors).
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Weights = dict[str, NDArray[np.float32]]
TYPES = {"F64": "<f8", "F32": "<f4", "F16": "<f2"}
LONGEST = 16 * 2**20
"""Greatest length of a header, in bytes."""


def read_weights(path: Path) -> Weights:
    """Return name to numbers, as 32-bit floats whatever the file holds.

    Raises:
        OSError: If it cannot be read.
        ValueError: If it is not whole, or holds anything but numbers of a known type.
    """
    content = path.read_bytes()
    try:
        length = int.from_bytes(content[:8], "little")
        if len(content) < 8 or not 0 < length <= min(LONGEST, len(content) - 8):
            raise ValueError("it has no header")
        header = json.loads(content[8 : 8 + length])
        body = memoryview(content)[8 + length :]
        return {name: _numbers(body, one) for name, one in header.items() if name != "__metadata__"}
    except (AttributeError, KeyError, TypeError, UnicodeDecodeError, ValueError) as error:
        raise ValueError(f"'{path}' holds no weights: {error}") from error


def _numbers(body: memoryview, told: dict[str, object]) -> NDArray[np.float32]:
    type_, shape, offsets = told["dtype"], told["shape"], told["data_offsets"]
    if type_ not in TYPES or not isinstance(shape, list) or not isinstance(offsets, list):
        raise ValueError(f"numbers of type {type_}")
    first, end = offsets
    if not 0 <= first <= end <= len(body):
        raise ValueError("it is shorter than its header says")
    numbers = np.frombuffer(body[first:end], dtype=TYPES[str(type_)])
    return numbers.reshape(shape).astype(np.float32)
