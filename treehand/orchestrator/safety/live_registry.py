"""Registry of the processes that hold a robot: one record each, in folders of their user.

A record is written before the robot may move and removed when the robot is left. It names the
latch that stops the robot, so that `treehand stop` needs no workspace and no deployment.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from treehand.core.errors import StorageError
from treehand.orchestrator.safety.latched_stop import LatchedStop, StopLatch
from treehand.orchestrator.safety.process_identity import ProcessIdentity, since_boot_s

if sys.platform != "win32":
    import pwd

FOLDER_VARIABLE = "TREEHAND_REGISTRY"
"""Environment variable with the one folder to use in place of those of the user."""
STARTING_S = 10.0
"""Longest time that a command takes from its start to its robot, in seconds."""
_RECORD, _MARK = ".json", "last_stop"
_MAX_BYTES = 65536


@dataclass(frozen=True)
class LiveRobot:
    """One robot that a process holds."""

    process: ProcessIdentity
    latch: StopLatch
    command: str = ""
    """Command of the process, such as ``treehand run``."""
    world: str = ""
    state: str = ""
    """File of a simulated world's true state; empty before its first run, and for a real one."""
    workspace: str = ""
    config: str = ""
    """Deployment file; empty if there is none."""
    run: str = ""
    """Number of the run that began last; empty before the first."""
    file: Path = field(default=Path(), compare=False)
    """File of the record."""

    @property
    def name(self) -> str:
        """Return its name for people."""
        run = f"run {self.run} in " if self.run else ""
        return f"{run}{self.state or self.world or self.latch.path.stem}"

    @property
    def is_moving(self) -> bool:
        """Return True if a run is under way."""
        return self.latch.is_moving()


class LiveRecord:
    """The record of a robot that this process holds, until `close`.

    Args:
        robot: The robot; the latch of one that has none yet lies beside the record.

    Raises:
        StorageError: If no folder of the user can be written: nobody could find the robot.
    """

    def __init__(self, robot: LiveRobot) -> None:
        self.robot = robot

    @classmethod
    def write(cls, *, command: str, world: str, workspace: Path, config: str) -> LiveRecord:
        """Write a record of a robot whose world has no latch of its own yet."""
        process = ProcessIdentity.own()
        name = f"{process.pid}-{os.urandom(4).hex()}"
        error: OSError | None = None
        for folder in _folders():
            robot = LiveRobot(
                process,
                StopLatch(folder / f"{name}.stops"),
                command=command,
                world=world,
                workspace=str(workspace),
                config=config,
                file=folder / f"{name}{_RECORD}",
            )
            try:
                _make_own(folder)
                _write(robot)
            except OSError as caught:
                error = caught
                continue
            for stop in _stops_while_starting(process):
                robot.latch.add(stop)
            return cls(robot)
        assert error is not None
        message = f"no folder for the registry of robots can be written: {error.strerror}"
        hint = f"`treehand stop` could not find this robot; set {FOLDER_VARIABLE} to a folder"
        raise StorageError("registry-unwritable", message, hint) from error

    def settle(self, latch: StopLatch, state: Path | None) -> None:
        """Name the latch of the world; stops that came before go into it.

        Raises:
            StorageError: If that cannot be written.
        """
        before = self.robot.latch
        self._update(replace(self.robot, latch=latch, state=str(state or "")))
        for stop in before.stops():  # after the update: `add_stop` looks in the other order
            latch.add(stop)
            before.lift([stop])

    def name_run(self, run: str) -> None:
        """Write the number of the run that begins."""
        self._update(replace(self.robot, run=run))

    def close(self) -> None:
        """Remove the record: the process has left the robot."""
        folder, stem = self.robot.file.parent, self.robot.file.stem
        self.robot.file.unlink(missing_ok=True)
        _remove_latch(folder / f"{stem}.stops")

    def _update(self, robot: LiveRobot) -> None:
        try:
            _write(robot)
        except OSError as error:
            message = f"'{robot.file}' cannot be written: {error.strerror}"
            hint = "`treehand stop` could not find this robot"
            raise StorageError("registry-unwritable", message, hint) from error
        self.robot = robot


def mark_stop(stop: LatchedStop) -> None:
    """Stop every process of this user that is just starting, before it has a record."""
    data = {"reason": stop.reason, "by": stop.by, "at": stop.at}
    mark = data | {"since_boot_s": since_boot_s(), "pid": os.getpid()}
    for folder in _folders():
        with contextlib.suppress(OSError):
            _make_own(folder)
            _write_file(folder / _MARK, mark)
            return


def _stops_while_starting(process: ProcessIdentity) -> Iterator[LatchedStop]:
    """Yield the stop of everything that came since a process was started, a moment ago."""
    started_s, now_s = process.started_s, since_boot_s()
    if started_s is None or now_s is None:
        return
    for folder in _folders():
        with contextlib.suppress(OSError, ValueError, LookupError, TypeError):
            data = json.loads((folder / _MARK).read_bytes())
            stopped_s = float(data["since_boot_s"])
            is_new = now_s - STARTING_S <= started_s < stopped_s <= now_s
            if is_new and data["pid"] != process.pid:
                yield LatchedStop(str(data["reason"]), str(data["by"]), at=str(data["at"]))


def live_robots() -> tuple[LiveRobot, ...]:
    """Return the robots that processes of this user hold now; stale records are removed."""
    return tuple(robot for folder in _folders() for robot in robots_in(folder))


