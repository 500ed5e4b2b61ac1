"""Pictures of a robot's camera, as files for people."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

import numpy as np

from treehand.core.errors import MissingExtra
from treehand.core.files.private_files import create_private, make_private_folder
from treehand.skills import ByteArray, Embodiment

T = TypeVar("T")
_SIZE = (240, 320)
_CAMERAS = ("front", "overhead", "wrist")
"""Cameras in order of preference; the first that the robot has is used."""


def take_picture(embodiment: Embodiment, path: str | None) -> str | None:
    """Write a camera picture to a PNG file and return its name.

    None if there is no camera, or the file cannot be written.
    """
    if path is None:
        return None
    for camera in _CAMERAS:
        try:
            rgb = embodiment.frames([camera], _SIZE).rgb[camera]
        except (ValueError, KeyError, NotImplementedError, MissingExtra):
            continue
        try:
            make_private_folder(Path(path).parent)
            create_private(Path(path))
            Path(path).write_bytes(png(rgb))
        except OSError:  # a question without its picture is still a question
            return None
        return path
    return None


def png(rgb: ByteArray) -> bytes:
    """Return a picture, shape (height, width, 3), as a PNG file.

    Source:
        W3C, Portable Network Graphics (third edition): sections 5 (chunks), 9 (filter 0).
    """
    height, width, _ = rgb.shape
    rows = b"".join(b"\0" + rgb[row].tobytes() for row in range(height))

    def chunk(kind: bytes, data: bytes) -> bytes:
        check = zlib.crc32(kind + data)
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", check)

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )


def evenly(items: Sequence[T], count: int) -> list[T]:
    """Return `count` items at even distances, the first and the last among them; [] of none."""
    if not items:
        return []
    chosen = np.linspace(0, len(items) - 1, count).round().astype(int)
    return [items[index] for index in chosen]


def tiled(rows: Sequence[Sequence[ByteArray]]) -> ByteArray:
    """Return rows of pictures as one picture, shape (height, width, 3).

    Args:
        rows: Pictures of a row have the same height; all rows have the same width.
    """
    strip: ByteArray = np.concatenate([np.concatenate(row, axis=1) for row in rows], axis=0)
    return strip
