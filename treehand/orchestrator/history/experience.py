"""Experience of this robot with its skills, read from its journals.

A journal is read once; what it says is kept beside the runs, in a file that can be deleted at any
time, and is made anew if it is broken. Runs count that were in the same world, with the same
domain, deployment file and learned parameters, and without faults on purpose; attempts that were
halted do not, unless their own time limit ended them.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections import Counter
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from treehand.core.errors import InputError, StorageError
from treehand.core.events import Event, FaultInjected, RunStarted, SkillEnded, SkillStarted
from treehand.core.events.folds import on
from treehand.core.files.private_files import create_private
from treehand.orchestrator.config.deployment import Deployment
from treehand.orchestrator.history.attempts import AttemptFold, AttemptKey, AttemptOutcome, key_of
from treehand.orchestrator.store.journal import read_events, read_header
from treehand.orchestrator.store.workspace import Workspace
from treehand.planners import Experience, SkillRecord
from treehand.skills import FailureCode
from treehand.skills.domain import Call

MOST_READ = 50
"""So many journals are read at a time, the newest first; the others wait for the next time."""
_TABLE = "experience_v3"
_SCHEMA = f"""
CREATE TABLE IF NOT EXISTS {_TABLE} (
    run TEXT PRIMARY KEY,
    stamp TEXT NOT NULL,
    world TEXT NOT NULL,
    domain TEXT NOT NULL,
    config TEXT NOT NULL,
    learned TEXT NOT NULL,
    body TEXT NOT NULL
) STRICT;
"""
_LOCKED_S = 0.5


@dataclass(frozen=True)
class RunExperience:
    """Experience from one run."""

    started: RunStarted | None
    """Beginning of the run; None if it never began."""
    experience: Experience
    """Outcomes of its attempts; none if faults were injected."""


def experience_of(events: Iterable[Event]) -> RunExperience:
    """Return the experience from one run."""
    fold = _ExperienceFold().over(events)
    return RunExperience(fold.started, fold.experience())


class _ExperienceFold(AttemptFold):
    """Counts the outcomes of one run's attempts, by skill."""

    def __init__(self) -> None:
        super().__init__()
        self.started: RunStarted | None = None
        self._has_faults = False
        self._began_s: dict[AttemptKey, float] = {}
        self._last: dict[Call, FailureCode | None] = {}
        self._counts: dict[str, _Counts] = {}

    @on(RunStarted)
    def _run_started(self, event: RunStarted) -> None:
        self.started = event

    @on(FaultInjected)
    def _fault_injected(self, event: FaultInjected) -> None:
        self._has_faults = True

    @on(SkillStarted)
    def _skill_started(self, event: SkillStarted) -> None:
        self._began_s[key_of(event)] = event.t_s

    def attempt_ended(self, event: SkillEnded, outcome: AttemptOutcome | None) -> None:
        """Count an attempt that was not halted."""
        took_s = event.t_s - self._began_s.pop(key_of(event), event.t_s)
        before = self._last.pop(event.call, None)
        if outcome is not None:
            counts = self._counts.setdefault(event.call.name, _Counts())
            counts.take(outcome.code, before, took_s)
            self._last[event.call] = outcome.code

    def experience(self) -> Experience:
        """Return the counts as experience."""
        if self._has_faults:
            return Experience()
        skills = {name: count.record() for name, count in self._counts.items()}
        return Experience(runs=1 if skills else 0, skills=skills)


class _Counts:
    """Counts what became of one skill's attempts."""

    def __init__(self) -> None:
        self._successes = 0
        self._successes_s = 0.0
        self._fresh = 0
        self._failures: Counter[FailureCode] = Counter()
        self._repeats: Counter[FailureCode] = Counter()
        self._again: Counter[FailureCode] = Counter()
        self._cured: Counter[FailureCode] = Counter()

    def take(self, code: FailureCode | None, before: FailureCode | None, took_s: float) -> None:
        """Take in how an attempt ended, and how the last one of the same call had failed."""
        if code is None:
            self._successes += 1
            self._successes_s += took_s
        if before is not None:
            self._repeats[before] += 1
            self._again[before] += code is before
            self._cured[before] += code is None
            return
        self._fresh += 1
        if code is not None:
            self._failures[code] += 1

    def record(self) -> SkillRecord:
        """Return the counts."""
        return SkillRecord(
            successes=self._successes,
            successes_s=self._successes_s,
            fresh=self._fresh,
            failures=dict(self._failures),
            repeats=dict(self._repeats),
            again=dict(self._again),
            cured=dict(self._cured),
        )


