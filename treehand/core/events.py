"""Events of a run: one stream that journal, console, reports and metrics read.

Each kind of event is one class. `t_s` is run time, never wall time, so that the same seed gives the
same stream. Calls and facts are values here and texts in the journal (`core.literals`); goals,
trees and certificates are JSON, because their classes belong to the floors above.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from treehand.core.error_record import ErrorRecord
from treehand.core.event_records import BaseEvent, FactChange, FailureRecord, LimitRecord
from treehand.core.evidence import PartEvidence
from treehand.core.literals import CallField, ObservationField
from treehand.core.stop_events import (
    CommandsRefused,
    Held,
    Rearmed,
    ResumedFromHold,
    StopLatched,
    StopOverdue,
    Stopped,
)

FORMAT_VERSION = 6
"""Version of the event stream; `core.event_formats` reads this one and every older one.

1: the first. 2: fields that a resume and an explanation need. 3: calls of language models. 4: goals
that replace other goals; more estimates. 5: calls and facts are checked fields; five kinds of
events have new names. 6: rows carry a running hash; events as in 5.
"""


ModelPurpose = Literal["goal", "tree", "revision", "decomposition"]


class RunStarted(BaseEvent):
    """A run begins."""

    event: Literal["run-started"] = "run-started"
    goal: str
    """Goal in the person's words."""
    world: str
    """Name of the world."""
    scene: str
    """Name of the scene."""
    domain: str
    """Name of the domain."""
    seed: int
    """Seed of every random draw of the run."""
    recovery: bool
    """False if the run has no retries, re-checked conditions or replanning."""


class WorldSampled(BaseEvent):
    """Domain randomization sampled the simulated world; the same seed gives the same sample."""

    event: Literal["world-sampled"] = "world-sampled"
    sample: str
    """The sampled parameters as JSON."""


class Planned(BaseEvent):
    """A plan was made: the first of the run, or a replacement."""

    event: Literal["planned"] = "planned"
    plan_hash: str
    """Hash of the plan."""
    goal_words: str
    """Goal in words, as it was understood."""
    goal_literals: tuple[str, ...]
    """Parts of the goal, in the text syntax."""
    tree: str
    """The tree as JSON."""
    reason: str
    """Reason, in words."""
    goal: str = ""
    """The goal as JSON."""
    arguments: dict[str, str] = {}
    """The values of the tree's parameters."""
    certificate: str = ""
    """The plan's certificate as JSON."""
    estimates: str = ""
    """The plan's estimates as JSON."""
    is_new_goal: bool = False
    """True if it is for another goal than the plan before; parts given up of that goal are void."""
    is_detour: bool = False
    """True if it only looks for something, and the plan before continues afterwards."""


class Approved(BaseEvent):
    """A person or a policy approved the plan with this hash."""

    event: Literal["approved"] = "approved"
    plan_hash: str
    """Hash of the plan."""
    by: str
    """Person or part that did it."""
    policy: str = ""
    """The approval policy of the deployment file."""
    confirms: bool = False
    """True if a person is asked again before each irreversible step."""
    shown: str = ""
    """Hash over everything that the person could open: goal, options, every call, the plan."""


PlanView = Literal["summary", "steps", "tree"]


class PlanViewed(BaseEvent):
    """A person who decides about a plan opened a view of it."""

    event: Literal["plan-viewed"] = "plan-viewed"
    plan_hash: str
    """Hash of the plan."""
    view: PlanView
    """``summary``: goal, skills, irreversible steps, risk; ``steps``: every call; ``tree``: every
    node."""
    is_whole: bool
    """False if the person left before its end, or if a summary left irreversible steps out."""


class PlanRejected(BaseEvent):
    """A person rejected the plan with this hash."""

    event: Literal["plan-rejected"] = "plan-rejected"
    plan_hash: str
    """Hash of the plan."""
    by: str
    """Person or part that did it."""
    reason: str
    """Reason, in words."""


class FactsChanged(BaseEvent):
    """One observation of the world changed these beliefs."""

    event: Literal["facts-changed"] = "facts-changed"
    changes: tuple[FactChange, ...]
    """Changed beliefs."""


class PerceptDropped(BaseEvent):
    """The world told something about an object that the scene does not have; it is not believed.

    Emitted once for each object, and for at most 20 objects in a run.
    """

    event: Literal["percept-dropped"] = "percept-dropped"
    world: str
    """Name of the world."""
    told: str
    """The observation, as the world gave it."""
    problem: str
    """Reason, in words."""


