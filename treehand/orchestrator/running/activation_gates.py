"""Command gates of one run's activations, and the events of commands that came too late."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable
from dataclasses import dataclass

from treehand.core.clock import Clock
from treehand.core.events import CommandsRefused, Event
from treehand.skills import CommandGate, Embodiment, MotionFence, RefusedCommands
from treehand.trees import Activation


@dataclass(eq=False)
class ActivationGate:
    """The command gate of one activation."""

    activation: Activation
    gate: weakref.ref[CommandGate]
    """Gone once neither the skill nor a thread of its own can command any more."""
    refused: RefusedCommands
    reported: int = 0
    """Refused commands that were reported so far."""


class ActivationGates:
    """Opens the gates, keeps them for the length of the run, and reports late commands.

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
            self._gates.append(ActivationGate(activation, weakref.ref(gate), gate.refused))
        return gate

    def report(self, emit: Callable[[Event], None], *, is_last: bool = False) -> None:
        """Emit the late commands of each activation: the first at once, all of them at the end.

        Args:
            emit: Takes the events.
            is_last: True if the run ends: counts that have grown since are emitted again.
        """
        with self._lock:
            for one in self._gates:
                refused, activation = one.refused, one.activation
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
            self._gates = [
                one
                for one in self._gates
                if one.gate() is not None or one.refused.count != one.reported
            ]
