"""Latched stops: entries in a folder beside the world that they belong to.

Any process may add an entry, and each entry stays in force until a person who was shown it lifts
it. A folder holds three kinds of files:

- ``TIME-PID-TOKEN.stop``, and every name that is none of the other two: a stop in force. Its name
  is what stops; an entry that is half-written, or that nobody can read, stops too.
- ``….lifted``: a stop that was lifted; the last few are kept, for `StopLatch.latest`.
- ``moving-PID-TOKEN``: a run is under way. Once its process has ended, it is a stop in force: the
  process could not bring the robot to rest.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from treehand.core.errors import StorageError
from treehand.orchestrator.safety.process_identity import ProcessIdentity

_MOVING = "moving-"
_STOP, _LIFTED, _CRASH = ".stop", ".lifted", "-crash.stop"
_DIGITS, _LAST_S = 20, 10**11
"""Length of the time in an entry's name; the latest time that is shown, in seconds."""
_KEPT = 8
"""Number of lifted stops that are kept."""
_TRIES = 50
"""Attempts to add an entry while other processes remove the empty folder."""
_LOOK_S = 0.002
"""Pause before an entry that is just being written is read again, in seconds."""
_MAX_BYTES = 65536
_MAX_LENGTH = 2000
"""Number of characters of a reason that are kept; all of them escaped are fewer bytes than that."""


BY_ROBOT = "the robot"
"""Source of a stop that was latched because somebody did not confirm to be at rest."""


@dataclass(frozen=True)
class LatchedStop:
    """Stop that stays in force until a person re-arms the world."""

    reason: str
    by: str
    """Source of the stop: ctrl-c, the console, another terminal, a `never`, a heartbeat."""
    at: str = ""
    """Wall time, as ISO 8601."""
    run: str = ""
    """The run that was stopped."""
    id: str = ""
    """Name of its entry in the latch; empty for one that is not in a latch."""

    def __str__(self) -> str:
        since = f" since {self.at}" if self.at else ""
        return f"this world is stopped{since} by {self.by}: {self.reason}"

    @property
    def is_crash(self) -> bool:
        """Return True if nobody asked for it: the process of a run ended before its end."""
        return self.id.startswith(_MOVING) or self.id.endswith(_CRASH)

    @property
    def is_unconfirmed(self) -> bool:
        """Return True if a run ended without the confirmation that everything is at rest."""
        return self.by == BY_ROBOT

    @classmethod
    def now(cls, reason: str, by: str, *, run: str = "") -> LatchedStop:
        """Return a stop of this moment."""
        return cls(reason, by, at=datetime.now(UTC).isoformat(timespec="seconds"), run=run)


