"""Operations on a run that is being debugged: breakpoints, hold, go on, step, state a fact."""

from __future__ import annotations

from collections.abc import Iterator

from treehand.core.errors import InputError, near
from treehand.orchestrator.running.run import Run
from treehand.skills.domain import Atom, SyntaxFault, mismatch_findings, parse_fact
from treehand.trees import Breakpoint
from treehand.web.access.api_error import ApiError
from treehand.web.api.bodies import BreakpointBody, StatedFact
from treehand.web.api.operation import ApiCall, ApiOperation, in_thread
from treehand.web.api.states import HoldState
from treehand.web.desk.goal_desk import GoalDesk
from treehand.web.desk.robot_desk import RobotDesk


class BreakpointOperations:
    """Serves them.

    Args:
        desk: The robot.
        goals: Its conversation.
    """

    def __init__(self, desk: RobotDesk, goals: GoalDesk) -> None:
        self._desk = desk
        self._goals = goals

    def all(self) -> Iterator[ApiOperation]:
        """Yield the operations."""
        yield ApiOperation(
            "GET", "/hold", "Return the breakpoints, and what holds the robot still.", self._hold,
            result=HoldState,
        )  # fmt: skip
        yield ApiOperation(
            "POST", "/breakpoints", "Hold nodes before they begin or after they have ended.",
            self._add, needs="control", body=BreakpointBody, result=HoldState,
        )  # fmt: skip
        yield ApiOperation(
            "POST", "/breakpoints/remove", "Remove a breakpoint; a held node stays held.",
            self._remove, needs="control", body=BreakpointBody, result=HoldState, errors=(404,),
        )  # fmt: skip
        yield ApiOperation(
            "POST", "/hold", "Hold the robot still after the step under way.", self._begin,
            needs="control", result=HoldState, errors=(409,),
        )  # fmt: skip
        yield ApiOperation(
            "POST", "/hold/go-on", "Let a held run go on.", self._go_on, needs="control",
            result=HoldState, errors=(409,),
        )  # fmt: skip
        yield ApiOperation(
            "POST", "/hold/step", "Let a held run go on to the next leaf that acts.", self._step,
            needs="control", result=HoldState, errors=(409,),
        )  # fmt: skip
        yield ApiOperation(
            "POST", "/hold/facts", "State a fact, as a person, while the run is held.",
            self._state, needs="control", body=StatedFact, result=HoldState, errors=(409,),
        )  # fmt: skip

    async def _hold(self, call: ApiCall) -> HoldState:
        return HoldState.of(self._desk)

    async def _add(self, call: ApiCall) -> HoldState:
        point = Breakpoint.written(call.body.node, call.body.moment)
        self._desk.robot.parts.breakpoints.add(point)
        return self._changed()

    async def _remove(self, call: ApiCall) -> HoldState:
        points = self._desk.robot.parts.breakpoints
        point = _point(call.body)
        if not points.remove(point):
            hint = near(str(point), map(str, points.points), what="those there are")
            raise ApiError(404, "unknown-breakpoint", f"no breakpoint {point}", hint or "")
        return self._changed()

    async def _begin(self, call: ApiCall) -> HoldState:
        self._run().request_hold(call.viewer.name)
        return self._changed()

    async def _go_on(self, call: ApiCall) -> HoldState:
        self._held().breakpoints.go_on(call.viewer.name)
        return self._changed()

    async def _step(self, call: ApiCall) -> HoldState:
        self._held().breakpoints.go_on(call.viewer.name, to_next_step=True)
        return self._changed()

    async def _state(self, call: ApiCall) -> HoldState:
        body: StatedFact = call.body
        run, atom = self._held(), self._atom(body)
        try:
            await in_thread(lambda: run.breakpoints.state(atom))
        except InputError as error:
            first = error.findings[0]
            raise ApiError(409, first.code, first.message, first.hint or "") from error
        self._goals.say(call.viewer.name, f"stated: {atom}")
        return self._changed()

    def _atom(self, body: StatedFact) -> Atom:
        deployment = self._desk.robot.deployment
        try:
            atom = Atom(parse_fact(body.fact), body.value)
        except SyntaxFault as fault:
            raise ApiError(422, "wrong-fact", fault.message, "write on(cup, tray)") from fault
        found = list(mismatch_findings(deployment.vocabulary.check(atom, {}), None, body.fact))
        if found:
            raise ApiError(422, "unknown-fact", found[0].message, found[0].hint or "")
        return atom

    def _run(self) -> Run:
        session = self._desk.robot.runs.current
        run = session.run if session is not None else None
        if run is None or run.is_over:
            raise ApiError(409, "no-run", "no run is under way", "approve a plan and run it")
        return run

    def _held(self) -> Run:
        run = self._run()
        if not run.is_held:
            hint = "hold it, POST /api/hold, or set a breakpoint"
            raise ApiError(409, "not-held", "the run is not held", hint)
        return run

    def _changed(self) -> HoldState:
        self._desk.feed.touch()
        return HoldState.of(self._desk)


def _point(body: BreakpointBody) -> Breakpoint:
    return Breakpoint(body.node, body.moment)
