"""Re-arming a stopped world: a look, the stops that are shown, and their lift."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Protocol

from treehand.core.errors import NotAtRest, StorageError
from treehand.core.events import Event, Rearmed, Stopped
from treehand.orchestrator.config.deployment import Deployment
from treehand.orchestrator.history.run_history import read_history
from treehand.orchestrator.safety.latched_stop import LatchedStop, StopLatch
from treehand.orchestrator.safety.live_registry import LiveRobot, live_robots
from treehand.orchestrator.safety.robot_stopper import stopped_now
from treehand.orchestrator.sessions.robot import Robot
from treehand.orchestrator.store.journal import read_events
from treehand.orchestrator.store.workspace import RunFiles, Workspace
from treehand.skills.domain import Fact


class StoppedWorld(Protocol):
    """A world whose stops a person may lift."""

    def look(self) -> tuple[Fact, ...]:
        """Return the facts that are seen to be true."""
        ...

    def require_rest(self) -> None:
        """Raise `NotAtRest` if the robot does not confirm that it is at rest."""
        ...

    def lift(self, by: str, seen: tuple[Fact, ...], stops: Sequence[LatchedStop]) -> None:
        """Lift stops, no other ones, and write that into the journal of the last run."""
        ...


class OpenedWorld:
    """A stopped world that a robot of this process has opened.

    Args:
        robot: The robot.
    """

    def __init__(self, robot: Robot) -> None:
        self._robot = robot

    def look(self) -> tuple[Fact, ...]:
        """Return the facts that are seen to be true now."""
        return self._robot.look()

    def require_rest(self) -> None:
        """Raise `NotAtRest` if the robot does not confirm that it is at rest."""
        if not stopped_now(self._robot.world.world.embodiment).acknowledged:
            raise NotAtRest("the robot does not confirm that it is at rest")

    def lift(self, by: str, seen: tuple[Fact, ...], stops: Sequence[LatchedStop]) -> None:
        """Lift stops, no other ones, and write that into the journal of the last run."""
        with self._robot.runs.appending() as commit:
            self._robot.parts.stops.lift(by, seen, stops, commit)


class HeldWorld:
    """A stopped world that another process holds, such as a console that idles.

    That process alone has the robot. Its last journal says what it saw, and how the robot stopped.

    Args:
        holder: The robot of that process.
        deployment: Words of the world.
    """

    def __init__(self, holder: LiveRobot, deployment: Deployment) -> None:
        self._holder = holder
        self._deployment = deployment
        self._workspace = Workspace(Path(holder.workspace))

    @property
    def _files(self) -> RunFiles | None:
        """Return the files of its last run; None before the first."""
        holder = live_robot_with(self._holder.latch) or self._holder
        return self._workspace.find_run(holder.run) if holder.run else None

    def _events(self) -> tuple[Event, ...]:
        files = self._files
        return tuple(read_events(files.journal)) if files is not None else ()

    def look(self) -> tuple[Fact, ...]:
        """Return the facts that the other process saw to be true last."""
        events = self._events()
        if not events:
            return ()
        history = read_history(events, self._deployment.vocabulary, run=self._holder.run)
        predicates = self._deployment.domain.predicates
        true = history.facts.true_facts()
        return tuple(fact for fact in true if predicates[fact.predicate].known_by != "given")

    def require_rest(self) -> None:
        """Raise `NotAtRest` if a run is under way, or the last stop was not acknowledged."""
        process = f"process {self._holder.process.pid} ({self._holder.command})"
        if self._holder.is_moving:
            raise NotAtRest(f"a run is still under way in {process}")
        stopped = [event for event in self._events() if isinstance(event, Stopped)]
        if stopped and not stopped[-1].acknowledged:
            raise NotAtRest(f"the robot of {process} did not confirm that it is at rest")

    def lift(self, by: str, seen: tuple[Fact, ...], stops: Sequence[LatchedStop]) -> None:
        """Lift stops, no other ones, and write that into the journal of the last run."""
        files = self._files
        with ExitStack() as stack:
            if files is not None:
                stack.enter_context(files.held())
                journal = self._workspace.journal(files, outlives=True)
                stack.callback(journal.close)
                t_s = max((event.t_s for event in read_events(files.journal)), default=0.0)
                told = tuple(f"{stop.by}: {stop.reason}" for stop in stops)
                journal.append(Rearmed(t_s=t_s, by=by, seen=seen, lifted=told))
                journal.commit()
            self._holder.latch.lift(stops)


def live_robot_with(latch: StopLatch) -> LiveRobot | None:
    """Return the robot of a living process that a latch stops; None if there is none."""
    return next((robot for robot in live_robots() if robot.latch == latch), None)


def held_world(
    error: StorageError, latch: StopLatch, deployment: Deployment
) -> tuple[HeldWorld, LiveRobot]:
    """Return the stopped world that kept another robot from being opened, and who holds it.

    Args:
        error: The error of opening the robot.
        latch: Latch of the world.
        deployment: Words of the world.

    Raises:
        StorageError: The error given, if no living process holds the world.
    """
    holder = live_robot_with(latch)
    if holder is None or error.finding.code != "in-use":
        raise error
    return HeldWorld(holder, deployment), holder
