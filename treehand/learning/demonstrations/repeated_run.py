"""A past run of a simulated robot with its motion: as it was kept, or from executing it again."""

from __future__ import annotations

from treehand.core.clock import VirtualClock
from treehand.core.errors import InputError
from treehand.core.events import BaseEvent, FaultInjected, RunEnded, RunStarted, WorldSampled
from treehand.learning.demonstrations.recorder import FrameSettings, MotionRecorder
from treehand.orchestrator.forking.reexecution import PastRun, compared_events, first_difference
from treehand.orchestrator.running.world_model import open_world
from treehand.orchestrator.sessions.robot import Robot


class RepeatedRun:
    """One run with its motion, which no journal has.

    Where the run's states were kept (`--states`), they are its motion; else it is executed again.

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
        """Events of the run, or of the execution."""
        self.recorder: MotionRecorder
        """Has the motion, once `load` was called."""
        self._frames = frames

    @property
    def source(self) -> str:
        """Return the origin of the motion in words, after a comma."""
        return "as it was kept" if self.past.has_states else "from executing the run again"

    def load(self) -> None:
        """Take the motion as it was kept, or execute the run again.

        Raises:
            InputError: If it cannot be repeated or recorded, or one of its events, or the time of
                one, is not the journal's.
        """
        if self.past.has_states:
            self._take_kept()
            return
        faults = [event.fault for event in self.past.events if isinstance(event, FaultInjected)]
        self.past.executed_again(faults, self._watch)
        self._require_same()

    def _take_kept(self) -> None:
        past = self.past
        opened = open_world(past.deployment, seed=self.started.seed, clock=VirtualClock())
        sample = opened.checked.sample()
        for number, event in enumerate(past.events, 1):
            if isinstance(event, WorldSampled) and event.sample != sample:
                raise past.not_reproducible(number, event)
        self.recorder = MotionRecorder(opened.world, self._frames, past.states)
        self.events = list(past.events)

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
