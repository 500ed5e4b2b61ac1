"""Tables of a journal, and the running hash over its header and rows.

The hash of a row covers the row and the hash before it, so a row that was altered, removed or moved
is noticed at that row. The last hash is kept in a table of its own, so that rows missing at the end
are noticed, too. The hashes detect damage, not forgery: they are computed without a key.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Mapping
from contextlib import closing
from hashlib import blake2b
from pathlib import Path

from treehand.core.events import FORMAT_VERSION
from treehand.core.files.private_files import open_private

FIRST_WITH_HASHES = 6
"""Format version from which on rows have hashes."""
HASH_BYTES = 16
_SCHEMA = """
CREATE TABLE header (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE events (
    seq INTEGER PRIMARY KEY,
    t_s REAL NOT NULL,
    event TEXT NOT NULL,
    body TEXT NOT NULL,
    wall_s REAL,
    hash BLOB NOT NULL
) STRICT;
CREATE TABLE tail (
    only INTEGER PRIMARY KEY CHECK (only = 1),
    seq INTEGER NOT NULL,
    hash BLOB NOT NULL,
    header BLOB NOT NULL
) STRICT;
"""


def reserve_journal(path: Path) -> bool:
    """Reserve the path of a journal for `create_journal`; False if it is taken.

    Raises:
        OSError: If the folder cannot be written.
    """
    draft = _draft(path)
    try:
        os.close(open_private(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL))
    except FileExistsError:
        return False
    if os.path.lexists(path):  # completed by another process since the runs were listed
        draft.unlink()
        return False
    return True


def create_journal(
    path: Path, header: Mapping[str, str], *, is_synced: bool, barrier: Callable[[], None]
) -> None:
    """Create a journal without events; the file appears at its path when it is complete.

    Args:
        path: The file; replaced if it exists.
        header: What the file says of itself, besides its format version.
        is_synced: True to wait until it would survive a power cut.
        barrier: Called before and after the file appears.

    Raises:
        OSError, sqlite3.Error: If it cannot be written; nothing is left behind.
    """
    entries = {"format_version": str(FORMAT_VERSION), **header}
    draft = _draft(path)
    try:
        os.close(open_private(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC))
        with closing(sqlite3.connect(draft, isolation_level=None)) as db:
            db.execute("PRAGMA journal_mode=MEMORY")
            db.execute(f"PRAGMA synchronous={'FULL' if is_synced else 'OFF'}")
            db.executescript(f"BEGIN;{_SCHEMA}")
            db.executemany("INSERT INTO header VALUES (?, ?)", entries.items())
            start = header_hash(entries)
            db.execute("INSERT INTO tail VALUES (1, 0, ?, ?)", (start, start))
            db.execute("COMMIT")
        barrier()
        draft.replace(path)
        if is_synced:
            _sync_folder(path.parent)
        barrier()
    except Exception:
        draft.unlink(missing_ok=True)
        raise


def drafts_in(folder: Path) -> list[Path]:
    """Return the drafts of journals in a folder, which `create_journal` has not completed."""
    return [path for path in folder.glob("*.new") if path.stem.isascii() and path.stem.isdecimal()]


def _draft(path: Path) -> Path:
    return path.with_suffix(".new")


def _sync_folder(folder: Path) -> None:
    """Wait until the names in a folder would survive a power cut, where the system can do that."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def header_hash(header: Mapping[str, str]) -> bytes:
    """Return the hash of a header, which the first row's hash continues."""
    digest = blake2b(digest_size=HASH_BYTES)
    for key in sorted(header):
        for text in (key, header[key]):
            data = text.encode()
            digest.update(b"%d:" % len(data))
            digest.update(data)
    return digest.digest()


def row_hash(
    before: bytes, seq: int, t_s: float, event: str, body: str, wall_s: float | None
) -> bytes:
    """Return the hash of a row.

    Args:
        before: Hash of the row before it; of the header for the first row.
        seq: Number of the event.
        t_s: Run time in seconds.
        event: Kind of the event.
        body: The event as JSON.
        wall_s: Wall time in seconds since 1970.
    """
    digest = blake2b(before, digest_size=HASH_BYTES)
    digest.update(f"{seq}\n{t_s!r}\n{event}\n{wall_s!r}\n{body}".encode())
    return digest.digest()
