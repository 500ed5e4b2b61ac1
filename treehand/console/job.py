"""One goal on its way: proposed, running, done."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass

from treehand.console.messages import Happened, Message, Said
from treehand.orchestrator.people.approval import Approval, Decision
from treehand.orchestrator.running.result import RunResult
from treehand.orchestrator.running.run import Run
from treehand.orchestrator.sessions.robot import Robot
from treehand.orchestrator.sessions.run_session import RunSession
from treehand.planners import Goal, Plan
from treehand.skills.domain import Fact


@dataclass
class Job:
    """One goal with its plan."""

    text: str
    """The person's words."""
    goal: Goal
    plan: Plan
    start: tuple[Fact, ...] = ()
    """Facts that were believed true when it began."""
    is_edited: bool = False
    """True if a person changed the tree."""
    result: RunResult | None = None
    """How it ended; None before its end."""


class RunningJob:
    """A job that runs, in a thread of its own.

    Args:
        robot: The robot that runs it.
        job: The job.
        tell: Shows a message; called from any thread.
        ended: Called in the run's thread when it is over, however that came.
    """

    def __init__(
        self,
        robot: Robot,
        job: Job,
        tell: Callable[[Message], None],
        ended: Callable[[RunningJob], None],
    ) -> None:
        self.job = job
        self._robot = robot
        self._session: RunSession | None = None
        self.pending: Goal | None = None
        """The goal that it changes to after the step that runs now."""
        self._tell = tell
        self._ended = ended
        self._thread: threading.Thread | None = None

    def start(self, decision: Decision) -> None:
        """Run the plan that somebody approved."""
        approval = self._robot.approve(self.job.plan, by=lambda plan: decision)
        self._session = self._robot.runs.current
        self._thread = threading.Thread(
            target=lambda: self._work(approval), name="run", daemon=True
        )
        self._thread.start()

    def _work(self, approval: Approval) -> None:
        job, robot, session = self.job, self._robot, self._session
        assert session is not None
        unsubscribe = robot.world.stream.subscribe(lambda event: self._tell(Happened(event)))
        try:
            job.result = robot.run(approval)
        except Exception as error:
            self._tell(Said(f"{type(error).__name__}: {error}"))
            job.result = session.result
        finally:
            unsubscribe()
            robot.world.clock.pause()
            if session.run is not None and not job.is_edited:
                job.plan = session.run.plan
            self._ended(self)

    @property
    def run_id(self) -> str | None:
        """Return the number of its run; None before the start."""
        return self._session.run_id if self._session is not None else None

    @property
    def run(self) -> Run | None:
        """Return the run, waiting until it is made; None when it is over."""
        run = self._session.handle.wait() if self._session is not None else None
        return run if run is not None and not run.is_over else None

    @property
    def is_stopped(self) -> bool:
        """Return True if it was asked to stop."""
        run = self._session.run if self._session is not None else None
        return run is not None and run.is_stopped

    def stop(self, words: str, by: str) -> None:
        """Stop it, latched."""
        self._robot.stop(f"the person said '{words}'", by=by)

    def hold(self) -> None:
        """Let it stand still after the step that runs now."""
        run = self.run
        if run is not None:
            run.request_hold("the person at the console")
        said = "it holds still after this step; say 'go on'" if run else "it is just ending"
        self._tell(Said(said))

    def go_on(self) -> None:
        """Let it go on, if it was held."""
        run = self.run
        self._tell(Said("it goes on" if run is not None and run.is_held else "it is running"))
        if run is not None:
            run.request_to_go_on()

    @property
    def goal(self) -> Goal:
        """Return what it will have brought about in the end, as it was asked for last."""
        run = self._session.run if self._session is not None else None
        return self.pending or (run.goal if run is not None else self.job.goal)

    def change(self, goal: Goal, line: str) -> None:
        """Change to another goal after the step that runs now."""
        self.pending = goal
        run = self.run
        if run is None:
            return  # it is just ending: whoever is told of that sees what is pending

        def tell(problem: str) -> None:
            if self.pending is goal:
                self.pending = None
            if problem:
                self._tell(Said(f"it stays as it was: {problem}"))
            else:
                self.job.goal = goal
                self._tell(Said("the goal is changed"))

        run.request_goal(goal, f"the person said '{line}'", tell)
        self._tell(Said("it changes after this step"))

    def wait(self, timeout_s: float | None = None) -> None:
        """Wait until its thread has ended; a call from that thread returns at once."""
        thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join(timeout_s)
