"""Newest picture of each camera, for robots whose cameras send at their own rate.

A driver's thread puts pictures in; `CameraStreams.frames` returns the newest at the requested
size. An unread picture is replaced, never queued, because a policy needs the present.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image

from treehand.skills.contracts.embodiment import ByteArray, FloatArray, Frames


@dataclass
class _Stream:
    picture: ByteArray
    taken_s: float
    depth_m: FloatArray | None = None
    is_new: bool = True
    put_n: int = 1
    dropped_n: int = 0


class CameraStreams:
    """Buffer of one picture per camera; `frames` can serve as `Embodiment.frames`."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._streams: dict[str, _Stream] = {}

    def put(
        self, camera: str, picture: ByteArray, taken_s: float, depth_m: FloatArray | None = None
    ) -> None:
        """Store a picture; thread-safe.

        Args:
            camera: Name of the camera.
            picture: Shape (height, width, 3), red first; must not be changed afterwards.
            taken_s: Time stamp of the camera, in run seconds.
            depth_m: Shape (height, width), in metres.
        """
        with self._lock:
            stream = self._streams.get(camera)
            if stream is None:
                self._streams[camera] = _Stream(picture, taken_s, depth_m)
                return
            stream.dropped_n += stream.is_new
            stream.put_n += 1
            stream.picture, stream.taken_s, stream.depth_m = picture, taken_s, depth_m
            stream.is_new = True

    def frames(
        self, cameras: Sequence[str], size: tuple[int, int] = (224, 224), *, depth: bool = False
    ) -> Frames:
        """Return the newest pictures, letterboxed to `size` (height, width).

        Raises:
            ValueError: If a camera has sent nothing yet, or no depth although it is requested.
        """
        with self._lock:
            missing = [name for name in cameras if name not in self._streams]
            if missing:
                raise ValueError(f"camera '{missing[0]}' has sent nothing")
            held = {name: self._streams[name] for name in cameras}
            taken = {name: (s.picture, s.depth_m, s.taken_s) for name, s in held.items()}
            for stream in held.values():
                stream.is_new = False
        depths: dict[str, FloatArray] = {}
        for name, (_, depth_m, _) in taken.items():
            if depth and depth_m is None:
                raise ValueError(f"camera '{name}' sends no depth")
            if depth and depth_m is not None:
                depths[name] = _fitted_depth(depth_m, size)
        return Frames(
            {name: taken_s for name, (_, _, taken_s) in taken.items()},
            {name: fitted(picture, size) for name, (picture, _, _) in taken.items()},
            depths,
        )

    def dropped(self) -> Mapping[str, tuple[int, int]]:
        """Return the numbers of unread and of all pictures, by camera."""
        with self._lock:
            return {name: (s.dropped_n, s.put_n) for name, s in self._streams.items()}


def fitted(picture: ByteArray, size: tuple[int, int]) -> ByteArray:
    """Return a picture resized to `size`, with black bars where the aspect ratio differs.

    Args:
        picture: Shape (height, width, 3).
        size: Height and width of the result.

    Source:
        openpi-client, `image_tools.resize_with_pad`, with which openpi's policies were trained.
    """
    height, width = size
    if picture.shape[:2] == size:
        return picture
    inner, box = _inner(picture.shape[:2], size)
    small = Image.fromarray(picture).resize(inner, Image.Resampling.BILINEAR, reducing_gap=2.0)
    out = np.zeros((height, width, 3), dtype=np.uint8)
    out[box] = np.asarray(small)
    return out


def _fitted_depth(depth_m: FloatArray, size: tuple[int, int]) -> FloatArray:
    """Return depth at another size, by nearest neighbour: a pixel is no mean of near and far."""
    if depth_m.shape == size:
        return depth_m
    inner, box = _inner(depth_m.shape[:2], size)
    small = Image.fromarray(depth_m.astype(np.float32)).resize(inner, Image.Resampling.NEAREST)
    out = np.zeros(size)
    out[box] = np.asarray(small)
    return out


def _inner(
    has: tuple[int, ...], size: tuple[int, int]
) -> tuple[tuple[int, int], tuple[slice, slice]]:
    """Return width and height inside the bars, and the slices of that area."""
    ratio = min(size[0] / has[0], size[1] / has[1])
    height, width = max(round(has[0] * ratio), 1), max(round(has[1] * ratio), 1)
    top, left = (size[0] - height) // 2, (size[1] - width) // 2
    return (width, height), (slice(top, top + height), slice(left, left + width))
