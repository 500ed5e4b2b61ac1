"""Operations on past runs and the one under way."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

from starlette.responses import Response

from treehand.orchestrator.forking.fork import ForkReport
from treehand.trees.drawing.tree_outline import TreeReport
from treehand.web.access.api_error import ApiError
from treehand.web.api.bodies import (
    EntriesQuery,
    ExplainQuery,
    ForkBody,
    PictureQuery,
    RunsQuery,
    TreeQuery,
)
from treehand.web.api.operation import ApiCall, ApiOperation, in_thread
from treehand.web.api.states import BegunRun
from treehand.web.desk.camera_feed import Picture
from treehand.web.desk.resuming import Resuming
from treehand.web.desk.robot_desk import RobotDesk
from treehand.web.desk.run_archive import RunArchive, RunEntry, RunReport

RUN = {"run": "Number of the run."}


class RunOperations:
    """Serves them.

    Args:
        archive: The runs.
        desk: The robot.
        resuming: Takes up runs that were left.
    """

    def __init__(self, archive: RunArchive, desk: RobotDesk, resuming: Resuming) -> None:
        self._archive = archive
        self._desk = desk
        self._resuming = resuming
        self._forking = asyncio.Semaphore(1)

    def all(self) -> Iterator[ApiOperation]:
        """Yield the operations."""
        tag = "runs"
        yield ApiOperation(
            "GET", "/runs", "List runs, the newest first.", self._list, query=RunsQuery,
            result=list[RunReport], tag=tag,
        )  # fmt: skip
        yield ApiOperation(
            "GET", "/runs/{run}", "Return one run.", self._one, result=RunReport, errors=(404,),
            parameters=RUN, tag=tag,
        )  # fmt: skip
        yield ApiOperation(
            "GET", "/runs/{run}/events", "Return the events of a run.", self._events,
            query=EntriesQuery, result=list[RunEntry], errors=(404,), parameters=RUN, tag=tag,
        )  # fmt: skip
        yield ApiOperation(
            "GET", "/runs/{run}/tree", "Return the tree of a run with statuses at one event.",
            self._tree, query=TreeQuery, result=TreeReport, errors=(404, 409), parameters=RUN,
            tag=tag,
        )  # fmt: skip
        yield ApiOperation(
            "GET", "/runs/{run}/picture", "Return a picture of the run at one event.",
            self._picture, query=PictureQuery, media_type="image/jpeg", errors=(404, 409, 501),
            parameters=RUN, tag=tag,
        )  # fmt: skip
        yield ApiOperation(
            "GET", "/runs/{run}/cameras", "List the cameras that a run can be drawn from.",
            self._cameras, result=list[str], errors=(404, 409), parameters=RUN, tag=tag,
        )  # fmt: skip
        yield ApiOperation(
            "GET", "/runs/{run}/explanation", "Answer a question about a run from its journal.",
            self._explain, query=ExplainQuery, result=list[str], errors=(404,), parameters=RUN,
            tag=tag,
        )  # fmt: skip
        yield ApiOperation(
            "POST", "/runs/{run}/fork", "Execute a run again in simulation with one change.",
            self._fork, needs="control", body=ForkBody, result=ForkReport, errors=(404, 409),
            parameters=RUN, tag=tag,
        )  # fmt: skip
        yield ApiOperation(
            "POST", "/runs/{run}/resume", "Resume a run that was left before its end.",
            self._resume, needs="control", result=BegunRun, status=202, errors=(404, 409),
            parameters=RUN, tag=tag,
        )  # fmt: skip

    async def _fork(self, call: ApiCall) -> ForkReport:
        run, body = call.path("run"), call.body
        if self._forking.locked():
            raise ApiError(409, "busy", "another fork runs", "wait for its end")
        async with self._forking:
            found: ForkReport = await in_thread(
                lambda: self._archive.fork(run, body.tick, body.change)
            )
        return found

    async def _list(self, call: ApiCall) -> list[RunReport]:
        query: RunsQuery = call.query
        found: list[RunReport] = await in_thread(
            lambda: self._archive.latest(query.most, query.before)
        )
        return found

    async def _one(self, call: ApiCall) -> RunReport:
        run = call.path("run")
        found: RunReport = await in_thread(lambda: self._archive.report(run))
        return found

    async def _events(self, call: ApiCall) -> list[RunEntry]:
        run, query = call.path("run"), call.query
        found: list[RunEntry] = await in_thread(
            lambda: self._archive.entries(run, query.after, query.most)
        )
        return found

    async def _tree(self, call: ApiCall) -> TreeReport:
        run, at = call.path("run"), call.query.at
        found: TreeReport = await in_thread(lambda: self._archive.tree(run, at))
        return found

    async def _picture(self, call: ApiCall) -> Response:
        run, at, camera = call.path("run"), call.query.at, call.query.camera
        picture: Picture = await in_thread(lambda: self._archive.picture(run, at, camera))
        headers = {"cache-control": "no-store", "x-run-time": f"{picture.taken_s:.3f}"}
        return Response(picture.content, media_type=picture.media_type, headers=headers)

    async def _cameras(self, call: ApiCall) -> list[str]:
        run = call.path("run")
        found: list[str] = await in_thread(lambda: self._archive.cameras(run))
        return found

    async def _explain(self, call: ApiCall) -> list[str]:
        run, question = call.path("run"), call.query.question
        found: list[str] = await in_thread(lambda: self._archive.explain(run, question))
        return found

    async def _resume(self, call: ApiCall) -> BegunRun:
        run, by = call.path("run"), call.viewer.name
        report: RunReport = await in_thread(lambda: self._archive.report(run))
        self._resuming.require(report)
        self._desk.run(lambda: self._resuming.resume(report.run, by))
        return BegunRun(run=report.run)
