"""Rows of a journal whose run is over, packed: the same rows in a twentieth of the room.

The hashes are those of the rows, so packing changes nothing about what they say. A journal that is
gone on with has further rows after the packed ones.
"""

from __future__ import annotations

import json
import sqlite3
import zlib
from collections.abc import Iterator

ROWS_OF_PACK = 500
"""Most rows that are packed together."""
MAX_PACK_BYTES = 1 << 28
"""Size of the largest pack that is unpacked."""
_TABLE = "CREATE TABLE IF NOT EXISTS packed (first INTEGER PRIMARY KEY, rows BLOB NOT NULL) STRICT"
_ALL = "SELECT seq, t_s, event, body, wall_s, hash FROM events ORDER BY seq"

Row = tuple[int, float, str, str, float | None, bytes]
"""Number, run time, kind, body, wall time and hash."""


class DamagedPack(Exception):
    """A pack does not hold rows."""


def pack_rows(db: sqlite3.Connection) -> None:
    """Pack the rows of a journal, in one transaction; raises `sqlite3.Error`."""
    rows = db.execute(_ALL).fetchall()
    db.execute("BEGIN IMMEDIATE")
    db.execute(_TABLE)
    for begin in range(0, len(rows), ROWS_OF_PACK):
        part = [[*row[:-1], row[-1].hex()] for row in rows[begin : begin + ROWS_OF_PACK]]
        data = zlib.compress(json.dumps(part, ensure_ascii=False).encode(), 6)
        db.execute("INSERT INTO packed VALUES (?, ?)", (part[0][0], data))
    db.execute("DELETE FROM events")
    db.execute("COMMIT")


def rows_of(db: sqlite3.Connection) -> Iterator[Row]:
    """Yield the rows of a journal, packed or not, in their order.

    Raises:
        DamagedPack: If a pack does not hold rows.
    """
    if db.execute("SELECT 1 FROM sqlite_master WHERE name = 'packed'").fetchone():
        for (data,) in db.execute("SELECT rows FROM packed ORDER BY first"):
            yield from _unpacked(data)
    yield from db.execute(_ALL)


def last_row(db: sqlite3.Connection) -> tuple[int, bytes] | None:
    """Return number and hash of the last row; None if there are none that are not packed."""
    found = db.execute("SELECT seq, hash FROM events ORDER BY seq DESC LIMIT 1").fetchone()
    return None if found is None else (found[0], found[1])


def _unpacked(data: bytes) -> Iterator[Row]:
    try:
        unpacker = zlib.decompressobj()
        text = unpacker.decompress(data, MAX_PACK_BYTES)
        if unpacker.unconsumed_tail or not unpacker.eof:
            raise ValueError("too large, or cut off")
        for seq, t_s, event, body, wall_s, found in json.loads(text):
            if not (isinstance(seq, int) and isinstance(t_s, float) and isinstance(found, str)):
                raise TypeError("no row")
            yield seq, t_s, event, body, wall_s, bytes.fromhex(found)
    except (zlib.error, ValueError, TypeError, RecursionError) as error:
        raise DamagedPack(str(error)) from error
