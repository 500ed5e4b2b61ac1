"""Tools with which a language model agent uses a robot: it may look, plan and stop, never approve.

An agent proposes; a person approves. So there is no tool that moves the robot: `plan` returns a
plan's hash, and the program that owns the robot gets the plan from `RobotTools.plans`, shows it to
a person and runs what was approved.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from treehand.core.errors import TreehandError
from treehand.orchestrator.history.explain import explain
from treehand.orchestrator.sessions.robot import Robot
from treehand.orchestrator.store.journal import read_entries
from treehand.planners import Goal, Plan
from treehand.planners.goals.readings import Answer, Question, Reading, Refusal

MAX_PLANS = 20
"""Most plans that are kept for approval; the oldest one is forgotten."""
MAX_LINES = 60
"""Most lines of an explanation."""

Result = dict[str, Any]


@dataclass(frozen=True)
class Tool:
    """One tool: its name and description for the model, its parameter, and its function."""

    name: str
    description: str
    parameter: str
    """Name of its one text parameter; empty if it has none."""
    about: str
    """Description of the parameter."""
    use: Callable[[str], Result]

    @property
    def schema(self) -> dict[str, Any]:
        """Return the JSON Schema of its parameters, as strict validators take it."""
        properties: dict[str, Any] = {}
        if self.parameter:
            properties[self.parameter] = {"type": "string", "description": self.about}
        return {
            "type": "object",
            "properties": properties,
            "required": list(properties),
            "additionalProperties": False,
        }


class RobotTools:
    """The tools of one robot; each returns JSON and raises nothing.

    They may be used from several threads. While a run is under way, only `status` and `stop` do
    their work.

    Args:
        robot: The robot; its owner closes it.
    """

    def __init__(self, robot: Robot) -> None:
        self._robot = robot
        self._lock = threading.Lock()
        self.plans: dict[str, Plan] = {}
        """The plans that were proposed, by hash, for a person to approve."""
        self.tools: tuple[Tool, ...] = (
            Tool(
                "understand",
                "Read what a person wants from the robot, without planning. Returns the goal, or a "
                "question with options, or a refusal, or an answer.",
                "text",
                "The person's own words, unchanged.",
                self._understand,
            ),
            Tool(
                "plan",
                "Make a checked plan for what a person wants. Nothing moves: a person approves the "
                "plan by its hash, outside of this conversation.",
                "text",
                "The person's own words, unchanged.",
                self._plan,
            ),
            Tool(
                "status",
                "Return whether the robot runs or is stopped, the last result, and what it "
                "believes to be true.",
                "",
                "",
                self._status,
            ),
            Tool(
                "explain",
                "Answer a question about the last run from its journal: why it failed, what it "
                "did, what it retried.",
                "question",
                "The question.",
                self._explain,
            ),
            Tool(
                "stop",
                "Stop the robot at once. Use it whenever a person asks for it or is in danger. "
                "Only a person can lift the stop.",
                "reason",
                "The reason, for the journal.",
                self._stop,
            ),
        )

    def use(self, name: str, arguments: Mapping[str, Any] | str) -> str:
        """Return the result of a tool, as JSON; mistakes and errors are under ``error``.

        Args:
            name: Name of the tool.
            arguments: Its arguments, or the JSON text of them.
        """
        tool = next((tool for tool in self.tools if tool.name == name), None)
        if tool is None:
            known = ", ".join(tool.name for tool in self.tools)
            return _json({"error": f"there is no tool '{name}'; there are {known}"})
        text, mistake = _argument(tool, arguments)
        if mistake:
            return _json({"error": mistake})
        try:
            return _json(tool.use(text))
        except TreehandError as error:
            return _json({"error": str(error)})

    def _understand(self, text: str) -> Result:
        with self._lock:
            return self._busy() or _reading(
                self._robot.parts.proposer.read(text, self._robot.world)
            )

    def _plan(self, text: str) -> Result:
        with self._lock:
            busy = self._busy()
            if busy:
                return busy
            proposal = self._robot.propose(text)
            if not isinstance(proposal, Plan):
                return _reading(proposal)
            self.plans.pop(proposal.hash, None)
            self.plans[proposal.hash] = proposal
            while len(self.plans) > MAX_PLANS:
                del self.plans[next(iter(self.plans))]
        return {
            "kind": "plan",
            "goal": proposal.goal.words or proposal.goal.text,
            "literals": list(proposal.goal.literals()),
            "is_already_true": proposal.is_already_true,
            "steps": [str(call) for call in proposal.steps],
            "irreversible": [str(call) for call in proposal.certificate.irreversible],
            "duration_s": round(proposal.estimates.duration_s, 1),
            "hash": proposal.hash,
            "next": "a person has to approve this plan; you cannot",
        }

    def _status(self, _: str) -> Result:
        session = self._robot.runs.current
        stop = self._robot.parts.stops.stop
        result = session.result if session is not None else None
        facts = self._robot.world.facts.true_facts()
        return {
            "kind": "status",
            "world": self._robot.deployment.kind.name,
            "is_running": self._is_running(),
            "stopped": str(stop) if stop is not None else None,
            "last_run": session.run_id if session is not None else None,
            "last_outcome": result.outcome.value if result is not None else None,
            "last_message": result.message if result is not None else None,
            "true": [str(fact) for fact in facts],
        }

    def _explain(self, question: str) -> Result:
        with self._lock:
            session = self._robot.runs.current
            files = session.recorder.files if session is not None else None
            if files is None:
                return {"error": "there is no journal of a run yet"}
            lines = explain(list(read_entries(files.journal)), question)
        return {"kind": "explanation", "lines": [str(line) for line in lines[:MAX_LINES]]}

    def _stop(self, reason: str) -> Result:
        self._robot.stop(reason or "no reason given", by="an agent")
        return {"kind": "stopped", "next": "only a person can lift the stop"}

    def _busy(self) -> Result | None:
        return (
            {"error": "a run is under way; only status and stop work"}
            if self._is_running()
            else None
        )

    def _is_running(self) -> bool:
        session = self._robot.runs.current
        run = session.run if session is not None else None
        return run is not None and not run.is_over


def _reading(read: Reading) -> Result:
    """Return a reading as JSON holds it."""
    match read:
        case Goal():
            words = read.words or read.text
            return {"kind": "goal", "goal": words, "literals": list(read.literals())}
        case Question():
            return {"kind": "question", "question": read.text, "options": list(read.options)}
        case Refusal():
            return {"kind": read.kind, "reason": read.message}
        case Answer():
            return {"kind": "answer", "answer": read.text}


def _argument(tool: Tool, arguments: Mapping[str, Any] | str) -> tuple[str, str]:
    """Return a tool's text, and what is wrong with the arguments; one of them is empty."""
    if isinstance(arguments, str):
        try:
            arguments = json.loads(arguments or "{}")
        except (ValueError, RecursionError) as error:
            return "", f"the arguments of '{tool.name}' are not JSON: {error}"
    if not isinstance(arguments, Mapping):
        return "", f"the arguments of '{tool.name}' are not an object"
    if not tool.parameter:
        return "", ""
    text = arguments.get(tool.parameter)
    if not isinstance(text, str) or not text.strip():
        return "", f"'{tool.name}' needs a text '{tool.parameter}'"
    return text, ""


def _json(result: Result) -> str:
    return json.dumps(result, ensure_ascii=False)
