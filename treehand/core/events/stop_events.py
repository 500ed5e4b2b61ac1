"""Events of stops and holds: who asked, who came to rest, what came too late, who re-armed."""

from __future__ import annotations

from typing import Literal

from treehand.core.events.event_records import BaseEvent, LeafRest, RobotRest
from treehand.core.literals import CallField, FactField


class StopOverdue(BaseEvent):
    """A stop that takes long: who is at rest so far, and who is not."""

    event: Literal["stop-overdue"] = "stop-overdue"
    reason: str
    """Reason of the stop, in words."""
    by: str = ""
    """The person or device that asked for it."""
    robots: tuple[RobotRest, ...]
    """Each robot."""
    leaves: tuple[LeafRest, ...]
    """Each leaf whose skill ran when the stop was requested."""


class Stopped(BaseEvent):
    """The robot was brought to rest outside the normal end of a skill."""

    event: Literal["stopped"] = "stopped"
    reason: str
    """Reason, in words."""
    acknowledged: bool
    """True if the robot confirmed that it is at rest."""
    by: str = ""
    """The person or device that asked for it; empty if the run stopped by itself."""
    robots: tuple[RobotRest, ...] = ()
    """Each robot; empty in older journals."""
    leaves: tuple[LeafRest, ...] = ()
    """Each leaf whose skill ran when the stop was requested."""


class CommandsRefused(BaseEvent):
    """A skill commanded the robot after a stop, its halt or its end; nothing was sent."""

    event: Literal["commands-refused"] = "commands-refused"
    path: str
    """Path of the leaf."""
    call: CallField
    """The call."""
    attempt: int
    """Number of the activation among those of the same call, from 1."""
    command: str
    """The first refused command, such as ``apply`` or ``arm.move_to``."""
    because: Literal["stopped", "halted", "forked"]
    """Reason: the run was stopped; the activation was halted or had ended; a forked process."""
    count: int
    """Refused commands of this activation so far; the last such event of a run has them all."""
    first_s: float
    """Run time of the first one."""
    last_s: float
    """Run time of the last one."""


class StopLatched(BaseEvent):
    """The stop was latched: nothing moves in this world until a person re-arms it."""

    event: Literal["stop-latched"] = "stop-latched"
    reason: str
    """Reason, in words."""
    by: str
    """Person or part that did it."""


class Rearmed(BaseEvent):
    """A person looked at the world and lifted the latched stops that were shown."""

    event: Literal["rearmed"] = "rearmed"
    by: str
    """Person or part that did it."""
    seen: tuple[FactField, ...]
    """Facts that were shown to the person as true."""
    lifted: tuple[str, ...] = ()
    """The stops that were shown and lifted, each as ``SOURCE: REASON``."""


class Held(BaseEvent):
    """A person paused the run; it holds between two steps."""

    event: Literal["held"] = "held"
    by: str
    """Person or part that did it."""
    path: str = ""
    """Node at whose breakpoint it holds; empty if none."""
    moment: Literal["", "before", "after"] = ""
    """Before that node begins, or after it has ended; empty if there is none."""


class ResumedFromHold(BaseEvent):
    """A held run continues."""

    event: Literal["resumed-from-hold"] = "resumed-from-hold"
    by: str
    """Person or part that did it."""
