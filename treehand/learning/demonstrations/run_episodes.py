"""Past runs of simulated robots as a dataset: their motion as it was kept, or executed again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from treehand.core.errors import InputError
from treehand.learning.datasets.episode import Episode
from treehand.learning.demonstrations.annotation import episode_of
from treehand.learning.demonstrations.recorder import FrameSettings, MotionRecorder, writer_for
from treehand.learning.demonstrations.repeated_run import RepeatedRun
from treehand.orchestrator.forking.reexecution import PastRun


@dataclass(frozen=True, slots=True)
class ExportedRun:
    """One run that was written."""

    run: str
    frames_n: int
    is_success: bool
    """True if the goal was true at the end, in the world itself."""
    source: str = ""
    """Origin of the motion, in words."""


def export_runs(
    runs: Sequence[PastRun],
    frames: FrameSettings,
    folder: Path,
    tell: Callable[[ExportedRun], None] = lambda exported: None,
) -> list[ExportedRun]:
    """Write past runs as one dataset, an episode each; return what was written.

    A run whose states were not kept is executed again from its seed, since a journal has no motion.
    Its events and their times are compared with the journal's; a run of which one differs is
    refused, and nothing is written.

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
            again = RepeatedRun(past, frames)
            episode = _episode_of(again)
            if first is None:
                first, name = again.recorder, past.deployment.kind.name
                writer = stack.enter_context(writer_for(folder, name, first, frames))
            elif first.spec != again.recorder.spec:
                message = f"run '{past.run}' is of another robot than run '{runs[0].run}'"
                hint = "a dataset has one robot: export them into two folders"
                raise InputError.of("wrong-recording", message, hint=hint)
            writer.add(episode)
            done.append(ExportedRun(past.run, episode.length, episode.is_success, again.source))
            tell(done[-1])
    return done


def _episode_of(again: RepeatedRun) -> Episode:
    """Return the episode of a run."""
    again.load()
    past, started, ended = again.past, again.started, again.ended
    episode = episode_of(
        again.events,
        again.recorder,
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
