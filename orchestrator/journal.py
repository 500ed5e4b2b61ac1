"""One SQLite file per run: append-only events, one transaction per tick."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from pydantic import ValidationError

from ..errors import StorageError
from ..events import EVENTS, FORMAT_VERSION, Event

_HINT = "see `treehand runs`"
_SCHEMA = """
CREATE TABLE header (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE events (
    seq INTEGER PRIMARY KEY,
    t_s REAL NOT NULL,
    event TEXT NOT NULL,
    body TEXT NOT NULL
) STRICT;
"""


class Journal:
    """The journal of one run, being written.

    Args:
        path: The file, which exists and is empty.
        is_throwaway: Whether the world ends with the process; then a lost last tick loses nothing.
    """

    def __init__(self, path: Path, *, is_throwaway: bool, header: dict[str, str]) -> None:
        self.path = path
        self._seq = 0
        self._waiting: list[tuple[int, float, str, str]] = []
        try:
            self._db = sqlite3.connect(path, isolation_level=None)
        except sqlite3.Error as error:
            raise _unwritable(path, error) from error
        try:
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute(f"PRAGMA synchronous={'NORMAL' if is_throwaway else 'FULL'}")
            self._db.executescript(_SCHEMA)
            entries = {"format_version": str(FORMAT_VERSION), **header}
            self._db.executemany("INSERT INTO header VALUES (?, ?)", entries.items())
        except sqlite3.Error as error:
            self._db.close()
            raise _unwritable(path, error) from error

    def append(self, event: Event) -> None:
        """Take an event in; it is on disk after the next `commit`."""
        self._seq += 1
        self._waiting.append((self._seq, event.t_s, event.event, event.model_dump_json()))

    def commit(self) -> None:
        """Write what was appended, in one transaction.

        Raises:
            StorageError: If the file cannot be written; the events stay waiting.
        """
        if not self._waiting:
            return
        try:
            self._db.execute("BEGIN")
            self._db.executemany("INSERT INTO events VALUES (?, ?, ?, ?)", self._waiting)
            self._db.execute("COMMIT")
        except sqlite3.Error as error:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            raise _unwritable(self.path, error) from error
        self._waiting.clear()

    def close(self) -> None:
        """Write what is left and close the file."""
        self.commit()
        self._db.close()


def read_header(path: Path) -> dict[str, str]:
    """Return what a journal says of itself.

    Raises:
        StorageError: If it is not a journal, or of a newer version.
    """
    with _reading(path) as db:
        header = dict(db.execute("SELECT key, value FROM header"))
    version = int(header.get("format_version", "0"))
    if not 1 <= version <= FORMAT_VERSION:
        raise StorageError(
            "newer-journal",
            f"'{path}' has format version {version}, this program reads up to {FORMAT_VERSION}",
            "update treehand: pip install -U treehand",
        )
    return header


def read_events(path: Path) -> Iterator[Event]:
    """Yield the events of a journal, oldest first; raises `StorageError`."""
    read_header(path)
    with _reading(path) as db:
        for (body,) in db.execute("SELECT body FROM events ORDER BY seq"):
            try:
                yield EVENTS.validate_json(body)
            except ValidationError as error:
                what = error.errors()[0]["msg"]
                raise StorageError(
                    "not-a-journal", f"'{path}' holds an event that is none: {what}", _HINT
                ) from error


@contextmanager
def _reading(path: Path) -> Iterator[sqlite3.Connection]:
    """Open a journal for reading; what SQLite cannot read is a `StorageError`."""
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as db:
            yield db
    except sqlite3.Error as error:
        raise StorageError("not-a-journal", f"'{path}' cannot be read: {error}", _HINT) from error


def _unwritable(path: Path, error: Exception) -> StorageError:
    return StorageError(
        "journal-unwritable",
        f"cannot write the journal '{path}': {error}",
        "give another folder with --workspace or TREEHAND_HOME",
    )