def robots_in(folder: Path, *, is_cleaned: bool = True) -> Iterator[LiveRobot]:
    """Yield the robots of one registry folder whose processes live.

    Args:
        folder: The folder.
        is_cleaned: True to remove the records of processes that have ended.
    """
    try:
        names = sorted(os.listdir(folder))
    except OSError:
        return
    for name in names:
        if not name.endswith(_RECORD):
            continue
        path = folder / name
        robot = read_record(path)
        if robot is not None and robot.process.is_alive:
            yield robot
        elif is_cleaned and (robot is not None or not _is_recent(path)):
            with contextlib.suppress(OSError):
                path.unlink()
                _remove_latch(path.with_suffix(".stops"))


def read_record(path: Path) -> LiveRobot | None:
    """Return the robot of a record; None if there is none or it cannot be read."""
    try:
        with path.open("rb") as file:
            data = json.loads(file.read(_MAX_BYTES))
        process = ProcessIdentity(
            int(data["pid"]), str(data.get("started", "")), str(data.get("host", ""))
        )
        names = ("command", "world", "state", "workspace", "config", "run")
        texts = {name: str(data.get(name, "")) for name in names}
        return LiveRobot(process, StopLatch(Path(str(data["latch"]))), **texts, file=path)
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return None


def foreign_robots(pids: Sequence[int]) -> Iterator[LiveRobot]:
    """Yield the robots of other users, as far as this user may look into their registries.

    A record is believed only where the latch lies in a folder of the same user.

    Args:
        pids: Processes of other users; the registry that their environment names is read, too.
    """
    known = {os.path.realpath(folder) for folder in _folders()}
    named = (folder for pid in pids for folder in _folders_of(pid))
    for folder in itertools.chain(_foreign_folders(), named):
        if os.path.realpath(folder) in known:
            continue
        known.add(os.path.realpath(folder))
        for robot in robots_in(folder, is_cleaned=False):
            with contextlib.suppress(OSError):
                owner = os.lstat(folder).st_uid
                if os.stat(robot.latch.path.parent).st_uid == owner:
                    yield robot


def _foreign_folders() -> Iterator[Path]:
    if os.environ.get(FOLDER_VARIABLE) or sys.platform == "win32":
        return
    for user in pwd.getpwall():
        if user.pw_uid != os.getuid():
            yield Path(f"/run/user/{user.pw_uid}/treehand")
            yield Path(user.pw_dir, ".local", "state", "treehand", "live")
            yield Path(f"/tmp/treehand-{user.pw_uid}")


def _folders_of(pid: int) -> Iterator[Path]:
    """Yield the registry folders that the environment of a process names, if it can be read."""
    try:
        text = Path(f"/proc/{pid}/environ").read_bytes().decode(errors="replace")
    except OSError:
        return
    named = dict(entry.partition("=")[::2] for entry in text.split("\0"))
    if FOLDER_VARIABLE in named:
        yield Path(named[FOLDER_VARIABLE])
    if "XDG_RUNTIME_DIR" in named:
        yield Path(named["XDG_RUNTIME_DIR"], "treehand")
    if "HOME" in named:
        yield Path(named["HOME"], ".local", "state", "treehand", "live")


def _folders() -> list[Path]:
    """Return the folders of this user, the preferred one first; a reader looks into all."""
    given = os.environ.get(FOLDER_VARIABLE)
    if given:
        return [Path(given).absolute()]
    found = []
    runtime = os.environ.get("XDG_RUNTIME_DIR")
    if runtime:
        found.append(Path(runtime) / "treehand")
    if sys.platform != "win32" and os.path.isdir(f"/run/user/{os.getuid()}"):
        found.append(Path(f"/run/user/{os.getuid()}/treehand"))
    with contextlib.suppress(RuntimeError):  # no home
        found.append(Path.home() / ".local" / "state" / "treehand" / "live")
    if sys.platform != "win32":
        found.append(Path(f"/tmp/treehand-{os.getuid()}"))
    return [folder for folder in dict.fromkeys(found) if not _is_foreign(folder)]


def _is_foreign(folder: Path) -> bool:
    """Return True if a folder is there and belongs to somebody else."""
    try:
        return sys.platform != "win32" and os.lstat(folder).st_uid != os.getuid()
    except OSError:
        return False


def _make_own(folder: Path) -> None:
    """Make a folder that is this user's alone; raises `OSError` if it is somebody else's."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if _is_foreign(folder):
        raise PermissionError(1, "it belongs to another user", str(folder))
    if os.name != "nt" and os.lstat(folder).st_mode & 0o077:
        os.chmod(folder, 0o700)


def _write(robot: LiveRobot) -> None:
    """Write a record so that a reader sees the old one or the new one."""
    data = asdict(robot.process) | {
        "latch": str(robot.latch.path),
        "command": robot.command,
        "world": robot.world,
        "state": robot.state,
        "workspace": robot.workspace,
        "config": robot.config,
        "run": robot.run,
    }
    _write_file(robot.file, data)


def _write_file(path: Path, data: Mapping[str, object]) -> None:
    new = path.with_suffix(f".{os.getpid()}.new")
    file = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        os.write(file, json.dumps(data).encode())
    finally:
        os.close(file)
    os.replace(new, path)


def _is_recent(path: Path) -> bool:
    """Return True if a file that cannot be read may belong to a process that lives."""
    pid = path.name.partition("-")[0]
    return pid.isdigit() and ProcessIdentity(int(pid), host=ProcessIdentity.own().host).is_alive


def _remove_latch(folder: Path) -> None:
    with contextlib.suppress(OSError):
        for path in folder.iterdir():
            path.unlink()
        folder.rmdir()
