"""One SQLite file per run: append-only events, one transaction per tick."""

from __future__ import annotations

import contextlib
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from treehand.core.errors import StorageError
from treehand.core.event_formats import read_event
from treehand.core.events import (
    FORMAT_VERSION,
    Approved,
    Event,
    FaultInjected,
    PlanRejected,
    QuestionAnswered,
    Resumed,
    SkillEnded,
    SkillStarted,
    StopLatched,
)
from treehand.core.model_json import model_json

_HINT = "see `treehand runs`"
_LOCKED_S = 0.5
"""Longest wait of a write for another process; the run loop stands still meanwhile."""
_SCHEMA = """
CREATE TABLE header (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE events (
    seq INTEGER PRIMARY KEY,
    t_s REAL NOT NULL,
    event TEXT NOT NULL,
    body TEXT NOT NULL,
    wall_s REAL
) STRICT;
"""
BOUNDARIES = (
    SkillStarted,
    SkillEnded,
    Approved,
    PlanRejected,
    QuestionAnswered,
    StopLatched,
    Resumed,
    FaultInjected,
)
"""Events that are on disk before anything else happens: intents, outcomes, what people decided."""


class Journal:
    """The journal of one run, being written.

    Events between two boundaries are written in one transaction per tick. A boundary is committed
    by itself; where the world outlives the process, with full durability.

    Args:
        path: The file; empty, or the journal of the run that goes on.
        outlives: Whether the world outlives the process: then an intent survives a power cut.
        header: What the file says of itself, when it is new.
        barrier: Called before and after every commit; a test may pull the plug there.

    Attributes:
        commits: Transactions so far.
        syncs: Those among them that waited for the disk.
    """

    def __init__(
        self,
        path: Path,
        *,
        outlives: bool,
        header: dict[str, str] | None = None,
        barrier: Callable[[], None] = lambda: None,
    ) -> None:
        self.path = path
        self.commits = 0
        self.syncs = 0
        self._outlives = outlives
        self._barrier = barrier
        self._waiting: list[tuple[int, float, str, str, float]] = []
        self._lock = threading.RLock()
        if header is None:
            require_current(path)
        try:
            self._db = sqlite3.connect(
                path, isolation_level=None, timeout=_LOCKED_S, check_same_thread=False
            )
        except sqlite3.Error as error:
            raise _unwritable(path, error) from error
        try:
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute("PRAGMA synchronous=NORMAL")
            if header is not None:
                self._db.executescript(_SCHEMA)
                entries = {"format_version": str(FORMAT_VERSION), **header}
                self._db.executemany("INSERT INTO header VALUES (?, ?)", entries.items())
            (last,) = self._db.execute("SELECT max(seq) FROM events").fetchone()
        except sqlite3.Error as error:
            self._db.close()
            raise _unwritable(path, error) from error
        self._seq: int = last or 0

    def append(self, event: Event) -> None:
        """Take an event in; a boundary is on disk when this returns, others after `commit`.

        May be called from any thread.

        Raises:
            StorageError: If a boundary cannot be written.
        """
        body = model_json(event)
        with self._lock:
            self._seq += 1
            self._waiting.append((self._seq, event.t_s, event.event, body, time.time()))
            if isinstance(event, BOUNDARIES):
                self._write(is_synced=self._outlives)

    def commit(self) -> None:
        """Write what was appended, in one transaction.

        Raises:
            StorageError: If the file cannot be written; the events stay waiting.
        """
        with self._lock:
            self._write(is_synced=False)

    def sync(self) -> None:
        """Write what was appended; where the world outlives the process, wait for the disk."""
        with self._lock:
            self._write(is_synced=self._outlives)

    def _write(self, *, is_synced: bool) -> None:
        if not self._waiting:
            return
        try:
            self._barrier()
            if is_synced:
                self._db.execute("PRAGMA synchronous=FULL")
            self._db.execute("BEGIN")
            self._db.executemany("INSERT INTO events VALUES (?, ?, ?, ?, ?)", self._waiting)
            self._db.execute("COMMIT")
            self._waiting.clear()
            if is_synced:
                self._db.execute("PRAGMA synchronous=NORMAL")
        except sqlite3.Error as error:
            self._recover()
            raise _unwritable(self.path, error) from error
        except BaseException:  # an interrupt, at any point of the above
            self._recover()
            raise
        self.commits += 1
        self.syncs += is_synced
        self._barrier()

    def _recover(self) -> None:
        """After a write that was cut short, keep waiting what is not in the file."""
        with contextlib.suppress(sqlite3.Error):
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            (last,) = self._db.execute("SELECT max(seq) FROM events").fetchone()
            self._waiting = [row for row in self._waiting if row[0] > (last or 0)]

    def close(self) -> None:
        """Write what is left and close the file."""
        try:
            self.commit()
        finally:
            self._db.close()


