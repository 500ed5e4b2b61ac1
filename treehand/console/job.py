"""A goal with its plan, and its run in a thread of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace

from treehand.console.messages import Happened, Said, Tell
from treehand.orchestrator.people.approval import Approval, Decision
from treehand.orchestrator.running.result import Outcome, RunResult
from treehand.orchestrator.running.run import Run
from treehand.orchestrator.sessions.robot import Robot
from treehand.orchestrator.sessions.runs.run_session import RunSession
from treehand.planners import Goal, Plan
from treehand.skills.domain import Facts


@dataclass(frozen=True)
class Job:
    """One goal with its plan."""

    text: str
    """The person's words."""
    goal: Goal
    plan: Plan
    start: Facts
    """Beliefs when the plan was proposed."""
    is_edited: bool = False
    """True if a person edited the tree."""
    result: RunResult | None = None
    """The end of the run; None before it."""

    @property
    def is_unfinished(self) -> bool:
        """Return True if the run ended before the goal was reached, so that it may go on."""
        left = (Outcome.INTERRUPTED, Outcome.ERROR, Outcome.FAILURE, Outcome.CLARIFY)
        return self.result is not None and self.result.outcome in left


class RunningJob:
    """A job that runs, in a thread of its own.

    Args:
        robot: The robot that runs it.
        job: The job.
        tell: Shows a message; called from any thread.
        ended: Called in the run's thread after the run, whatever its end was.
    """

    def __init__(
        self, robot: Robot, job: Job, tell: Tell, ended: Callable[[RunningJob], None]
    ) -> None:
        self._job = job
        self._robot = robot
        self._session: RunSession | None = None
        self._pending: Goal | None = None
        self._stops_before = robot.parts.stops.latest
        self._is_given_up = False
        self._tell = tell
        self._ended = ended
        self._thread: threading.Thread | None = None

    def start(self, decision: Decision) -> None:
        """Run the plan that somebody approved."""
        approval = self._robot.approve(self._job.plan, by=lambda plan: decision)
        self._session = self._robot.runs.current
        self._thread = threading.Thread(
            target=lambda: self._work(approval), name="run", daemon=True
        )
        self._thread.start()

    def _work(self, approval: Approval) -> None:
        robot, session = self._robot, self._session
        assert session is not None
        unsubscribe = robot.world.stream.subscribe(lambda event: self._tell(Happened(event)))
        result: RunResult | None = None
        try:
            result = robot.run(approval)
        except Exception as error:
            self._tell(Said(f"{type(error).__name__}: {error}"))
            result = session.result
        finally:
            unsubscribe()
            robot.world.clock.pause()
            plan = self._job.plan
            if session.run is not None and not self._job.is_edited:
                plan = session.run.plan
            self._job = replace(self._job, plan=plan, result=result)
            self._ended(self)

    @property
    def job(self) -> Job:
        """Return the job as it is now; it has its result after the run."""
        return self._job

    @property
    def run_id(self) -> str | None:
        """Return the number of the run; None before the start."""
        return self._session.run_id if self._session is not None else None

    @property
    def _run(self) -> Run | None:
        """Return the run, waiting until it is made; None when it is over."""
        run = self._session.handle.wait() if self._session is not None else None
        return run if run is not None and not run.is_over else None

    @property
    def is_stopped(self) -> bool:
        """Return True if the run was asked to stop."""
        run = self._session.run if self._session is not None else None
        return run is not None and run.is_stopped

    @property
    def is_given_up(self) -> bool:
        """Return True if the person does not want the goal any more."""
        return self._is_given_up

    def give_up(self) -> None:
        """Take in that the person does not want the goal any more."""
        self._is_given_up = True

    @property
    def was_stopped(self) -> bool:
        """Return True if a stop came since the job began, wherever from.

        The run is asked before its stop is latched, so a stop that is just being latched counts.
        """
        return self.is_stopped or self._robot.parts.stops.latest != self._stops_before

    def stop(self, words: str, by: str) -> None:
        """Stop the run, latched."""
        self._robot.stop(f"the person said '{words}'", by=by)

    def hold(self) -> None:
        """Hold the robot still after the present step."""
        run = self._run
        if run is not None:
            run.request_hold("the person at the console")
        said = "it holds still after this step; say 'go on'" if run else "it is just ending"
        self._tell(Said(said))

    def go_on(self) -> None:
        """Let a run go on that was held."""
        run = self._run
        if run is None or not run.is_held:
            self._tell(Said("it is running"))
        if run is not None:
            run.breakpoints.go_on("the person at the console")

    @property
    def goal(self) -> Goal:
        """Return the goal as it was changed last."""
        run = self._session.run if self._session is not None else None
        return self._pending or (run.goal if run is not None else self._job.goal)

    @property
    def pending(self) -> Goal | None:
        """Return the goal that it changes to after the present step; None if none."""
        return self._pending

    def change(self, goal: Goal, line: str) -> None:
        """Change to another goal after the present step."""
        self._pending = goal
        run = self._run
        if run is None:
            return  # it is just ending: the pending goal is proposed after its end

        def changed(problem: str) -> None:
            if self._pending is goal:
                self._pending = None
            if problem:
                self._tell(Said(f"it stays as it was: {problem}"))
            else:
                self._job = replace(self._job, goal=goal)
                self._tell(Said("the goal is changed"))

        run.request_goal(goal, f"the person said '{line}'", changed)
        self._tell(Said("it changes after this step"))

    def wait(self, timeout_s: float | None = None) -> None:
        """Wait until its thread has ended; a call from that thread returns at once."""
        thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join(timeout_s)
