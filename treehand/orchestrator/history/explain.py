"""Answers about a run, from its journal alone: every line names the events it rests on."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence, Set
from dataclasses import dataclass
from datetime import UTC, datetime

from treehand.core.events import (
    Approved,
    Event,
    FactsChanged,
    FailureRecord,
    FaultInjected,
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
    StepRefused,
    StopLatched,
    Stopped,
    Ticked,
    TimedOut,
)
from treehand.orchestrator.store.journal import Entry

KINDS = (
    "why did it open the fridge? what happened to the glass? why did it fail? why did it stop? "
    "what did it retry? what did it do? why did it plan again? what did it ask? who approved it?"
)
"""What can be asked, as examples."""


@dataclass(frozen=True)
class Line:
    """One statement about a run."""

    text: str
    events: tuple[int, ...] = ()
    """Numbers of the events that say so."""

    def __str__(self) -> str:
        if not self.events:
            return self.text
        noun = "event" if len(self.events) == 1 else "events"
        return f"{self.text}  [{noun} {', '.join(map(str, self.events))}]"


def explain(entries: Sequence[Entry], question: str = "") -> list[Line]:
    """Return the answer to a question about a run; about all of it if there is no question.

    A question that is not understood is answered with what can be asked.
    """
    story = _Story(entries)
    words = set(re.findall(r"[a-z0-9']+", question.lower()))
    if not words:
        return list(story.summary())
    for wanted, answer in story.topics():
        if words & wanted:
            return list(answer()) or [Line("nothing of that kind happened in this run")]
    things = story.things_named(words)
    if things and words & _MISHAP:
        return list(story.failures(things)) or [Line("nothing of that kind happened in this run")]
    steps = story.calls_named(words)
    if steps:
        return [line for entry in steps for line in story.why(entry)]
    if things:
        told = [line for thing in sorted(things) for line in story.about(thing)]
        return told or [Line(f"nothing happened with {' or '.join(sorted(things))} in this run")]
    if words & _MISHAP:
        return list(story.failures()) or [Line("nothing went wrong in this run")]
    if words & _DONE:
        return list(story.steps())
    return [Line(f"I do not understand '{question}'. I can answer: {KINDS}")]


def names_a_step(entries: Sequence[Entry], question: str) -> bool:
    """Return whether a question is about a step that a run began."""
    words = set(re.findall(r"[a-z0-9']+", question.lower()))
    return bool(_Story(entries).calls_named(words))


_MISHAP = {
    *("fail", "failed", "failure", "failures", "wrong", "unsuccessful", "drop", "dropped"),
    *("slip", "slipped", "miss", "missed", "break", "broke", "broken"),
}
_DONE = {"do", "did", "done", "doing", "happened", "steps"}


class _Story:
    """A run, ready to be asked."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        self._entries = entries
        self._things: set[str] = set()
        """The objects of the run's facts and steps."""
        for entry in entries:
            self._things.update(_objects(entry.event))
        self._started = [e for e in entries if isinstance(e.event, SkillStarted)]
        self._ends = {
            (e.event.path, e.event.call, e.event.attempt): e
            for e in entries
            if isinstance(e.event, SkillEnded)
        }

    def _of(self, *kinds: type) -> Iterator[Entry]:
        return (entry for entry in self._entries if isinstance(entry.event, kinds))

    def topics(self) -> Iterator[tuple[set[str], Callable[[], Iterator[Line]]]]:
        """Yield the words of each topic, with what answers it; the special ones first."""
        yield {"retry", "retried", "retries", "again", "attempts"}, self.retries
        yield {"replan", "replanned", "plan", "plans"}, self.plans
        yield {"stop", "stopped", "halt", "halted", "interrupted"}, self.stops
        yield {"ask", "asked", "question", "questions", "answer"}, self.questions
        yield {"approve", "approved", "allowed", "who"}, self.approvals
        yield {"inject", "injected", "fault", "faults"}, self.faults
        yield {"resume", "resumed", "crash", "crashed"}, self.resumes

    def calls_named(self, words: set[str]) -> list[Entry]:
        """Return the steps that a question names: by its verb, and all objects that it names."""
        best: list[Entry] = []
        most = 0
        for entry in self._started:
            assert isinstance(entry.event, SkillStarted)
            name, arguments = entry.event.call
            verbs = set(name.split("_")) | _SYNONYMS.get(name, set())
            named = [a for a in arguments if set(a.split("_")) & words]
            others = self._named_in_full(words) - set(arguments)
            if not verbs & words or not named or others:
                continue
            score = len(named) + len(verbs & words)
            if score > most:
                best, most = [], score
            if score == most:
                best.append(entry)
        return best

    def things_named(self, words: set[str]) -> set[str]:
        """Return the objects of the run's facts and steps that a question names."""
        return self._named_in_full(words) or {n for n in self._things if _nouns(n) & words}

    def _named_in_full(self, words: set[str]) -> set[str]:
        return {name for name in self._things if set(name.split("_")) <= words}

    def summary(self) -> Iterator[Line]:
        """Yield what was wanted, what went wrong, and how it ended."""
        for entry in self._of(RunStarted):
            event = entry.event
            assert isinstance(event, RunStarted)
            yield Line(
                f"the goal was: {event.goal} (world {event.world}, seed {event.seed})", _at(entry)
            )
        yield from self.approvals()
        succeeded = [e for e in self._ends.values() if _result(e) == "success"]
        yield Line(f"{len(self._started)} steps were begun, {len(succeeded)} succeeded")
        yield from self.failures()
        yield from self.retries()
        yield from (line for line in self.plans() if "first plan" not in line.text)
        yield from self.questions()
        yield from self.stops()
        yield from self.resumes()
        ends = list(self._of(RunEnded))
        if not ends:
            yield Line("it has not ended: its process is running, or died")
        for entry in ends:
            event = entry.event
            assert isinstance(event, RunEnded)
            yield Line(
                f"it ended at {event.t_s:.1f} s: {event.outcome}, {event.message}", _at(entry)
            )

    def steps(self) -> Iterator[Line]:
        """Yield every step with how it ended."""
        for entry in self._started:
            yield self._step(entry)

    def _step(self, entry: Entry) -> Line:
        event = entry.event
        assert isinstance(event, SkillStarted)
        end = self._ends.get((event.path, event.call, event.attempt))
        again = f" (attempt {event.attempt})" if event.attempt > 1 else ""
        head = f"{event.t_s:.1f} s: {event.call}{again}"
        if end is None:
            return Line(f"{head}: nobody wrote down how it ended", _at(entry))
        ended = end.event
        assert isinstance(ended, SkillEnded)
        how = ended.result if ended.code is None else ended.code
        detail = f", {ended.detail}" if ended.detail else ""
        return Line(f"{head}: {how} after {ended.t_s - event.t_s:.1f} s{detail}", _at(entry, end))

    def why(self, entry: Entry) -> Iterator[Line]:
        """Yield why a step was begun: what did not hold, from the step up to the goal."""
        event = entry.event
        assert isinstance(event, SkillStarted)
        statuses = self._statuses_at(entry)
        for above in _above(event.path):
            false = [
                (path, seq)
                for path, (status, seq) in statuses.items()
                if path.rpartition("/")[0] == above and status == "FAILURE"
            ]
            for path, seq in false:
                condition = path.rpartition("/")[2]
                so = self._last_fact(condition, entry.seq)
                yield Line(
                    f"{event.call} at {event.t_s:.1f} s: '{condition}' did not hold"
                    + (f" ({so.text})" if so else ""),
                    (*_at(entry), seq, *(so.events if so else ())),
                )
        root = event.path.partition("/")[0]
        yield Line(f"{event.call} at {event.t_s:.1f} s serves the goal '{root}'", _at(entry))
        yield self._step(entry)

    def _statuses_at(self, entry: Entry) -> dict[str, tuple[str, int]]:
        """Return the status of each node just after a step began, with the event that says it."""
        statuses: dict[str, tuple[str, int]] = {}
        for other in self._entries:
            if isinstance(other.event, Planned):
                statuses.clear()
            elif isinstance(other.event, Ticked):
                statuses.update((p, (s, other.seq)) for p, s in other.event.changes.items())
                if other.seq > entry.seq:
                    return statuses
        return statuses

    def _last_fact(self, condition: str, before: int) -> Line | None:
        """Return what was last seen of a condition that is one literal."""
        fact = condition.removeprefix("not ")
        found: Line | None = None
        for entry in self._of(FactsChanged):
            assert isinstance(entry.event, FactsChanged)
            for change in entry.event.changes:
                if str(change.fact) == fact and entry.seq < before:
                    seen = "true" if change.value else "false"
                    time = f"{entry.event.t_s:.1f} s"
                    found = Line(f"{fact} was {seen}, {change.source}, {time}", _at(entry))
        return found

    def about(self, thing: str) -> Iterator[Line]:
        """Yield what happened to an object: what was done with it and what was seen of it."""
        is_new = True
        for entry in self._entries:
            event = entry.event
            if isinstance(event, RunStarted | Resumed):
                is_new = False  # all beliefs are written down next, old ones too
            elif isinstance(event, SkillStarted) and thing in event.call.arguments:
                yield self._step(entry)
            elif isinstance(event, FactsChanged):
                changes = [c for c in event.changes if thing in c.fact.terms and is_new]
                is_new = True
                for change in changes:
                    sign = "" if change.value else "not "
                    text = f"{event.t_s:.1f} s: {sign}{change.fact}, says {change.source}"
                    yield Line(text, _at(entry))
            elif isinstance(event, StepRefused) and thing in event.call.arguments:
                yield Line(
                    f"{event.t_s:.1f} s: {event.call} could not begin: {event.detail}", _at(entry)
                )

    def failures(self, things: Set[str] = frozenset()) -> Iterator[Line]:
        """Yield what went wrong with some objects, or with all; at the end why the whole did."""
        for entry in self._of(SkillEnded, TimedOut):
            event = entry.event
            assert isinstance(event, SkillEnded | TimedOut)
            if things and (event.call is None or things.isdisjoint(event.call.arguments)):
                continue
            if isinstance(event, SkillEnded) and event.result == "failure":
                yield Line(
                    f"{event.t_s:.1f} s: {event.call} failed, {event.code}: {event.detail}",
                    _at(entry),
                )
            elif isinstance(event, TimedOut):
                what = event.call or event.path
                yield Line(
                    f"{event.t_s:.1f} s: {what} took longer than {event.limit_s:g} s", _at(entry)
                )
        for entry in self._of(RunEnded) if not things else ():
            event = entry.event
            assert isinstance(event, RunEnded)
            for leaf in _deciding(event.failure):
                detail = f": {leaf.detail}" if leaf.detail else ""
                yield Line(
                    f"the end was decided by {leaf.call or leaf.path}, {leaf.code}{detail}",
                    _at(entry),
                )

    def retries(self) -> Iterator[Line]:
        """Yield what was tried again, after what."""
        for entry in self._of(Retried):
            event = entry.event
            assert isinstance(event, Retried)
            first = f", after {event.first}" if event.first else ""
            name = event.path.rpartition("/")[2]
            text = f"{event.t_s:.1f} s: {name} was tried again after {event.code}"
            yield Line(f"{text} (attempt {event.attempt} of {event.attempts}){first}", _at(entry))

    def plans(self) -> Iterator[Line]:
        """Yield the plans and why each was made."""
        for entry in self._of(Planned, Replanned):
            event = entry.event
            if isinstance(event, Planned):
                yield Line(f"{event.t_s:.1f} s: plan {event.plan_hash}, {event.reason}", _at(entry))
            elif isinstance(event, Replanned):
                lost = f"; given up: {', '.join(event.given_up)}" if event.given_up else ""
                yield Line(
                    f"{event.t_s:.1f} s: planned again after {event.reason}{lost}", _at(entry)
                )

    def stops(self) -> Iterator[Line]:
        """Yield what stopped the robot, and who re-armed it."""
        for entry in self._of(Stopped, StopLatched, Rearmed):
            event = entry.event
            assert isinstance(event, Stopped | StopLatched | Rearmed)
            by = f" by {event.by}" if event.by else ""
            at = f"{event.t_s:.1f} s"
            if isinstance(event, Stopped):
                seen = "" if event.acknowledged else ", which it did not confirm"
                text = f"{at}: the robot was stopped{by}{seen}: {event.reason}"
            elif isinstance(event, StopLatched):
                text = f"{at}: the stop was latched{by}: {event.reason}"
            else:
                text = f"{at}: re-armed{by}{_when(entry)}"
            yield Line(text, _at(entry))

    def questions(self) -> Iterator[Line]:
        """Yield what people were asked, and what they said."""
        asked: Entry | None = None
        for entry in self._of(QuestionAsked, QuestionAnswered):
            event = entry.event
            if isinstance(event, QuestionAsked):
                asked = entry
            elif isinstance(event, QuestionAnswered) and asked is not None:
                question = asked.event
                assert isinstance(question, QuestionAsked)
                said = event.answer or "nobody answered"
                how = " (the default)" if event.is_default else ""
                text = f"{question.t_s:.1f} s: asked '{question.question}', answer: {said}{how}"
                yield Line(text, _at(asked, entry))

    def approvals(self) -> Iterator[Line]:
        """Yield who allowed or rejected which plan, and when."""
        for entry in self._of(Approved, PlanRejected):
            event = entry.event
            if isinstance(event, Approved):
                yield Line(
                    f"plan {event.plan_hash} was approved by {event.by}{_when(entry)}", _at(entry)
                )
            elif isinstance(event, PlanRejected):
                by = f"{event.by}{_when(entry)}"
                text = f"plan {event.plan_hash} was rejected by {by}: {event.reason}"
                yield Line(text, _at(entry))

    def faults(self) -> Iterator[Line]:
        """Yield what was injected on purpose."""
        for entry in self._of(FaultInjected):
            assert isinstance(entry.event, FaultInjected)
            yield Line(f"{entry.event.t_s:.1f} s: injected {entry.event.fault}", _at(entry))

    def resumes(self) -> Iterator[Line]:
        """Yield when the run was carried on, and what was uncertain."""
        for entry in self._of(Resumed):
            event = entry.event
            assert isinstance(event, Resumed)
            open_ = ", ".join(map(str, event.uncertain)) or "nothing"
            yield Line(
                f"{event.t_s:.1f} s: carried on{_when(entry)}; uncertain: {open_}", _at(entry)
            )