@dataclass(frozen=True)
class ExperienceScope:
    """Properties that runs share with the one that is planned for."""

    world: str
    domain: str
    config: str | None = None
    """Path of the deployment file, which says what serves the skills."""
    learned: str = ""
    """Pin of the learned parameters; runs with others are never pooled."""


def experience_for(deployment: Deployment, workspace: Workspace | None) -> Experience | None:
    """Return the experience of a workspace's runs with a deployment; None without a workspace."""
    if workspace is None:
        return None
    config = deployment.source.config
    names = deployment.kind.name, deployment.domain.domain
    return read_experience(
        workspace,
        ExperienceScope(*names, str(config) if config is not None else None, deployment.learned),
    )


def read_experience(workspace: Workspace, place: ExperienceScope) -> Experience:
    """Return the experience of a workspace's runs; unreadable journals are left out."""
    runs = workspace.runs()
    if not runs:
        return Experience()
    path = workspace.folder.parent / "experience.sqlite"
    for _ in range(2):
        try:
            with closing(_opened(path)) as db, db:
                _read_new(workspace, runs, db)
                question = (
                    f"SELECT body FROM {_TABLE}"
                    " WHERE world = ? AND domain = ? AND config = ? AND learned = ?"
                )
                names = place.world, place.domain, place.config or "", place.learned
                rows = db.execute(question, names)
                found = [Experience.model_validate_json(body) for (body,) in rows]
            return sum(found, Experience())
        except sqlite3.OperationalError:
            break  # somebody else holds it, or the folder cannot be written
        except (sqlite3.DatabaseError, ValidationError):
            path.unlink(missing_ok=True)
    read = (_row(workspace, run) for run in runs[-MOST_READ:])
    return sum((row.experience for row in read if row and row.place == place), Experience())


@dataclass(frozen=True)
class _Row:
    """Experience from one journal."""

    stamp: str
    place: ExperienceScope
    experience: Experience


def _row(workspace: Workspace, run: str, known: str | None = None) -> _Row | None:
    """Return the experience from a journal; None if it is known already, or the journal is gone."""
    try:
        path = workspace.find_run(run).journal
        status = path.stat()
    except (InputError, OSError):
        return None
    stamp = f"{status.st_mtime_ns}:{status.st_size}"
    if stamp == known:
        return None
    try:
        source = json.loads(read_header(path).get("deployment") or "{}")
        found = experience_of(read_events(path))
    except (StorageError, ValueError):
        return _Row(stamp, ExperienceScope("", ""), Experience())
    started = found.started
    if started is None:
        return _Row(stamp, ExperienceScope("", ""), Experience())
    names = started.world, started.domain, source.get("config"), started.learned
    return _Row(stamp, ExperienceScope(*names), found.experience)


def _opened(path: Path) -> sqlite3.Connection:
    with contextlib.suppress(OSError):  # SQLite says what is wrong
        create_private(path)
    db = sqlite3.connect(path, timeout=_LOCKED_S)
    db.executescript(_SCHEMA)
    return db


def _read_new(workspace: Workspace, runs: list[str], db: sqlite3.Connection) -> None:
    """Read the journals that have changed since they were read, as far as there is time."""
    known = dict(db.execute(f"SELECT run, stamp FROM {_TABLE}"))
    gone = set(known).difference(runs)
    db.executemany(f"DELETE FROM {_TABLE} WHERE run = ?", [(run,) for run in gone])
    left = MOST_READ
    for run in reversed(runs):
        row = _row(workspace, run, known.get(run)) if left else None
        if row is None:
            continue
        left -= 1
        body = row.experience.model_dump_json(exclude_defaults=True)
        place = row.place
        scope = place.world, place.domain, place.config or "", place.learned
        values = (run, row.stamp, *scope, body)
        db.execute(f"INSERT OR REPLACE INTO {_TABLE} VALUES (?, ?, ?, ?, ?, ?, ?)", values)
