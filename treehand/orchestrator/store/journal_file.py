"""The file of a journal, opened for reading: wherever it lies, however its run ended.

A journal whose run was closed is one file. One whose process was killed may have SQLite's ``-wal``
file beside it, with the events that were not yet folded into the journal itself.
"""

from __future__ import annotations

import shutil
import sqlite3
import stat
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from treehand.core.errors import StorageError
from treehand.orchestrator.store.run_folder import SUFFIX

HINT = "see `treehand runs`"
_MAGIC = b"SQLite format 3\0"
_READ_VERSION_AT = 19
"""Position in the file of SQLite's read version: 2 while it is written with a ``-wal`` file."""
_SIDE_FILES = ("-wal", "-journal")


def is_journal_path(text: str) -> bool:
    """Return True if a text names a journal by its path, not by the number of its run."""
    if text.isdecimal() or "\0" in text:
        return False
    path = Path(text)
    try:
        return path.suffix == SUFFIX or (path.is_file() and _beginning(path).startswith(_MAGIC))
    except OSError:
        return False


@contextmanager
def opened(path: Path) -> Iterator[sqlite3.Connection]:
    """Open a journal for reading, as it is at this moment; nothing is written beside it.

    Raises:
        StorageError: If it is no journal that SQLite can read, also while it is read.
    """
    place = _require_file(path)
    try:
        with _connected(place) as db:
            db.execute("BEGIN")
            _require_tables(path, db)
            yield db
    except (sqlite3.Error, OSError, UnicodeError, OverflowError) as error:
        lacks = missing_part(path)
        raise not_a_journal(path, f"cannot be read: {error}", lacks) from error


def missing_part(path: Path) -> str:
    """Return the part that a copy of a journal lacks, in words; empty if it is whole.

    Raises:
        StorageError: If it is no file of SQLite.
    """
    place = _require_file(path)
    if not _is_left_open(place) or place.with_name(f"{place.name}-wal").exists():
        return ""
    return (
        f"'{path}' was copied, or left, while its run was written, and '{place.name}-wal' is not "
        "beside it: that file may hold the last events"
    )


def not_a_journal(path: Path, why: str, lacks: str = "") -> StorageError:
    """Return the error that a file cannot be read as a journal.

    Args:
        path: The file.
        why: Reason, in words.
        lacks: The part that the file lacks, in words; empty if it is whole.
    """
    return StorageError("not-a-journal", f"'{path}' {why}", lacks or HINT)


def _require_file(path: Path) -> Path:
    """Return the file behind a path, which is one of SQLite; raises `StorageError`."""
    try:
        place = path.resolve()
        if not stat.S_ISREG(place.stat().st_mode):
            raise not_a_journal(path, "is not a file")
        start = _beginning(place)
    except (OSError, ValueError, RuntimeError) as error:  # a loop of links is a RuntimeError
        why = getattr(error, "strerror", None) or str(error)
        raise not_a_journal(path, f"cannot be read: {why}") from error
    if not start:
        raise not_a_journal(path, "is empty: its run was killed before its first event")
    if not start.startswith(_MAGIC):
        raise not_a_journal(path, "is not a file of SQLite")
    return place


def _require_tables(path: Path, db: sqlite3.Connection) -> None:
    """Raise `StorageError` if something else than a table is in a file: a view may never end."""
    for _, name, kind, *_ in db.execute("PRAGMA table_list"):
        if kind != "table":
            raise not_a_journal(path, f"holds the {kind} {name!r}, and journals hold tables alone")


def _beginning(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(_READ_VERSION_AT + 1)


def _is_left_open(place: Path) -> bool:
    """Return True if the file is in WAL mode, which the end of its writer takes back."""
    return _beginning(place)[_READ_VERSION_AT:] == b"\2"


@contextmanager
def _connected(place: Path) -> Iterator[sqlite3.Connection]:
    if not _has_side_file(place):
        # SQLite would make side files for one in WAL mode, or fail in a folder that is read only.
        mode = "immutable=1" if _is_left_open(place) else "mode=ro"
        with closing(_connect(place, mode)) as db:
            yield db
        return
    with closing(_connect(place, "mode=ro")) as db:
        if _is_readable(db):
            yield db
            return
    with tempfile.TemporaryDirectory(prefix="treehand-journal-") as folder:
        copy = Path(folder) / place.name
        for end in ("", *_SIDE_FILES):
            source = place.with_name(place.name + end)
            if source.exists():
                shutil.copyfile(source, copy.with_name(copy.name + end))
        with closing(_connect(copy, "mode=rw")) as db:
            yield db


def _connect(place: Path, mode: str) -> sqlite3.Connection:
    return sqlite3.connect(f"{place.as_uri()}?{mode}", uri=True, isolation_level=None)


def _has_side_file(place: Path) -> bool:
    return any(place.with_name(place.name + end).exists() for end in _SIDE_FILES)


def _is_readable(db: sqlite3.Connection) -> bool:
    """Return False if SQLite would have to write into the folder, and may not."""
    try:
        db.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except sqlite3.OperationalError:
        return False
    return True
