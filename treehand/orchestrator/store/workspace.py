"""Where runs are kept: one folder, one journal per run, short numbers as names."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from filelock import FileLock, Timeout

from treehand.core.errors import InputError, StorageError, near
from treehand.core.files.private_files import FILE_MODE, make_private_folder, open_private
from treehand.orchestrator.safety.latched_stop import StopLatch
from treehand.orchestrator.store.cost_ledger import SqliteLedger
from treehand.orchestrator.store.journal import Journal, read_header
from treehand.orchestrator.store.journal_file import is_journal_path
from treehand.orchestrator.store.journal_format import drafts_in, reserve_journal
from treehand.orchestrator.store.run_folder import (
    SUFFIX,
    journal_path,
    runs_folder,
    stops_of_real_world,
    stops_of_state,
)
from treehand.planners.goals.requirements.standing_order import ORDERS_NAME
from treehand.planners.reading.learned.learned_words import FILE_NAME
from treehand.skills import WorldFile

_LEAST_DIGITS = 4
"""Digits of a run's number, filled with zeros."""
_MOST_DIGITS = 18
"""Digits of the largest number that a run can have."""
_NO_RUNS_HINT = "run something first: treehand run …"
DRAFT_S = 3600.0
"""Age at which a journal that was never completed is deleted, in seconds of wall time."""
_LOCK_S = 0.3
"""Longest wait for a lock; other processes hold it for a moment only."""


@dataclass(frozen=True)
class WorldPlace:
    """Where what belongs to one world is kept: its stop and, if it is simulated, its state."""

    latch: StopLatch
    state: Path | None = None
    """The file of a simulated world's true state; None for a real one."""

    @classmethod
    def beside(cls, state: Path) -> WorldPlace:
        """Return the place of a simulated world that is kept in a file.

        Raises:
            InputError: If it is no name of a file.
        """
        state = state.resolve()
        if not state.name or state.is_dir():
            message = f"'{state}' is not the name of a file"
            raise InputError.of("wrong-state", message, hint="for example --state kitchen.world")
        return cls(StopLatch(stops_of_state(state)), state)

    @property
    def name(self) -> str:
        """Return its name for people: the file, or the world's name."""
        return str(self.state) if self.state is not None else self.latch.path.stem

    @contextmanager
    def held(self) -> Iterator[None]:
        """Keep every other process out of this world meanwhile; raises `StorageError`."""
        with _locked(self.latch.path.with_suffix(".lock"), f"world '{self.name}'"):
            yield


@dataclass(frozen=True)
class RunFiles:
    """The files of one run."""

    run: str
    journal: Path

    @property
    def place(self) -> WorldPlace:
        """Return the place of a simulated world that belongs to this run alone."""
        return WorldPlace.beside(self.journal.with_suffix(".world"))

    @property
    def pictures(self) -> Path:
        """Return the folder for what the robot saw."""
        return self.journal.with_suffix(".pictures")

    @property
    def states(self) -> Path:
        """Return the file of its dense states, which exists only if they were kept."""
        return self.journal.with_suffix(".states")

    @contextmanager
    def held(self) -> Iterator[None]:
        """Keep every other process from going on with this run; raises `StorageError`."""
        with _locked(self.journal.with_suffix(".lock"), f"run '{self.run}'"):
            yield

    def is_live(self) -> bool:
        """Return True if a process is running it now."""
        path = self.journal.with_suffix(".lock")
        if not path.exists():
            return False
        lock = FileLock(path, mode=FILE_MODE)
        try:
            with lock.acquire(timeout=0):
                return False
        except (Timeout, OSError):  # what cannot be asked is taken to run
            return True

    def remove_journal(self) -> None:
        """Delete the journal of a run that did not begin, with SQLite's files beside it."""
        for path in self.journal.parent.glob(f"{self.journal.name}*"):
            path.unlink(missing_ok=True)
        self.journal.with_suffix(".new").unlink(missing_ok=True)
        self.states.unlink(missing_ok=True)

    def drop_states(self) -> int:
        """Delete the dense states of the run, and return how many bytes that was."""
        try:
            size = self.states.stat().st_size
        except FileNotFoundError:
            return 0
        self.states.unlink(missing_ok=True)
        return size

    def remove(self) -> int:
        """Delete the run with everything that is its own, and return how many bytes that was."""
        size = 0
        for path in sorted(self.journal.parent.glob(f"{self.run}.*")):
            for file in (*path.glob("*"), path) if path.is_dir() else (path,):
                size += file.stat().st_size if file.is_file() else 0
                file.rmdir() if file.is_dir() else file.unlink()
        return size


