"""Encodings of numpy arrays in msgpack, in the three ways that policy servers use.

    openpi    {b"__ndarray__": True, b"data": …, b"dtype": "<f4", b"shape": […]}
    GR00T     {"__ndarray_class__": True, "as_npy": <np.save>}          to N1.6
              {b"nd": True, b"type": "<f4", b"kind": b"", b"shape": …}  msgpack_numpy, from N1.7

All three are read. Object arrays, records and complex numbers are refused, because decoding
objects can run code.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any, Literal

import msgpack
import numpy as np

from treehand.core.errors import TreehandError

REFUSED = "VOc"
"""Kinds of numpy types that are refused."""

Encoding = Literal["openpi", "npy", "msgpack_numpy"]


class WireError(TreehandError):
    """Raised for bytes that do not follow the protocol."""


def pack(value: object, encoding: Encoding) -> bytes:
    """Return a value, with its arrays, as msgpack."""
    packed: bytes = msgpack.packb(value, default=_WRITERS[encoding])
    return packed


def unpack(data: bytes) -> Any:
    """Return the value of msgpack bytes; arrays are read-only.

    Raises:
        WireError: If the bytes are no msgpack, or hold a refused type.
    """
    try:
        return msgpack.unpackb(data, object_hook=_read, strict_map_key=False)
    except WireError:
        raise
    except Exception as error:  # msgpack and numpy raise many kinds of errors for broken bytes
        raise WireError(f"not msgpack as the protocol has it: {error}") from error


def _as_openpi(value: object) -> object:
    if isinstance(value, np.ndarray):
        plain = np.asarray(value, order="C")
        return {
            b"__ndarray__": True,
            b"data": plain.tobytes(),
            b"dtype": plain.dtype.str,
            b"shape": plain.shape,
        }
    if isinstance(value, np.generic):
        return {b"__npgeneric__": True, b"data": value.item(), b"dtype": value.dtype.str}
    raise TypeError(f"{type(value).__name__} cannot be sent to a policy")


def _as_npy(value: object) -> object:
    if isinstance(value, np.ndarray):
        file = io.BytesIO()
        np.save(file, value, allow_pickle=False)
        return {"__ndarray_class__": True, "as_npy": file.getvalue()}
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"{type(value).__name__} cannot be sent to a policy")


def _as_msgpack_numpy(value: object) -> object:
    if isinstance(value, np.ndarray):
        plain = np.asarray(value, order="C")
        return {
            b"nd": True,
            b"type": plain.dtype.str,
            b"kind": b"",
            b"shape": plain.shape,
            b"data": plain.tobytes(),
        }
    return _as_npy(value)


_WRITERS = {"openpi": _as_openpi, "npy": _as_npy, "msgpack_numpy": _as_msgpack_numpy}


def _read(found: dict[Any, Any]) -> Any:
    if b"__ndarray__" in found:
        return _array(found[b"dtype"], found[b"data"], found[b"shape"])
    if b"__npgeneric__" in found:
        return _kind(found[b"dtype"]).type(found[b"data"])
    if "__ndarray_class__" in found:
        return np.load(io.BytesIO(found["as_npy"]), allow_pickle=False)
    if _has(found, "nd"):
        kind, data = _get(found, "type"), _get(found, "data")
        if _get(found, "nd"):
            return _array(kind, data, _get(found, "shape"))
        return np.frombuffer(data, _kind(kind))[0]
    return found


def _array(dtype: object, data: bytes, shape: object) -> np.ndarray[Any, np.dtype[Any]]:
    wanted = tuple(map(int, shape)) if isinstance(shape, list | tuple) else ()
    return np.frombuffer(data, _kind(dtype)).reshape(wanted)


def _kind(dtype: object) -> np.dtype[Any]:
    text = dtype.decode() if isinstance(dtype, bytes) else str(dtype)
    kind = np.dtype(text)
    if kind.kind in REFUSED:
        raise WireError(f"arrays of '{text}' are refused")
    return kind


def _has(found: Mapping[Any, Any], key: str) -> bool:
    return key in found or key.encode() in found


def _get(found: Mapping[Any, Any], key: str) -> Any:
    return found[key] if key in found else found[key.encode()]
