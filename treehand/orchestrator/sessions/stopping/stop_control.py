"""The stops of one robot: requested from any thread, latched, lifted after a look."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Protocol

from treehand.core.errors import StorageError
from treehand.core.events import Rearmed, StopLatched
from treehand.orchestrator.running.world_model import WorldModel
from treehand.orchestrator.safety.latched_stop import LatchedStop
from treehand.orchestrator.store.world_hold import WorldHold
from treehand.skills.domain import Fact

BY_RUN = "the run"
"""Name for the source of stops that runs latch because they broke off."""


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
        self._unwritten: tuple[LatchedStop, ...] = ()
        """Stops that no latch holds: there is none, or it cannot be written."""
        self._count = 0
        self._adding = threading.RLock()
        """Held from a request until its stop is latched: the run it stops adds no second one."""

    @property
    def stops(self) -> tuple[LatchedStop, ...]:
        """Return the stops in force, of this robot and of others, the oldest first."""
        latch = self._hold.latch
        return (*(latch.stops() if latch is not None else ()), *self._unwritten)

    @property
    def stop(self) -> LatchedStop | None:
        """Return the oldest stop in force; None if there is none."""
        return next(iter(self.stops), None)

    @property
    def is_set(self) -> bool:
        """Return True if a stop is in force; cheap enough for a hundred calls a second."""
        latch = self._hold.latch
        return bool(self._unwritten) or (latch is not None and latch.is_set)

    @property
    def latest(self) -> tuple[str, int]:
        """Return a mark of the newest stop, lifted or not; a later stop changes it."""
        latch = self._hold.latch
        return (latch.latest if latch is not None else "", self._count)

    def name_run(self, run_id: str | None) -> None:
        """Write this run number into stops from now on."""
        self._run_id = run_id
        if run_id is not None:
            self._hold.name_run(run_id)

    def attach(self, run: Stoppable) -> None:
        """Stop a run, too, from now on; at once if a stop is in force already."""
        self._run = run
        stop = self.stop
        if stop is not None:
            run.request_stop(stop.reason, by=stop.by)

    def request(self, reason: str, *, by: str, is_immediate: bool = False) -> None:
        """Stop from any thread; no skill begins before a re-arm. Each request is a stop of its own.

        Args:
            reason: Cause, for the journal.
            by: Person or part that asks.
            is_immediate: True to stop the robot before the running skill has halted.

        Raises:
            StorageError: If it could not be latched; the robot is stopped all the same.
        """
        run = self._run
        try:
            with self._adding:
                if run is not None:
                    run.request_stop(reason, by=by)
                self._add(reason, by, is_synced=False)
        finally:
            if run is not None and is_immediate:  # last: a driver may keep its caller waiting
                run.request_stop(reason, by=by, is_immediate=True)

    def latch(self, reason: str, by: str) -> None:
        """Latch a stop and do nothing else, for a process that is about to end.

        Raises:
            StorageError: If it could not be latched.
        """
        self._add(reason, by, is_synced=True)

    # As the `StopListener` of a run.

    def stop_found(self, reason: str, by: str) -> None:
        """Take in a reason to stop that the run itself has found, perhaps in the latch."""
        with self._adding:
            if self._run is not None:
                self._run.request_stop(reason, by=by)
            if not self._same(reason, by):
                self._add(reason, by, is_synced=False)

    def robot_stopped(self, reason: str, by: str) -> None:
        """Latch a stop durably, now that the robot was commanded to rest."""
        self._latch_durably(reason, by)  # first of all: the journal may be what is broken
        self._world_model.emit(
            StopLatched(t_s=self._world_model.clock.now_s(), reason=reason, by=by)
        )

    @contextmanager
    def guarding(self) -> Iterator[None]:
        """Latch a stop if what is done meanwhile breaks off, the death of the process included.

        Raises:
            StorageError: If that cannot be written down beforehand; nothing was begun then.
        """
        latch = self._hold.latch
        motion = latch.begin_motion(self._run_id or "") if latch is not None else None
        try:
            yield
        except BaseException as error:
            words = str(error).partition("\n")[0]
            told = f"{type(error).__name__}: {words}" if words else type(error).__name__
            with suppress(StorageError):  # else the entry of the motion stays, which stops too
                self.latch_end(f"the run broke off: {told}")
                self._end_motion(motion)
            raise
        self._end_motion(motion)

    def latch_end(self, reason: str) -> None:
        """Latch a stop because a run did not end as runs should, unless one is in force already.

        Raises:
            StorageError: If it cannot be latched.
        """
        if self.is_set:
            latch = self._hold.latch
            if latch is not None:
                latch.sync(stop for stop in self.stops if not _is_unwritten(stop))
            return
        self._latch_durably(reason, BY_RUN)
        with suppress(Exception):  # the journal may be what is broken
            now_s = self._world_model.clock.now_s()
            self._world_model.emit(StopLatched(t_s=now_s, reason=reason, by=BY_RUN))

    def _end_motion(self, motion: str | None) -> None:
        latch = self._hold.latch
        if latch is not None and motion is not None:
            latch.end_motion(motion)

    def lift(
        self,
        by: str,
        seen: tuple[Fact, ...],
        stops: Sequence[LatchedStop],
        commit: Callable[[], None],
    ) -> None:
        """Lift stops, no other ones, and write that down.

        Args:
            by: Person who says that the way is clear.
            seen: True facts that this person was shown.
            stops: The stops that this person was shown.
            commit: Writes the journal; called before the stops are lifted.

        Raises:
            StorageError: If the journal or the latch cannot be written.
        """
        now_s = self._world_model.clock.now_s()
        told = tuple(f"{stop.by}: {stop.reason}" for stop in stops)
        self._world_model.emit(Rearmed(t_s=now_s, by=by, seen=seen, lifted=told))
        commit()
        latch = self._hold.latch
        if latch is not None:
            latch.lift(stop for stop in stops if not _is_unwritten(stop))
        lifted = {stop.id for stop in stops}
        self._unwritten = tuple(stop for stop in self._unwritten if stop.id not in lifted)

    def _same(self, reason: str, by: str) -> list[LatchedStop]:
        return [stop for stop in self.stops if (stop.reason, stop.by) == (reason, by)]

    def _latch_durably(self, reason: str, by: str) -> None:
        """Latch a stop, unless a request did so already, so that it survives a power cut."""
        latch = self._hold.latch
        with self._adding:
            same = self._same(reason, by)
            if not same:
                self._add(reason, by, is_synced=True)
        if same and latch is not None:
            latch.sync(stop for stop in same if not _is_unwritten(stop))

    def _add(self, reason: str, by: str, *, is_synced: bool) -> None:
        stop = LatchedStop.now(reason, by, run=self._run_id or "")
        latch = self._hold.latch
        try:
            if latch is not None:
                latch.add(stop, is_synced=is_synced)
                return
        except StorageError:
            self._keep(stop)
            raise
        self._keep(stop)

    def _keep(self, stop: LatchedStop) -> None:
        """Keep a stop in memory alone."""
        self._count += 1
        own = LatchedStop(
            stop.reason, stop.by, at=stop.at, run=stop.run, id=f"{_UNWRITTEN}{self._count}"
        )
        self._unwritten = (*self._unwritten, own)


_UNWRITTEN = "unwritten-"


def _is_unwritten(stop: LatchedStop) -> bool:
    return stop.id.startswith(_UNWRITTEN)