@dataclass(frozen=True)
class StopLatch:
    """Folder of a world's latched stops; nothing may be started in the world while it holds one."""

    path: Path

    @property
    def is_set(self) -> bool:
        """Return True if a stop is in force; cheap enough for a hundred calls a second.

        A run whose process was killed is told by `stops` alone.
        """
        return any(not name.startswith(_MOVING) for name in self._names())

    @property
    def latest(self) -> str:
        """Return the id of the newest stop, lifted or not; it grows with every stop."""
        names = (name.partition(".")[0] for name in self._names(is_all=True))
        return max((name for name in names if name[:1].isdigit()), default="")

    def stops(self) -> tuple[LatchedStop, ...]:
        """Return the stops in force, the oldest first."""
        found = (self._read(name) for name in sorted(self._names()))
        return tuple(stop for stop in found if stop is not None)

    def first(self) -> LatchedStop | None:
        """Return the oldest stop in force; None if there is none."""
        return next(iter(self.stops()), None)

    def add(self, stop: LatchedStop, *, is_synced: bool = True) -> LatchedStop:
        """Add a stop and return it with its id.

        Args:
            stop: Reason and source.
            is_synced: True: wait until it would survive a power cut. False: it survives the death
                of this process, for the moment before the robot is at rest; see `sync`.

        Raises:
            StorageError: If it cannot be written.
        """
        name = f"{time.time_ns():0{_DIGITS}d}-{os.getpid()}-{os.urandom(3).hex()}{_STOP}"
        texts = {"reason": stop.reason, "by": stop.by, "at": stop.at, "run": stop.run}
        data = {key: text[:_MAX_LENGTH] for key, text in texts.items()}
        try:
            self._create(name, data, is_synced=is_synced)
        except OSError as error:
            if name not in self._names():
                raise self._unwritable(error) from error
        return replace(stop, id=name)

    def sync(self, stops: Iterable[LatchedStop]) -> None:
        """Wait until stops would survive a power cut.

        Raises:
            StorageError: If that fails.
        """
        try:
            for stop in stops:
                if (self.path / stop.id).is_file():
                    _sync(self.path / stop.id)
            _sync(self.path)
        except FileNotFoundError:
            return  # somebody has lifted it meanwhile
        except OSError as error:
            raise self._unwritable(error) from error

    def lift(self, stops: Iterable[LatchedStop]) -> None:
        """Lift these stops and no other one.

        Raises:
            StorageError: If one of them cannot be lifted.
        """
        try:
            for stop in stops:
                self._lift(stop.id)
            self._forget_old()
        except OSError as error:
            message = f"the stop in '{self.path}' could not be lifted: {error.strerror}"
            hint = "the world is still stopped"
            raise StorageError("latch-unwritable", message, hint) from error

    def begin_motion(self, run: str) -> str:
        """Write down, before the robot moves, that a run is under way; return the entry's name.

        Raises:
            StorageError: If it cannot be written: the robot must not be moved then.
        """
        own = ProcessIdentity.own()
        name = f"{_MOVING}{own.pid}-{os.urandom(3).hex()}"
        data = {"run": run, "pid": own.pid, "started": own.started, "host": own.host}
        try:
            self._create(name, data, is_synced=True)
        except OSError as error:
            (self.path / name).unlink(missing_ok=True)
            raise self._unwritable(error) from error
        return name

    def end_motion(self, name: str) -> None:
        """Take back an entry of `begin_motion`: the run ended, and what it left is written down."""
        (self.path / name).unlink(missing_ok=True)

    def is_moving(self) -> bool:
        """Return True if a run is under way in a process that lives."""
        return any(
            name.startswith(_MOVING) and self._read(name) is None and (self.path / name).exists()
            for name in self._names()
        )

    def take_over(self) -> None:
        """Make a stop of every run under way: the caller has the world's lock, so all have ended.

        Raises:
            StorageError: If that fails.
        """
        try:
            for name in sorted(self._names()):
                if name.startswith(_MOVING):
                    pid = name.split("-")[1]
                    crash = f"{time.time_ns():0{_DIGITS}d}-{pid}{_CRASH}"
                    (self.path / name).rename(self.path / crash)
        except OSError as error:
            raise self._unwritable(error) from error

    def tidy(self) -> None:
        """Remove the folder if it is empty."""
        try:
            self.path.rmdir()
        except OSError:
            return

    # Files.

    @property
    def _old(self) -> Path:
        """Return the file in which earlier versions kept one stop."""
        return self.path.with_suffix(_STOP)

    def _names(self, *, is_all: bool = False) -> list[str]:
        """Return the names of the entries; those of lifted stops, too, if all are wanted."""
        try:
            names = os.listdir(self.path)
        except FileNotFoundError:
            names = []
        except OSError:  # who cannot look must take it to be stopped
            return [self.path.name]
        if not is_all:
            names = [name for name in names if not name.endswith(_LIFTED)]
        return [*names, self._old.name] if os.path.exists(self._old) else names

    def _path_of(self, name: str) -> Path:
        return self._old if name == self._old.name else self.path / name

    def _read(self, name: str) -> LatchedStop | None:
        """Return a stop in force; None if it was lifted, or is a run whose process lives."""
        path = self._path_of(name)
        for _ in range(3):
            try:
                with path.open("rb") as file:
                    data = json.loads(file.read(_MAX_BYTES))
                if name.startswith(_MOVING) or name.endswith(_CRASH):
                    return _crash(name, data)
                texts = {key: str(data.get(key, "")) for key in ("at", "run")}
                return LatchedStop(str(data["reason"]), str(data["by"]), **texts, id=name)
            except FileNotFoundError:
                return None
            except (OSError, ValueError, LookupError, TypeError, AttributeError):
                time.sleep(_LOOK_S)  # somebody may be writing it just now
        if name.startswith(_MOVING):
            return None if _is_own(name) else LatchedStop(_BROKE_OFF, "unknown", id=name)
        at = _time_of(name)
        return LatchedStop("the entry of the stop cannot be read", "unknown", at=at, id=name)

    def _create(self, name: str, data: Mapping[str, object], *, is_synced: bool) -> None:
        content = json.dumps(data).encode()
        for _ in range(_TRIES):
            self._make_folder()
            try:
                file = os.open(self.path / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            except FileNotFoundError:  # `tidy` of another process came between
                continue
            try:
                os.write(file, content)
                with suppress(FileNotFoundError):  # somebody has lifted it already
                    _give_to_owner(self.path, file)
                if is_synced:
                    os.fsync(file)
            finally:
                os.close(file)
            if is_synced:
                with suppress(FileNotFoundError):
                    _sync(self.path)
            return
        raise FileNotFoundError(2, "the folder is removed again and again", str(self.path))

    def _make_folder(self) -> None:
        if not os.path.isdir(self.path):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with suppress(FileExistsError, FileNotFoundError):  # others make and remove it, too
                self.path.mkdir(mode=0o700)
                _give_to_owner(self.path.parent, self.path)
            _sync(self.path.parent)

    def _lift(self, name: str) -> None:
        path = self._path_of(name)
        kept = self.path / f"{name.removesuffix(_STOP)}{_LIFTED}"
        try:
            if name.startswith(_MOVING) or path == self._old:
                path.unlink()
            else:
                path.rename(kept)
            _sync(path.parent)
        except FileNotFoundError:
            return

    def _forget_old(self) -> None:
        lifted = sorted(name for name in self._names(is_all=True) if name.endswith(_LIFTED))
        for name in lifted[:-_KEPT]:
            (self.path / name).unlink(missing_ok=True)

    def _unwritable(self, error: OSError) -> StorageError:
        return StorageError(
            "latch-unwritable",
            f"the stop could not be latched in '{self.path}': {error.strerror}",
            "the robot was stopped; do not restart it before this is mended",
        )


_BROKE_OFF = "its process ended before the end of the run"


def _crash(name: str, data: Mapping[str, object]) -> LatchedStop | None:
    run = str(data["run"])
    pid = int(str(data["pid"]))
    if name.startswith(_MOVING):
        process = ProcessIdentity(pid, str(data["started"]), str(data["host"]))
        if process.is_alive:
            return None
    about = f"run {run} did not end: " if run else ""
    return LatchedStop(f"{about}{_BROKE_OFF}", f"process {pid}", run=run, id=name)


def _time_of(name: str) -> str:
    """Return the wall time in an entry's name; empty if there is none."""
    digits = name.partition("-")[0]
    if not (digits.isdecimal() and len(digits) == _DIGITS):
        return ""
    time_s = min(int(digits) // 10**9, _LAST_S)
    return datetime.fromtimestamp(time_s, UTC).isoformat(timespec="seconds")


def _is_own(name: str) -> bool:
    return name.split("-")[1] == str(os.getpid())


def _sync(path: Path) -> None:
    """Wait until a file, or the names in a folder, are on disk."""
    if os.name == "nt":  # there a folder cannot be opened
        return
    file = os.open(path, os.O_RDONLY)
    try:
        os.fsync(file)
    finally:
        os.close(file)


def _give_to_owner(folder: Path, made: int | Path) -> None:
    """Give what the superuser makes to the owner of its folder, who has to read and lift it."""
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        owner = os.stat(folder)
        os.chown(made, owner.st_uid, owner.st_gid)
