"""The run under way, and the runs before it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from treehand.console.job import Job, RunningJob
from treehand.console.messages import Tell
from treehand.console.outlet import TurnSignal
from treehand.orchestrator.people.approval import Decision
from treehand.orchestrator.sessions.robot import Robot


class RunControl:
    """Starts and stops the runs of a conversation; at most one is under way.

    Args:
        robot: The robot that runs the jobs.
        tell: Shows a message.
        turn: Notified of the end of a run.
    """

    def __init__(self, robot: Robot, tell: Tell, turn: TurnSignal) -> None:
        self._robot = robot
        self._tell = tell
        self._turn = turn
        self._then: Callable[[RunningJob], None] = lambda ended: None
        self._live: RunningJob | None = None
        self._ending: RunningJob | None = None
        self._last: Job | None = None
        self._past: list[str] = []
        self._past_jobs: list[Job] = []
        self._is_closed = False
        self._refused = 0
        self._is_barred = False
        """True while a stop waits for what the conversation is doing: no run begins."""

    @property
    def live(self) -> RunningJob | None:
        """Return the run under way."""
        return self._live

    @property
    def last(self) -> Job | None:
        """Return the last job whose run has ended."""
        return self._last

    @property
    def is_busy(self) -> bool:
        """Return True while a run is under way, or its end leads to the next one."""
        return self._live is not None or self._ending is not None

    @property
    def is_stopped(self) -> bool:
        """Return True if the run under way was stopped."""
        live = self._live
        return live is not None and live.is_stopped

    @property
    def is_closed(self) -> bool:
        """Return True if no run begins any more."""
        return self._is_closed

    @property
    def stop_mark(self) -> object:
        """Return a mark of the newest stop, wherever it came from; a later stop changes it."""
        return self._robot.parts.stops.latest

    @property
    def past(self) -> Job | None:
        """Return the job that ran last, whether or not the person still wants it."""
        return self._past_jobs[-1] if self._past_jobs else None

    @property
    def past_jobs(self) -> tuple[Job, ...]:
        """Return the jobs that ran, the latest first."""
        return tuple(reversed(self._past_jobs))

    def give_up(self) -> None:
        """Forget the last job: the person does not want it any more."""
        self._last = None

    def run_ids(self) -> Iterator[str]:
        """Yield the numbers of the runs that began, the latest first."""
        if self._live is not None and self._live.run_id is not None:
            yield self._live.run_id
        yield from reversed(self._past)

    def on_end(self, then: Callable[[RunningJob], None]) -> None:
        """Call a function after every run, in the run's thread."""
        self._then = then

    def start(self, job: Job, decision: Decision) -> None:
        """Begin to run a job whose plan was approved; nothing begins after `close` or a stop."""
        if self._is_closed or self._is_barred:
            self._refused += 1
            return
        live = RunningJob(self._robot, job, self._tell, self._ended)
        self._live = live
        try:
            live.start(decision)
        except BaseException:
            self._live = None
            raise

    def stop(self, words: str, by: str) -> bool:
        """Stop the run under way, latched, from any thread; return True if there is one.

        No other run begins until `unbar`.
        """
        self._is_barred = True
        live = self._live
        if live is not None:
            live.stop(words, by)
        return live is not None

    def unbar(self, words: str, by: str) -> bool:
        """Let runs begin again; return True, with the stop latched, if one was about to begin."""
        self._is_barred = False
        was_refused, self._refused = self._refused > 0, 0
        if was_refused:
            self._robot.stop(f"the person said '{words}'", by=by)
        return was_refused

    def wait(self, timeout_s: float | None = None) -> bool:
        """Wait for the end of the run; return True if none is under way then."""
        live = self._live or self._ending
        if live is not None:
            live.wait(timeout_s)
        return self._live is None

    def close(self) -> None:
        """Stop the run under way and wait for its end; no other one begins."""
        self._is_closed = True
        while (live := self._live) is not None:
            if not live.was_stopped:
                live.stop("goodbye", "console")
            live.wait(0.1)
        self.wait()

    def finish(self, ended: RunningJob) -> None:
        """Take in that a run has ended: it is the last one now, and none is under way."""
        self._last, self._live = None if ended.is_given_up else ended.job, None
        self._past_jobs.append(ended.job)
        if ended.run_id is not None:
            self._past.append(ended.run_id)

    def _ended(self, ended: RunningJob) -> None:
        self._ending = ended
        try:
            self._then(ended)
        finally:
            if self._ending is ended:
                self._ending = None
            self._turn.notify()
