"""What this robot's own runs say of its skills, read from their journals.

A journal is read once; what it says is kept beside the runs, in a file that can be deleted at any
time. Runs with faults on purpose do not count, and neither do attempts that were halted.
"""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

from pydantic import ValidationError

from ..errors import StorageError
from ..events import Event, FaultInjected, RunStarted, SkillEnded, SkillStarted
from ..planners import Experience, SkillRecord
from ..skills import FailureCode
from ..skills.domain import parse_call
from .journal import read_events
from .workspace import Workspace

MOST_READ = 50
"""So many journals are read at a time, the newest first; the others wait for the next time."""
_VERSION = 1
_SCHEMA = f"""
CREATE TABLE IF NOT EXISTS experience_v{_VERSION} (
    run TEXT PRIMARY KEY,
    stamp TEXT NOT NULL,
    world TEXT NOT NULL,
    domain TEXT NOT NULL,
    body TEXT NOT NULL
) STRICT;
"""
_LOCKED_S = 0.5


def experience_of(events: Iterable[Event]) -> tuple[str, str, Experience]:
    """Return what one run says: its world, its domain, and what became of its attempts."""
    world = domain = ""
    began_s: dict[tuple[str, str, int], float] = {}
    last: dict[str, FailureCode | None] = {}
    counts: dict[str, _Counts] = {}
    for event in events:
        if isinstance(event, RunStarted):
            world, domain = event.world, event.domain
        elif isinstance(event, FaultInjected):
            return world, domain, Experience()
        elif isinstance(event, SkillStarted):
            began_s[event.path, event.call, event.attempt] = event.t_s
        elif isinstance(event, SkillEnded):
            took_s = event.t_s - began_s.pop((event.path, event.call, event.attempt), event.t_s)
            name = parse_call(event.call).name
            before = last.pop(event.call, None)
            if event.result == "halted":
                continue
            code = FailureCode(event.code) if event.code else None
            counts.setdefault(name, _Counts()).take(code, before, took_s)
            last[event.call] = code
    skills = {name: count.record() for name, count in counts.items()}
    return world, domain, Experience(runs=1 if skills else 0, skills=skills)


class _Counts:
    """Counts what became of one skill's attempts."""

    def __init__(self) -> None:
        self._successes = 0
        self._successes_s = 0.0
        self._failures: Counter[FailureCode] = Counter()
        self._repeats: Counter[FailureCode] = Counter()
        self._again: Counter[FailureCode] = Counter()

    def take(self, code: FailureCode | None, before: FailureCode | None, took_s: float) -> None:
        """Take in how an attempt ended, and how the last one of the same call had failed."""
        if code is None:
            self._successes += 1
            self._successes_s += took_s
        else:
            self._failures[code] += 1
        if before is not None:
            self._repeats[before] += 1
            self._again[before] += code is before

    def record(self) -> SkillRecord:
        """Return the counts."""
        return SkillRecord(
            successes=self._successes,
            successes_s=self._successes_s,
            failures=dict(self._failures),
            repeats=dict(self._repeats),
            again=dict(self._again),
        )


def read_experience(workspace: Workspace, *, world: str, domain: str) -> Experience:
    """Return what the runs of a workspace say, in one world and with one domain.

    What cannot be read or kept is left out: estimates are no reason not to run.
    """
    runs = workspace.runs()
    if not runs:
        return Experience()
    try:
        with closing(_opened(workspace.folder.parent / "experience.sqlite")) as db, db:
            _read_new(workspace, runs, db)
            rows = db.execute(
                f"SELECT body FROM experience_v{_VERSION} WHERE world = ? AND domain = ?",
                (world, domain),
            ).fetchall()
        return sum((Experience.model_validate(json.loads(row[0])) for row in rows), Experience())
    except (sqlite3.Error, OSError, ValidationError, ValueError):
        return Experience()


def _opened(path: Path) -> sqlite3.Connection:
    db = sqlite3.connect(path, timeout=_LOCKED_S)
    db.executescript(_SCHEMA)
    return db


def _read_new(workspace: Workspace, runs: list[str], db: sqlite3.Connection) -> None:
    """Read the journals that have changed since they were read, as far as there is time."""
    table = f"experience_v{_VERSION}"
    known = dict(db.execute(f"SELECT run, stamp FROM {table}"))
    gone = set(known).difference(runs)
    db.executemany(f"DELETE FROM {table} WHERE run = ?", [(run,) for run in gone])
    left = MOST_READ
    for run in reversed(runs):
        path = workspace.find_run(run).journal
        status = path.stat()
        stamp = f"{status.st_mtime_ns}:{status.st_size}"
        if known.get(run) == stamp:
            continue
        if left == 0:
            break
        left -= 1
        try:
            world, domain, experience = experience_of(read_events(path))
        except (StorageError, ValueError):
            world, domain, experience = "", "", Experience()
        body = experience.model_dump_json(exclude_defaults=True)
        row = (run, stamp, world, domain, body)
        db.execute(f"INSERT OR REPLACE INTO {table} VALUES (?, ?, ?, ?, ?)", row)