class SkillStarted(BaseEvent):
    """An activation of a skill started; from now on it may move the robot."""

    event: Literal["skill-started"] = "skill-started"
    path: str
    """Path of the node in the tree."""
    call: CallField
    """The skill call."""
    attempt: int
    """Number of this activation among those of the same call in this run, from 1."""


class SkillEnded(BaseEvent):
    """An activation of a skill ended; every `skill-started` has exactly one."""

    event: Literal["skill-ended"] = "skill-ended"
    path: str
    """Path of the node in the tree."""
    call: CallField
    """The skill call."""
    attempt: int
    """Number of the activation of this call in the run, from 1."""
    result: Literal["success", "failure", "halted"]
    """Result of the activation."""
    code: str | None = None
    """The failure code; None for success."""
    detail: str = ""
    """Details of the failure, in words."""
    evidence: tuple[ObservationField, ...] = ()
    """Observations that the skill gave as the reason."""
    error: ErrorRecord | None = None
    """The exception that the skill raised, if it did."""


class TimedOut(BaseEvent):
    """A node ran longer than its time limit and is halted."""

    event: Literal["timed-out"] = "timed-out"
    path: str
    """Path of the node in the tree."""
    call: CallField | None
    """The skill that was running, if one was."""
    limit_s: float
    """Time limit, in seconds of run time."""


class StepRefused(BaseEvent):
    """A skill was not started because a precondition is false; emitted once for each reason."""

    event: Literal["step-refused"] = "step-refused"
    path: str
    """Path of the node in the tree."""
    call: CallField
    """The skill call."""
    code: str
    """Failure code."""
    detail: str
    """Details of the failure, in words."""


class ConditionDecided(BaseEvent):
    """The condition of an "if" was decided; the decision lasts to the end of the run."""

    event: Literal["condition-decided"] = "condition-decided"
    path: str
    """Path of the node in the tree."""
    condition: str
    """The condition, as a formula."""
    value: bool
    """True if it was believed to hold."""


class RequirementBroken(BaseEvent):
    """A requirement of the goal on the way was not kept."""

    event: Literal["requirement-broken"] = "requirement-broken"
    requirement: str
    """The requirement, in the text syntax."""
    detail: str
    """Description of what happened, in words."""


class StepOverrun(BaseEvent):
    """One `step` of a skill took longer than its budget and blocked the tree for that time."""

    event: Literal["step-overrun"] = "step-overrun"
    path: str
    """Path of the node in the tree."""
    call: CallField
    """The skill call."""
    took_s: float
    """Duration of the step, in seconds of wall time."""
    budget_s: float
    """Longest duration of a step, in seconds of wall time."""


class SkillNoted(BaseEvent):
    """A note of a skill for people, such as the grip force that it chose."""

    event: Literal["skill-noted"] = "skill-noted"
    path: str
    """Path of the node in the tree."""
    call: CallField
    """The skill call."""
    note: str
    """Text of the skill."""


class StepSkipped(BaseEvent):
    """A retry did not repeat this step, because its effects still hold."""

    event: Literal["step-skipped"] = "step-skipped"
    path: str
    """Path of the node in the tree."""
    call: CallField
    """The skill call."""


class Retried(BaseEvent):
    """A failed node is tried again."""

    event: Literal["retried"] = "retried"
    path: str
    """Path of the node in the tree."""
    attempt: int
    """The attempt that now begins, from 2."""
    attempts: int
    """Attempts that the retry allows."""
    code: str
    """The failure code of the attempt before."""
    first: CallField | None = None
    """The subtree that runs before the attempt, if the retry names one."""


class Replanned(BaseEvent):
    """The tree ended without reaching the goal; a new plan is made from the facts now believed."""

    event: Literal["replanned"] = "replanned"
    number: int
    """Number of the new plan, from 1."""
    reason: str
    """Reason, in words."""
    given_up: tuple[str, ...] = ()
    """Parts of the goal that can no longer be reached, as formulas."""
    given_up_for: tuple[str, ...] = ()
    """The reason for each of them."""


class FaultInjected(BaseEvent):
    """A requested fault took effect."""

    event: Literal["fault-injected"] = "fault-injected"
    fault: str
    """The fault, as the command line writes it."""


class FaultNotTriggered(BaseEvent):
    """A requested fault did not take effect in this run."""

    event: Literal["fault-not-triggered"] = "fault-not-triggered"
    fault: str
    """The fault, as the command line writes it."""


class QuestionAsked(BaseEvent):
    """A person was asked."""

    event: Literal["question-asked"] = "question-asked"
    question: str
    """The question."""
    options: tuple[str, ...]
    """Answers to choose from; none for free text."""
    path: str | None = None
    """The node that asks, if one does."""
    deadline_s: float | None = None
    """Time to answer, in wall seconds."""
    default: str | None = None
    """The answer that is taken if none comes in time."""
    picture: str | None = None
    """File with the camera image that is shown."""


