"""Format of a file of dense states: a header, then chunks that are compressed and checked.

A row holds the numbers of one moment as little-endian 64-bit floats, then what cameras need to draw
it. A chunk holds rows, each as the difference (XOR) from the one before, byte column by byte
column, as zlib compresses them: what does not move takes no room.
"""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from treehand.core.errors import StorageError
from treehand.skills import EmbodimentSpec, Moment

MAGIC = b"treehand states 1\n"
MAX_HEADER = 1 << 20
"""Most bytes of a header."""
MAX_ROWS = 4096
"""Most rows of a chunk."""
MAX_ROW = 1 << 22
"""Most bytes of a row."""
_CHUNK = struct.Struct("<IIIId d")
"""Rows, bytes of a row, bytes of the chunk, its CRC-32, first and last run time in s."""
_LEVEL = 1
"""Compression level of zlib."""


@dataclass(frozen=True)
class StatesHeader:
    """First part of a file: whose states these are."""

    spec: EmbodimentSpec
    """Declaration of the robot: names and units of the numbers."""
    period_s: float
    """Control period, in s."""
    sizes: Mapping[str, int]
    """Size of each quantity of the proprioception, in the order of a row."""
    command_n: int
    """Size of a command."""

    @classmethod
    def of(cls, spec: EmbodimentSpec, period_s: float, moment: Moment) -> Self:
        """Return the header for moments such as the first one."""
        sizes = {name: int(np.size(one)) for name, one in moment.proprioception.items()}
        return cls(spec, period_s, sizes, int(np.size(moment.command)))

    def packed(self) -> bytes:
        """Return the first bytes of a file."""
        told = {
            "spec": self.spec.model_dump(mode="json"),
            "period_s": self.period_s,
            "sizes": dict(self.sizes),
            "command_n": self.command_n,
        }
        text = json.dumps(told, separators=(",", ":")).encode()
        return MAGIC + struct.pack("<I", len(text)) + text

    @classmethod
    def parsed(cls, text: bytes) -> Self:
        """Return the header in JSON; raises `ValueError` or `KeyError` if it is none."""
        told: dict[str, Any] = json.loads(text)
        sizes = {str(name): int(size) for name, size in told["sizes"].items()}
        spec = EmbodimentSpec.model_validate(told["spec"])
        header = cls(spec, float(told["period_s"]), sizes, int(told["command_n"]))
        if min((*sizes.values(), header.command_n)) < 0 or header.least_row > MAX_ROW:
            raise ValueError("impossible sizes")
        return header

    @property
    def least_row(self) -> int:
        """Return the bytes of a row without the scene."""
        return 8 * (1 + sum(self.sizes.values()) + self.command_n)

    def row(self, moment: Moment) -> bytes:
        """Return a moment as a row; raises `ValueError` if it does not fit the header."""
        numbers = [np.array([moment.time_s])]
        numbers += [np.ravel(moment.proprioception[name]) for name in self.sizes]
        values = np.concatenate([*numbers, np.ravel(moment.command)]).astype("<f8")
        if values.nbytes != self.least_row:
            raise ValueError("a moment has other sizes than the first one")
        return values.tobytes() + moment.scene

    def moment(self, row: bytes) -> Moment:
        """Return the moment of a row."""
        values = np.frombuffer(row[: self.least_row], dtype="<f8").astype(np.float64)
        own, at = {}, 1
        for name, size in self.sizes.items():
            own[name] = values[at : at + size]
            at += size
        return Moment(float(values[0]), own, values[at:], row[self.least_row :])


@dataclass(frozen=True, slots=True)
class ChunkHead:
    """Head of a chunk: its sizes, its checksum and its times."""

    rows_n: int
    row_size: int
    size: int
    crc: int
    first_s: float
    """Run time of the first row."""
    last_s: float

    SIZE = _CHUNK.size

    @classmethod
    def parsed(cls, data: bytes, least_row: int) -> ChunkHead:
        """Return the head in its bytes; raises `ValueError` if it is none."""
        head = cls(*_CHUNK.unpack(data))
        is_odd = not 0 < head.rows_n <= MAX_ROWS or not least_row <= head.row_size <= MAX_ROW
        if is_odd or head.size > 2 * head.rows_n * head.row_size + 1024:
            raise ValueError("impossible sizes")
        return head


def packed_chunk(rows: Sequence[bytes], first_s: float, last_s: float) -> bytes:
    """Return rows of one size as a chunk."""
    size = len(rows[0])
    table = np.frombuffer(b"".join(rows), dtype=np.uint8).reshape(len(rows), size).copy()
    table[1:] ^= table[:-1].copy()
    data = zlib.compress(np.ascontiguousarray(table.T).tobytes(), _LEVEL)
    head = _CHUNK.pack(len(rows), size, len(data), zlib.crc32(data), first_s, last_s)
    return head + data


def unpacked_chunk(head: ChunkHead, data: bytes) -> list[bytes]:
    """Return the rows of a chunk; raises `ValueError` if it is damaged."""
    whole_n = head.rows_n * head.row_size
    if zlib.crc32(data) != head.crc:
        raise ValueError("a checksum is wrong")
    try:
        content = zlib.decompressobj().decompress(data, whole_n + 1)
    except zlib.error as error:
        raise ValueError(str(error)) from error
    if len(content) != whole_n:
        raise ValueError("a chunk has another size than it says")
    table = np.frombuffer(content, dtype=np.uint8).reshape(head.row_size, head.rows_n).T
    table = np.bitwise_xor.accumulate(table, axis=0)
    return [row.tobytes() for row in table]


def damaged(path: object, why: object) -> StorageError:
    """Return the error for a file that holds no states."""
    message = f"'{path}' holds no readable states: {why}"
    return StorageError("damaged-states", message, "delete it: the run is then executed again")


def is_same_motion(one: Moment, other: Moment, most: float) -> bool:
    """Return True if time and proprioception of two moments differ by at most `most`."""
    pairs = ((own, other.proprioception[name]) for name, own in one.proprioception.items())
    is_near = all(np.allclose(own, its, rtol=0.0, atol=most) for own, its in pairs)
    return is_near and abs(one.time_s - other.time_s) <= most
