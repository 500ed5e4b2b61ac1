"""Statements about the steps of a run: their ends, their reasons, and what they were done with."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from treehand.core.events import (
    FactsChanged,
    Planned,
    Resumed,
    RunStarted,
    SkillEnded,
    SkillStarted,
    StepRefused,
    Ticked,
)
from treehand.core.events.folds import on
from treehand.core.literals import Fact
from treehand.orchestrator.history.attempts import AttemptKey, key_of
from treehand.orchestrator.history.topic_lines import Line, TopicLines
from treehand.orchestrator.store.journal import Entry
from treehand.skills.domain import Atom, SyntaxFault, parse_formula


@dataclass(frozen=True)
class StartedStep:
    """The start of one step, with its row in the journal."""

    entry: Entry
    event: SkillStarted


class RunSteps(TopicLines):
    """The steps of a run with their ends, and the objects of its steps and facts."""

    def __init__(self) -> None:
        super().__init__()
        self.started: list[StartedStep] = []
        self.things: set[str] = set()
        """Objects of the steps and the facts."""
        self._ends: dict[AttemptKey, tuple[Entry, SkillEnded]] = {}

    @on(SkillStarted)
    def _skill_started(self, event: SkillStarted) -> None:
        self.started.append(StartedStep(self._entry, event))
        self.things.update(event.call.arguments)

    @on(SkillEnded)
    def _skill_ended(self, event: SkillEnded) -> None:
        self._ends[key_of(event)] = self._entry, event

    @on(FactsChanged)
    def _facts_changed(self, event: FactsChanged) -> None:
        for change in event.changes:
            self.things.update(change.fact.terms)

    def counts(self) -> Line:
        """Return the numbers of steps that were started and that succeeded."""
        succeeded = sum(end.result == "success" for _, end in self._ends.values())
        return Line(f"{len(self.started)} steps were begun, {succeeded} succeeded")

    def line_of(self, step: StartedStep) -> Line:
        """Return when a step started and how it ended."""
        event = step.event
        again = f" (attempt {event.attempt})" if event.attempt > 1 else ""
        head = f"{event.t_s:.1f} s: {event.call}{again}"
        if key_of(event) not in self._ends:
            return Line(f"{head}: nobody wrote down how it ended", (step.entry.seq,))
        entry, end = self._ends[key_of(event)]
        how = end.result if end.code is None else end.code
        detail = f", {end.detail}" if end.detail else ""
        text = f"{head}: {how} after {end.t_s - event.t_s:.1f} s{detail}"
        return Line(text, (step.entry.seq, entry.seq))


class StepReasons(TopicLines):
    """The reason for one step: the conditions above it that did not hold.

    Args:
        step: The step.
    """

    def __init__(self, step: StartedStep) -> None:
        super().__init__()
        self._step = step
        self._is_over = False
        self._statuses: dict[str, tuple[str, int]] = {}
        """Status of each node just after the step began, with the event that says it."""
        self._seen: dict[Fact, Line] = {}
        """The last observation of each fact before the step."""

    @on(Planned)
    def _planned(self, event: Planned) -> None:
        if not self._is_over:
            self._statuses.clear()

    @on(Ticked)
    def _ticked(self, event: Ticked) -> None:
        if not self._is_over:
            seq = self._entry.seq
            self._statuses.update((path, (status, seq)) for path, status in event.changes.items())
            self._is_over = seq > self._step.entry.seq

    @on(FactsChanged)
    def _facts_changed(self, event: FactsChanged) -> None:
        if self._entry.seq >= self._step.entry.seq:
            return
        for change in event.changes:
            value = "true" if change.value else "false"
            text = f"{change.fact} was {value}, {change.source}, {event.t_s:.1f} s"
            self._seen[change.fact] = Line(text, (self._entry.seq,))

    def reasons(self) -> Iterator[Line]:
        """Yield the false conditions from the step up to the root, and the goal that it serves."""
        event, seq = self._step.event, self._step.entry.seq
        head = f"{event.call} at {event.t_s:.1f} s"
        for above in _above(event.path):
            for path, (status, told) in self._statuses.items():
                parent, _, condition = path.rpartition("/")
                if parent != above or status != "FAILURE":
                    continue
                seen = self._seen.get(_fact_of(condition))
                because = f" ({seen.text})" if seen else ""
                text = f"{head}: '{condition}' did not hold{because}"
                yield Line(text, (seq, told, *(seen.events if seen else ())))
        root = event.path.partition("/")[0]
        yield Line(f"{head} serves the goal '{root}'", (seq,))


class ThingLines(TopicLines):
    """The steps with one object, and the observations of it.

    Args:
        thing: The object.
        steps: The steps of the run.
    """

    def __init__(self, thing: str, steps: RunSteps) -> None:
        super().__init__()
        self._thing = thing
        self._lines_of_steps = {
            step.entry.seq: steps.line_of(step)
            for step in steps.started
            if thing in step.event.call.arguments
        }
        self._is_repeated = False

    @on(RunStarted, Resumed)
    def _begins(self, event: RunStarted | Resumed) -> None:
        self._is_repeated = True  # all beliefs are written down next, old ones too

    @on(SkillStarted)
    def _skill_started(self, event: SkillStarted) -> None:
        line = self._lines_of_steps.get(self._entry.seq)
        if line is not None:
            self.lines.append(line)

    @on(FactsChanged)
    def _facts_changed(self, event: FactsChanged) -> None:
        is_repeated, self._is_repeated = self._is_repeated, False
        for change in event.changes:
            if self._thing in change.fact.terms and not is_repeated:
                sign = "" if change.value else "not "
                self._say(f"{event.t_s:.1f} s: {sign}{change.fact}, says {change.source}")

    @on(StepRefused)
    def _step_refused(self, event: StepRefused) -> None:
        if self._thing in event.call.arguments:
            self._say(f"{event.t_s:.1f} s: {event.call} could not begin: {event.detail}")


def reasons_of(step: StartedStep, entries: Sequence[Entry]) -> Iterator[Line]:
    """Yield the reasons for a step."""
    return StepReasons(step).over_entries(entries).reasons()


def _above(path: str) -> Iterator[str]:
    """Yield the paths above a node, the nearest first."""
    while "/" in path:
        path = path.rpartition("/")[0]
        yield path


def _fact_of(condition: str) -> Fact:
    """Return the fact of a condition that is one literal; else a fact that nobody observes."""
    try:
        formula = parse_formula(condition)
    except SyntaxFault:
        formula = None
    return formula.fact if isinstance(formula, Atom) else Fact("", ())
