"""The served robot: one thread works with it, requests come from any thread.

A request for the robot while it works is refused, never queued: nothing happens late. A stop alone
goes past this: it takes effect from the thread that asks.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Literal, TypeVar

from treehand.core.events import Planned, RunStarted
from treehand.core.events.event_records import BaseEvent
from treehand.core.events.stop_events import Held, ResumedFromHold, Stopped
from treehand.orchestrator.running.result import RunResult
from treehand.orchestrator.safety.latched_stop import LatchedStop
from treehand.orchestrator.sessions.robot import Robot
from treehand.orchestrator.sessions.stopping.rearming import OpenedWorld
from treehand.skills.domain import Fact
from treehand.web.access.api_error import ApiError
from treehand.web.desk.event_feed import EventFeed
from treehand.web.desk.remote_person import RemotePerson

T = TypeVar("T")
Work = Literal["idle", "planning", "running", "looking"]
CONFIRM_S = 2.0
"""Longest wait for the confirmation that everything is at rest before a stop is answered."""


class RobotDesk:
    """Owner of the served robot.

    Args:
        robot: The robot; `close` closes it.
        person: Asked by its runs.
        feed: Gets its events.
    """

    def __init__(self, robot: Robot, person: RemotePerson, feed: EventFeed) -> None:
        self.feed = feed
        self.person = person
        self.run_id = ""
        """Number of the run that began last; empty before the first."""
        self.result: RunResult | None = None
        """Result of the run that ended last."""
        self.stopped: Stopped | None = None
        """The last event that everything came to rest."""
        self.problem = ""
        """Error that a run or resuming one ended with; empty if none."""
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="robot")
        self._stoppers = ThreadPoolExecutor(4, thread_name_prefix="stop")
        self._busy = threading.Lock()
        self._work: Work = "idle"
        self._seq = 0
        self._stopped = threading.Event()
        self._swap = threading.Lock()
        self._asked_to_stop: tuple[str, str] | None = None
        """Reason and source of the last stop since the work began; None if there was none."""
        self._press = ""
        """Identifier of the request that stopped the robot last."""
        self._is_closing = False
        self._robot = robot
        self._unhear: Callable[[], None] = lambda: None
        self.take(robot)

    @property
    def robot(self) -> Robot:
        """Return the robot."""
        return self._robot

    @property
    def work(self) -> Work:
        """Return the kind of work that the robot's thread does now."""
        return self._work

    def take(self, robot: Robot, *, run: str = "", events: int = 0) -> None:
        """Serve another robot from now on.

        Args:
            robot: The robot, such as one that resumes a run.
            run: Number of the run whose journal it goes on with; empty for none.
            events: Number of events in that journal.
        """
        self._unhear()
        self.run_id, self._seq = run, events
        self._unhear = robot.on(BaseEvent, self._hear)
        robot.world.clock.pause()
        with self._swap:
            self._robot = robot
            self.person.is_stopped = lambda: robot.parts.stops.is_set
            asked = self._asked_to_stop
        if asked is not None:  # it was meant for what is about to move
            robot.stop(asked[0], by=asked[1])

    def do(self, work: Work, task: Callable[[], T]) -> Future[T]:
        """Do something with the robot in its own thread.

        Args:
            work: Kind of the work.
            task: The work.

        Raises:
            ApiError: If the robot is at work already (409), or the server ends (503).
        """
        if self._is_closing:
            raise ApiError(503, "ending", "the server is ending")
        if not self._busy.acquire(blocking=False):
            hint = "wait for its end, or stop it: POST /api/stop"
            raise ApiError(409, "busy", f"the robot is {self._work}", hint)
        self._asked_to_stop = None
        self._work = work
        self.feed.touch()

        def whole() -> T:
            try:
                return task()
            finally:
                self._work = "idle"
                self._busy.release()
                self.feed.touch()

        try:
            return self._worker.submit(whole)
        except RuntimeError as error:
            self._busy.release()
            raise ApiError(503, "ending", "the server is ending") from error

    def run(self, task: Callable[[], RunResult]) -> Future[None]:
        """Run something in the robot's thread; its result or its error is kept.

        Raises:
            ApiError: As for `do`.
        """

        def whole() -> None:
            self.result, self.problem = None, ""
            self._stopped.clear()
            try:
                self.result = task()
            except Exception as error:  # nobody waits for this thread: the page shows it
                self.problem = str(error) or type(error).__name__
                session = self._robot.runs.current
                self.result = session.result if session is not None else None
            finally:
                self._robot.world.clock.pause()

        return self.do("running", whole)

    # Stops.

    @property
    def is_to_stop(self) -> bool:
        """True if somebody has stopped the robot since the last work has begun."""
        return self._asked_to_stop is not None

    def knows_press(self, press: str) -> bool:
        """Return True if a stop with this identifier is in force already."""
        return bool(press) and press == self._press and self._robot.parts.stops.is_set

    def stop(self, reason: str, by: str, press: str = "") -> Future[Stopped | None]:
        """Stop the robot from any thread, also while it works.

        A second stop while one is in force stops the robot at once, before its skill has halted.

        Args:
            reason: For the journal.
            by: Name of the person.
            press: Identifier of the request; one that is repeated is no second stop.

        Returns:
            The future with the event that everything is at rest; None if that is not confirmed
            within `CONFIRM_S`, or nothing moved.
        """
        with self._swap:
            robot = self._robot
            self._asked_to_stop = (reason, by)
            is_repeated, self._press = self.knows_press(press), press
        is_again = robot.parts.stops.is_set

        def whole() -> Stopped | None:
            is_running = self._work == "running"
            try:
                if not is_repeated:
                    robot.stop(reason, by=by, is_immediate=is_again)
            finally:
                self.person.cancel()
                self.feed.touch()
            if is_running and self._stopped.wait(CONFIRM_S):
                return self.stopped
            return None

        return self._stoppers.submit(whole)

    def stops(self) -> tuple[LatchedStop, ...]:
        """Return the stops in force, the oldest first."""
        return self._robot.stops

    def rearm(self, by: str, ids: tuple[str, ...]) -> tuple[Fact, ...]:
        """Lift the stops that a person was shown; in the robot's thread.

        Raises:
            ApiError: If one of them is not in force (409).
            NotAtRest: If the robot does not confirm that it is at rest.
            StillStopped: If another stop is in force.
        """
        shown = tuple(stop for stop in self.stops() if stop.id in ids)
        if not shown or len(shown) != len(set(ids)):
            hint = "look at what is in force now: GET /api/state"
            raise ApiError(409, "stale-stop", "one of these stops is not in force", hint)
        OpenedWorld(self._robot).require_rest()
        return self._robot.rearm(by, shown)

    # The end.

    def close(self, reason: str) -> None:
        """Stop the run under way, wait for its end and close the robot."""
        self._is_closing = True
        try:
            if self._work == "running":
                self.stop(reason, "treehand serve").result()
        finally:
            self.person.cancel()
            self._worker.shutdown(wait=True)
            self._unhear()
            self._robot.close()
            self._stoppers.shutdown(wait=True)
            self.feed.close()

    # Events, on the thread of the run.

    def _hear(self, event: BaseEvent) -> None:
        session = self._robot.runs.current
        if isinstance(event, RunStarted) and session is not None:
            self.run_id, self._seq = session.run_id or "", 0
        if session is not None and session.recorder.is_open:
            self._seq += 1
            self.feed.put(self.run_id, self._seq, event)
        else:
            self.feed.put("", 0, event)
        if isinstance(event, Stopped):
            self.stopped = event
            self._stopped.set()
        if isinstance(event, Planned | Held | ResumedFromHold):
            self.feed.touch()
