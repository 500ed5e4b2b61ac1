"""Result of a run, for people and programs."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby
from typing import Any

from pydantic import BaseModel, ConfigDict

from treehand.core.error_record import ErrorRecord
from treehand.core.events import (
    BaseEvent,
    FactsChanged,
    FailureRecord,
    LeafRest,
    ModelCalled,
    Replanned,
    RequirementBroken,
    Retried,
    RobotRest,
    RunEnded,
    SkillEnded,
    SkillStarted,
    StepRefused,
    TimedOut,
)
from treehand.core.events.folds import Fold, on
from treehand.core.evidence import PartEvidence
from treehand.core.exit_codes import ExitCode
from treehand.orchestrator.running.watching.flicker_watch import FlickerWatch
from treehand.skills import FailureCode
from treehand.skills.domain import Call, FactField
from treehand.trees import Failure

MAX_TROUBLES = 30
"""Number of the latest failures that are kept."""

MAX_ERRORS = 10
"""Greatest number of different exceptions that a result lists."""


class Outcome(StrEnum):
    """The ways a run can end."""

    SUCCESS = "success"
    ALREADY_TRUE = "already-true"
    ANSWERED = "answered"
    FAILURE = "failure"
    CLARIFY = "clarify"
    INFEASIBLE = "infeasible"
    REFUSED = "refused"
    INTERRUPTED = "interrupted"
    ERROR = "error"

    @property
    def exit_code(self) -> ExitCode:
        """Return the exit code of the command line."""
        if self in (Outcome.SUCCESS, Outcome.ALREADY_TRUE, Outcome.ANSWERED):
            return ExitCode.SUCCESS
        return ExitCode[self.name]


@dataclass(frozen=True)
class Verdict:
    """Outcome of a run, with the reason."""

    outcome: Outcome
    message: str = ""
    needs_approval: bool = False
    """True if a plan waits for an approval, and there was nobody to ask."""
    error: ErrorRecord | None = None
    """The exception that ended the run, if one did."""


class GoalReport(BaseModel):
    """The goal as it was understood."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    words: str = ""
    literals: tuple[str, ...] = ()


class RestReport(BaseModel):
    """Rest of each robot and leaf after a stop."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    reason: str
    """Reason of the stop, in words."""
    by: str = ""
    """Person or device that asked for it; empty if the run stopped by itself."""
    robots: tuple[RobotRest, ...]
    """Each robot."""
    leaves: tuple[LeafRest, ...]
    """Each leaf whose skill ran when the stop was requested."""

    @property
    def is_at_rest(self) -> bool:
        """Return True if every robot and every leaf is known to be at rest."""
        return not self.restless

    @property
    def restless(self) -> str:
        """Return the names of those that are not known to be at rest; empty if all are."""
        leaves = [f"'{leaf.path}'" for leaf in self.leaves if leaf.state != "stopped"]
        robots = [f"robot '{one.robot}'" for one in self.robots if one.state != "stopped"]
        return ", ".join((*leaves, *robots))


class RunResult(BaseModel):
    """Result of a run, as ``treehand run --json`` prints it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    outcome: Outcome
    world_true: bool | None = None
    """True if the goal holds in the world's true state; None where that cannot be read."""
    goal: GoalReport = GoalReport()
    facts: tuple[FactField, ...] = ()
    """Facts that are believed true at the end."""
    leaves_run: int = 0
    """Skill activations."""
    failures: dict[str, int] = {}
    """Failure code to count."""
    retries: int = 0
    replans: int = 0
    faults_not_triggered: tuple[str, ...] = ()
    """Requested faults that had no effect."""
    overruns: int = 0
    """Heartbeats that a tick was late for; 0 in virtual time."""
    failure: FailureRecord | None = None
    """Failure of the tree, down to the leaves that caused it."""
    evidence: tuple[PartEvidence, ...] = ()
    """Verdict on each part of the goal, with the beliefs that it rests on and their sources."""
    predicted_not_seen: tuple[FactField, ...] = ()
    """Facts of confirmed parts that only the success of a skill supports: no sensor sees them."""
    broken_requirements: tuple[str, ...] = ()
    """Requirements of the goal that were not kept on the way, each with what happened."""
    errors: tuple[ErrorRecord, ...] = ()
    """Exceptions of skills and worlds, one of each class and line, with their tracebacks."""
    sim_time_s: float = 0.0
    """Run time on the run's clock."""
    wall_time_s: float = 0.0
    run_id: str | None = None
    plan_hash: str | None = None
    message: str = ""
    needs_approval: bool = False
    """True if a plan waits for an approval, and there was nobody to ask."""
    stop: RestReport | None = None
    """Rest of each robot and leaf, for a run that a stop or an error ended."""

    @property
    def exit_code(self) -> ExitCode:
        """Return the exit code of the command line."""
        if self.stop is not None and not self.stop.is_at_rest:
            return ExitCode.NOT_AT_REST
        return ExitCode.NOT_APPROVED if self.needs_approval else self.outcome.exit_code


