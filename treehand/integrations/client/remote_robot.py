"""A served robot with the surface of `treehand.Robot`."""

from __future__ import annotations

import contextlib
import hashlib
import json
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar
from urllib.parse import quote

from pydantic import TypeAdapter

from treehand.core.errors import InputError, RobotClosed, StillStopped, WrongApproval
from treehand.core.events import EVENTS
from treehand.core.events.event_records import BaseEvent
from treehand.core.literals import Fact
from treehand.integrations.client.http_session import HttpSession, ServerError, read_token
from treehand.orchestrator.people.approval import Approval, Approver, Decision, decide
from treehand.orchestrator.running.result import GoalReport, Outcome, RunResult
from treehand.orchestrator.safety.latched_stop import LatchedStop
from treehand.orchestrator.sessions.robot import NotApproved
from treehand.planners import Answer, Certificate, Estimates, Goal, Plan, Question, Refusal
from treehand.planners.hazards.caution import Caution
from treehand.skills.domain import parse_fact
from treehand.trees import parse_tree

E = TypeVar("E", bound=BaseEvent)
Proposal = Plan | Question | Refusal | Answer
PAUSE_S = 1.0
"""Pause before a lost event stream is taken up again, in seconds."""
_QUESTIONS: TypeAdapter[Question] = TypeAdapter(Question)


def connect(
    url: str, *, token: str = "", token_file: str | Path | None = None, takes_control: bool = True
) -> RemoteRobot:
    """Connect to a robot that `treehand serve` serves.

    Args:
        url: Its address, as ``treehand serve`` prints it.
        token: Token of a program.
        token_file: File that holds it, as ``--token-file`` writes it.
        takes_control: False to look and stop only.

    Raises:
        ServerError: If it cannot be reached, refuses the token, or another viewer has control.
        InputError: If the address is none, or the file cannot be read.
    """
    if token_file is not None:
        token = read_token(Path(token_file))
    session = HttpSession(url, token)
    if takes_control:
        session.ask("POST", "/control")
    return RemoteRobot(session)


