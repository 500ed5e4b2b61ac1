"""Command gate: the only path from one activation of a skill to the robot."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Literal, cast

from treehand.core.clock import Clock
from treehand.core.errors import CommandRefused
from treehand.skills.contracts.embodiment import Embodiment, ForceLimited, StopStatus
from treehand.skills.contracts.gated_robot import gated
from treehand.skills.contracts.motion_fence import MotionFence

DRIVER_S = 0.05
"""Time for which a stop waits for a command in progress; then it is sent in parallel."""

Closed = Literal["stopped", "halted", "forked", "overloaded"]
"""Reason of a refusal: the run was stopped; the activation was halted or has ended; the command
came from a copy of the process, which no stop reaches; the robot pushed too hard."""
_WORDS: dict[Closed, str] = {
    "stopped": "the run was stopped",
    "halted": "it was halted or has ended",
    "forked": "it comes from a forked process, which no stop reaches",
    "overloaded": "the robot pushed too hard",
}


@dataclass
class RefusedCommands:
    """Commands of one activation that came too late; counted by its gate."""

    count: int = 0
    command: str = ""
    """The first of them, as ``apply`` or ``arm.move_to``."""
    because: Closed = "stopped"
    """Reason of the first refusal."""
    first_s: float = 0.0
    """Run time of the first one, in seconds."""
    last_s: float = 0.0
    """Run time of the last one, in seconds."""


@dataclass
class ActivationLog:
    """Present state of one activation, for the report of a stop; read from another thread."""

    inside: str = ""
    """Method of the skill that has not returned yet; empty if none."""
    since_s: float = 0.0
    """Time on `time.monotonic` at which it was called."""
    kind: type | None = None
    """Class of the skill."""
    thread: int = 0
    """Thread that called it."""
    halt: str = ""
    """Answer of the last `halt` that was not DONE; empty if there was none."""
    overload: str = ""
    """Force for which the gate has stopped the robot, in words; empty if none."""
    rest_s: float | None = None
    """Run time at which it ended or its halt was DONE; None before."""
    refused: RefusedCommands = field(default_factory=RefusedCommands)
    """Its commands that came too late."""


class CommandGate:
    """Forwards an activation's commands to the robot until it is shut.

    It is shut by a stop of the run (through the fence), by a halt and by the end of the activation,
    from whichever thread that comes, and never opens again. A command after that raises
    `CommandRefused` in the thread that sends it, and is counted. During a halt that is no stop, the
    thread that calls the skill's `halt` may still command a retreat. `stop` always passes.

    A command that a driver still executes when the gate is shut is followed by a stop when it
    returns.

    Args:
        robot: Robot that is commanded.
        fence: Permission of the run to move the robot.
        name: Name of the activation in messages, such as its call.
        clock: The run's time, for the times of refused commands.
    """

    def __init__(self, robot: Embodiment, fence: MotionFence, name: str, clock: Clock) -> None:
        self._robot = robot
        self._force_limited = robot if isinstance(robot, ForceLimited) else None
        self._fence = fence
        self._name = name
        self._clock = clock
        self._process = os.getpid()
        self._idle = threading.Condition(threading.RLock())
        self._under_way: list[str] = []
        self._is_shut = False
        self._halting_thread: int | None = None
        self.log = ActivationLog()
        """Present state of the activation."""

    @property
    def is_open(self) -> bool:
        """Return True if a command from this thread would be forwarded now; thread-safe."""
        return self._reason() is None

    @property
    def is_stopped(self) -> bool:
        """Return True if the run was stopped or has ended."""
        return self._fence.is_closed

    @property
    def under_way(self) -> tuple[str, ...]:
        """Return the commands that the driver executes now, the oldest first."""
        return tuple(self._under_way)

    def robot(self) -> Embodiment:
        """Return the robot as a skill gets it: its commands pass this gate."""
        return cast("Embodiment", gated(self._robot, self))

    def begin(self, command: str) -> None:
        """Let a command through, which ends with `end`.

        Raises:
            CommandRefused: If the gate is shut.
        """
        with self._idle:
            reason = self._reason()
            if reason is None and self._halting_thread is None and self.overload():
                reason = "overloaded"
            if reason is None:
                self._under_way.append(command)
                return
            self._count(command, reason)
        raise CommandRefused(command, self._name, _WORDS[reason])

    def end(self, command: str) -> None:
        """Take in that a command has returned; the robot is stopped if the gate was shut since."""
        with self._idle:
            self._under_way.remove(command)
            self._idle.notify_all()
            is_late = self._reason() is not None
        if is_late:
            self._robot.stop()

    def overload(self) -> str:
        """Return the force for which the robot was stopped, in words; empty if there is none.

        The first time that the robot is overloaded, it is stopped, and the gate is shut.
        """
        if not self.log.overload and self._force_limited is not None:
            self.log.overload = self._force_limited.overload()
            if self.log.overload:
                self.shut()
                self._robot.stop()
        return self.log.overload

    def now_s(self) -> float:
        """Return the run's time."""
        return self._clock.now_s()

    @contextmanager
    def inside(self, method: str) -> Iterator[None]:
        """Note that a method of the skill runs."""
        self.log.thread, self.log.since_s = threading.get_ident(), time.monotonic()
        self.log.inside = method
        try:
            yield
        finally:
            self.log.inside = ""

    def note_rest(self) -> None:
        """Note that the activation is at rest, and shut the gate."""
        self.shut()
        if self.log.rest_s is None:
            self.log.rest_s = self._clock.now_s()

    def shut(self) -> None:
        """Forward no command any more; idempotent."""
        self._is_shut = True

    def stop(self) -> StopStatus:
        """Shut the gate and bring the robot to rest; idempotent and thread-safe.

        A driver that is still at a command is stopped at once, and again when the command returns;
        until then the stop is not acknowledged.
        """
        self.shut()
        with self._idle:
            is_idle = self._idle.wait_for(lambda: not self._under_way, timeout=DRIVER_S)
        status = StopStatus.of(self._robot.stop())
        if is_idle:
            return status
        return StopStatus(acknowledged=False, detail="the driver is still at a command")

    @contextmanager
    def halting(self) -> Iterator[None]:
        """Shut the gate for every thread but this one, which may command until it leaves here."""
        self.shut()
        before, self._halting_thread = self._halting_thread, threading.get_ident()
        try:
            yield
        finally:
            self._halting_thread = before

    def _reason(self) -> Closed | None:
        """Return the reason to refuse a command of this thread; None if it is forwarded."""
        if self._fence.is_closed:
            return "stopped"
        if os.getpid() != self._process:
            return "forked"
        if self._is_shut and self._halting_thread != threading.get_ident():
            return "halted"
        return None

    def _count(self, command: str, reason: Closed) -> None:
        refused, now_s = self.log.refused, self._clock.now_s()
        if not refused.count:
            refused.command, refused.because, refused.first_s = command, reason, now_s
        refused.count, refused.last_s = refused.count + 1, now_s
