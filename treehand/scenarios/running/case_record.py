"""Counts and lists of one run's events that a scenario's expectations are compared with."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable

from treehand.core.events import (
    BaseEvent,
    FaultNotTriggered,
    ModelCalled,
    QuestionAsked,
    SkillEnded,
    SkillStarted,
    Stopped,
    Ticked,
    TimedOut,
)
from treehand.core.events.folds import Fold, on
from treehand.orchestrator.history.event_text import event_words
from treehand.skills import FailureCode
from treehand.skills.domain import Call, Facts, Formula
from treehand.trees.drawing.drawn_run import DrawnRun


class CaseRecord(Fold):
    """Record of the run, or the runs in several processes, of one case."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        """Skill calls in the order in which they started."""
        self.first_successes: dict[Call, int] = {}
        """Skill call to the number of its first activation that succeeded."""
        self.failures: Counter[str] = Counter()
        """Failure code to count."""
        self.questions = 0
        self.tokens = 0
        self.cost_usd = 0.0
        """Infinite if the price of a model is unknown."""
        self.faults_not_triggered: list[str] = []
        self.is_at_rest = False
        """True if the last stop was acknowledged."""
        self.statuses: dict[str, str] = {}
        """Node path to its last status."""
        self.timeline: list[str] = []
        """Events as lines of plain text."""
        self.drawn = DrawnRun()
        """The tree of the last plan, with its statuses."""

    def take(self, event: BaseEvent) -> None:
        """Take one event in, also as a line of the timeline."""
        super().take(event)
        self.drawn.take(event)
        line = event_words(event)
        if line is not None:
            self.timeline.append(line)

    @on(SkillStarted)
    def _skill_started(self, event: SkillStarted) -> None:
        self.calls.append(event.call)

    @on(SkillEnded)
    def _skill_ended(self, event: SkillEnded) -> None:
        if event.result == "success":
            self.first_successes.setdefault(event.call, event.attempt)
        elif event.result == "failure":
            self.failures[event.code or ""] += 1

    @on(TimedOut)
    def _timed_out(self, event: TimedOut) -> None:
        self.failures[FailureCode.TIMEOUT.value] += 1

    @on(QuestionAsked)
    def _question_asked(self, event: QuestionAsked) -> None:
        self.questions += 1

    @on(FaultNotTriggered)
    def _fault_not_triggered(self, event: FaultNotTriggered) -> None:
        self.faults_not_triggered.append(event.fault)

    @on(Stopped)
    def _stopped(self, event: Stopped) -> None:
        self.is_at_rest = event.acknowledged

    @on(ModelCalled)
    def _model_called(self, event: ModelCalled) -> None:
        self.tokens += (event.tokens_in or 0) + (event.tokens_out or 0)
        self.cost_usd += math.inf if event.cost_usd is None else event.cost_usd

    @on(Ticked)
    def _ticked(self, event: Ticked) -> None:
        self.statuses.update(event.changes)


class ForbiddenFacts(Fold):
    """Formulas that a scenario forbids, looked up in the ground truth as a run goes on.

    Args:
        formulas: What must never hold.
        oracle: Returns the ground truth; None where there is none.
    """

    def __init__(self, formulas: tuple[Formula, ...], oracle: Callable[[], Facts | None]) -> None:
        self._formulas = formulas
        self._oracle = oracle
        self.violated: dict[str, float] = {}
        """Formula to the run time at which it held first."""

    @on(Ticked, SkillEnded)
    def _look(self, event: Ticked | SkillEnded) -> None:
        truth = self._oracle() if self._formulas else None
        if truth is None:
            return
        for formula in self._formulas:
            if formula.holds(truth) is True:
                self.violated.setdefault(str(formula), event.t_s)
