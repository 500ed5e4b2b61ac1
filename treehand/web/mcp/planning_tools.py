"""Tools with which a model understands, plans, verifies, and asks a person to run.

`run` moves nothing by itself: it returns a pending approval, which a person gives on the page or
with ``treehand approve``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from treehand.planners.goals.goal import Goal
from treehand.web.access.api_error import ApiError
from treehand.web.desk.goal_desk import GoalDesk, KnownPlan
from treehand.web.desk.proposal_report import PlanReport, ProposalReport, QuestionReport, report_of
from treehand.web.desk.robot_desk import RobotDesk
from treehand.web.mcp.agent_call import AgentCall, AgentTool, Result
from treehand.web.mcp.robot_status import status_of
from treehand.web.mcp.tool_requests import HashRequest, PlanRequest, WordsRequest

MAX_QUESTIONS = 5
"""Most questions in one call that are put to a person at the agent's host."""


class PlanningTools:
    """The tools.

    Args:
        desk: The robot.
        goals: Its proposals.
        is_read_only: True if nobody may plan or run.
        page: Address at which a person approves.
        announce: Called with a line for the person at the server when an approval is asked for.
    """

    def __init__(
        self,
        desk: RobotDesk,
        goals: GoalDesk,
        *,
        is_read_only: bool,
        page: str,
        announce: Callable[[str], None],
    ) -> None:
        self._desk = desk
        self._goals = goals
        self._is_read_only = is_read_only
        self._page = page
        self._announce = announce
        self._asked: set[str] = set()
        """Hashes of plans whose approval was announced."""

    def all(self) -> tuple[AgentTool, ...]:
        """Return the tools."""
        return (
            AgentTool(
                "understand",
                "Understand words",
                "Read what a person wants from the robot, without planning. Returns the goal as "
                "the robot understands it, or a question with options for the person, or a "
                "refusal with its reason, or an answer. Nothing moves.",
                WordsRequest,
                self._understand,
                is_reading=True,
            ),
            AgentTool(
                "plan",
                "Plan a goal",
                "Make a verified plan for what a person wants. Returns the steps, what cannot be "
                "undone, hazards and the plan's hash; or a question that you put to the person, if "
                "your host did not put it to them already. "
                "Nothing moves. Show the steps to the person, then use 'run' with the hash.",
                PlanRequest,
                self._plan,
            ),
            AgentTool(
                "verify",
                "Verify a plan",
                "Return what verification found about a plan: whether it reaches the goal under "
                "every declared failure of its steps, the failures after which it gives up, and "
                "counterexamples step by step. Nothing moves.",
                HashRequest,
                self._verify,
                is_reading=True,
            ),
            AgentTool(
                "run",
                "Ask to run a plan",
                "Ask a person to approve a plan and run it. You cannot approve: the result is a "
                "pending approval with the address at which a person gives it. Tell the person, "
                "then use 'wait' until it runs and has ended.",
                HashRequest,
                self._run,
                is_idempotent=True,
            ),
        )

    def _understand(self, request: WordsRequest, call: AgentCall) -> Result:
        self._require_writable()
        robot = self._desk.robot
        reading = self._desk.do(
            "planning", lambda: robot.parts.proposer.read(request.text, robot.world)
        ).result()
        if isinstance(reading, Goal):
            words = reading.words or reading.text
            return {"kind": "goal", "goal": words, "literals": list(reading.literals())}
        return _shown(report_of(reading, robot, None, None))

    def _plan(self, request: PlanRequest, call: AgentCall) -> Result:
        self._require_writable()
        waiting = self._goals.waiting
        if waiting is not None and not waiting.is_of_agent:
            message = f"a plan of '{waiting.asked_by}' waits for approval"
            raise ApiError(409, "person-first", message, "wait until a person has decided on it")
        report = self._proposed(request.text, request.question, call.by)
        asked = 0
        while isinstance(report, QuestionReport) and report.options and call.can_ask:
            answer = call.ask(report.text, _form(report))
            choice = str(answer.values.get("answer", ""))
            if answer.action != "accept" or choice not in report.options or asked >= MAX_QUESTIONS:
                break
            asked += 1
            report = self._proposed(choice, report.id, call.by)
        return _shown(report)

    def _proposed(self, text: str, question: str, by: str) -> ProposalReport:
        """Return the proposal for words, or for the answer to a question about them."""
        goals = self._goals
        if question:
            return self._desk.do(
                "planning", lambda: goals.answer(question, text, by, is_of_agent=True)
            ).result()
        return self._desk.do("planning", lambda: goals.propose(text, by, is_of_agent=True)).result()

    def _verify(self, request: HashRequest, call: AgentCall) -> Result:
        known = self._goals.plan(request.hash)
        found = known.report.verification
        if found is None:
            return {"kind": "verification", "is_proven": True, "summary": "nothing moves"}
        return {"kind": "verification", **found.model_dump(mode="json")}

    def _run(self, request: HashRequest, call: AgentCall) -> Result:
        self._require_writable()
        known = self._goals.plan(request.hash)
        if known.is_run:
            return {
                "kind": "run",
                "hash": request.hash,
                "status": status_of(self._desk, self._goals),
            }
        if known.report.is_already_true:
            return {"kind": "already-true", "next": "the goal holds already; nothing moves"}
        self._goals.require_newest(request.hash)
        return self._pending(known, call.by)

    def _pending(self, known: KnownPlan, by: str) -> Result:
        hash_ = known.plan.hash
        if hash_ not in self._asked:
            self._asked.add(hash_)
            steps = ", ".join(step.call for step in known.report.steps)
            self._announce(
                f"'{by}' asks to run plan {hash_}: {steps}\n"
                f"  approve it at {self._page} or with: treehand approve {hash_}"
            )
            self._goals.say(by, f"asks a person to approve and run plan {hash_}")
        return {
            "kind": "pending-approval",
            "hash": hash_,
            "steps": [step.call for step in known.report.steps],
            "irreversible": list(known.report.irreversible),
            "cautions": [caution.text for caution in known.report.cautions],
            "approve_at": self._page,
            "approve_with": f"treehand approve {hash_}",
            "next": "A person has to approve this plan; you cannot. Tell the person, then "
            "use 'wait'.",
        }

    def _require_writable(self) -> None:
        if self._is_read_only:
            raise ApiError(403, "read-only", "this server is read-only; look and stop only")


def _form(report: QuestionReport) -> dict[str, Any]:
    """Return the form in which an agent's host puts a question to the person."""
    answer = {"type": "string", "title": "Answer", "enum": list(report.options)}
    return {"type": "object", "properties": {"answer": answer}, "required": ["answer"]}


def _shown(report: ProposalReport) -> Result:
    """Return a proposal as a model reads it."""
    if not isinstance(report, PlanReport):
        return report.model_dump(mode="json")
    verification = report.verification
    return {
        "kind": "plan",
        "hash": report.hash,
        "goal": report.words,
        "literals": list(report.literals),
        "is_already_true": report.is_already_true,
        "steps": [step.call for step in report.steps],
        "irreversible": list(report.irreversible),
        "only_if_it_comes_to_that": list(report.conditional),
        "cautions": [caution.text for caution in report.cautions],
        "estimates": report.estimates,
        "verification": verification.summary if verification is not None else "nothing moves",
        "next": "show the steps to the person, then ask to run it with the tool 'run'",
    }
