"""The one stream that journal, console, reports and metrics read: typed, versioned, append-only.

Every event says when it happened in run seconds (`t_s`), never in wall time, so that the same seed
gives the same stream. Calls, facts and trees travel as text in the project's own syntax; the
ground knows nothing of the rooms above.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

FORMAT_VERSION = 4
"""Version of the event stream; a reader accepts this one and every older one.

1: the first. 2: what a run needs to be resumed and explained from its journal alone; what came in
with it has a default, so that version 1 is read by the same classes. 3: calls of language models.
4: goals that take the place of others; estimates say more.
"""


class _Event(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    t_s: float
    """Run time in seconds."""


class RunStarted(_Event):
    """A run begins."""

    event: Literal["run-started"] = "run-started"
    goal: str
    world: str
    scene: str
    domain: str
    seed: int
    recovery: bool


class WorldDrawn(_Event):
    """What a simulated world was drawn as, for this run: with the seed, the same again."""

    event: Literal["world-drawn"] = "world-drawn"
    drawn: str
    """As JSON."""


class Planned(_Event):
    """A plan was made; the first of the run, or a replacement after something went wrong."""

    event: Literal["planned"] = "planned"
    plan_hash: str
    goal_words: str
    goal_literals: tuple[str, ...]
    tree: str
    """The tree as JSON."""
    reason: str
    goal: str = ""
    """The goal as JSON."""
    arguments: dict[str, str] = {}
    """The values of the tree's parameters."""
    certificate: str = ""
    """What was checked of it, as JSON."""
    estimates: str = ""
    """What it is expected to take, as JSON."""
    is_new_goal: bool = False
    """Whether it is for another goal than the plan before; what was given up of that is void."""
    is_detour: bool = False
    """Whether it only looks for something, and the plan before goes on afterwards."""


class Approved(_Event):
    """Somebody allowed the plan with this hash to move the robot; the journal's row says when."""

    event: Literal["approved"] = "approved"
    plan_hash: str
    by: str
    policy: str = ""
    """Which plans have to be approved; see the deployment file."""
    confirms: bool = False
    """Whether a person is asked again before each step that cannot be undone."""


class PlanRejected(_Event):
    """Somebody did not want the plan with this hash."""

    event: Literal["plan-rejected"] = "plan-rejected"
    plan_hash: str
    by: str
    reason: str


class FactChange(BaseModel):
    """One belief that changed."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    fact: str
    value: bool | None
    source: str
    confidence: float


class FactsChanged(_Event):
    """Beliefs that one look at the world changed."""

    event: Literal["facts-changed"] = "facts-changed"
    changes: tuple[FactChange, ...]


class SkillStarted(_Event):
    """A leaf began to move the robot."""

    event: Literal["skill-started"] = "skill-started"
    path: str
    call: str
    attempt: int
    """Which activation of this call it is in this run, from 1."""


class SkillEnded(_Event):
    """A leaf's activation is over; every `skill-started` has exactly one."""

    event: Literal["skill-ended"] = "skill-ended"
    path: str
    call: str
    attempt: int
    result: Literal["success", "failure", "halted"]
    code: str | None = None
    detail: str = ""
    evidence: tuple[str, ...] = ()


class TimedOut(_Event):
    """A node ran longer than its limit, and is halted."""

    event: Literal["timed-out"] = "timed-out"
    path: str
    call: str | None
    """The skill that ran, if there was one."""
    limit_s: float


class StepRefused(_Event):
    """A step did not begin: what it needs is not so. Said once while the reason stays."""

    event: Literal["step-refused"] = "step-refused"
    path: str
    call: str
    code: str
    detail: str


class StepOverstayed(_Event):
    """One step of a skill took so long that the tree could not look meanwhile."""

    event: Literal["step-overstayed"] = "step-overstayed"
    path: str
    call: str
    took_s: float
    budget_s: float


class SkillNoted(_Event):
    """Something a skill wants people to know, such as the grip force it chose."""

    event: Literal["skill-noted"] = "skill-noted"
    path: str
    call: str
    note: str


class StepKept(_Event):
    """A retry did not replay this step, because what it achieved still holds."""

    event: Literal["step-kept"] = "step-kept"
    path: str
    call: str


class Retried(_Event):
    """A failed node is tried again."""

    event: Literal["retried"] = "retried"
    path: str
    attempt: int
    """The attempt that now begins, from 2."""
    attempts: int
    code: str
    first: str | None = None


class Replanned(_Event):
    """The tree ended without the goal; a plan was made again from the facts now believed."""

    event: Literal["replanned"] = "replanned"
    number: int
    reason: str
    given_up: tuple[str, ...] = ()
    """Parts of the goal that can no longer be reached."""
    given_up_for: tuple[str, ...] = ()
    """Why, one reason for each of them."""


class FaultInjected(_Event):
    """A disturbance made on purpose took effect."""

    event: Literal["fault-injected"] = "fault-injected"
    fault: str


class FaultUnfired(_Event):
    """A requested disturbance never took effect."""

    event: Literal["fault-unfired"] = "fault-unfired"
    fault: str