class RemoteRobot:
    """A served robot; its methods are those of `treehand.Robot`.

    Args:
        session: Requests to the server.
    """

    def __init__(self, session: HttpSession) -> None:
        self._session = session
        self._is_closed = False
        self._closing = threading.Event()
        self._approval: Approval | None = None
        self._listeners: dict[object, tuple[type[BaseEvent], Callable[[Any], None]]] = {}
        self._thread: threading.Thread | None = None
        state = self._state()
        self._last = str(state["last_event"])

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def propose(self, text: str) -> Proposal:
        """Return a plan for a goal in plain words; or a question, a refusal, an answer.

        Raises:
            ServerError: If the server refuses it.
            RobotClosed: After `close`.
        """
        return _proposal(self._ask("POST", "/proposals", {"text": text}))

    def answer(self, question: Question, choice: str) -> Proposal:
        """Return the proposal for a question's words, with one of its options as the answer.

        Raises:
            InputError: If the choice is not one of the options.
            ServerError: If the server refuses it.
            RobotClosed: After `close`.
        """
        if question.options and choice not in question.options:
            hint = "options: " + ", ".join(f"'{option}'" for option in question.options)
            raise InputError.of("wrong-answer", f"'{choice}' is not an option", hint=hint)
        if not question.options:
            return self.propose(choice)
        path = f"/proposals/{_question_id(question)}/answer"
        return _proposal(self._ask("POST", path, {"choice": choice}))

    def approve(self, plan: Plan, *, by: str | Approver) -> Approval:
        """Return the approval of a plan, which `run` takes; see `treehand.Robot.approve`.

        The server's journal names the viewer whose token this is.

        Raises:
            NotApproved: If nobody approved it.
            ServerError: If the plan is not the newest one any more, or was approved already.
            RobotClosed: After `close`.
        """
        decision = decide(plan, by)
        path = f"/plans/{quote(plan.hash, safe='')}"
        if not decision.is_approved:
            self._ask("POST", f"{path}/reject", {"reason": decision.reason})
            raise NotApproved(_rejected(plan, decision))
        self._ask("POST", f"{path}/approve", {"confirm": decision.confirms})
        self._approval = Approval(plan, confirms=decision.confirms, by=decision.by)
        return self._approval

    def run(self, approval: Approval) -> RunResult:
        """Run an approved plan, wait for its end and return how it ended.

        Raises:
            WrongApproval: If this robot did not give it, or it was used already.
            ServerError: If the server refuses it, or is lost; the run goes on there.
            RobotClosed: After `close`.
        """
        if approval is not self._approval:
            raise WrongApproval("this approval is not the robot's last one, or was used already")
        self._approval = None
        after = str(self._state()["last_event"])
        run = str(self._ask("POST", "/runs", {"hash": approval.plan.hash})["run"])
        for kind, data in self._session.stream(after):
            if kind == "reset":
                break  # it fell behind: the state has the result
            if kind == "desk" and data["run"] == run and data["work"] == "idle":
                break
        return self._result(run, approval.plan)

    def on(self, kind: type[E], listener: Callable[[E], None]) -> Callable[[], None]:
        """Pass every event of a class to a listener; return the function that ends that.

        Args:
            kind: An event class of `treehand.events`.
            listener: Called on a thread of the client, after the event is journalled.

        Raises:
            RobotClosed: After `close`.
        """
        self._require_open()
        key = object()
        self._listeners[key] = (kind, listener)
        if self._thread is None:
            self._thread = threading.Thread(target=self._listen, name="events", daemon=True)
            self._thread.start()

        def leave() -> None:
            self._listeners.pop(key, None)

        return leave

    def stop(self, reason: str, *, by: str = "", is_immediate: bool = False) -> None:
        """Stop the robot, from any thread; nothing begins before `rearm`.

        Args:
            reason: Cause, for the journal.
            by: Not used: the journal names the viewer whose token this is.
            is_immediate: True to stop the robot before the running skill has halted.

        Raises:
            ServerError: If the server cannot be reached: the robot is not stopped then.
        """
        for _ in range(2 if is_immediate else 1):
            self._session.ask("POST", "/stop", {"reason": reason})

    @property
    def stops(self) -> tuple[LatchedStop, ...]:
        """Return the stops in force in this robot's world, oldest first."""
        fields = ("reason", "by", "at", "run", "id")
        told = self._state()["desk"]["stops"]
        return tuple(LatchedStop(**{name: one[name] for name in fields}) for one in told)

    def rearm(self, by: str, stops: Sequence[LatchedStop] | None = None) -> tuple[Fact, ...]:
        """Lift latched stops after a look at the world; see `treehand.Robot.rearm`.

        Args:
            by: Not used: the journal names the viewer whose token this is.
            stops: The stops that this person was shown; those in force if left out.

        Raises:
            StillStopped: If another stop is in force.
            ServerError: If the server refuses it.
            RobotClosed: After `close`.
        """
        shown = self.stops if stops is None else tuple(stops)
        try:
            seen = self._ask("POST", "/rearm", {"stops": [stop.id for stop in shown]})
        except ServerError as error:
            if error.finding.code == "still-stopped":
                raise StillStopped([error.finding.message]) from error
            raise
        return _facts(seen["facts"])

    def look(self) -> tuple[Fact, ...]:
        """Return the facts that are seen to be true now.

        Raises:
            ServerError: If the server refuses it.
            RobotClosed: After `close`.
        """
        return _facts(self._ask("POST", "/look")["facts"])

    def close(self) -> None:
        """Give control up; the served robot goes on without this client.

        A server that is gone, or that let go of this client, has no control to give up.
        """
        if not self._is_closed:
            self._is_closed = True
            self._closing.set()
            self._listeners.clear()
            with contextlib.suppress(ServerError):
                self._session.ask("DELETE", "/control")

    def _ask(self, method: str, path: str, body: object = None) -> Any:
        self._require_open()
        return self._session.ask(method, path, body)

    def _state(self) -> dict[str, Any]:
        self._require_open()
        found: dict[str, Any] = self._session.ask("GET", "/state")
        return found

    def _require_open(self) -> None:
        if self._is_closed:
            raise RobotClosed

    def _listen(self) -> None:
        """Pass events on until `close`; a lost stream is taken up where it broke off."""
        while not self._closing.is_set():
            try:
                for kind, data in self._session.stream(self._last):
                    if self._closing.is_set():
                        return
                    if kind == "":
                        self._pass_on(data)
            except ServerError:
                self._closing.wait(PAUSE_S)

    def _pass_on(self, entry: dict[str, Any]) -> None:
        self._last = f"{self._last.partition('-')[0]}-{entry['number']}"
        event = EVENTS.validate_python(entry["event"])
        for wanted, listener in tuple(self._listeners.values()):
            if isinstance(event, wanted):
                listener(event)

    def _result(self, run: str, plan: Plan) -> RunResult:
        told = self._state()["desk"]
        entries = self._ask("GET", f"/runs/{run}/events")
        events = [EVENTS.validate_python(entry["event"]) for entry in entries]
        ended = next((e for e in reversed(events) if e.event == "run-ended"), None)
        if ended is None or ended.event != "run-ended":
            raise ServerError(0, "no-result", told["problem"] or "the run has no end", "")
        return RunResult(
            outcome=Outcome(ended.outcome),
            world_true=ended.world_true,
            goal=GoalReport(words=plan.goal.words, literals=plan.goal.literals()),
            leaves_run=ended.leaves_run,
            failures=ended.failures,
            retries=ended.retries,
            replans=ended.replans,
            overruns=ended.overruns,
            failure=ended.failure,
            evidence=ended.evidence,
            sim_time_s=ended.t_s - events[0].t_s,
            run_id=run,
            plan_hash=plan.hash,
            message=ended.message,
        )


