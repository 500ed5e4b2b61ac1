"""Tools of the served robot for a model: it may look, plan and stop, never approve.

`run` moves nothing by itself: it returns a pending approval, which a person gives on the page or
with ``treehand approve``.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ValidationError

from treehand.core.errors import TreehandError
from treehand.documents.reader import mistakes
from treehand.planners.goals.goal import Goal
from treehand.web.access.api_error import ApiError, api_error
from treehand.web.desk.goal_desk import GoalDesk, KnownPlan
from treehand.web.desk.proposal_report import PlanReport, ProposalReport, report_of
from treehand.web.desk.robot_desk import RobotDesk
from treehand.web.desk.run_archive import RunArchive
from treehand.web.mcp.tool_requests import (
    ExplainRequest,
    FactsRequest,
    HashRequest,
    NoArguments,
    PlanRequest,
    StopArguments,
    ToolRequest,
    WordsRequest,
)

MAX_LINES = 60
"""Most lines of an explanation."""
MAX_FACTS = 500
"""Most beliefs in one answer."""
Result = dict[str, Any]


@dataclass(frozen=True)
class AgentTool:
    """One tool: its name and description for the model, its arguments, its function."""

    name: str
    title: str
    description: str
    request: type[ToolRequest]
    use: Callable[[Any, str], Result]
    """Takes the checked arguments and the name of the agent."""
    is_reading: bool = False
    """True if it changes nothing."""


@dataclass(frozen=True)
class ToolAnswer:
    """Result of a tool, or an error that the model is to read."""

    result: Result
    is_error: bool = False


class AgentTools:
    """The tools.

    Args:
        desk: The robot.
        goals: Its proposals.
        archive: Its runs.
        is_read_only: True if nobody may plan or run.
        page: Address at which a person approves.
        announce: Called with a line for the person at the server when an approval is asked for.
    """

    def __init__(
        self,
        desk: RobotDesk,
        goals: GoalDesk,
        archive: RunArchive,
        *,
        is_read_only: bool,
        page: str,
        announce: Callable[[str], None],
    ) -> None:
        self._desk = desk
        self._goals = goals
        self._archive = archive
        self._is_read_only = is_read_only
        self._page = page
        self._announce = announce
        self._asked: set[str] = set()
        """Hashes of plans whose approval was announced."""
        self.tools: tuple[AgentTool, ...] = (*self._planning(), *self._looking())

    def use(self, name: str, arguments: object, by: str) -> ToolAnswer:
        """Return the result of a tool; blocks until the robot has answered.

        Args:
            name: Name of a tool in `tools`.
            arguments: Its arguments, unchecked.
            by: Name of the agent, for the journal.
        """
        tool = next(tool for tool in self.tools if tool.name == name)
        try:
            request = tool.request.model_validate(arguments)
        except ValidationError as error:
            told = "; ".join(_told(one["loc"], one["msg"]) for one in mistakes(error)[:5])
            return _error("wrong-arguments", f"'{name}': {told}", "")
        try:
            return ToolAnswer(tool.use(request, by))
        except TreehandError as error:
            report = api_error(error).report
            return _error(report.code, report.message, report.hint)

    def _planning(self) -> tuple[AgentTool, ...]:
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
                "undone, hazards and the plan's hash; or a question that you put to the person. "
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
                "then look with 'status' whether it runs.",
                HashRequest,
                self._run,
            ),
        )

    def _looking(self) -> tuple[AgentTool, ...]:
        return (
            AgentTool(
                "status",
                "Robot status",
                "Return what the robot does now: idle, planning, looking or running; the stops in "
                "force, the plan that waits for a person, the open question, the last result.",
                NoArguments,
                self._status,
                is_reading=True,
            ),
            AgentTool(
                "facts",
                "Beliefs about the world",
                "Return what the robot believes to be true or false about objects and places, "
                "with the source and age in seconds of each belief. What is not listed is "
                "unknown.",
                FactsRequest,
                self._facts,
                is_reading=True,
            ),
            AgentTool(
                "explain",
                "Explain a run",
                "Answer a question about a past run from its journal: why it failed, what it did, "
                "what it retried.",
                ExplainRequest,
                self._explain,
                is_reading=True,
            ),
            AgentTool(
                "stop",
                "Stop the robot",
                "Stop the robot at once. Use it whenever a person asks for it or is in danger; do "
                "not ask first. Only a person can lift the stop.",
                StopArguments,
                self._stop,
            ),
        )

    # Planning.

    def _understand(self, request: WordsRequest, by: str) -> Result:
        self._require_writable()
        robot = self._desk.robot
        reading = self._done(
            self._desk.do("planning", lambda: robot.parts.proposer.read(request.text, robot.world))
        )
        if isinstance(reading, Goal):
            words = reading.words or reading.text
            return {"kind": "goal", "goal": words, "literals": list(reading.literals())}
        return _shown(report_of(reading, robot, None, None))

    def _plan(self, request: PlanRequest, by: str) -> Result:
        self._require_writable()
        waiting = self._goals.waiting
        if waiting is not None and not waiting.is_of_agent:
            message = f"a plan of '{waiting.asked_by}' waits for approval"
            raise ApiError(409, "person-first", message, "wait until a person has decided on it")
        goals, text, id_ = self._goals, request.text, request.question
        report = self._done(
            self._desk.do(
                "planning",
                (lambda: goals.answer(id_, text, by, is_of_agent=True))
                if id_
                else (lambda: goals.propose(text, by, is_of_agent=True)),
            )
        )
        return _shown(report)

    def _verify(self, request: HashRequest, by: str) -> Result:
        known = self._goals.plan(request.hash)
        found = known.report.verification
        if found is None:
            return {"kind": "verification", "is_proven": True, "summary": "nothing moves"}
        return {"kind": "verification", **found.model_dump(mode="json")}

    def _run(self, request: HashRequest, by: str) -> Result:
        self._require_writable()
        known = self._goals.plan(request.hash)
        if known.is_run:
            return {"kind": "run", "hash": request.hash, "status": self._status_now()}
        if known.report.is_already_true:
            return {"kind": "already-true", "next": "the goal holds already; nothing moves"}
        self._goals.require_newest(request.hash)
        return self._pending(known, by)

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
            "next": "A person has to approve this plan; you cannot. Tell the person, and look "
            "with 'status' whether it runs.",
        }

    # Looking.

    def _status(self, request: NoArguments, by: str) -> Result:
        return {"kind": "status", **self._status_now()}

    def _status_now(self) -> Result:
        desk, result, put = self._desk, self._desk.result, self._desk.person.open
        waiting = self._goals.waiting
        return {
            "world": desk.robot.deployment.kind.name,
            "work": desk.work,
            "stops": [str(stop) for stop in desk.stops()],
            "waits_for_approval": waiting.plan.hash
            if waiting is not None and waiting.approval is None
            else None,
            "question": {"text": put.question.text, "options": list(put.question.options)}
            if put is not None
            else None,
            "run": desk.run_id or None,
            "last_outcome": result.outcome.value if result is not None else None,
            "last_message": result.message if result is not None else desk.problem or None,
        }

    def _facts(self, request: FactsRequest, by: str) -> Result:
        world = self._desk.robot.world
        now_s = world.clock.now_s()
        found = [
            {
                "fact": str(fact),
                "value": held.value,
                "source": held.source,
                "age_s": round(max(now_s - held.time_s, 0.0), 1),
            }
            for fact, held in world.facts.copy().known()
            if not request.about or request.about in (fact.predicate, *fact.terms)
        ]
        return {"kind": "facts", "facts": found[:MAX_FACTS], "count": len(found)}

    def _explain(self, request: ExplainRequest, by: str) -> Result:
        run = request.run or self._desk.run_id or self._archive.newest
        lines = self._archive.explain(run, request.question)
        return {"kind": "explanation", "run": run, "lines": lines[:MAX_LINES]}

    def _stop(self, request: StopArguments, by: str) -> Result:
        was_moving = self._desk.work == "running"
        rest = self._desk.stop(request.reason or "no reason given", by).result()
        self._goals.say(by, f"STOP: {request.reason}".rstrip(": "))
        is_confirmed = rest.acknowledged if rest is not None else not was_moving
        return {
            "kind": "stopped",
            "is_at_rest": is_confirmed,
            "next": "only a person can lift the stop",
        }

    def _require_writable(self) -> None:
        if self._is_read_only:
            raise ApiError(403, "read-only", "this server is read-only; look and stop only")

    @staticmethod
    def _done(work: Future[Any]) -> Any:
        return work.result()


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


def _told(place: tuple[int | str, ...], message: str) -> str:
    where = ".".join(map(str, place))
    return f"{where}: {message}" if where else message


def _error(code: str, message: str, hint: str) -> ToolAnswer:
    told = {"code": code, "message": message} | ({"hint": hint} if hint else {})
    return ToolAnswer({"error": told}, is_error=True)


def schema_of(request: type[BaseModel]) -> dict[str, Any]:
    """Return the JSON Schema of a tool's arguments, without titles."""
    schema = request.model_json_schema()
    schema.pop("title", None)
    schema.pop("description", None)
    for one in schema.get("properties", {}).values():
        one.pop("title", None)
    schema.setdefault("properties", {})
    return schema
