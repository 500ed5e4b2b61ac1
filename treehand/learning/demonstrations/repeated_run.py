"""A past run of a simulated robot that is executed again, for the motion that no journal has."""

from __future__ import annotations

from treehand.core.errors import InputError
from treehand.core.events import BaseEvent, FaultInjected, RunEnded, RunStarted, WorldSampled
from treehand.learning.demonstrations.recorder import FrameSettings, MotionRecorder
from treehand.orchestrator.forking.reexecution import PastRun, compared_events, first_difference
from treehand.orchestrator.sessions.robot import Robot


class RepeatedRun:
    """One run that is executed again and recorded.

    Args:
        past: The run.
        frames: Frames that are kept.

    Raises:
        InputError: If the run has not ended.
    """

    def __init__(self, past: PastRun, frames: FrameSettings) -> None:
        started = next((e for e in past.events if isinstance(e, RunStarted)), None)
        ended = next((e for e in reversed(past.events) if isinstance(e, RunEnded)), None)
        if started is None or ended is None:
            message = f"run '{past.run}' has not ended: nobody knows what it would show"
            raise InputError.of("no-episode", message, hint="treehand resume goes on with it")
        self.past = past
        self.started = started
        self.ended = ended
        self.events: list[BaseEvent] = []
        """Events of the execution."""
        self.recorder: MotionRecorder
        """Has the motion, once `execute` was called."""
        self._frames = frames

    def execute(self) -> None:
        """Execute the run again.

        Raises:
            InputError: If it cannot be repeated or recorded, or one of its events, or the time of
                one, is not the journal's.
        """
        faults = [event.fault for event in self.past.events if isinstance(event, FaultInjected)]
        self.past.executed_again(faults, self._watch)
        self._require_same()

    def _watch(self, robot: Robot) -> None:
        self.recorder = MotionRecorder(robot.world.world, self._frames)
        robot.on(BaseEvent, self.events.append)

    def _require_same(self) -> None:
        """Raise `InputError` at the first event that is not the journal's."""
        past = self.past
        redrawn = [event.sample for event in self.events if isinstance(event, WorldSampled)]
        for number, event in enumerate(past.events, 1):
            if isinstance(event, WorldSampled) and event.sample not in redrawn:
                raise past.not_reproducible(number, event)
        before, after = compared_events(past.events), compared_events(self.events)
        at = first_difference(before, after, has_times=True)
        if at is not None:
            raise past.not_reproducible(*(before[at] if at < len(before) else (0, None)))
