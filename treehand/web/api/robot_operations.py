"""Operations on the robot: propose, approve, run, answer, stop, re-arm, look."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

from starlette.responses import FileResponse, Response

from treehand.trees import parse_tree
from treehand.trees.drawing.tree_outline import TreeOutline, TreeReport
from treehand.web.access.api_error import ApiError
from treehand.web.api.bodies import (
    AnswerBody,
    ApprovalBody,
    RearmBody,
    Rejection,
    RunBody,
    SaidWords,
    StopBody,
    TreeText,
)
from treehand.web.api.operation import ApiCall, ApiOperation, in_thread
from treehand.web.api.state_maker import StateMaker
from treehand.web.api.states import (
    ApprovedPlan,
    BegunRun,
    BeliefState,
    SeenFacts,
    ServerState,
    StopAnswer,
)
from treehand.web.desk.goal_desk import GoalDesk
from treehand.web.desk.proposal_report import PlanReport, ProposalReport
from treehand.web.desk.robot_desk import RobotDesk

T = TypeVar("T")
HASH = {"hash": "Hash of the plan."}


class RobotOperations:
    """Serves them.

    Args:
        desk: The robot.
        goals: Its proposals.
        states: Makes states.
    """

    def __init__(self, desk: RobotDesk, goals: GoalDesk, states: StateMaker) -> None:
        self._desk = desk
        self._goals = goals
        self._states = states

    def all(self) -> Iterator[ApiOperation]:
        """Yield the operations."""
        yield from self._reading()
        yield from self._acting()

    def _reading(self) -> Iterator[ApiOperation]:
        yield ApiOperation(
            "GET", "/state", "Return the robot, its world, the proposal, stops and viewers.",
            self._state, result=ServerState,
        )  # fmt: skip
        yield ApiOperation(
            "GET", "/facts", "Return every belief with source and age.", self._facts,
            result=list[BeliefState],
        )  # fmt: skip
        yield ApiOperation(
            "GET", "/plans/{hash}", "Return a plan that was proposed.", self._plan,
            result=PlanReport, errors=(404, 409), parameters=HASH,
        )  # fmt: skip
        yield ApiOperation(
            "GET", "/plans/{hash}/tree", "Return the tree of a plan that was proposed.",
            self._plan_tree, result=TreeReport, errors=(404, 409), parameters=HASH,
        )  # fmt: skip
        yield ApiOperation(
            "GET", "/questions/{number}/picture", "Return the picture of the open question.",
            self._question_picture, media_type="image/png", errors=(404,),
            parameters={"number": "Number of the question."},
        )  # fmt: skip

    def _acting(self) -> Iterator[ApiOperation]:
        yield ApiOperation(
            "POST", "/stop", "Stop the robot; nothing begins before it is re-armed.", self._stop,
            body=StopBody, result=StopAnswer,
        )  # fmt: skip
        yield ApiOperation(
            "POST", "/proposals", "Read a person's words and plan for them; nothing moves.",
            self._propose, needs="control", body=SaidWords, result=ProposalReport,
            errors=(409, 502),
        )  # fmt: skip
        yield ApiOperation(
            "POST", "/proposals/tree", "Propose to run a tree that a person wrote.",
            self._propose_tree, needs="control", body=TreeText, result=ProposalReport,
            errors=(409,),
        )  # fmt: skip
        yield ApiOperation(
            "POST", "/proposals/{id}/answer", "Answer a question about the words.",
            self._answer_words, needs="control", body=AnswerBody, result=ProposalReport,
            errors=(404, 409, 502), parameters={"id": "Identifier of the question."},
        )  # fmt: skip
        yield ApiOperation(
            "POST", "/plans/{hash}/approve", "Approve the newest plan by its hash.",
            self._approve, needs="control", body=ApprovalBody, result=ApprovedPlan,
            errors=(404, 409), parameters=HASH,
        )  # fmt: skip
        yield ApiOperation(
            "POST", "/plans/{hash}/reject", "Reject the newest plan.", self._reject,
            needs="control", body=Rejection, errors=(404, 409), parameters=HASH,
        )  # fmt: skip
        yield ApiOperation(
            "POST", "/runs", "Run an approved plan.", self._run, needs="control", body=RunBody,
            result=BegunRun, status=202, errors=(404, 409),
        )  # fmt: skip
        yield ApiOperation(
            "POST", "/questions/{number}/answer", "Answer a question of the run under way.",
            self._answer, needs="control", body=AnswerBody, errors=(404, 409),
            parameters={"number": "Number of the question."},
        )  # fmt: skip
        yield ApiOperation(
            "POST", "/look", "Look at the world; return what is seen to be true.", self._look,
            needs="control", result=SeenFacts, errors=(409,),
        )  # fmt: skip
        yield ApiOperation(
            "POST", "/rearm", "Lift the stops that a person was shown.", self._rearm,
            needs="control", body=RearmBody, result=SeenFacts, errors=(409,),
        )  # fmt: skip

    # Reading.

    async def _state(self, call: ApiCall) -> ServerState:
        return self._states.server(call.viewer)

    async def _facts(self, call: ApiCall) -> list[BeliefState]:
        return self._states.beliefs()

    async def _plan(self, call: ApiCall) -> PlanReport:
        return self._goals.plan(call.path("hash")).report

    async def _plan_tree(self, call: ApiCall) -> TreeReport:
        plan, of = self._goals.plan(call.path("hash")).plan, self._desk.robot.deployment
        skills = of.domain.skills
        outline = TreeOutline(plan.tree, plan.arguments, of.library, skills, opens_loops=True)
        return outline.report(plan.hash, 0)

    async def _question_picture(self, call: ApiCall) -> Response:
        put = self._desk.person.open
        path = put.question.picture if put and str(put.number) == call.path("number") else None
        if path is None or not Path(path).is_file():
            raise ApiError(404, "unknown-question", "there is no such picture")
        return FileResponse(path, media_type="image/png", headers={"cache-control": "no-store"})

    # Acting.

    async def _stop(self, call: ApiCall) -> StopAnswer:
        body: StopBody = call.body
        was_moving = self._desk.work == "running"
        reason = body.reason or "no reason given"
        is_repeated = self._desk.knows_press(body.press)
        rest = await asyncio.wrap_future(self._desk.stop(reason, call.viewer.name, body.press))
        if not is_repeated:
            self._goals.say(call.viewer.name, f"STOP: {reason}")
        is_confirmed = rest.acknowledged if rest is not None else not was_moving
        return StopAnswer(
            stops=self._states.stops(is_fresh=True),
            is_confirmed=is_confirmed,
            robots=rest.robots if rest is not None else (),
            leaves=rest.leaves if rest is not None else (),
        )

    async def _propose(self, call: ApiCall) -> ProposalReport:
        text, by = call.body.text, call.viewer.name
        return await self._with_robot(lambda: self._goals.propose(text, by))

    async def _propose_tree(self, call: ApiCall) -> ProposalReport:
        body: TreeText = call.body
        tree = await in_thread(lambda: parse_tree(body.text, file="the tree"))
        by = call.viewer.name
        return await self._with_robot(lambda: self._goals.propose_tree(tree, body.arguments, by))

    async def _answer_words(self, call: ApiCall) -> ProposalReport:
        id_, choice, by = call.path("id"), call.body.choice, call.viewer.name
        return await self._with_robot(lambda: self._goals.answer(id_, choice, by))

    async def _with_robot(self, task: Callable[[], T]) -> T:
        return await asyncio.wrap_future(self._desk.do("planning", task))

    async def _approve(self, call: ApiCall) -> ApprovedPlan:
        hash_, body, by = call.path("hash"), call.body, call.viewer.name
        await self._with_robot(lambda: self._goals.approve(hash_, by, confirms=body.confirm))
        session = self._desk.robot.runs.current
        run = session.run_id if session is not None else None
        return ApprovedPlan(hash=hash_, run=run or "", by=by)

    async def _reject(self, call: ApiCall) -> None:
        hash_, reason, by = call.path("hash"), call.body.reason, call.viewer.name
        await self._with_robot(lambda: self._goals.reject(hash_, by, reason))

    async def _run(self, call: ApiCall) -> BegunRun:
        hash_ = call.body.hash
        self._goals.begin_run(hash_, lambda: self._desk.run(lambda: self._goals.run(hash_)))
        session = self._desk.robot.runs.current
        return BegunRun(run=(session.run_id or "") if session is not None else "")

    async def _answer(self, call: ApiCall) -> None:
        number = call.path("number")
        if not (number.isascii() and number.isdecimal() and len(number) < 10):
            raise ApiError(404, "unknown-question", f"there is no question '{number[:40]}'")
        self._desk.person.answer(int(number), call.body.choice)
        self._goals.say(call.viewer.name, call.body.choice)

    async def _look(self, call: ApiCall) -> SeenFacts:
        seen = await asyncio.wrap_future(self._desk.do("looking", self._desk.robot.look))
        return SeenFacts(facts=tuple(map(str, seen)))

    async def _rearm(self, call: ApiCall) -> SeenFacts:
        ids, by = call.body.stops, call.viewer.name
        seen = await asyncio.wrap_future(
            self._desk.do("looking", lambda: self._desk.rearm(by, ids))
        )
        self._goals.say(by, "re-armed the robot")
        self._states.stops(is_fresh=True)
        self._desk.feed.touch()
        return SeenFacts(facts=tuple(map(str, seen)))
