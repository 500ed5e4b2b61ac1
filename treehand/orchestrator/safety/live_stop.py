"""Stopping the robots that live: first the stop, then the wait for their rest."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from treehand.core.errors import StorageError
from treehand.core.text.outside_text import whole_number
from treehand.orchestrator.safety.latched_stop import LatchedStop, StopLatch
from treehand.orchestrator.safety.live_registry import (
    FOLDER_VARIABLE,
    LiveRobot,
    foreign_robots,
    live_robots,
    mark_stop,
    read_record,
)

if sys.platform != "win32":
    import pwd

WAIT_S = 5.0
"""Time limit for the robots to come to rest, in seconds."""
_LOOK_S = 0.02
_MOVING_COMMANDS = ("run", "resume", "console")


@dataclass(frozen=True)
class StopFilter:
    """The robots that are meant; a field that is None leaves it open."""

    run: str | None = None
    state: Path | None = None
    world: str | None = None
    config: Path | None = None
    workspace: Path | None = None
    """Folder of the journals."""

    @property
    def is_open(self) -> bool:
        """Return True if every robot is meant."""
        return self == StopFilter()

    def fits(self, robot: LiveRobot) -> bool:
        """Return True if a robot is meant."""
        world = self.world
        return (
            (self.run is None or robot.run == run_name(self.run))
            and (self.state is None or robot.state == str(self.state.resolve()))
            and (world is None or world == robot.world or world.endswith(f":{robot.world}"))
            and (self.config is None or robot.config == str(self.config.absolute()))
            and (self.workspace is None or robot.workspace == str(self.workspace.absolute()))
        )


@dataclass
class RobotStop:
    """The stop of one robot."""

    name: str
    robot: LiveRobot | None = None
    """The robot; None for a world that nobody holds."""
    was_moving: bool = False
    problem: str = ""
    """Reason why the stop could not be latched; empty if it is."""
    user: str = ""
    """The other user whose robot it is; empty for one's own."""
    state: str = "at rest"
    """``at rest``, ``moving`` after the time limit, or ``unknown``: its process has ended, or its
    run ended without the confirmation that everything is at rest."""
    detail: str = ""
    """Those that did not confirm that they are at rest."""

    @property
    def is_confirmed(self) -> bool:
        """Return True if the robot is latched and at rest."""
        return not self.problem and self.state == "at rest"

    def look(self) -> None:
        """Take in whether the robot is at rest by now."""
        robot = self.robot
        if robot is None or not self.was_moving:
            return
        if robot.latch.is_moving():
            self.state = "moving"
        else:
            own = [stop for stop in robot.latch.stops() if stop.run == robot.run]
            self.detail = next((stop.reason for stop in own if stop.is_unconfirmed), "")
            is_known = not self.detail and not any(stop.is_crash for stop in own)
            self.state = "at rest" if is_known else "unknown"


@dataclass(frozen=True)
class ForeignProcess:
    """A process of another user that may hold a robot, which this user cannot stop."""

    pid: int
    user: str
    command: str


@dataclass
class StopReport:
    """The robots that were stopped, and those that were not."""

    robots: list[RobotStop] = field(default_factory=list)
    foreign: list[ForeignProcess] = field(default_factory=list)

    @property
    def is_confirmed(self) -> bool:
        """Return True if every robot that was found is latched and at rest."""
        return not self.foreign and all(robot.state == "at rest" for robot in self.robots)


def run_name(run: str) -> str:
    """Return a run's number as it is written: 7 is ``0007``."""
    number = whole_number(run)
    return run if number is None or number < 0 else f"{number:04d}"


def stop_live(wanted: StopFilter, stop: LatchedStop) -> StopReport:
    """Stop robots that live, at once; nothing is waited for.

    Args:
        wanted: The robots that are meant. If none fits, nothing is stopped.
        stop: Reason and source.
    """
    report = StopReport()
    if wanted.is_open:
        mark_stop(stop)
    for robot in live_robots():
        if wanted.fits(robot):
            report.robots.append(_stopped(robot, stop))
    if wanted.is_open:
        _stop_foreign(report, stop)
    return report


def stop_idle(latch: StopLatch, name: str, stop: LatchedStop) -> RobotStop:
    """Latch the stop of a world that nobody holds."""
    done = RobotStop(name)
    try:
        latch.add(stop)
    except StorageError as error:
        done.problem = str(error)
    return done


def wait_for_rest(report: StopReport, limit_s: float = WAIT_S) -> None:
    """Make the stops durable and wait until the robots are at rest, or until the limit."""
    for one in report.robots:
        if one.robot is not None and not one.problem:
            with contextlib.suppress(StorageError):
                one.robot.latch.sync(one.robot.latch.stops())
    until_s = time.monotonic() + limit_s
    while True:
        for one in report.robots:
            one.look()
        is_moving = any(one.state == "moving" for one in report.robots)
        if not is_moving or time.monotonic() >= until_s:
            return
        time.sleep(_LOOK_S)


def _stopped(robot: LiveRobot, stop: LatchedStop, *, user: str = "") -> RobotStop:
    done = RobotStop(robot.name, robot, user=user)
    try:
        robot.latch.add(stop, is_synced=False)
        now = read_record(robot.file)
        if now is not None and now.latch != robot.latch:  # its world got its place meanwhile
            now.latch.add(stop, is_synced=False)
            robot = done.robot = now
            done.name = now.name
    except StorageError as error:
        done.problem = str(error)
        if not user and os.name != "nt":  # the robot's own process brings it to rest then
            with contextlib.suppress(OSError):
                os.kill(robot.process.pid, signal.SIGINT)
    done.was_moving = robot.latch.is_moving()
    return done


def _stop_foreign(report: StopReport, stop: LatchedStop) -> None:
    """Stop the robots of other users, as far as this user may; name the others."""
    processes = list(_foreign_processes())
    known = set()
    for robot in foreign_robots([process.pid for process in processes]):
        done = _stopped(robot, stop, user=_user_of(robot.process.pid))
        if not done.problem:
            known.add(robot.process.pid)
            report.robots.append(done)
    report.foreign += [one for one in processes if one.pid not in known]


def _foreign_processes() -> Iterator[ForeignProcess]:
    """Yield the processes of other users that run a command which may move a robot."""
    if sys.platform == "win32" or os.environ.get(FOLDER_VARIABLE):
        return
    for name in os.listdir("/proc") if os.path.isdir("/proc") else ():
        if not name.isdecimal():
            continue
        try:
            if os.stat(f"/proc/{name}").st_uid == os.getuid():
                continue
            words = Path(f"/proc/{name}/cmdline").read_bytes().decode(errors="replace").split("\0")
        except OSError:
            continue
        command = _command_in(words)
        if command is not None:
            yield ForeignProcess(int(name), _user_of(int(name)), f"treehand {command}")


def _command_in(words: Sequence[str]) -> str | None:
    """Return the command of a ``treehand`` process that may move a robot, by its arguments."""
    names = [os.path.basename(word) for word in words]
    if not names[0].startswith(("python", "pypy", "treehand")):
        return None
    for name, command in zip(names, words[1:], strict=False):
        if name in ("treehand", "treehand.exe") and command in _MOVING_COMMANDS:
            return command
    return None


def _user_of(pid: int) -> str:
    if sys.platform == "win32":
        return ""
    try:
        uid = os.stat(f"/proc/{pid}").st_uid
        return pwd.getpwuid(uid).pw_name
    except (OSError, KeyError):
        return "somebody"
