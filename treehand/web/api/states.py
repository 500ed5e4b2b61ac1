"""Models of what the server tells about the robot, its viewers and its beliefs."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

from treehand.core.events.event_records import LeafRest, RobotRest
from treehand.web.desk.goal_desk import SaidLine
from treehand.web.desk.proposal_report import AnswerReport, QuestionReport, RefusalReport
from treehand.web.desk.robot_desk import RobotDesk
from treehand.web.desk.suite_desk import SuiteState


class StateModel(BaseModel):
    """Base of what is told."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class ViewerState(StateModel):
    """One viewer."""

    id: str
    name: str
    is_controller: bool
    """True if this viewer may approve, answer, re-arm and edit."""
    is_you: bool


class StopState(StateModel):
    """One latched stop: nothing moves before it is lifted."""

    id: str
    reason: str
    by: str
    at: str
    """Wall time, as ISO 8601."""
    run: str
    """Number of the run that it stopped; empty if none."""
    is_crash: bool
    """True if nobody asked for it: the process of a run ended before its end."""


class QuestionState(StateModel):
    """Question of a run that waits for an answer; the robot holds still."""

    number: int
    text: str
    options: tuple[str, ...]
    default: str | None
    """Answer that is taken if none comes in time."""
    left_s: float | None
    """Seconds that are left to answer; None without a deadline."""
    path: str
    """Path of the node that asks; empty if none does."""
    has_picture: bool


class ResultState(StateModel):
    """End of the last run."""

    outcome: str
    message: str
    world_true: bool | None
    t_s: float
    run: str


class ProposedPlan(StateModel):
    """The plan that was proposed last; ``GET /api/plans/HASH`` has all of it."""

    kind: Literal["plan"] = "plan"
    hash: str
    words: str
    """The goal as it was understood."""
    by: str
    """Name of the viewer that asked for it."""
    is_approved: bool


Proposed = ProposedPlan | QuestionReport | RefusalReport | AnswerReport


class BreakpointState(StateModel):
    """Nodes that are held, or one that is held now."""

    node: str
    """Label or path pattern; the path of a node that is held now."""
    moment: str
    """before or after."""


class HoldState(StateModel):
    """Breakpoints of the robot, and what holds it still."""

    breakpoints: tuple[BreakpointState, ...]
    nodes: tuple[BreakpointState, ...]
    """Nodes that are held now."""
    is_held: bool
    """True if the run holds still, or will after the step under way."""

    @classmethod
    def of(cls, desk: RobotDesk) -> HoldState:
        """Return the state of a robot's run."""
        points = desk.robot.parts.breakpoints
        session = desk.robot.runs.current
        run = session.run if session is not None else None
        is_held = run is not None and not run.is_over and run.is_held
        return cls(
            breakpoints=tuple(BreakpointState(node=p.node, moment=p.moment) for p in points.points),
            nodes=tuple(BreakpointState(node=h.path, moment=h.moment) for h in points.held)
            if is_held
            else (),
            is_held=is_held,
        )


class LateCall(StateModel):
    """Call of the world, outside of a run, that has not returned yet."""

    subject: str
    """The world, as ``world 'bench'``."""
    method: str
    for_s: float
    """Duration of the call so far, in seconds of wall time."""
    limit_s: float
    """Duration at which it is broken off."""
    place: str
    """Line of users' code that it is at, as ``lab.py:14 in perceive``; empty if there is none."""


class DeskState(StateModel):
    """State of the robot and its viewers; the stream sends it whenever it changes."""

    work: str
    """idle, planning, looking or running."""
    progress: str
    """Progress of the verification of a plan, in words; empty if none is under way."""
    run: str
    """Number of the run that began last; empty before the first."""
    t_s: float
    """Run time now, in seconds."""
    proposal: Proposed | None
    """The newest proposal; None if none waits."""
    question: QuestionState | None
    stops: tuple[StopState, ...]
    result: ResultState | None
    problem: str
    """Error that the last run ended with; empty if none."""
    conversation: tuple[SaidLine, ...]
    viewers: tuple[ViewerState, ...]
    is_read_only: bool
    hold: HoldState
    plan_hash: str
    """Hash of the plan that runs, or ran last; empty if none."""
    suite: SuiteState | None
    """Progress of the last test run; None before the first."""
    late: LateCall | None
    """A look at the world that takes long; those of a run are told by its events."""


class ServerState(StateModel):
    """State that a page begins with."""

    version: str
    world: str
    scene: str
    domain: str
    is_simulated: bool
    speed: float | None
    """Run seconds per wall second; None in virtual time."""
    cameras: tuple[str, ...]
    examples: tuple[str, ...]
    """Goals to begin with."""
    last_event: str
    """Identifier of the newest event, to go on from in the stream."""
    desk: DeskState


class StopAnswer(StateModel):
    """Result of a stop."""

    stops: tuple[StopState, ...]
    """Stops in force."""
    is_confirmed: bool
    """True if nothing moved, or everything is at rest; else look at the stream."""
    robots: tuple[RobotRest, ...]
    """Each robot, if that is known yet."""
    leaves: tuple[LeafRest, ...]
    """Each leaf whose skill ran."""


class SignedIn(StateModel):
    """A viewer that was let in."""

    id: str
    name: str
    token: str
    """Token for the header ``Authorization: Bearer``; empty if it was set as a cookie."""


class Invitation(StateModel):
    """A further one-time code."""

    code: str
    valid_s: float


class ApprovedPlan(StateModel):
    """An approval."""

    hash: str
    run: str
    """Number of the run, whose journal begins with the approval."""
    by: str


class BegunRun(StateModel):
    """A run that began."""

    run: str


class BegunSuite(StateModel):
    """A test run that began."""

    number: int


class BeliefState(StateModel):
    """One belief."""

    fact: str
    value: bool
    source: str
    """Sensor, person or file that it comes from."""
    t_s: float
    """Run time of the last observation."""
    age_s: float
    """Run seconds since then."""
    confidence: float
    is_predicted: bool
    """True if only the success of a skill supports it."""


class SeenFacts(StateModel):
    """Facts that are seen to be true now."""

    facts: tuple[str, ...]


class FileState(StateModel):
    """One file of the served folder."""

    name: str
    kind: str


class FileVersion(StateModel):
    """Version of one file."""

    name: str
    kind: str
    version: str
    """Hash over its text, with which it is written."""


class FileContent(FileVersion):
    """Text of one file."""

    text: str


class LaidOutText(StateModel):
    """Text in the standard layout."""

    text: str


class FindingState(StateModel):
    """One finding of a checker."""

    code: str
    message: str
    severity: str
    line: int
    """Line, from 1; 0 without a position."""
    column: int
    """Column, from 1; 0 without a position."""
    hint: str


class ProposalState(StateModel):
    """One completion of a text."""

    label: str
    insert: str
    """Text that takes the place of the word before the cursor."""
    kind: str
    """key, value, skill, predicate, tree, object, variable, code or type."""
    detail: str
    about: str
    """Description in Markdown."""


class HoverState(StateModel):
    """Explanation of a word; both fields are empty if there is none."""

    title: str
    about: str
    """Description in Markdown."""
