"""The runs of one robot, one after the other, and the approval that the next one needs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from treehand.core.errors import RobotClosed, WrongApproval
from treehand.core.keyed_random import KeyedRandom
from treehand.orchestrator.history.run_history import RunHistory
from treehand.orchestrator.people.approval import Approval
from treehand.orchestrator.running.result import Outcome, Verdict
from treehand.orchestrator.running.world_model import WorldModel
from treehand.orchestrator.sessions.experiment import CheckedExperiment
from treehand.orchestrator.sessions.runs.run_session import RunSession
from treehand.orchestrator.sessions.runs.run_setup import RobotParts
from treehand.orchestrator.store.run_recorder import RunRecorder
from treehand.orchestrator.store.workspace import RunFiles, Workspace
from treehand.planners import Goal, Plan


class RunSequence:
    """Begins the runs of one robot; at most one is under way.

    Args:
        parts: Collaborators of the robot.
        world: The robot's world.
        workspace: Folder of the journals; None keeps none.
        experiment: Faults, substitutions, recovery.
        history: The interrupted run that the first one resumes; None for a new one.

    Attributes:
        current: The last run, which may still go on; None before the first.
    """

    def __init__(
        self,
        parts: RobotParts,
        world: WorldModel,
        workspace: Workspace | None,
        experiment: CheckedExperiment,
        history: RunHistory | None,
    ) -> None:
        self.current: RunSession | None = None
        self.experiment = experiment
        self._parts = parts
        self._world = world
        self._workspace = workspace
        self._history = history
        self._approval: Approval | None = None
        self._begun = 0
        self._is_closed = False

    def require_open(self) -> None:
        """Raise `RobotClosed` after `close`."""
        if self._is_closed:
            raise RobotClosed

    def next_world(self) -> WorldModel:
        """Return the world with the draws and quantifier bindings of the next run."""
        if self._begun == 0:
            return self._world
        random = KeyedRandom(self._world.seed).under("goal", self._begun + 1)
        return self._world.for_next_run(random)

    def begin(self, goal: Goal, plan: Plan | None) -> RunSession:
        """Open the journal of the next run; an approved plan that was not run is given up.

        Raises:
            StorageError: If the journal cannot be written.
            RobotClosed: After `close`.
        """
        self.require_open()
        self._give_up("another plan was proposed instead")
        session = self._new()
        session.begin(goal, plan)
        self._parts.stops.name_run(session.run_id)
        return session

    def unrecorded(self) -> RunSession:
        """Return a run without a journal, for a result of what ended before a run began."""
        return self._new()

    def rejoin(self, files: RunFiles) -> RunSession:
        """Go on with the journal of an interrupted run instead of a new one.

        Raises:
            StorageError: If it cannot be written, or another process resumes the run.
        """
        session = self._new()
        session.rejoin(files)
        session.report_model_calls()
        self._parts.stops.name_run(session.run_id)
        return session

    def give(self, approval: Approval) -> Approval:
        """Keep an approval; `take` accepts this one alone."""
        self._approval = approval
        return approval

    def take(self, approval: Approval) -> RunSession:
        """Return the run that an approval is for; it is used up.

        Raises:
            WrongApproval: If it is not the last one given, or its plan was changed since.
            RobotClosed: After `close`.
        """
        self.require_open()
        session = self.current
        if session is None or approval is not self._approval:
            raise WrongApproval("this approval is not the robot's last one, or was used already")
        plan = approval.plan
        if self._parts.proposer.hash_of(plan, session.world_model) != plan.hash:
            raise WrongApproval(f"plan {plan.hash} is not the one that was approved")
        self._approval = None
        return session

    def is_last(self, approval: Approval) -> bool:
        """Return True while an approval is the last one given, and was not used."""
        return approval is self._approval

    @property
    def has_moved(self) -> bool:
        """Return True if a plan was run in this process."""
        return self.current is not None and self.current.run is not None

    @contextmanager
    def appending(self) -> Iterator[Callable[[], None]]:
        """Append to the journal of the last run meanwhile; yields the function that commits.

        Raises:
            StorageError: If it cannot be written, or another process resumes the run.
        """
        session = self.current
        files = session.recorder.files if session is not None else None
        if session is None or files is None or session.recorder.is_open:
            yield session.recorder.commit if session is not None else _no_journal
            return
        session.rejoin(files)
        try:
            yield session.recorder.commit
        finally:
            session.close()

    def close(self) -> None:
        """End the last run and leave the world to others."""
        if self._is_closed:
            return
        self._is_closed = True
        try:
            self._give_up("the robot was closed")
            if self.current is not None:
                self.current.close()
        finally:
            self._parts.hold.close()

    def _new(self) -> RunSession:
        recorder = RunRecorder(
            self._parts.deployment, self._workspace, self._parts.hold, self._parts.states
        )
        world = self.next_world()
        history, self._history = self._history, None
        self._begun += 1
        self.current = RunSession(self._parts, world, recorder, self.experiment, history)
        return self.current

    def _give_up(self, why: str) -> None:
        approval, self._approval = self._approval, None
        if approval is not None and self.current is not None:
            message = f"the plan was approved and not run: {why}; nothing was moved"
            self.current.conclude(approval.plan.goal, Verdict(Outcome.REFUSED, message))
            self.current.close()


def _no_journal() -> None:
    """Commit nothing: no run has begun, and so there is no journal."""
