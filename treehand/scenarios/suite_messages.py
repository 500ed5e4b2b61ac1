"""Messages of the process that runs scenarios for a server: one JSON object a line."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from treehand.scenarios.suites.suite_history import HistoryLine

CellState = Literal["passed", "failed", "error", "recovered", "unrecovered", "untriggered"]
"""Result of one run: the first three of a scenario, the last three of a campaign."""
MAX_CASES = 5000
"""Most runs of one test run; the command line has no limit."""


class SuiteModel(BaseModel):
    """Base of the messages."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class SuiteOrder(SuiteModel):
    """Order of a test run: scenarios, or the campaign of one of them."""

    files: tuple[Path, ...]
    kind: Literal["scenarios", "campaign"] = "scenarios"
    pairs: int = 0
    """Pairs of failures that are drawn, for a campaign."""
    seed: int | None = None
    """Only this seed; those of the files if left out."""
    only: str = ""
    """Only this variant; all if empty."""
    workers: int = 1
    """Number of processes that run cases."""


class SuiteRow(SuiteModel):
    """One row of the matrix: a scenario, or a step of a campaign."""

    label: str
    path: str
    """The scenario's file."""
    variant: str = ""


class PlannedCell(SuiteModel):
    """One run that is planned; its number is its position in the plan."""

    row: int
    column: int = -1
    """Position among the columns; -1 if the matrix has none for it."""
    label: str
    """Short name within its row: a seed, or the phase of a failure."""


class SuitePlan(SuiteModel):
    """Rows, columns and cells of the matrix; told before the first run."""

    told: Literal["plan"] = "plan"
    rows: tuple[SuiteRow, ...]
    columns: tuple[str, ...] = ()
    """Failure codes of a campaign."""
    cells: tuple[PlannedCell, ...]


class CaseEnd(SuiteModel):
    """One run has ended."""

    told: Literal["case"] = "case"
    number: int
    """Position of its cell in the plan."""
    state: CellState
    title: str
    """Name of the run: what was injected, or the seed."""
    why: str
    """Why it is not good, in one line; empty if it is."""
    t_s: float | None
    """Run time, in seconds; None if it did not run."""
    wall_s: float
    """Wall time, in seconds."""


class CaseDetail(SuiteModel):
    """Story of a run, packed: the receiver keeps it as it is."""

    told: Literal["detail"] = "detail"
    number: int
    packed: str
    """A `CaseStory` as JSON, compressed by zlib, in base64."""


class CaseStory(SuiteModel):
    """One run, told at length."""

    number: int
    title: str
    scenario: str
    goal: str
    seed: int
    state: CellState
    problems: tuple[str, ...]
    """Expectations that were not met, or why it could not be judged."""
    story: str
    """The story that the terminal tells."""
    command: str
    """Command that repeats the run."""
    replay: str
    """The run for the scrubber, as JSON; empty if it was not recorded."""


class RowEnd(SuiteModel):
    """All runs of a row have ended."""

    told: Literal["row"] = "row"
    row: int
    status: str
    is_good: bool
    why: str
    rate: str
    """Pass rate in words; empty for a single run."""
    line: HistoryLine | None
    """Line for the history; None if the file cannot be run."""


class SuiteSummary(SuiteModel):
    """The test run has ended."""

    told: Literal["summary"] = "summary"
    text: str
    line: HistoryLine | None = None
    """Line for the history, of a campaign."""


class SuiteRefusal(SuiteModel):
    """The test run cannot be made."""

    told: Literal["refusal"] = "refusal"
    code: str
    message: str
    hint: str = ""
    findings: tuple[str, ...] = ()
    """Every finding as one text, where there are several."""


SuiteMessage = SuitePlan | CaseEnd | CaseDetail | RowEnd | SuiteSummary | SuiteRefusal
MESSAGE: TypeAdapter[SuiteMessage] = TypeAdapter(
    Annotated[SuiteMessage, Field(discriminator="told")]
)
