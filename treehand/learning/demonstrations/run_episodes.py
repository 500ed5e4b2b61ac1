"""Past runs of simulated robots as a dataset: executed again, and recorded."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from treehand.core.errors import InputError
from treehand.core.events import BaseEvent, FaultInjected, RunEnded, RunStarted, WorldSampled
from treehand.learning.datasets.episode import Episode
from treehand.learning.demonstrations.annotation import episode_of
from treehand.learning.demonstrations.recorder import FrameSettings, MotionRecorder, writer_for
from treehand.orchestrator.forking.reexecution import PastRun, compared_events, first_difference
from treehand.orchestrator.sessions.robot import Robot


@dataclass(frozen=True, slots=True)
class ExportedRun:
    """One run that was written."""

    run: str
    frames_n: int
    is_success: bool
    """True if the goal was true at the end, in the world itself."""


def export_runs(
    runs: Sequence[PastRun],
    frames: FrameSettings,
    folder: Path,
    tell: Callable[[ExportedRun], None] = lambda exported: None,
) -> list[ExportedRun]:
    """Write past runs as one dataset, an episode each; return what was written.

    A journal has no motion, so each run is executed again from its seed. Its events and their times
    are compared with the journal's; a run of which one differs is refused, and nothing is written.

    Args:
        runs: The runs, each ended.
        frames: Frames that are kept.
        folder: Folder of the dataset; it must not exist.
        tell: Called after each run.

    Raises:
        InputError: If a run has not ended, moved nothing, or cannot be repeated; if its world
            cannot be recorded, or is another robot's; or the folder exists.
        MissingExtra: If it cannot draw here.
        StorageError: If the dataset cannot be written.
    """
    if not runs:
        raise InputError.of("no-episode", "no run was named", hint="treehand runs lists them")
    done: list[ExportedRun] = []
    with ExitStack() as stack:
        first: MotionRecorder | None = None
        for past in runs:
            again = _Again(past, frames)
            episode = again.episode()
            if first is None:
                first, name = again.recorder, past.deployment.kind.name
                writer = stack.enter_context(writer_for(folder, name, first, frames))
            elif first.spec != again.recorder.spec:
                message = f"run '{past.run}' is of another robot than run '{runs[0].run}'"
                hint = "a dataset has one robot: export them into two folders"
                raise InputError.of("wrong-recording", message, hint=hint)
            writer.add(episode)
            done.append(ExportedRun(past.run, episode.length, episode.is_success))
            tell(done[-1])
    return done


class _Again:
    """One run that is executed again and recorded."""

    def __init__(self, past: PastRun, frames: FrameSettings) -> None:
        self._past = past
        self._frames = frames
        self._heard: list[BaseEvent] = []
        self.recorder: MotionRecorder

    def episode(self) -> Episode:
        """Execute the run and return its episode."""
        past = self._past
        started = next((e for e in past.events if isinstance(e, RunStarted)), None)
        ended = next((e for e in reversed(past.events) if isinstance(e, RunEnded)), None)
        if started is None or ended is None:
            message = f"run '{past.run}' has not ended: nobody knows what it would show"
            raise InputError.of("no-episode", message, hint="treehand resume goes on with it")
        faults = [event.fault for event in past.events if isinstance(event, FaultInjected)]
        past.executed_again(faults, self._watch)
        self._require_same()
        episode = episode_of(
            self._heard,
            self.recorder,
            past.deployment.domain,
            task=started.goal,
            outcome=ended.outcome,
            is_success=ended.outcome == "success" and ended.world_true is not False,
            notes={"seed": str(started.seed), "run": past.run},
        )
        if episode is None:
            message = f"in run '{past.run}' nothing moved"
            raise InputError.of("no-episode", message, hint="export another run")
        return episode

    def _watch(self, robot: Robot) -> None:
        self.recorder = MotionRecorder(robot.world.world, self._frames)
        robot.on(BaseEvent, self._heard.append)

    def _require_same(self) -> None:
        """Raise `InputError` at the first event that is not the journal's."""
        past = self._past
        redrawn = [event.sample for event in self._heard if isinstance(event, WorldSampled)]
        for number, event in enumerate(past.events, 1):
            if isinstance(event, WorldSampled) and event.sample not in redrawn:
                raise past.not_reproducible(number, event)
        before, after = compared_events(past.events), compared_events(self._heard)
        at = first_difference(before, after, has_times=True)
        if at is not None:
            raise past.not_reproducible(*(before[at] if at < len(before) else (0, None)))
