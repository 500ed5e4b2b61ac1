"""Operations on scenarios and test runs."""

from __future__ import annotations

import os
from collections.abc import Iterator

from starlette.responses import Response

from treehand.scenarios.suite_messages import CaseEnd, CaseStory, SuiteOrder
from treehand.web.access.api_error import ApiError
from treehand.web.api.bodies import CasesQuery, DraftQuery, SuiteBody
from treehand.web.api.operation import ApiCall, ApiOperation, in_thread
from treehand.web.api.states import BegunSuite, LaidOutText
from treehand.web.desk.scenario_shelf import ScenarioShelf, ScenarioState, TrendPoint
from treehand.web.desk.suite_desk import SuiteDesk, SuiteReport

MAX_WORKERS = 4
"""Most processes that run scenarios; one core is left to the robot."""


class SuiteOperations:
    """Serves them.

    Args:
        scenarios: The scenarios.
        desk: The test run.
    """

    def __init__(self, scenarios: ScenarioShelf, desk: SuiteDesk) -> None:
        self._scenarios = scenarios
        self._desk = desk

    def all(self) -> Iterator[ApiOperation]:
        """Yield the operations."""
        tag = "tests"
        yield ApiOperation(
            "GET", "/scenarios", "List the scenarios with their last results.", self._list,
            result=list[ScenarioState], tag=tag,
        )  # fmt: skip
        yield ApiOperation(
            "GET", "/trend/{name:path}", "Return earlier results of a scenario file.",
            self._trend, result=list[TrendPoint], errors=(404,),
            parameters={"name": "Path of the file below the served folder."}, tag=tag,
        )  # fmt: skip
        yield ApiOperation(
            "GET", "/runs/{run}/scenario", "Return a scenario made of a run; nothing is written.",
            self._draft, query=DraftQuery, result=LaidOutText, errors=(404, 409),
            parameters={"run": "Number of the run."}, tag=tag,
        )  # fmt: skip
        yield ApiOperation(
            "POST", "/suite", "Run scenarios, or the campaign of one, in processes of their own.",
            self._begin, needs="control", body=SuiteBody, result=BegunSuite, status=202,
            errors=(404, 409), tag=tag,
        )  # fmt: skip
        yield ApiOperation(
            "GET", "/suite", "Return the test run that began last.", self._report,
            result=SuiteReport, errors=(404,), tag=tag,
        )  # fmt: skip
        yield ApiOperation(
            "POST", "/suite/stop", "Stop the test run; the robot is not meant.", self._stop,
            needs="control", errors=(409,), tag=tag,
        )  # fmt: skip
        yield ApiOperation(
            "GET", "/suite/cases", "Return runs of it that have ended, in that order.",
            self._cases, query=CasesQuery, result=list[CaseEnd], errors=(404,), tag=tag,
        )  # fmt: skip
        yield ApiOperation(
            "GET", "/suite/cases/{number}", "Return the story of one run of it.", self._story,
            result=CaseStory, errors=(404,), parameters={"number": "Number of its cell."},
            tag=tag,
        )  # fmt: skip

    async def _list(self, call: ApiCall) -> list[ScenarioState]:
        found: list[ScenarioState] = await in_thread(self._scenarios.all)
        return found

    async def _trend(self, call: ApiCall) -> list[TrendPoint]:
        name = call.path("name")
        found: list[TrendPoint] = await in_thread(lambda: self._scenarios.trend(name))
        return found

    async def _draft(self, call: ApiCall) -> LaidOutText:
        run, name = call.path("run"), call.query.name
        return LaidOutText(text=await in_thread(lambda: self._scenarios.draft(run, name)))

    async def _begin(self, call: ApiCall) -> BegunSuite:
        body: SuiteBody = call.body
        by = call.viewer.name

        def whole() -> int:
            paths = self._scenarios.paths(body.files)
            if body.kind == "campaign" and len(body.files) != 1:
                raise ApiError(422, "wrong-request", "a campaign is made of one scenario file")
            if body.kind == "scenarios":
                self._scenarios.require_few(paths, body.seed)
            order = SuiteOrder(
                files=paths,
                kind=body.kind,
                pairs=body.pairs,
                seed=body.seed,
                only=body.only,
                workers=_workers(),
            )
            return self._desk.begin(order, body.files, by)

        return BegunSuite(number=await in_thread(whole))

    async def _report(self, call: ApiCall) -> SuiteReport:
        return self._desk.report()

    async def _stop(self, call: ApiCall) -> None:
        await in_thread(self._desk.stop)

    async def _cases(self, call: ApiCall) -> list[CaseEnd]:
        query: CasesQuery = call.query
        return self._desk.cases(query.after, query.most)

    async def _story(self, call: ApiCall) -> Response:
        text = call.path("number")
        if not (text.isascii() and text.isdecimal() and len(text) < 8):
            raise ApiError(404, "unknown-case", f"there is no run '{text[:40]}'")
        story = await in_thread(lambda: self._desk.story(int(text)))
        headers = {"cache-control": "no-store"}
        return Response(story, media_type="application/json", headers=headers)


def _workers() -> int:
    """Return the number of processes that run scenarios."""
    return max(1, min(MAX_WORKERS, (os.cpu_count() or 1) - 1))