class QuestionAsked(_Event):
    """A person was asked."""

    event: Literal["question-asked"] = "question-asked"
    question: str
    options: tuple[str, ...]
    path: str | None = None
    """The node that asks, if one does."""
    deadline_s: float | None = None
    """How long an answer is waited for, in seconds on the wall."""
    default: str | None = None
    """What counts as the answer if none comes."""
    picture: str | None = None
    """The file with what the robot sees."""


class QuestionAnswered(_Event):
    """A person answered, or nobody could be asked (`answer` is None)."""

    event: Literal["question-answered"] = "question-answered"
    answer: str | None
    is_default: bool = False
    """Whether nobody answered in time, and the default was taken."""


class Ticked(_Event):
    """One pass over the tree that changed the status of a node."""

    event: Literal["ticked"] = "ticked"
    tick: int
    """Counts the ticks that changed something, from 1; others leave no trace."""
    changes: dict[str, str]
    """Node path to new status."""


class Stopped(_Event):
    """The robot was brought to rest outside the normal end of a skill."""

    event: Literal["stopped"] = "stopped"
    reason: str
    acknowledged: bool
    by: str = ""
    """Who or what asked for it; empty where the run came to rest by itself."""


class StopLatched(_Event):
    """Nothing moves in this world any more until somebody re-arms it."""

    event: Literal["stop-latched"] = "stop-latched"
    reason: str
    by: str


class Rearmed(_Event):
    """Somebody looked at the world and lifted the latched stop."""

    event: Literal["rearmed"] = "rearmed"
    by: str
    seen: tuple[str, ...]
    """What was seen to be true."""


class Held(_Event):
    """The run stands still between two steps because a person wants it to."""

    event: Literal["held"] = "held"
    by: str


class WentOn(_Event):
    """A run that was held goes on."""

    event: Literal["went-on"] = "went-on"
    by: str


class Resumed(_Event):
    """A run whose process had ended is carried on by another one."""

    event: Literal["resumed"] = "resumed"
    changed: tuple[str, ...]
    """What is seen now and was believed otherwise."""
    done: tuple[str, ...]
    """Calls that had succeeded."""
    uncertain: tuple[str, ...]
    """Calls that had begun, with no outcome written down."""


class OracleRead(_Event):
    """The world's truth was read, for judging and never for acting."""

    event: Literal["oracle-read"] = "oracle-read"
    purpose: str


class FailureRecord(BaseModel):
    """Why a node failed, down to the leaves that decided it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    path: str
    code: str
    detail: str = ""
    call: str | None = None
    evidence: tuple[str, ...] = ()
    times: int = 1
    """How often in a row it was so."""
    causes: tuple[FailureRecord, ...] = ()


class ModelCalled(_Event):
    """A language model was asked; also when it failed."""

    event: Literal["model-called"] = "model-called"
    purpose: str
    """What for: ``goal`` or ``tree``."""
    model: str
    round: int
    """1 for the question, more for repairs."""
    prompt_hash: str
    """SHA-256 over prompt and schema, 16 hex digits."""
    outcome: str
    """``answered``, or the code of what went wrong."""
    tokens_in: int | None = None
    """What it read; None if nobody counted."""
    tokens_out: int | None = None
    """What it wrote."""
    latency_s: float
    """Wall time from asking to the last word: the one time here that no seed decides."""
    cost_usd: float | None = None
    """None if the model has no price."""
    prompt: str | None = None
    """What it read; None if prompts are not kept."""
    answer: str | None = None
    """What it wrote, or the message of what went wrong; None if answers are not kept."""


class RunEnded(_Event):
    """A run is over."""

    event: Literal["run-ended"] = "run-ended"
    outcome: str
    world_true: bool | None
    message: str
    leaves_run: int
    failures: dict[str, int]
    retries: int
    replans: int
    overruns: int = 0
    """Heartbeats that a tick was late for."""
    failure: FailureRecord | None = None
    """Why the tree failed, where it did."""


Event = Annotated[
    RunStarted
    | WorldDrawn
    | Planned
    | Approved
    | PlanRejected
    | FactsChanged
    | SkillStarted
    | SkillEnded
    | SkillNoted
    | StepOverstayed
    | StepRefused
    | TimedOut
    | StepKept
    | Retried
    | Replanned
    | FaultInjected
    | FaultUnfired
    | QuestionAsked
    | QuestionAnswered
    | Ticked
    | Stopped
    | StopLatched
    | Rearmed
    | Held
    | WentOn
    | Resumed
    | OracleRead
    | ModelCalled
    | RunEnded,
    Field(discriminator="event"),
]
"""Any event."""

EVENTS: TypeAdapter[Event] = TypeAdapter(Event)
"""Reads one event from a dictionary or from JSON."""

EventSink = Callable[[Event], None]
"""What an emitter is given; see `EventStream.emit`."""


class EventStream:
    """Hands every event to every subscriber, in order."""

    def __init__(self) -> None:
        self._sinks: list[EventSink] = []

    def emit(self, event: Event) -> None:
        """Hand `event` to all subscribers."""
        for sink in tuple(self._sinks):
            sink(event)

    def subscribe(self, sink: EventSink) -> Callable[[], None]:
        """Add `sink`; the returned function takes it out again, if it is still there."""
        self._sinks.append(sink)

        def leave() -> None:
            if sink in self._sinks:
                self._sinks.remove(sink)

        return leave
