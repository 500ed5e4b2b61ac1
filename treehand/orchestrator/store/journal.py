"""One SQLite file per run: append-only events, one transaction per tick."""

from __future__ import annotations

import contextlib
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from treehand.core.errors import StorageError
from treehand.core.events import (
    FORMAT_VERSION,
    Approved,
    Event,
    FaultInjected,
    PlanRejected,
    QuestionAnswered,
    Resumed,
    RunEnded,
    SkillEnded,
    SkillStarted,
    StopLatched,
    read_event,
)
from treehand.core.model_json import model_json
from treehand.orchestrator.store.journal_file import not_a_journal, opened
from treehand.orchestrator.store.journal_format import (
    FIRST_WITH_HASHES,
    create_journal,
    header_hash,
    row_hash,
)
from treehand.orchestrator.store.packed_rows import DamagedPack, last_row, pack_rows, rows_of

_LOCKED_S = 0.5
"""Longest wait of a write for another process; the run loop stands still meanwhile."""
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
    by itself; where the world outlives the process, with full durability. With each boundary,
    SQLite's ``-wal`` file is folded into the journal, so the file alone tells of every step.

    Args:
        path: The file; none yet, or the journal of the run that goes on.
        outlives: Whether the world outlives the process: then an intent survives a power cut.
        header: What the file says of itself, when it is new.
        barrier: Called before and after every commit; a test may pull the plug there.

    Raises:
        StorageError: If it cannot be written, or was altered since it was written.

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
        self._waiting: list[tuple[int, float, str, str, float, bytes]] = []
        self._lock = threading.RLock()
        self._is_over = False
        if header is None:
            require_current(path)
        try:
            if header is not None:
                create_journal(path, header, is_synced=outlives, barrier=barrier)
            self._db = sqlite3.connect(
                path, isolation_level=None, timeout=_LOCKED_S, check_same_thread=False
            )
        except (sqlite3.Error, OSError) as error:
            raise _unwritable(path, error) from error
        try:
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute(f"PRAGMA synchronous={'NORMAL' if outlives else 'OFF'}")
            self._seq, self._hash = _end_of(path, self._db)
        except sqlite3.Error as error:
            self._db.close()
            raise _unwritable(path, error) from error
        except BaseException:
            self._db.close()
            raise

    def append(self, event: Event) -> None:
        """Take an event in; a boundary is on disk when this returns, others after `commit`.

        May be called from any thread.

        Raises:
            StorageError: If a boundary cannot be written.
        """
        body = model_json(event)
        with self._lock:
            row = (self._seq + 1, event.t_s, event.event, body, time.time())
            self._hash = row_hash(self._hash, *row)
            self._seq += 1
            self._waiting.append((*row, self._hash))
            self._is_over = self._is_over or isinstance(event, RunEnded)
            if isinstance(event, BOUNDARIES):
                self._write(is_synced=self._outlives, is_folded=True)

    def commit(self) -> None:
        """Write what was appended, in one transaction.

        Raises:
            StorageError: If the file cannot be written; the events stay waiting.
        """
        with self._lock:
            self._write(is_synced=False, is_folded=False)

    def sync(self) -> None:
        """Write what was appended; where the world outlives the process, wait for the disk."""
        with self._lock:
            self._write(is_synced=self._outlives, is_folded=True)

    def _write(self, *, is_synced: bool, is_folded: bool) -> None:
        if not self._waiting:
            return
        try:
            self._barrier()
            if is_synced:
                self._db.execute("PRAGMA synchronous=FULL")
            self._db.execute("BEGIN")
            self._db.executemany("INSERT INTO events VALUES (?, ?, ?, ?, ?, ?)", self._waiting)
            last = self._waiting[-1]
            self._db.execute("UPDATE tail SET seq = ?, hash = ?", (last[0], last[-1]))
            self._db.execute("COMMIT")
            self._waiting.clear()
            if is_folded:
                self._db.execute("PRAGMA wal_checkpoint(PASSIVE)")
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
        """Write what is left and close the file, which is a single one then.

        The rows of a run that is over are packed.
        """
        try:
            self.commit()
        finally:
            with contextlib.suppress(sqlite3.Error):  # a reader keeps it as it is
                self._db.execute(f"PRAGMA synchronous={'FULL' if self._outlives else 'NORMAL'}")
                (mode,) = self._db.execute("PRAGMA journal_mode=DELETE").fetchone()
                if self._is_over and not self._waiting and mode == "delete":
                    pack_rows(self._db)
                    self._db.execute("VACUUM")
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
        StorageError: If it is not a journal, was altered, or is of a newer version.
    """
    with opened(path) as db:
        return _header(path, db)[0]


def _header(path: Path, db: sqlite3.Connection) -> tuple[dict[str, str], int]:
    """Return the header and the format version."""
    header = dict(db.execute("SELECT key, value FROM header"))
    if not all(isinstance(text, str) for pair in header.items() for text in pair):
        raise not_a_journal(path, "does not say what it is")
    text = header.get("format_version", "")
    if not (text.isascii() and text.isdecimal() and len(text) <= _LONGEST_VERSION):
        raise not_a_journal(path, "does not say what it is")
    version = int(text)
    if not 1 <= version <= FORMAT_VERSION:
        raise StorageError(
            "newer-journal",
            f"'{path}' has format version {version}, this program reads up to {FORMAT_VERSION}",
            "update treehand: pip install -U treehand",
        )
    columns = [row[1] for row in db.execute("PRAGMA table_info(events)")]
    if "hash" in columns:  # whatever version the header claims
        row = db.execute("SELECT header FROM tail").fetchone()
        if row is None or row[0] != header_hash(header):
            raise _altered(path, "its header was altered")
    return header, version


_LONGEST_VERSION = 6
"""Digits of a format version that can be one."""


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
    """Yield the rows of a journal, oldest first.

    Raises:
        StorageError: At the row that is no event, or was altered, or before which one is missing.
    """
    with opened(path) as db:
        header, version = _header(path, db)
        for seq, body, wall_s in _rows(path, db, header, version):
            try:
                yield Entry(seq, read_event(body, version), wall_s)
            except ValueError as error:
                is_of_model = isinstance(error, ValidationError)
                what = error.errors()[0]["msg"] if is_of_model else str(error)  # type: ignore[attr-defined]
                message = f"holds an event that is none: event {seq}: {what}"
                raise not_a_journal(path, message) from error


def read_events(path: Path) -> Iterator[Event]:
    """Yield the events of a journal, oldest first; raises `StorageError` as `read_entries`."""
    return (entry.event for entry in read_entries(path))


def _rows(
    path: Path, db: sqlite3.Connection, header: dict[str, str], version: int
) -> Iterator[tuple[int, str, float | None]]:
    """Yield number, body and wall time of the rows, which are compared with their hashes."""
    if version < FIRST_WITH_HASHES:
        wall = "NULL" if version == 1 else "wall_s"
        yield from db.execute(f"SELECT seq, body, {wall} FROM events ORDER BY seq")
        return
    before, number = header_hash(header), 0
    try:
        for seq, t_s, event, body, wall_s, found in rows_of(db):
            if seq != number + 1:
                raise _altered(path, f"event {number + 1} is missing")
            before, number = row_hash(before, seq, t_s, event, body, wall_s), seq
            if before != found or not isinstance(body, str):
                raise _altered(path, f"event {seq} was altered", before=seq)
            yield seq, body, wall_s
    except DamagedPack as error:
        message = f"the events after event {number} cannot be unpacked"
        raise _altered(path, message, before=number + 1) from error
    last, hashed = db.execute("SELECT seq, hash FROM tail").fetchone()
    if (last, hashed) != (number, before):
        lost = f"events {number + 1} to {last} are missing"
        if last <= number + 1:
            lost = f"event {last} is missing" if last > number else "its end differs"
        raise _altered(path, lost)


def _end_of(path: Path, db: sqlite3.Connection) -> tuple[int, bytes]:
    """Return number and hash of the last row, as the tail has them; raises `StorageError`."""
    seq, found = db.execute("SELECT seq, hash FROM tail").fetchone()
    last = last_row(db)
    if last is not None and last != (seq, found):
        raise _altered(path, f"its last event is {last[0]}, but it says {seq}")
    return seq, found


def _altered(path: Path, what: str, *, before: int = 0) -> StorageError:
    hint = "take it from a backup; it is not resumed as it is"
    if before > 1:
        hint += f"; `treehand replay {path} --until {before - 1}` shows what is before it"
    return StorageError("altered-journal", f"'{path}' is damaged: {what}", hint)


def _unwritable(path: Path, error: Exception) -> StorageError:
    hint = "make room on the disk, or give another folder with --workspace or TREEHAND_HOME"
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # the upper bits refine it
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        hint = "another process holds the file; close what has it open"
    return StorageError("journal-unwritable", f"cannot write the journal '{path}': {error}", hint)