@dataclass(frozen=True)
class Workspace:
    """A folder of runs.

    Args:
        folder: The folder.
        barrier: Called before and after everything that is put on disk for a run; a test may pull
            the plug there.
    """

    folder: Path
    barrier: Callable[[], None] = field(default=lambda: None, repr=False, compare=False)

    @classmethod
    def find(cls, folder: Path | None) -> Workspace:
        """Return the folder given, else ``TREEHAND_HOME``, else one in the user's data folder."""
        return cls(runs_folder(folder))

    @property
    def ledger(self) -> SqliteLedger:
        """Return the ledger of language model calls, over all runs."""
        return SqliteLedger(self.folder.parent / "model_calls.sqlite")

    @property
    def learned_words(self) -> Path:
        """Return the file of the readings that people chose here; it need not exist."""
        return self.folder.parent / FILE_NAME

    @property
    def learned_parameters(self) -> Path:
        """Return the file of the parameters that people promoted here; it need not exist."""
        return self.folder.parent / "learned.parameters.yaml"

    @property
    def standing_orders(self) -> Path:
        """Return the file of the standing orders that people gave here; it need not exist."""
        return self.folder.parent / ORDERS_NAME

    def new_run(self) -> RunFiles:
        """Reserve the number of a run, whose journal does not exist yet.

        Raises:
            StorageError: If the folder cannot be written.
        """
        try:
            make_private_folder(self.folder)
            self._remove_drafts()
            number = max((int(run) for run in self.runs()), default=0) + 1
            while True:
                files = self.files_of(f"{number:0{_LEAST_DIGITS}d}")
                if reserve_journal(files.journal):
                    return files
                number += 1
        except OSError as error:
            raise _unwritable(self.folder, error) from error

    def _remove_drafts(self) -> None:
        """Delete the drafts of journals whose process was killed before it completed them."""
        for path in drafts_in(self.folder):
            with suppress(OSError):  # another process has completed or deleted it
                is_old = time.time() - path.stat().st_mtime > DRAFT_S
                if is_old and not self.files_of(path.stem).is_live():
                    path.unlink()

    def journal(
        self, files: RunFiles, *, outlives: bool, header: dict[str, str] | None = None
    ) -> Journal:
        """Open a run's journal for writing; see `Journal`."""
        return Journal(files.journal, outlives=outlives, header=header, barrier=self.barrier)

    def world_file(self, path: Path | None = None) -> WorldFile:
        """Return where a simulated world keeps its true state."""
        return WorldFile(path, barrier=self.barrier)

    def place_of(self, world: str) -> WorldPlace:
        """Return the place of a real world."""
        return WorldPlace(StopLatch(stops_of_real_world(self.folder, world)))

    def new_world(self) -> WorldPlace:
        """Return a place for a simulated world that several runs share.

        Raises:
            StorageError: If the folder cannot be written.
        """
        folder = self.folder.parent / "worlds"
        try:
            make_private_folder(folder)
            number = 1
            while True:
                path = folder / f"console_{number:04d}.world"
                try:
                    os.close(open_private(path.with_suffix(".taken"), os.O_CREAT | os.O_EXCL))
                    return WorldPlace.beside(path)
                except FileExistsError:
                    number += 1
        except OSError as error:
            raise _unwritable(folder, error) from error

    def runs(self) -> list[str]:
        """Return the numbers of all runs, oldest first."""
        if not self.folder.is_dir():
            return []
        names = (path.name.removesuffix(SUFFIX) for path in self.folder.glob(f"*{SUFFIX}"))
        return sorted(
            (
                name
                for name in names
                if name.isascii() and name.isdecimal() and len(name) <= _MOST_DIGITS
            ),
            key=int,
        )

    def live_runs(self) -> list[RunFiles]:
        """Return the runs that some process is running now."""
        return [files for files in map(self.files_of, self.runs()) if files.is_live()]

    def find_run(self, run: str) -> RunFiles:
        """Return the files of a run.

        Raises:
            InputError: If there is no such run.
        """
        name = run.zfill(_LEAST_DIGITS) if len(run) <= _MOST_DIGITS else ""
        files = self.files_of(name)
        if not _is_run(name) or not files.journal.exists():
            run = run if len(run) <= _MOST_DIGITS else f"{run[:_MOST_DIGITS]}…"
            known = self.runs()[-12:]
            hint = near(run, known, what="latest runs") if known else _NO_RUNS_HINT
            where = "" if known else f": there are no runs in {self.folder}"
            raise InputError.of("unknown-run", f"there is no run '{run}'{where}", hint=hint)
        return files

    def journal_of(self, run: str | None) -> RunFiles:
        """Return the files of a run that is only read.

        Args:
            run: Its number, or the path of a journal, which may lie anywhere; the last run if None.

        Raises:
            InputError: If there is no such run.
        """
        if run is None:
            return self.last_run()
        if is_journal_path(run):
            return RunFiles(Path(run).stem, Path(run))
        return self.find_run(run)

    def last_run(self) -> RunFiles:
        """Return the files of the latest run.

        Raises:
            InputError: If there is none.
        """
        numbers = self.runs()
        if not numbers:
            message = f"there are no runs in {self.folder}"
            raise InputError.of("unknown-run", message, hint=_NO_RUNS_HINT)
        return self.find_run(numbers[-1])

    def place_of_run(self, files: RunFiles) -> WorldPlace:
        """Return the place of the world in which a run ran, as its journal says.

        Raises:
            StorageError: If the journal cannot be read.
        """
        header = read_header(files.journal)
        if header.get("world_file"):
            return WorldPlace.beside(Path(header["world_file"]))
        if header.get("real_world"):
            return self.place_of(header["real_world"])
        return files.place

    def files_of(self, run: str) -> RunFiles:
        """Return the files of a run by its whole number; they need not exist."""
        return RunFiles(run, journal_path(self.folder, run))


def _is_run(name: str) -> bool:
    """Return True for the name of a run: digits, at least four, without further zeros."""
    if not (name.isascii() and name.isdecimal() and len(name) <= _MOST_DIGITS):
        return False
    return name == f"{int(name):0{_LEAST_DIGITS}d}"


def _unwritable(folder: Path, error: OSError) -> StorageError:
    return StorageError(
        "workspace-unwritable",
        f"cannot write to '{folder}': {error.strerror}",
        "give another folder with --workspace or TREEHAND_HOME",
    )


@contextmanager
def _locked(path: Path, what: str) -> Iterator[None]:
    """Hold a file lock, which the system lifts when the process dies."""
    lock = FileLock(path, mode=FILE_MODE)
    try:
        make_private_folder(path.parent)
        lock.acquire(timeout=_LOCK_S)
    except Timeout:
        raise StorageError(
            "in-use", f"{what} is in use by another process", "wait for it, or `treehand stop` it"
        ) from None
    except OSError as error:
        raise _unwritable(path.parent, error) from error
    try:
        yield
    finally:
        lock.release()
