"""Statements about one topic of a run, each with the numbers of the events that it rests on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Set
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Self

from treehand.core.events import (
    Approved,
    BaseEvent,
    CallOverdue,
    CallReturned,
    CommandsRefused,
    FailureRecord,
    FaultInjected,
    LimitsChanged,
    Planned,
    PlanRejected,
    QuestionAnswered,
    QuestionAsked,
    Rearmed,
    Replanned,
    Resumed,
    Retried,
    RunEnded,
    RunStarted,
    SkillEnded,
    SkillStarted,
    StopLatched,
    StopOverdue,
    Stopped,
    TimedOut,
)
from treehand.core.events.folds import Fold, on
from treehand.core.literals import Call
from treehand.orchestrator.history.event_text import (
    counted_commands,
    limits_text,
    overdue_text,
    rest_text,
    restless,
    returned_text,
)
from treehand.orchestrator.store.journal import Entry
from treehand.skills import FailureCode


@dataclass(frozen=True)
class Line:
    """One statement about a run."""

    text: str
    events: tuple[int, ...] = ()
    """Numbers of the events that it rests on."""

    def __str__(self) -> str:
        if not self.events:
            return self.text
        noun = "event" if len(self.events) == 1 else "events"
        return f"{self.text}  [{noun} {', '.join(map(str, self.events))}]"


class TopicLines(Fold):
    """Fold over the rows of a journal that collects the statements about one topic."""

    def __init__(self) -> None:
        self.lines: list[Line] = []
        self._entry: Entry

    def over_entries(self, entries: Iterable[Entry]) -> Self:
        """Take all rows, in their order, and return the fold itself."""
        for entry in entries:
            self._entry = entry
            self.take(entry.event)
        return self

    def _say(self, text: str, *earlier: Entry) -> None:
        """Add a statement that rests on the row that is taken now, and on earlier ones."""
        self.lines.append(Line(text, tuple(entry.seq for entry in (*earlier, self._entry))))

    def _date(self) -> str:
        """Return the wall time of the row that is taken now, if the journal has it."""
        if self._entry.wall_s is None:
            return ""
        date = datetime.fromtimestamp(self._entry.wall_s, UTC)
        return f" at {date.isoformat(timespec='seconds')}"


class GoalLines(TopicLines):
    """The goal of the run."""

    @on(RunStarted)
    def _run_started(self, event: RunStarted) -> None:
        learned = f", learned parameters {event.learned}" if event.learned else ""
        where = f"world {event.world}, seed {event.seed}{learned}"
        self._say(f"the goal was: {event.goal} ({where})")


class EndLines(TopicLines):
    """The ends of the run; several if it was resumed."""

    @on(RunEnded)
    def _run_ended(self, event: RunEnded) -> None:
        self._say(f"it ended at {event.t_s:.1f} s: {event.outcome}, {event.message}")


class RetryLines(TopicLines):
    """Repeated attempts, with the failure before each."""

    @on(Retried)
    def _retried(self, event: Retried) -> None:
        first = f", after {event.first}" if event.first else ""
        name = event.path.rpartition("/")[2]
        text = f"{event.t_s:.1f} s: {name} was tried again after {event.code}"
        self._say(f"{text} (attempt {event.attempt} of {event.attempts}){first}")


class PlanLines(TopicLines):
    """The plans, with the reason for each.

    Args:
        has_first: False leaves the first plan of the run out.
    """

    def __init__(self, *, has_first: bool = True) -> None:
        super().__init__()
        self._is_silent = not has_first

    @on(Planned)
    def _planned(self, event: Planned) -> None:
        if not self._is_silent:
            self._say(f"{event.t_s:.1f} s: plan {event.plan_hash}, {event.reason}")
        self._is_silent = False

    @on(Replanned)
    def _replanned(self, event: Replanned) -> None:
        lost = f"; given up: {', '.join(event.given_up)}" if event.given_up else ""
        self._say(f"{event.t_s:.1f} s: planned again after {event.reason}{lost}")


class TimeLines(TopicLines):
    """When the run began and ended, how long it took, and its longest steps."""

    def __init__(self) -> None:
        super().__init__()
        self._began: tuple[Entry, str] | None = None
        self._open: dict[tuple[str, int], SkillStarted] = {}
        self._took: list[tuple[float, str, Entry]] = []
        self._last_s = 0.0

    def over_entries(self, entries: Iterable[Entry]) -> Self:
        """Take all rows; a run that has not ended is told as far as it came."""
        super().over_entries(entries)
        if not self.lines and self._began is not None:
            text = f"it has not ended; {self._last_s:.1f} s have passed{self._began[1]}"
            self.lines.append(Line(text, (self._began[0].seq,)))
        self._took.sort(key=lambda one: -one[0])
        for took_s, text, entry in self._took[:3]:
            self.lines.append(Line(f"{text} took {took_s:.1f} s", (entry.seq,)))
        return self

    def take(self, event: BaseEvent) -> None:
        """Take an event, and its time."""
        self._last_s = max(self._last_s, event.t_s)
        super().take(event)

    @on(RunStarted)
    def _run_started(self, event: RunStarted) -> None:
        date = self._date()
        self._began = self._entry, f"; it began{date}" if date else ""

    @on(SkillStarted)
    def _skill_started(self, event: SkillStarted) -> None:
        self._open[event.path, event.attempt] = event

    @on(SkillEnded)
    def _skill_ended(self, event: SkillEnded) -> None:
        started = self._open.pop((event.path, event.attempt), None)
        if started is not None:
            again = f" (attempt {event.attempt})" if event.attempt > 1 else ""
            took_s = event.t_s - started.t_s
            self._took.append((took_s, f"{event.call}{again}", self._entry))

    @on(RunEnded)
    def _run_ended(self, event: RunEnded) -> None:
        began = (self._began[0],) if self._began is not None else ()
        since_s = began[0].event.t_s if began else 0.0
        told = self._began[1] if self._began is not None else ""
        ended = f", from {since_s:.1f} s to {event.t_s:.1f} s"
        self._say(f"it took {event.t_s - since_s:.1f} s{ended}{told}", *began)


class StopLines(TopicLines):
    """Stops of the robot, the steps that were halted, and who re-armed it."""

    @on(SkillEnded)
    def _skill_halted(self, event: SkillEnded) -> None:
        if event.result == "halted":
            detail = f": {event.detail}" if event.detail else ""
            self._say(f"{event.t_s:.1f} s: {event.call} was halted{detail}")

    @on(Stopped)
    def _stopped(self, event: Stopped) -> None:
        seen = "" if event.acknowledged else ", which it did not confirm"
        by = _by(event.by)
        self._say(f"{event.t_s:.1f} s: the robot was stopped{by}{seen}: {event.reason}")
        self._say_restless(event)

    @on(StopOverdue)
    def _stop_overdue(self, event: StopOverdue) -> None:
        self._say(f"{event.t_s:.1f} s: not everything was at rest yet{_by(event.by)}")
        self._say_restless(event)

    @on(CallOverdue)
    def _call_overdue(self, event: CallOverdue) -> None:
        self._say(f"{event.t_s:.1f} s: {event.subject} had not returned {overdue_text(event)}")

    @on(CallReturned)
    def _call_returned(self, event: CallReturned) -> None:
        self._say(f"{event.t_s:.1f} s: {event.subject} returned {returned_text(event)}")

    @on(CommandsRefused)
    def _commands_refused(self, event: CommandsRefused) -> None:
        refused = f"{counted_commands(event.count)} of {event.call} after it was {event.because}"
        self._say(f"{event.last_s:.1f} s: refused {refused}: {event.command}")

    def _say_restless(self, event: Stopped | StopOverdue) -> None:
        for one in restless(event):
            self._say(f"{event.t_s:.1f} s: {rest_text(one)}")

    @on(StopLatched)
    def _stop_latched(self, event: StopLatched) -> None:
        self._say(f"{event.t_s:.1f} s: the stop was latched{_by(event.by)}: {event.reason}")

    @on(Rearmed)
    def _rearmed(self, event: Rearmed) -> None:
        self._say(f"{event.t_s:.1f} s: re-armed{_by(event.by)}{self._date()}")


class QuestionLines(TopicLines):
    """Questions to people, with the answers."""

    def __init__(self) -> None:
        super().__init__()
        self._asked: tuple[Entry, QuestionAsked] | None = None

    @on(QuestionAsked)
    def _question_asked(self, event: QuestionAsked) -> None:
        self._asked = self._entry, event

    @on(QuestionAnswered)
    def _question_answered(self, event: QuestionAnswered) -> None:
        if self._asked is None:
            return
        entry, question = self._asked
        answer = event.answer or "nobody answered"
        how = " (the default)" if event.is_default else ""
        text = f"{question.t_s:.1f} s: asked '{question.question}', answer: {answer}{how}"
        self._say(text, entry)


class ApprovalLines(TopicLines):
    """Approvals and rejections of plans."""

    @on(Approved)
    def _approved(self, event: Approved) -> None:
        self._say(f"plan {event.plan_hash} was approved by {event.by}{self._date()}")

    @on(PlanRejected)
    def _plan_rejected(self, event: PlanRejected) -> None:
        by = f"{event.by}{self._date()}"
        self._say(f"plan {event.plan_hash} was rejected by {by}: {event.reason}")


class LimitLines(TopicLines):
    """Limits on speed and grip force that a person set or lifted."""

    @on(LimitsChanged)
    def _limits_changed(self, event: LimitsChanged) -> None:
        told = f"limits {limits_text(event)}"
        self._say(f"{event.t_s:.1f} s: {told}, because the person said '{event.words}'")


class FaultLines(TopicLines):
    """Faults that took effect."""

    @on(FaultInjected)
    def _fault_injected(self, event: FaultInjected) -> None:
        self._say(f"{event.t_s:.1f} s: injected {event.fault}")


class ResumeLines(TopicLines):
    """Resumes of the run by another process, with the uncertain steps."""

    @on(Resumed)
    def _resumed(self, event: Resumed) -> None:
        uncertain = ", ".join(map(str, event.uncertain)) or "nothing"
        self._say(f"{event.t_s:.1f} s: carried on{self._date()}; uncertain: {uncertain}")


class FailureLines(TopicLines):
    """Failures of steps; at the end the failures that decided the whole run.

    Args:
        things: Only steps with one of these objects count, and no end; all steps if it is empty.
    """

    def __init__(self, things: Set[str] = frozenset()) -> None:
        super().__init__()
        self._things = things
        self._traced: set[tuple[str, str, int]] = set()
        """Exceptions whose tracebacks were told."""

    @on(SkillEnded)
    def _skill_ended(self, event: SkillEnded) -> None:
        if event.result == "failure" and self._is_meant(event.call):
            self._say(f"{event.t_s:.1f} s: {event.call} failed, {event.code}: {event.detail}")
            if event.error is not None and event.error.key not in self._traced:
                self._traced.add(event.error.key)
                self._say(event.error.traceback.rstrip())

    @on(TimedOut)
    def _timed_out(self, event: TimedOut) -> None:
        if self._is_meant(event.call):
            what = event.call or event.path
            self._say(f"{event.t_s:.1f} s: {what} took longer than {event.limit_s:g} s")

    @on(RunEnded)
    def _run_ended(self, event: RunEnded) -> None:
        if self._things:
            return
        for leaf in _deciding(event.failure):
            detail = f": {leaf.detail}" if leaf.detail else ""
            what = leaf.call or leaf.path
            self._say(f"the end was decided by {what}, {leaf.code}{detail}")

    def _is_meant(self, call: Call | None) -> bool:
        if not self._things:
            return True
        return call is not None and not self._things.isdisjoint(call.arguments)


def _by(who: str) -> str:
    return f" by {who}" if who else ""


def _deciding(record: FailureRecord | None) -> Iterator[FailureRecord]:
    """Yield the leaves of a failure that are more than a false condition; else all leaves."""
    if record is None:
        return
    leaves = list(_leaves(record))
    telling = [leaf for leaf in leaves if leaf.code != FailureCode.CONDITION_FALSE.value]
    yield from telling or leaves


def _leaves(record: FailureRecord) -> Iterator[FailureRecord]:
    if not record.causes:
        yield record
    for cause in record.causes:
        yield from _leaves(cause)
