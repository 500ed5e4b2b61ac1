"""The test run of a server: one at a time, in a process of its own that is killed with the server.

A thread reads what the process tells. Nothing is written before the test run has ended or is
stopped; then the finished scenarios become lines of the history.
"""

from __future__ import annotations

import base64
import threading
import time
import zlib
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from treehand.scenarios import suite_process
from treehand.scenarios.suite_messages import (
    MESSAGE,
    CaseDetail,
    CaseEnd,
    RowEnd,
    SuiteMessage,
    SuiteOrder,
    SuitePlan,
    SuiteRefusal,
    SuiteSummary,
)
from treehand.scenarios.suites.suite_history import HistoryLine, SuiteHistory
from treehand.web.access.api_error import ApiError, ErrorReport
from treehand.web.desk.own_process import OwnProcess

SuitePhase = Literal["starting", "running", "ended", "stopped", "refused"]
TELL_S = 0.2
"""Shortest time between two notes to the viewers that runs have ended, in seconds."""

END_S = 5.0
"""Longest wait for the end of a test run that was killed, in seconds."""


class SuiteState(BaseModel):
    """Progress of a test run; ``GET /api/suite`` has all of it."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    number: int
    """Number of the test run since the server began, from 1."""
    phase: SuitePhase
    """refused: it cannot be made, see ``GET /api/suite``."""
    done: int
    """Runs that have ended."""
    total: int
    """Runs that are planned; 0 before that is known."""


class SuiteReport(SuiteState):
    """A test run: its matrix, without the runs that have ended."""

    kind: str
    """scenarios or campaign."""
    files: tuple[str, ...]
    """Names of its files; empty for all."""
    by: str
    """Name of the viewer that began it."""
    counts: dict[str, int]
    """State to number of runs."""
    wall_s: float
    """Wall time since it began, or that it took, in seconds."""
    plan: SuitePlan | None
    """The matrix; None before it is known. Paths are names in the served folder."""
    rows: tuple[RowEnd, ...]
    """Rows whose runs have ended, in the order in which they did."""
    summary: str
    """Result in one line; empty before the end."""
    problem: ErrorReport | None
    """Why it cannot be made, or broke off."""


@dataclass
class _Suite:
    """One test run."""

    number: int
    order: SuiteOrder
    files: tuple[str, ...]
    by: str
    began_s: float
    process: OwnProcess
    phase: SuitePhase = "starting"
    plan: SuitePlan | None = None
    cases: list[CaseEnd] = field(default_factory=list)
    details: dict[int, str] = field(default_factory=dict)
    rows: list[RowEnd] = field(default_factory=list)
    lines: list[HistoryLine] = field(default_factory=list)
    summary: str = ""
    problem: ErrorReport | None = None
    ended_s: float | None = None

    @property
    def is_over(self) -> bool:
        return self.ended_s is not None


class SuiteDesk:
    """Place for one test run at a time; the last one is kept.

    Args:
        history: Gets the results.
        changed: Called from a thread when viewers are to look again.
        name_of: Returns the name of a file in the served folder.
    """

    def __init__(
        self,
        history: SuiteHistory,
        changed: Callable[[], None],
        name_of: Callable[[str], str],
    ) -> None:
        self._history = history
        self._changed = changed
        self._name_of = name_of
        self._lock = threading.Lock()
        self._suite: _Suite | None = None
        self._reader: threading.Thread | None = None
        self._told_s = 0.0
        self._is_closing = False

    # Reading.

    @property
    def state(self) -> SuiteState | None:
        """Return the progress of the last test run; None before the first."""
        suite = self._suite
        if suite is None:
            return None
        total = len(suite.plan.cells) if suite.plan is not None else 0
        done = len(suite.cases)
        return SuiteState(number=suite.number, phase=suite.phase, done=done, total=total)

    def report(self) -> SuiteReport:
        """Return the last test run.

        Raises:
            ApiError: If there was none (404).
        """
        suite, state = self._require(), self.state
        assert state is not None
        with self._lock:
            rows = tuple(suite.rows)
            counts = Counter(case.state for case in suite.cases)
        end_s = suite.ended_s if suite.ended_s is not None else time.monotonic()
        return SuiteReport(
            **state.model_dump(),
            kind=suite.order.kind,
            files=suite.files,
            by=suite.by,
            counts=dict(counts),
            wall_s=round(end_s - suite.began_s, 2),
            plan=suite.plan,
            rows=rows,
            summary=suite.summary,
            problem=suite.problem,
        )

    def cases(self, after: int, most: int) -> list[CaseEnd]:
        """Return runs that have ended, in the order in which they did.

        Args:
            after: Number of runs to pass over.
            most: Most runs.
        """
        suite = self._require()
        with self._lock:
            return suite.cases[after : after + most]

    def story(self, number: int) -> bytes:
        """Return the story of a run, as JSON.

        Raises:
            ApiError: If there is no such run, or it has not ended (404).
        """
        packed = self._require().details.get(number)
        if packed is None:
            hint = "those that have ended: GET /api/suite/cases"
            raise ApiError(404, "unknown-case", f"run {number} is not told", hint)
        return zlib.decompress(base64.b64decode(packed))

    def _require(self) -> _Suite:
        if self._suite is None:
            raise ApiError(404, "no-tests", "nothing was tested yet", "begin: POST /api/suite")
        return self._suite

    # Acting.

    def begin(self, order: SuiteOrder, files: tuple[str, ...], by: str) -> int:
        """Begin a test run and return its number.

        Raises:
            ApiError: If another one goes on (409), the server ends (503), or the path of a file is
                no text (422).
        """
        asked = _line_of(order)
        with self._lock:
            if self._is_closing:
                raise ApiError(503, "ending", "the server is ending")
            if self._suite is not None and not self._suite.is_over:
                hint = "wait for its end, or stop it: POST /api/suite/stop"
                raise ApiError(409, "busy", "a test run goes on", hint)
            number = self._suite.number + 1 if self._suite is not None else 1
            process, now_s = OwnProcess(suite_process.__name__), time.monotonic()
            self._suite = suite = _Suite(number, order, files, by, now_s, process)
        self._reader = threading.Thread(
            target=self._read, args=(suite, asked), name="tests", daemon=True
        )
        self._reader.start()
        self._tell()
        return number

    def stop(self) -> None:
        """Kill the test run with all of its processes; it is over when this returns.

        Raises:
            ApiError: If none goes on (409).
        """
        with self._lock:
            suite = self._suite
            if suite is None or suite.is_over or suite.phase == "stopped":
                raise ApiError(409, "nothing-runs", "no test run goes on")
            suite.phase = "stopped"
        suite.process.kill()
        if self._reader is not None:
            self._reader.join(END_S)

    def close(self) -> None:
        """Kill the test run, if one goes on."""
        self._is_closing = True
        with suppress(ApiError):
            self.stop()

    # The reader's thread.

    def _read(self, suite: _Suite, asked: bytes) -> None:
        try:
            suite.process.send(asked)
            for line in suite.process.lines():
                with suppress(ValidationError):  # cut off by a kill
                    self._take(suite, MESSAGE.validate_json(line))
                if time.monotonic() - self._told_s > TELL_S:
                    self._tell()
        finally:
            self._end(suite, suite.process.close())

    def _take(self, suite: _Suite, message: SuiteMessage) -> None:
        with self._lock:
            match message:
                case SuitePlan():
                    suite.plan = self._named(message)
                    if suite.phase == "starting":
                        suite.phase = "running"
                case CaseDetail():
                    suite.details[message.number] = message.packed
                case CaseEnd():
                    suite.cases.append(message)
                case RowEnd():
                    suite.rows.append(message.model_copy(update={"line": None}))
                    suite.lines.extend([message.line] if message.line is not None else [])
                case SuiteSummary():
                    suite.summary = message.text
                    suite.lines.extend([message.line] if message.line is not None else [])
                case SuiteRefusal():
                    suite.problem = ErrorReport(
                        code=message.code,
                        message=message.message,
                        hint=message.hint,
                        findings=message.findings,
                    )

    def _named(self, plan: SuitePlan) -> SuitePlan:
        """Return a plan with the names of files in the place of their paths."""
        rows = tuple(row.model_copy(update={"path": self._name_of(row.path)}) for row in plan.rows)
        return plan.model_copy(update={"rows": rows})

    def _end(self, suite: _Suite, code: int) -> None:
        try:
            self._history.append(suite.lines)
        finally:
            self._conclude(suite, code)

    def _conclude(self, suite: _Suite, code: int) -> None:
        with self._lock:
            if suite.phase != "stopped":
                if not suite.summary and suite.problem is None:
                    last = suite.process.said[:300] or f"exit code {code}"
                    message = f"the process of the test run died: {last}"
                    suite.problem = ErrorReport(code="test-broken", message=message)
                suite.phase = "refused" if suite.problem is not None else "ended"
            suite.ended_s = time.monotonic()
        self._tell()

    def _tell(self) -> None:
        self._told_s = time.monotonic()
        self._changed()


def _line_of(order: SuiteOrder) -> bytes:
    try:
        return order.model_dump_json().encode() + b"\n"
    except ValueError as error:
        message = "the path of the served folder is not UTF-8"
        raise ApiError(422, "not-utf8", message, "serve a folder of another name") from error
