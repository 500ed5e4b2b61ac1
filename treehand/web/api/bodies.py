"""Bodies and queries of requests."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from treehand.scenarios.suite_messages import MAX_CASES
from treehand.web.api.operation import RequestModel

Text = Annotated[str, Field(min_length=1, max_length=4000)]
Reason = Annotated[str, Field(max_length=400)]
FileName = Annotated[str, Field(min_length=1, max_length=255)]


class SignIn(RequestModel):
    """Exchange of a one-time code for a token."""

    code: Annotated[str, Field(max_length=64)]
    """The code that the server printed; dashes and case do not matter."""
    name: Annotated[str, Field(max_length=200)] = ""
    """Name for the journal and for other viewers."""
    bearer: bool = False
    """True to get the token in the answer, for programs; else it is set as a cookie."""


class HandOver(RequestModel):
    """Viewer that gets the control."""

    to: Annotated[str, Field(max_length=40)]
    """Identifier of the viewer."""


class SaidWords(RequestModel):
    """A person's words."""

    text: Text
    """The words."""


class TreeText(RequestModel):
    """A tree that a person wrote, with the values of its parameters."""

    text: Annotated[str, Field(max_length=500_000)]
    """The tree file's text."""
    arguments: dict[str, str] = {}
    """Parameter to object."""


class AnswerBody(RequestModel):
    """Answer to a question."""

    choice: Text
    """One of its options; other words if it has none."""


class ApprovalBody(RequestModel):
    """Approval of a plan."""

    confirm: bool = True
    """True if the person is asked again before each step that cannot be undone."""


class Rejection(RequestModel):
    """Rejection of a plan."""

    reason: Reason = ""
    """Reason, for the journal."""


class RunBody(RequestModel):
    """Run of an approved plan."""

    hash: Annotated[str, Field(max_length=64)]
    """Hash of the plan."""


class StopBody(RequestModel):
    """Stop of the robot."""

    reason: Reason = ""
    """Reason, for the journal."""
    press: Annotated[str, Field(max_length=64)] = ""
    """Identifier of the sender's choice: sent again with it, one stop stays one."""


class RearmBody(RequestModel):
    """Stops that a person was shown and lifts."""

    stops: Annotated[tuple[str, ...], Field(min_length=1, max_length=100)]
    """Their identifiers."""


class BreakpointBody(RequestModel):
    """Nodes that are held."""

    node: Annotated[str, Field(min_length=1, max_length=1000)]
    """Their label, such as ``pick(cup)``, or a pattern of their paths."""
    moment: Literal["before", "after"] = "before"
    """Before they begin, or after they have ended."""


class StatedFact(RequestModel):
    """Fact that a person states."""

    fact: Annotated[str, Field(min_length=1, max_length=400)]
    """The fact, such as ``on(cup, tray)``."""
    value: bool
    """True if it holds."""


class ForkBody(RequestModel):
    """One change of a past run."""

    tick: Annotated[int, Field(ge=1, le=2**53)]
    """Number of the tick from which on it is changed."""
    change: Annotated[str, Field(min_length=1, max_length=400)]
    """Change as `treehand fork --set` takes it: ``pick(cup)=timeout``, ``on(cup, tray)=false``."""


class FileText(RequestModel):
    """Text of a file."""

    text: Annotated[str, Field(max_length=900_000)]
    """The text."""


class WrittenFile(FileText):
    """New text of a file."""

    version: Annotated[str, Field(pattern=r"^([0-9a-f]{16})?$")] = ""
    """Version that was read; left out for a file that is to be new."""


class TriedTree(FileText):
    """Text of a tree that is tried."""

    arguments: dict[str, str] = {}
    """Parameter to object."""


class NewFile(RequestModel):
    """Beginning of a new file."""

    tree: Annotated[str, Field(max_length=255)] = ""
    """Tree file that a new scenario is to run; left out, the text is a small sound example."""
    arguments: dict[str, str] = {}
    """Values of the tree's parameters."""
    outcome: Annotated[str, Field(max_length=40)] = "success"
    """Outcome that the scenario expects."""


class TextPlace(FileText):
    """Place of a cursor in a text."""

    line: Annotated[int, Field(ge=1, le=2**31)]
    """Line, from 1."""
    column: Annotated[int, Field(ge=1, le=2**31)]
    """Column, from 1, in characters."""


class RunsQuery(RequestModel):
    """Part of the list of runs."""

    most: Annotated[int, Field(ge=1, le=200)] = 30
    """Most runs."""
    before: Annotated[str, Field(pattern=r"^[0-9]{0,18}$")] = ""
    """Only runs before this number."""


class EntriesQuery(RequestModel):
    """Part of a run's events."""

    after: Annotated[int, Field(ge=0, le=2**53)] = 0
    """Only events behind this position."""
    most: Annotated[int, Field(ge=1, le=100_000)] = 100_000
    """Most events."""


class TreeQuery(RequestModel):
    """Moment of a run."""

    at: Annotated[int | None, Field(ge=0, le=2**53)] = None
    """Position of an event in the journal; the newest if left out."""


class PictureQuery(TreeQuery):
    """Moment of a run, seen by a camera."""

    camera: Annotated[str, Field(max_length=200)] = ""
    """One of the run's cameras; the view that people get if left out."""


class ExplainQuery(RequestModel):
    """Question about a run."""

    question: Annotated[str, Field(max_length=400)] = ""
    """The question; a summary without one."""


class EventsQuery(RequestModel):
    """Position in the event stream."""

    after: Annotated[str, Field(pattern=r"^([0-9a-f]{8}-[0-9]{1,16})?$")] = ""
    """Identifier of the last event that was received; only later ones without it."""


class SuiteBody(RequestModel):
    """Test run: scenarios, or the campaign of one."""

    files: Annotated[tuple[FileName, ...], Field(max_length=2000)] = ()
    """Names of scenario files; all of the folder if left out."""
    kind: Literal["scenarios", "campaign"] = "scenarios"
    """campaign: every declared failure of every step of one scenario, one run each."""
    pairs: Annotated[int, Field(ge=0, le=MAX_CASES)] = 0
    """So many pairs of failures besides, for a campaign."""
    seed: Annotated[int | None, Field(ge=0, le=2**31)] = None
    """Only this seed; all of the files' if left out."""
    only: Annotated[str, Field(max_length=400)] = ""
    """Only this variant, such as ``item=red_mug``; all if left out."""


class CasesQuery(RequestModel):
    """Part of the runs that have ended."""

    after: Annotated[int, Field(ge=0, le=2**31)] = 0
    """Number of runs to pass over."""
    most: Annotated[int, Field(ge=1, le=MAX_CASES)] = MAX_CASES
    """Most runs."""


class DraftQuery(RequestModel):
    """File that a scenario is to stand in."""

    name: FileName
    """Its path below the served folder; it need not exist."""
