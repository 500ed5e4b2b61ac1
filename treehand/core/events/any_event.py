"""The union of all events, and its format version."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, TypeAdapter

from treehand.core.events.planning_events import (
    Approved,
    ConditionDecided,
    ModelCalled,
    Planned,
    PlanRejected,
    PlanViewed,
    QuestionAnswered,
    QuestionAsked,
    Replanned,
    RequirementBroken,
)
from treehand.core.events.run_events import (
    CallOverdue,
    CallReturned,
    DetectorScored,
    FactsChanged,
    FailureUndeclared,
    FaultInjected,
    FaultNotTriggered,
    LimitsChanged,
    Logged,
    OracleRead,
    PerceptDropped,
    Resumed,
    Retried,
    RunEnded,
    RunStarted,
    SkillEnded,
    SkillNoted,
    SkillStarted,
    StepOverrun,
    StepRefused,
    StepSkipped,
    Ticked,
    TimedOut,
    WorldSampled,
)
from treehand.core.events.stop_events import (
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

Event = Annotated[
    RunStarted
    | WorldSampled
    | Planned
    | Approved
    | PlanViewed
    | PlanRejected
    | FactsChanged
    | FailureUndeclared
    | PerceptDropped
    | DetectorScored
    | SkillStarted
    | SkillEnded
    | SkillNoted
    | StepOverrun
    | CallOverdue
    | CallReturned
    | StepRefused
    | TimedOut
    | ConditionDecided
    | RequirementBroken
    | Logged
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
