"""Resuming an interrupted run with the served robot."""

from __future__ import annotations

from collections.abc import Callable

from treehand.core.errors import StillStopped
from treehand.core.tracing import NoTracing, Tracing
from treehand.orchestrator.people.approval import Decision
from treehand.orchestrator.running.result import RunResult
from treehand.orchestrator.sessions.resuming.resume import resume_run, take_up
from treehand.orchestrator.sessions.robot import Robot
from treehand.orchestrator.store.journal import read_entries
from treehand.orchestrator.store.workspace import Workspace
from treehand.planners import Plan
from treehand.trees import PersonQuestion
from treehand.web.access.api_error import ApiError
from treehand.web.desk.robot_desk import RobotDesk
from treehand.web.desk.run_archive import RunReport

APPROVE, LEAVE = "run the new plan", "leave it"


class Resuming:
    """Takes up runs that were left before their end.

    Args:
        desk: The robot; it is replaced by one in the world of the run.
        workspace: Folder of the journals.
        speed: Run seconds per wall second; None for virtual time.
        reopen: Opens a robot of the deployment anew, if the run cannot be taken up.
        tracing: Returns what makes the spans of a robot's runs.
    """

    def __init__(
        self,
        desk: RobotDesk,
        workspace: Workspace,
        speed: float | None,
        reopen: Callable[[], Robot],
        tracing: Callable[[], Tracing] = NoTracing,
    ) -> None:
        self._desk = desk
        self._workspace = workspace
        self._speed = speed
        self._reopen = reopen
        self._tracing = tracing

    def resume(self, run: str, by: str) -> RunResult:
        """Resume a run and return how it ended; in the robot's thread.

        Raises:
            InputError: If there is no such run, or it is over.
            StorageError: If its files or its world cannot be used.
        """
        files = self._workspace.find_run(run)
        before = self._desk.robot
        before.close()
        try:
            resumption = take_up(
                self._workspace,
                files,
                person=self._desk.person,
                speed=self._speed,
                tracing=self._tracing(),
                breakpoints=before.parts.breakpoints,
            )
        except BaseException:
            self._desk.take(self._reopen())
            raise
        events = sum(1 for _ in read_entries(files.journal))
        self._desk.take(resumption.robot, run=files.run, events=events)
        resumption.robot.world.clock.resume()
        return resume_run(resumption, by=lambda plan: self._decide(plan, by))

    def require(self, report: RunReport) -> None:
        """Raise an error (409) unless a run was left before its end and no stop is in force.

        Raises:
            ApiError: If the run is over.
            StillStopped: If the robot is to be re-armed first.
        """
        if not report.can_resume:
            message = f"run '{report.run}' cannot be resumed: {report.outcome}"
            raise ApiError(409, "nothing-to-resume", message, "start the goal anew")
        if stops := self._desk.stops():
            raise StillStopped(map(str, stops))

    def _decide(self, plan: Plan, by: str) -> Decision:
        """Ask the person about a plan for the rest that the earlier approval does not cover."""
        steps = ", ".join(map(str, plan.steps)) or "nothing"
        final = ", ".join(map(str, plan.certificate.irreversible))
        text = f"The rest needs a plan that was not approved: {steps}."
        text += f" It cannot be undone: {final}." if final else ""
        answer = self._desk.person.ask(PersonQuestion(text, (APPROVE, LEAVE)))
        return Decision(is_approved=answer == APPROVE, by=by, reason="" if answer else "nobody")
