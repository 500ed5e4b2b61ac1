"""Outlines of past runs, kept in one file so that a list of them need not read their journals.

A row counts as long as its journal has the size and the time of change that it had when it was
read. The file can be deleted at any time, and is made anew if it is broken.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from dataclasses import astuple, dataclass
from pathlib import Path

from treehand.core.errors import StorageError
from treehand.core.files.private_files import create_private
from treehand.orchestrator.history.run_outline import RunOutline
from treehand.orchestrator.store.journal import read_events, read_header
from treehand.orchestrator.store.workspace import RunFiles, Workspace

INDEX_NAME = "run_index.sqlite"
_TABLE = "outlines_v1"
_SCHEMA = f"""CREATE TABLE IF NOT EXISTS {_TABLE} (run TEXT PRIMARY KEY, stamp TEXT NOT NULL,
created TEXT NOT NULL, goal TEXT NOT NULL, seed INTEGER, outcome TEXT NOT NULL, ended_s REAL) STRICT
"""
_LOCKED_S = 0.5


@dataclass(frozen=True)
class ListedRun:
    """One past run, as a list shows it."""

    run: str
    created: str
    """When it began; empty if that cannot be read."""
    goal: str
    seed: int | None
    outcome: str
    """Outcome, or its state if it has not ended, in words."""
    ended_s: float | None
    """Run time of its end, in seconds; None if it has not ended."""


def list_runs(workspace: Workspace) -> list[ListedRun]:
    """Return all runs, oldest first; only journals that have changed are read."""
    path = workspace.folder.parent / INDEX_NAME
    known = _read(path)
    listed: list[ListedRun] = []
    new: list[tuple[str, ListedRun]] = []
    for run in workspace.runs():
        files = workspace.files_of(run)
        stamp = _stamp(files.journal)
        kept = known.get(run)
        if kept is not None and kept[0] == stamp:
            listed.append(kept[1])
            continue
        outline = _outline(files)
        listed.append(outline)
        if stamp and outline.ended_s is not None and stamp == _stamp(files.journal):
            new.append((stamp, outline))
    gone = known.keys() - {one.run for one in listed}
    if new or gone:
        _write(path, new, gone)
    return listed


def _outline(files: RunFiles) -> ListedRun:
    outline, created, state = RunOutline(), "", ""
    try:
        created = read_header(files.journal).get("created", "")
        outline.over(read_events(files.journal))
    except StorageError as error:
        state = f"unreadable ({error.finding.code})"
    started, ended = outline.started, outline.ended if not state else None
    if ended is not None:
        state = ended.outcome
    elif not state:
        state = "running" if files.is_live() else "unfinished"
    return ListedRun(
        files.run,
        created,
        started.goal if started else "",
        started.seed if started else None,
        state,
        ended.t_s if ended else None,
    )


def _stamp(journal: Path) -> str:
    """Return a text that changes with a journal; empty while it is written, or if it is gone."""
    try:
        found = os.stat(journal)
    except OSError:
        return ""
    if any(os.path.exists(f"{journal}{end}") for end in ("-wal", "-journal")):
        return ""
    return f"{found.st_size} {found.st_mtime_ns} {found.st_ino}"


def _read(path: Path) -> dict[str, tuple[str, ListedRun]]:
    """Return the stamps and outlines that are kept; none if the file is broken or not there."""
    if not path.exists():
        return {}
    try:
        with closing(sqlite3.connect(path, timeout=_LOCKED_S)) as db:
            query = f"SELECT run, stamp, created, goal, seed, outcome, ended_s FROM {_TABLE}"
            return {run: (stamp, ListedRun(run, *rest)) for run, stamp, *rest in db.execute(query)}
    except (sqlite3.Error, OSError, UnicodeError):
        return {}


def _write(path: Path, new: Iterable[tuple[str, ListedRun]], gone: Iterable[str]) -> None:
    """Keep outlines; if that cannot be done, they are read again the next time."""
    rows = [(one.run, stamp, *astuple(one)[1:]) for stamp, one in new]
    with contextlib.suppress(sqlite3.Error, OSError):
        for _ in range(2):
            try:
                create_private(path)
                with closing(sqlite3.connect(path, timeout=_LOCKED_S)) as db, db:
                    db.execute(_SCHEMA)
                    db.executemany(f"DELETE FROM {_TABLE} WHERE run = ?", [(run,) for run in gone])
                    mark = ", ".join("?" * 7)
                    db.executemany(f"INSERT OR REPLACE INTO {_TABLE} VALUES ({mark})", rows)
                return
            except sqlite3.OperationalError:  # another process writes, or it may not be written
                return
            except sqlite3.DatabaseError:
                path.unlink(missing_ok=True)