class QuestionAnswered(BaseEvent):
    """A person answered, or nobody could be asked (`answer` is None)."""

    event: Literal["question-answered"] = "question-answered"
    answer: str | None
    """The answer; None if nobody could be asked."""
    is_default: bool = False
    """True if nobody answered in time and the default was taken."""


class Ticked(BaseEvent):
    """A tick changed the status of at least one node."""

    event: Literal["ticked"] = "ticked"
    tick: int
    """Number of this tick among those that changed a status, from 1; other ticks emit nothing."""
    changes: dict[str, str]
    """Node path to new status."""


class LimitsChanged(BaseEvent):
    """A person set or lifted limits on speed and grip force; they are in force from now on."""

    event: Literal["limits-changed"] = "limits-changed"
    limits: tuple[LimitRecord, ...]
    """All limits in force now; empty if none is."""
    words: str
    """The person's words."""


class Resumed(BaseEvent):
    """A process resumes a run whose process had ended."""

    event: Literal["resumed"] = "resumed"
    changed: tuple[ObservationField, ...]
    """Observations that contradict what was believed."""
    done: tuple[CallField, ...]
    """Calls that had succeeded."""
    uncertain: tuple[CallField, ...]
    """Calls that had started, with no outcome in the journal."""


class OracleRead(BaseEvent):
    """The simulator's ground truth was read, to judge a run; it never decides an action."""

    event: Literal["oracle-read"] = "oracle-read"
    purpose: str
    """Purpose of the look."""


class ModelCalled(BaseEvent):
    """A language model was called, successfully or not."""

    event: Literal["model-called"] = "model-called"
    purpose: ModelPurpose
    """``goal``: read a text as a goal. ``tree``: write a tree. ``decomposition``: split an open
    goal into several. ``revision``: change a goal that failed; the first rounds of these are
    counted against the budget of revisions."""
    model: str
    """Name of the model."""
    served_by: str | None = None
    """Model that answered, if the endpoint names another one than was asked."""
    round: int
    """1 for the question, more for repairs."""
    prompt_hash: str
    """SHA-256 over prompt and schema, 16 hex digits."""
    outcome: str
    """``answered``, or the code of what went wrong."""
    tokens_in: int | None = None
    """Tokens of the prompt; None if the server did not count."""
    tokens_out: int | None = None
    """Tokens of the answer; None if the server did not count."""
    latency_s: float
    """Wall time from request to last token; the one value of the stream that no seed decides."""
    cost_usd: float | None = None
    """None if the price of the model is unknown."""
    prompt: str | None = None
    """None if prompts are not kept."""
    answer: str | None = None
    """The answer, or the error message; None if answers are not kept."""


class RunEnded(BaseEvent):
    """A run ended."""

    event: Literal["run-ended"] = "run-ended"
    outcome: str
    """Outcome of the run."""
    world_true: bool | None
    """True if the goal holds in the simulator's ground truth; None where there is none."""
    message: str
    """Reason, in words."""
    leaves_run: int
    """Number of skill activations."""
    failures: dict[str, int]
    """Failure code to number of failures."""
    retries: int
    """Number of retries."""
    replans: int
    """Number of new plans."""
    overruns: int = 0
    """Heartbeats that a tick missed."""
    failure: FailureRecord | None = None
    """The failure of the tree, if it failed."""
    evidence: tuple[PartEvidence, ...] = ()
    """Verdict on each part of the goal, with the beliefs that it rests on."""
    error: ErrorRecord | None = None
    """The exception that ended the run, if one did."""


Event = Annotated[
    RunStarted
    | WorldSampled
    | Planned
    | Approved
    | PlanViewed
    | PlanRejected
    | FactsChanged
    | PerceptDropped
    | SkillStarted
    | SkillEnded
    | SkillNoted
    | StepOverrun
    | StepRefused
    | TimedOut
    | ConditionDecided
    | RequirementBroken
    | StepSkipped
    | Retried
    | Replanned
    | FaultInjected
    | FaultNotTriggered
    | QuestionAsked
    | QuestionAnswered
    | Ticked
    | Stopped
    | StopOverdue
    | CommandsRefused
    | StopLatched
    | Rearmed
    | Held
    | LimitsChanged
    | ResumedFromHold
    | Resumed
    | OracleRead
    | ModelCalled
    | RunEnded,
    Field(discriminator="event"),
]
"""Any event."""

EVENTS: TypeAdapter[Event] = TypeAdapter(Event)
"""Reads one event of this format version from a dictionary or from JSON."""