_SYNONYMS = {
    "pick": {"grab", "take", "took", "lift", "grasp", "picked", "lifted"},
    "put_in": {"place", "load"},
    "put_on": {"place", "set"},
    "open": {"opened"},
    "close": {"shut", "closed"},
    "throw_away": {"threw", "bin", "thrown"},
    "look_for": {"search", "looked", "searched", "find"},
    "wash": {"washed", "clean"},
    "wipe": {"wiped", "clean"},
    "turn_off": {"switch", "turned"},
    "turn_on": {"switch", "turned"},
}


def _objects(event: Event) -> Iterator[str]:
    """Yield the objects that a step or a change of beliefs is about."""
    if isinstance(event, SkillStarted):
        yield from event.call.arguments
    elif isinstance(event, FactsChanged):
        for change in event.changes:
            yield from change.fact.terms


def _nouns(name: str) -> set[str]:
    return {word for word in name.split("_") if not word.isdecimal()}


def _above(path: str) -> Iterator[str]:
    """Yield the paths above a node, the nearest first."""
    while "/" in path:
        path = path.rpartition("/")[0]
        yield path


def _deciding(record: FailureRecord | None) -> Iterator[FailureRecord]:
    """Yield the leaves of a failure that are more than a false condition; else all leaves."""
    if record is None:
        return
    leaves = [leaf for leaf in _leaves(record)]
    yield from [leaf for leaf in leaves if leaf.code != "condition-false"] or leaves


def _leaves(record: FailureRecord) -> Iterator[FailureRecord]:
    if not record.causes:
        yield record
    for cause in record.causes:
        yield from _leaves(cause)


def _result(entry: Entry) -> str:
    assert isinstance(entry.event, SkillEnded)
    return entry.event.result


def _at(*entries: Entry) -> tuple[int, ...]:
    return tuple(entry.seq for entry in entries)


def _when(entry: Entry) -> str:
    if entry.wall_s is None:
        return ""
    return f" at {datetime.fromtimestamp(entry.wall_s, UTC).isoformat(timespec='seconds')}"