def ended_event(result: RunResult, now_s: float, error: ErrorRecord | None = None) -> RunEnded:
    """Return the event that a run has ended.

    Args:
        result: How it ended.
        now_s: Run time.
        error: The exception that ended it, if one did.
    """
    return RunEnded(
        t_s=now_s,
        outcome=result.outcome.value,
        world_true=result.world_true,
        message=result.message,
        leaves_run=result.leaves_run,
        failures=result.failures,
        retries=result.retries,
        replans=result.replans,
        overruns=result.overruns,
        failure=result.failure,
        evidence=result.evidence,
        error=error,
    )


def record_of(failure: Failure) -> FailureRecord:
    """Return a failure as data."""
    return FailureRecord(
        path=failure.path,
        code=failure.code.value,
        detail=failure.detail,
        call=failure.call,
        evidence=tuple(percept.observation for percept in failure.evidence),
        causes=_counted(map(record_of, failure.causes)),
    )


def _counted(records: Iterable[FailureRecord]) -> tuple[FailureRecord, ...]:
    """Return records with equal neighbours made one."""
    groups = ((record, sum(1 for _ in same)) for record, same in groupby(records))
    return tuple(record.model_copy(update={"times": times}) for record, times in groups)


class RunMetrics(Fold):
    """Counts of a run's events, and its latest failures."""

    def __init__(self) -> None:
        self.troubles: deque[dict[str, Any]] = deque(maxlen=MAX_TROUBLES)
        """The latest failures, oldest first, as JSON can hold them."""
        self.revisions = 0
        """Number of times that a language model was asked for another goal."""
        self.errors: dict[tuple[str, str, int], ErrorRecord] = {}
        """The exceptions of skills, one of each class and line."""
        self.broke_off_s: float | None = None
        """Run time at which a skill ended last without success; None if none has."""
        self.broken_requirements: tuple[str, ...] = ()
        """The requirements that were not kept, each with what happened."""
        self.flicker = FlickerWatch()
        """Facts whose changes halt skills."""
        self.leaves_run = 0
        self.failures: Counter[str] = Counter()
        self.retries = 0
        self.replans = 0

    @on(SkillStarted)
    def _skill_started(self, event: SkillStarted) -> None:
        self.leaves_run += 1

    @on(FactsChanged)
    def _facts_changed(self, event: FactsChanged) -> None:
        self.flicker.hear(event)

    @on(SkillEnded)
    def _skill_ended(self, event: SkillEnded) -> None:
        self.flicker.hear(event)
        if event.result != "success":
            self.broke_off_s = event.t_s
        if event.result == "failure" and event.code:
            self.failures[event.code] += 1
            if event.error is not None and len(self.errors) < MAX_ERRORS:
                self.errors.setdefault(event.error.key, event.error)
            self._keep(event, call=event.call, code=event.code, detail=event.detail)

    @on(RequirementBroken)
    def _requirement_broken(self, event: RequirementBroken) -> None:
        told = f"{event.requirement}: {event.detail}"
        self.broken_requirements = (*self.broken_requirements, told)

    @on(StepRefused)
    def _step_refused(self, event: StepRefused) -> None:
        self._keep(event, call=event.call, code=event.code, detail=event.detail)

    @on(TimedOut)
    def _timed_out(self, event: TimedOut) -> None:
        self.failures[FailureCode.TIMEOUT.value] += 1
        self._keep(event, call=event.call, code=FailureCode.TIMEOUT.value)

    @on(Retried)
    def _retried(self, event: Retried) -> None:
        self.retries += 1

    @on(Replanned)
    def _replanned(self, event: Replanned) -> None:
        self.replans += 1
        self._keep(event, new_plan=event.number, because=event.reason, without=event.given_up)

    @on(ModelCalled)
    def _model_called(self, event: ModelCalled) -> None:
        self.revisions += event.purpose == "revision" and event.round == 1

    def _keep(self, event: BaseEvent, **details: object) -> None:
        known = {k: str(v) if isinstance(v, Call) else v for k, v in details.items() if v}
        self.troubles.append({"t_s": round(event.t_s, 1), **known})
