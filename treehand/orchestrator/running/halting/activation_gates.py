"""Command gates of one run's activations: their late commands, and who is at rest after a stop."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from treehand.core.clock import Clock
from treehand.core.error_record import place_of_thread
from treehand.core.events import CommandsRefused, Event, LeafRest, RestState
from treehand.skills import ActivationLog, CommandGate, Embodiment, MotionFence
from treehand.trees import Activation


@dataclass(eq=False)
class ActivationGate:
    """The command gate of one activation."""

    activation: Activation
    gate: weakref.ref[CommandGate]
    """Gone once neither the skill nor a thread of its own can command any more."""
    log: ActivationLog
    reported: int = 0
    """Refused commands that were reported so far."""


class ActivationGates:
    """Opens the gates, keeps those that can still matter, and reports from them.

    Args:
        robot: Robot that is commanded.
        fence: Permission of the run to move it.
        clock: The run's time.
    """

    def __init__(self, robot: Embodiment, fence: MotionFence, clock: Clock) -> None:
        self._robot = robot
        self._fence = fence
        self._clock = clock
        self._gates: list[ActivationGate] = []
        self._lock = threading.Lock()

    def open(self, activation: Activation) -> CommandGate:
        """Return the gate of an activation that begins."""
        gate = CommandGate(self._robot, self._fence, str(activation.call), self._clock)
        with self._lock:
            self._gates.append(ActivationGate(activation, weakref.ref(gate), gate.log))
        return gate

    def under_way(self) -> str:
        """Return a command that a driver executes now, with its skill; empty if there is none."""
        for one in tuple(self._gates):
            gate = one.gate()
            for command in gate.under_way if gate is not None else ():
                return f"'{command}' of {one.activation.call}"
        return ""

    def calls(self) -> Iterator[tuple[Activation, ActivationLog]]:
        """Yield each activation whose skill has not returned from a method now; thread-safe."""
        for one in tuple(self._gates):
            if one.log.inside:
                yield one.activation, one.log

    def rests(self, since_s: float) -> tuple[LeafRest, ...]:
        """Return the state of each leaf whose skill ran at a time or later.

        Args:
            since_s: Run time of the stop's request.
        """
        return tuple(
            self._rest(one, since_s)
            for one in tuple(self._gates)
            if one.log.rest_s is None or one.log.rest_s >= since_s
        )

    def _rest(self, one: ActivationGate, since_s: float) -> LeafRest:
        state, detail = _state(one.log, one.gate())
        if one.log.refused.count:
            refused = f"{one.log.refused.count} late commands refused"
            detail = f"{detail}; {refused}" if detail else refused
        rest_s = one.log.rest_s if state == "stopped" else None
        until_s = rest_s if rest_s is not None else self._clock.now_s()
        return LeafRest(
            path=one.activation.path,
            call=one.activation.call,
            state=state,
            after_s=round(max(until_s - since_s, 0.0), 4),
            detail=detail,
        )

    def report(self, emit: Callable[[Event], None], *, is_last: bool = False) -> None:
        """Emit the late commands of each activation: the first at once, all of them at the end.

        Args:
            emit: Takes the events.
            is_last: True if the run ends: counts that have grown since are emitted again.
        """
        with self._lock:
            for one in self._gates:
                refused, activation = one.log.refused, one.activation
                if refused.count == one.reported or (one.reported and not is_last):
                    continue
                one.reported = refused.count
                emit(
                    CommandsRefused(
                        t_s=self._clock.now_s(),
                        path=activation.path,
                        call=activation.call,
                        attempt=activation.attempt,
                        command=refused.command,
                        because=refused.because,
                        count=refused.count,
                        first_s=refused.first_s,
                        last_s=refused.last_s,
                    )
                )
            if not self._fence.is_closed:
                self._gates = [one for one in self._gates if _matters(one)]


def _matters(one: ActivationGate) -> bool:
    """Return True if an activation may still move, command or be reported."""
    log = one.log
    return one.gate() is not None or log.refused.count != one.reported


def _state(log: ActivationLog, gate: CommandGate | None) -> tuple[RestState, str]:
    """Return the state of an activation after a stop, and the reason why it is not at rest."""
    command = next(iter(gate.under_way), "") if gate is not None else ""
    if command:
        return "still moving", f"the driver is still at '{command}'"
    if log.rest_s is not None or gate is None:
        return "stopped", ""
    if log.inside:
        method = log.inside if " " in log.inside else f"{log.inside}()"
        place = place_of_thread(log.thread)
        return "unknown", f"{method} has not returned{f', at {place}' if place else ''}"
    if "RUNNING" in log.halt:
        return "still moving", log.halt
    return "unknown", log.halt or "not halted yet"
