"""Goals of the served robot: words, questions about them, plans, their approval and their run."""

from __future__ import annotations

import datetime
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict

from treehand.core.errors import TreehandError
from treehand.orchestrator.people.approval import Approval, Decision
from treehand.orchestrator.proposing.proposer import Proposal
from treehand.orchestrator.running.result import RunResult
from treehand.orchestrator.sessions.verify import verify_plan
from treehand.planners import Plan, Question, Verification, VerificationProgress
from treehand.trees import TreeSpec
from treehand.web.access.api_error import ApiError
from treehand.web.desk.proposal_report import (
    PlanReport,
    ProposalReport,
    question_id,
    report_of,
)
from treehand.web.desk.robot_desk import RobotDesk

VERIFY_S = 5.0
"""Longest verification of a plan that is shown, in seconds."""
TELL_EVERY_S = 0.5
"""Time between two views of the progress of a verification, in seconds of wall time."""
MAX_PLANS = 20
"""Most plans that are kept for approval; the oldest is forgotten."""
MAX_LINES = 100
"""Most lines of the conversation that are kept."""


class SaidLine(BaseModel):
    """One line of the conversation."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    by: str
    """Name of who said it; empty for the robot."""
    text: str
    at: str
    """Wall time, as ISO 8601."""


@dataclass
class KnownPlan:
    """One plan that a person may approve."""

    plan: Plan
    report: PlanReport
    asked_by: str
    """Name of who asks for it."""
    is_of_agent: bool = False
    """True if a model asks for it, which may not approve it."""
    approval: Approval | None = None
    is_run: bool = False


class GoalDesk:
    """Proposals of one served robot.

    Args:
        desk: The robot.
    """

    def __init__(self, desk: RobotDesk) -> None:
        self._desk = desk
        self._lock = threading.Lock()
        self._plans: dict[str, KnownPlan] = {}
        self._forgotten: deque[str] = deque(maxlen=1000)
        self._questions: dict[str, Question] = {}
        self._before: Plan | None = None
        self.current: ProposalReport | None = None
        """The newest proposal; None before the first, and after its run has begun."""
        self.lines: deque[SaidLine] = deque(maxlen=MAX_LINES)
        self.progress = ""
        """Progress of the verification that is under way, in words; empty if none is."""
        self._told_s = 0.0
        """Time on `time.monotonic` at which viewers were told of the progress last."""

    @property
    def waiting(self) -> KnownPlan | None:
        """Return the plan that waits for a person's approval, or is approved and may be run."""
        current = self.current
        known = self._plans.get(current.hash) if isinstance(current, PlanReport) else None
        if known is None or known.approval is None:
            return known
        return known if self._desk.robot.runs.is_last(known.approval) else None

    def say(self, by: str, text: str) -> None:
        """Add a line to the conversation."""
        at = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
        self.lines.append(SaidLine(by=by, text=text, at=at))
        self._desk.feed.touch()

    # In the robot's thread.

    def propose(self, text: str, by: str, *, is_of_agent: bool = False) -> ProposalReport:
        """Return the proposal for a person's words."""
        self.say(by, text)
        try:
            proposal = self._desk.robot.propose(text)
        except TreehandError as error:
            self.say("", str(error))
            raise
        return self.take(proposal, by, is_of_agent=is_of_agent)

    def answer(
        self, id_: str, choice: str, by: str, *, is_of_agent: bool = False
    ) -> ProposalReport:
        """Return the proposal for the answer to a question about words.

        Raises:
            ApiError: If the question is not known (404).
            InputError: If the choice is none of its options.
        """
        question = self._questions.get(id_)
        if question is None:
            raise ApiError(404, "unknown-question", f"there is no question '{id_[:40]}'")
        proposal = self._desk.robot.answer(question, choice)
        self.say(by, choice)
        return self.take(proposal, by, is_of_agent=is_of_agent)

    def propose_tree(self, tree: TreeSpec, arguments: dict[str, str], by: str) -> ProposalReport:
        """Return the plan that runs a tree which a person wrote."""
        self.say(by, f"run the tree '{tree.tree}'")
        return self.take(self._desk.robot.propose_tree(tree, arguments), by)

    def take(self, proposal: Proposal, by: str, *, is_of_agent: bool = False) -> ProposalReport:
        """Keep a proposal as the newest one, and return the report on it."""
        robot = self._desk.robot
        verification: Verification | None = None
        if isinstance(proposal, Plan) and not proposal.is_already_true:
            try:
                verification = verify_plan(robot, proposal, max_s=VERIFY_S, tell=self._tell)
            finally:
                self.progress = ""
        report = report_of(proposal, robot, verification, self._before)
        with self._lock:
            if isinstance(proposal, Plan) and isinstance(report, PlanReport):
                self._keep(KnownPlan(proposal, report, by, is_of_agent))
                self._before = proposal
            elif isinstance(proposal, Question):
                self._questions = {question_id(proposal): proposal}
            self.current = report
        self.say("", _line(report))
        return report

    def _tell(self, done: VerificationProgress) -> None:
        """Show viewers how far a verification is, not more often than they can read it.

        Raises:
            ApiError: If somebody has stopped the robot since it began (409).
        """
        if self._desk.is_to_stop:
            hint = "lift the stop, and say it again"
            raise ApiError(
                409, "stopped", "the robot was stopped while its plan was verified", hint
            )
        now_s = time.monotonic()
        if now_s - self._told_s >= TELL_EVERY_S:
            self._told_s, self.progress = now_s, f"verifying: {done}"
            self._desk.feed.touch()

    def approve(self, hash_: str, by: str, *, confirms: bool) -> KnownPlan:
        """Approve a plan; its run is journalled from here on.

        Raises:
            ApiError: If there is no such plan (404), it is not the newest (409), or it was
                approved already (409).
        """
        known = self.require_newest(hash_)
        if known.approval is not None:
            raise ApiError(409, "already-approved", f"plan {hash_} was approved already")
        robot, shown = self._desk.robot, known.report.shown
        decision = Decision(is_approved=True, by=by, confirms=confirms, shown=shown)
        known.approval = robot.approve(known.plan, by=lambda plan: decision)
        self.say(by, f"approved plan {hash_}")
        return known

    def reject(self, hash_: str, by: str, reason: str) -> None:
        """Journal that a plan was not approved.

        Raises:
            ApiError: As for `approve`.
        """
        known = self.require_newest(hash_)
        if known.approval is not None:
            raise ApiError(409, "already-approved", f"plan {hash_} was approved already")
        session = self._desk.robot.runs.begin(known.plan.goal, known.plan)
        session.reject(known.plan, Decision(is_approved=False, by=by, reason=reason))
        session.close()
        self.say(by, f"rejected plan {hash_}" + (f": {reason}" if reason else ""))
        with self._lock:
            self._forget(hash_)
            self.current = None

    def run(self, hash_: str) -> RunResult:
        """Run the approved plan to its end.

        Raises:
            WrongApproval: If the approval is not the robot's last one.
        """
        robot = self._desk.robot
        approval = self._plans[hash_].approval
        assert approval is not None
        result = robot.run(approval)
        self.say("", f"{result.outcome.value}: {result.message}")
        return result

    # From any thread.

    def plan(self, hash_: str) -> KnownPlan:
        """Return a plan that is known.

        Raises:
            ApiError: If there is none (404), or it was forgotten (409).
        """
        known = self._plans.get(hash_)
        if known is None:
            if hash_ in self._forgotten:
                raise _stale(hash_)
            raise ApiError(404, "unknown-plan", f"there is no plan '{hash_[:40]}'")
        return known

    def begin_run(self, hash_: str, begin: Callable[[], object]) -> None:
        """Begin to run an approved plan; one whose run is refused may be run later.

        Args:
            hash_: Hash of the plan.
            begin: Begins it, or raises.

        Raises:
            ApiError: If it is not approved (409), another plan was decided about since (409), it
                was run already (409), or what `begin` raises.
        """
        with self._lock:
            known = self.plan(hash_)
            if known.approval is None:
                hint = "approve it first: POST /api/plans/HASH/approve"
                raise ApiError(409, "not-approved", f"plan {hash_} is not approved", hint)
            if known.is_run:
                raise ApiError(409, "already-run", f"plan {hash_} was run already")
            if not self._desk.robot.runs.is_last(known.approval):
                hint = "propose and approve it again"
                message = f"another plan was decided about after plan {hash_} was approved"
                raise ApiError(409, "stale-approval", message, hint)
            begin()
            known.is_run = True
            self.current = None

    def require_newest(self, hash_: str) -> KnownPlan:
        """Return the plan with a hash, which is the newest one or approved.

        Raises:
            ApiError: As for `plan`, or if a newer plan waits (409).
        """
        known = self.plan(hash_)
        if self.waiting is not known and known.approval is None:
            raise _stale(hash_)
        return known

    def _keep(self, known: KnownPlan) -> None:
        hash_ = known.plan.hash
        self._plans.pop(hash_, None)
        self._plans[hash_] = known
        while len(self._plans) > MAX_PLANS:
            self._forget(next(iter(self._plans)))

    def _forget(self, hash_: str) -> None:
        self._plans.pop(hash_, None)
        self._forgotten.append(hash_)


def _stale(hash_: str) -> ApiError:
    hint = "look at the newest plan, and approve that one: GET /api/state"
    return ApiError(409, "stale-approval", f"plan {hash_} is not the newest plan any more", hint)


def _line(report: ProposalReport) -> str:
    if isinstance(report, PlanReport):
        if report.is_already_true:
            return f"{report.words}: it is so already"
        count = len(report.steps)
        return f"{report.words}: {count} step{'' if count == 1 else 's'}, plan {report.hash}"
    return getattr(report, "text", "") or getattr(report, "message", "")
