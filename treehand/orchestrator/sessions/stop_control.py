"""The stop of one robot: requested from any thread, latched, lifted after a look."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Protocol

from treehand.core.events import Rearmed, StopLatched
from treehand.orchestrator.running.world_model import WorldModel
from treehand.orchestrator.safety.latched_stop import LatchedStop
from treehand.orchestrator.store.world_hold import WorldHold
from treehand.skills.domain import Fact


class Stoppable(Protocol):
    """A run that can be stopped from any thread."""

    def request_stop(self, reason: str, *, by: str = "", is_immediate: bool = False) -> None:
        """Halt the run; no skill begins from now on."""
        ...


class StopControl:
    """Stops a robot and keeps it stopped until somebody re-arms it.

    Args:
        world_model: The robot's world.
        hold: The place of the world's latch.
    """

    def __init__(self, world_model: WorldModel, hold: WorldHold) -> None:
        self._world_model = world_model
        self._hold = hold
        self._run: Stoppable | None = None
        self._run_id: str | None = None
        self._stop: LatchedStop | None = None

    @property
    def stop(self) -> LatchedStop | None:
        """Return the stop of this robot, or the one that is latched in its world; None if none."""
        return self._stop or self.latched()

    def latched(self) -> LatchedStop | None:
        """Return the stop that is latched in the world; None if none."""
        place = self._hold.place
        return place.latch.read() if place is not None else None

    def name_run(self, run_id: str | None) -> None:
        """Write this run number into stops from now on."""
        self._run_id = run_id

    def attach(self, run: Stoppable) -> None:
        """Stop a run, too, from now on; at once if a stop was requested already."""
        self._run = run
        if self._stop is not None:
            run.request_stop(self._stop.reason, by=self._stop.by)

    def request(self, reason: str, *, by: str, is_immediate: bool = False) -> None:
        """Stop from any thread or signal handler; no skill begins before a re-arm.

        Args:
            reason: Cause, for the journal.
            by: Person or part that asks.
            is_immediate: True to stop the robot before the running skill has halted.
        """
        self._stop = self._stop or self._new_stop(reason, by)
        if self._run is not None:
            self._run.request_stop(reason, by=by, is_immediate=is_immediate)
        place = self._hold.place
        if place is not None:
            place.latch.set(self._stop, is_synced=False)

    # As the `StopListener` of a run.

    def stop_found(self, reason: str, by: str) -> None:
        """Take in a reason to stop that the run itself has found."""
        self.request(reason, by=by)

    def robot_stopped(self, reason: str, by: str) -> None:
        """Latch a stop durably, now that the robot was commanded to rest."""
        self._stop = self._stop or self._new_stop(reason, by)
        place = self._hold.place
        if place is not None:  # first of all: the journal may be what is broken
            place.latch.set(self._stop)
        self._world_model.emit(
            StopLatched(t_s=self._world_model.clock.now_s(), reason=reason, by=by)
        )

    def lift(self, by: str, seen: tuple[Fact, ...], commit: Callable[[], None]) -> None:
        """Lift the latched stop and write that down.

        Args:
            by: Person who says that the way is clear.
            seen: True facts that this person was shown.
            commit: Writes the journal; called before the latch is lifted.
        """
        place = self._hold.place
        if place is not None:
            now_s = self._world_model.clock.now_s()
            self._world_model.emit(Rearmed(t_s=now_s, by=by, seen=seen))
            commit()
            place.latch.clear()
        self._stop = None

    def _new_stop(self, reason: str, by: str) -> LatchedStop:
        at = datetime.now(UTC).isoformat(timespec="seconds")
        return LatchedStop(reason=reason, by=by, at=at, run=self._run_id or "")