def _proposal(told: dict[str, Any]) -> Proposal:
    """Return a proposal as this process has it."""
    match told["kind"]:
        case "plan":
            return _plan(told)
        case "question":
            return _QUESTIONS.validate_python(told["question"])
        case "answer":
            hints = tuple(told["hints"])
            return Answer(told["text"], told["said"], tuple(told["facts"]), hints)
    return Refusal(
        told["message"],
        told["kind"],
        told["said"],
        _goal(told["goal"]),
        told["hazard"],
        _goal(told["offered"]),
    )


def _plan(told: dict[str, Any]) -> Plan:
    estimates = Estimates.model_validate(told["estimates"])
    tree = parse_tree(json.dumps(told["tree"]), file=f"plan {told['hash']}")
    return Plan(
        goal=Goal.model_validate(told["goal"]),
        tree=tree,
        arguments=told["arguments"],
        certificate=Certificate.model_validate(told["certificate"]),
        estimate=lambda: estimates,
        hash=told["hash"],
        is_already_true=told["is_already_true"],
        cautions=tuple(
            Caution(
                one["rule"],
                one["level"],
                one["reason"],
                Goal(text=one["follow_up"]) if one["follow_up"] else None,
            )
            for one in told["cautions"]
        ),
    )


def _goal(told: dict[str, Any] | None) -> Goal | None:
    return Goal.model_validate(told) if told is not None else None


def _facts(told: Sequence[str]) -> tuple[Fact, ...]:
    return tuple(map(parse_fact, told))


def _question_id(question: Question) -> str:
    told = json.dumps([question.text, question.options, question.said])
    return hashlib.sha256(told.encode()).hexdigest()[:16]


def _rejected(plan: Plan, decision: Decision) -> RunResult:
    message = f"the plan was not approved: {decision.reason or 'no'}; nothing was moved"
    return RunResult(outcome=Outcome.REFUSED, message=message, plan_hash=plan.hash)