@dataclass(frozen=True)
class Entry:
    """One row of a journal."""

    seq: int
    """Number of the event in its run, from 1; what people refer to."""
    event: Event
    wall_s: float | None
    """When it was written, in seconds since 1970; None in journals of version 1."""


def read_header(path: Path) -> dict[str, str]:
    """Return the header of a journal.

    Raises:
        StorageError: If it is not a journal, or of a newer version.
    """
    with _reading(path) as db:
        return _header(path, db)


def _header(path: Path, db: sqlite3.Connection) -> dict[str, str]:
    header = dict(db.execute("SELECT key, value FROM header"))
    text = header.get("format_version", "")
    if not text.isdecimal():
        raise StorageError("not-a-journal", f"'{path}' does not say what it is", _HINT)
    version = int(text)
    if not 1 <= version <= FORMAT_VERSION:
        raise StorageError(
            "newer-journal",
            f"'{path}' has format version {version}, this program reads up to {FORMAT_VERSION}",
            "update treehand: pip install -U treehand",
        )
    return header


def require_current(path: Path) -> None:
    """Raise `StorageError` unless a journal can be added to by this program."""
    version = int(read_header(path)["format_version"])
    if version != FORMAT_VERSION:
        raise StorageError(
            "older-journal",
            f"'{path}' has format version {version}; it can be read, but not gone on with",
            "start the goal anew with `treehand run`",
        )


def read_entries(path: Path) -> Iterator[Entry]:
    """Yield the rows of a journal, oldest first; raises `StorageError`."""
    with _reading(path) as db:
        version = int(_header(path, db)["format_version"])
        wall = "NULL" if version == 1 else "wall_s"
        for seq, body, wall_s in db.execute(f"SELECT seq, body, {wall} FROM events ORDER BY seq"):
            try:
                yield Entry(seq, read_event(body, version), wall_s)
            except ValueError as error:
                is_of_model = isinstance(error, ValidationError)
                what = error.errors()[0]["msg"] if is_of_model else str(error)  # type: ignore[attr-defined]
                raise StorageError(
                    "not-a-journal", f"'{path}' holds an event that is none: {what}", _HINT
                ) from error


def read_events(path: Path) -> Iterator[Event]:
    """Yield the events of a journal, oldest first; raises `StorageError`."""
    return (entry.event for entry in read_entries(path))


@contextmanager
def _reading(path: Path) -> Iterator[sqlite3.Connection]:
    """Open a journal for reading; what SQLite cannot read is a `StorageError`."""
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as db:
            yield db
    except sqlite3.Error as error:
        raise StorageError("not-a-journal", f"'{path}' cannot be read: {error}", _HINT) from error


def _unwritable(path: Path, error: Exception) -> StorageError:
    hint = "give another folder with --workspace or TREEHAND_HOME"
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # the upper bits refine it
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        hint = "another process holds the file; close what has it open"
    return StorageError("journal-unwritable", f"cannot write the journal '{path}': {error}", hint)
