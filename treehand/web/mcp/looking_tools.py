"""Tools with which a model looks, waits, asks about runs, and stops."""

from __future__ import annotations

import threading
import time

from treehand.orchestrator.history.event_text import event_line
from treehand.web.access.api_error import ApiError
from treehand.web.desk.camera_feed import CameraFeed
from treehand.web.desk.goal_desk import GoalDesk
from treehand.web.desk.robot_desk import RobotDesk
from treehand.web.desk.run_archive import RunArchive
from treehand.web.mcp.agent_call import AgentCall, AgentTool, Attachment, Result, ToolAnswer
from treehand.web.mcp.robot_status import facts_of, status_of
from treehand.web.mcp.tool_requests import (
    ExplainRequest,
    FactsRequest,
    LookRequest,
    NoArguments,
    StopArguments,
    WaitRequest,
)

MAX_LINES = 60
"""Most lines of an explanation."""
MAX_FACTS = 500
"""Most beliefs in one answer."""
LOOK_AGAIN_S = 0.1
"""Time between two looks at the robot while a model waits, in seconds."""
REPORT_S = 1.0
"""Time between two reports of progress, in seconds."""


class LookingTools:
    """The tools.

    Args:
        desk: The robot.
        goals: Its proposals.
        archive: Its runs.
        cameras: Its cameras.
    """

    def __init__(
        self, desk: RobotDesk, goals: GoalDesk, archive: RunArchive, cameras: CameraFeed
    ) -> None:
        self._desk = desk
        self._goals = goals
        self._archive = archive
        self._cameras = cameras

    def all(self) -> tuple[AgentTool, ...]:
        """Return the tools."""
        return (*self._seeing(), *self._following())

    def _seeing(self) -> tuple[AgentTool, ...]:
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
                "look",
                "Look through a camera",
                "Return the newest picture of one of the robot's cameras. It does not change "
                "what the robot believes; 'facts' tells that.",
                LookRequest,
                self._look,
                is_reading=True,
            ),
        )

    def _following(self) -> tuple[AgentTool, ...]:
        return (
            AgentTool(
                "wait",
                "Wait for the robot",
                "Wait until a person has approved or rejected, a run begins or ends, a question "
                "is put, or the robot is stopped; at most 'timeout_s' seconds, and not at all if "
                "nothing is under way. Returns the status and the lines of the journal that came "
                "meanwhile. Use it again if 'is_changed' is false and something still goes on.",
                WaitRequest,
                self._wait,
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
                is_idempotent=True,
                is_urgent=True,
            ),
        )

    def _status(self, request: NoArguments, call: AgentCall) -> Result:
        return {"kind": "status", **status_of(self._desk, self._goals)}

    def _facts(self, request: FactsRequest, call: AgentCall) -> Result:
        found = facts_of(self._desk, request.about)
        return {"kind": "facts", "facts": found[:MAX_FACTS], "count": len(found)}

    def _look(self, request: LookRequest, call: AgentCall) -> ToolAnswer:
        robot = self._desk.robot
        names = self._cameras.names(robot)
        if not names:
            raise ApiError(404, "unknown-camera", "this robot has no camera")
        camera = request.camera or names[0]
        picture = self._cameras.picture(robot, camera)
        result = {"kind": "picture", "camera": camera, "cameras": list(names)}
        return ToolAnswer(
            {**result, "t_s": round(picture.taken_s, 3)},
            attachments=(Attachment(picture.media_type, picture.content),),
        )

    def _wait(self, request: WaitRequest, call: AgentCall) -> Result:
        desk, pause = self._desk, threading.Event()
        before, seen, lines = self._signature(), desk.feed.last, list[str]()
        began_s = time.monotonic()
        reported_s = began_s - REPORT_S
        while True:
            for entry in desk.feed.after(seen) or ():
                seen, line = entry.number, event_line(entry.event)
                if line is not None:
                    lines.append(line.plain.strip())
                    call.tell(lines[-1])
            now_s = time.monotonic()
            is_changed = self._signature() != before
            is_late = now_s - began_s >= request.timeout_s
            if is_changed or is_late or call.is_over or not self._is_anything_awaited():
                break
            if now_s - reported_s >= REPORT_S:
                call.report(now_s - began_s, request.timeout_s, desk.work)
                reported_s = now_s
            pause.wait(LOOK_AGAIN_S)
        told = {"kind": "status", "is_changed": is_changed, "lines": lines[-MAX_LINES:]}
        return told | status_of(desk, self._goals)

    def _is_anything_awaited(self) -> bool:
        desk = self._desk
        return desk.work != "idle" or self._goals.waiting is not None

    def _signature(self) -> tuple[object, ...]:
        """Return a value that changes with everything that `wait` waits for."""
        desk, waiting, put = self._desk, self._goals.waiting, self._desk.person.open
        return (
            desk.work == "running",
            desk.run_id,
            len(desk.stops()),
            waiting.plan.hash if waiting is not None else "",
            put.number if put is not None else 0,
        )

    def _explain(self, request: ExplainRequest, call: AgentCall) -> Result:
        run = request.run or self._desk.run_id or self._archive.newest
        lines = self._archive.explain(run, request.question)
        return {"kind": "explanation", "run": run, "lines": lines[:MAX_LINES]}

    def _stop(self, request: StopArguments, call: AgentCall) -> Result:
        was_moving = self._desk.work == "running"
        rest = self._desk.stop(request.reason or "no reason given", call.by).result()
        self._goals.say(call.by, f"STOP: {request.reason}".rstrip(": "))
        is_confirmed = rest.acknowledged if rest is not None else not was_moving
        return {
            "kind": "stopped",
            "is_at_rest": is_confirmed,
            "next": "only a person can lift the stop",
        }
