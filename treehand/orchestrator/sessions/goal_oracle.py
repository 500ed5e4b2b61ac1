"""Evaluates a run against the world's true state, where that can be read."""

from __future__ import annotations

from collections.abc import Iterable

from treehand.core.error_record import ErrorRecord
from treehand.core.events import ConditionDecided, Event
from treehand.core.evidence import PartEvidence
from treehand.orchestrator.running.result import (
    GoalReport,
    Outcome,
    RunMetrics,
    RunResult,
    Verdict,
    record_of,
)
from treehand.orchestrator.running.run import Run
from treehand.orchestrator.running.world_model import WorldModel
from treehand.planners import Goal
from treehand.planners.goals.conditional_parts import ConditionalPart
from treehand.planners.goals.evidence import evidence_for
from treehand.skills.domain import Fact, QuantifierBindings, parse_formula


class GoalOracle:
    """Reads the true state before and after a run, and never acts on it.

    Args:
        world_model: The world, which may tell its true state.
    """

    def __init__(self, world_model: WorldModel) -> None:
        self._world_model = world_model
        self._members = QuantifierBindings()
        """Objects that the goal is about in the true state, and the conditions decided there."""
        self._text = ""
        self._cases: tuple[ConditionalPart, ...] = ()
        """Conditional parts of the goal that the run began with."""

    def remember(self, goal: Goal) -> None:
        """Note the objects that the goal is about in the true state, before anything moves."""
        truth = self._world_model.truth("which objects the goal is about")
        if truth is not None:
            goal.is_reached(truth, self._members)
        self._text, self._cases = goal.text, goal.cases
        if goal.cases:
            self._world_model.stream.subscribe(self._decide)

    def _decide(self, event: Event) -> None:
        """Decide a condition in the true state when the run decides it by its beliefs."""
        if isinstance(event, ConditionDecided):
            truth = self._world_model.truth("is the condition really so")
            if truth is not None:
                self._members.decide(parse_formula(event.condition), truth)

    def evaluate(self, goal: Goal) -> tuple[bool | None, tuple[str, ...]]:
        """Return True if the goal truly holds, None if unknown, and its missed parts."""
        if goal.is_empty:
            return None, ()
        if goal.text == self._text:  # and not another goal of the same run
            goal = goal.model_copy(update={"cases": self._cases})
        truth = self._world_model.truth("does the goal really hold")
        if truth is None:
            return None, ()
        missed = [
            str(instance)
            for _, instance in goal.instances(truth, self._members)
            if not instance.holds(truth)
        ]
        return not missed, tuple(missed)

    def _evidence(self, goal: Goal) -> tuple[PartEvidence, ...]:
        world_model = self._world_model
        if goal.is_empty:
            return ()
        bindings = world_model.bindings.copy()
        return evidence_for(goal, world_model.facts, bindings, world_model.deployment.domain)

    def result(
        self,
        goal: Goal,
        verdict: Verdict,
        run: Run | None,
        *,
        plan_hash: str | None,
        run_id: str | None,
        times_s: tuple[float, float],
        faults_not_triggered: tuple[str, ...] = (),
    ) -> RunResult:
        """Return the result of a run, for people and programs.

        Args:
            goal: The goal.
            verdict: Its outcome and reason.
            run: The run; None if it never began.
            plan_hash: Hash of the plan that was approved.
            run_id: Its number in the workspace.
            times_s: Run time, and time on the wall.
            faults_not_triggered: Requested faults that had no effect.
        """
        facts, is_success = self._world_model.facts, verdict.outcome is Outcome.SUCCESS
        metrics = run.metrics if run else None
        failure = run.last_failure if run and not is_success else None
        world_true, missed = self.evaluate(goal)
        message, evidence = verdict.message, self._evidence(goal)
        is_claimed = verdict.outcome in (Outcome.SUCCESS, Outcome.ALREADY_TRUE)
        if is_claimed and (remembered := _remembered(evidence)):
            message += f"; remembered, not seen: {', '.join(map(str, remembered))}"
        if is_success and missed:
            message += f"; in the world's truth, not so: {', '.join(missed)}"
        return RunResult(
            outcome=verdict.outcome,
            faults_not_triggered=faults_not_triggered,
            world_true=world_true,
            goal=GoalReport(words=goal.words, literals=goal.literals()),
            facts=facts.true_facts(),
            leaves_run=metrics.leaves_run if metrics else 0,
            failures=dict(sorted(metrics.failures.items())) if metrics else {},
            retries=metrics.retries if metrics else 0,
            replans=metrics.replans if metrics else 0,
            overruns=run.overruns if run else 0,
            failure=record_of(failure) if failure else None,
            evidence=evidence,
            predicted_not_seen=_predicted(evidence),
            broken_requirements=metrics.broken_requirements if metrics else (),
            errors=_errors(verdict, metrics),
            sim_time_s=round(times_s[0], 3),
            wall_time_s=round(times_s[1], 4),
            run_id=run_id,
            plan_hash=plan_hash,
            message=message,
            needs_approval=verdict.needs_approval,
            stop=run.stop_report if run else None,
        )


def _predicted(evidence: Iterable[PartEvidence]) -> tuple[Fact, ...]:
    """Return the facts of confirmed parts that no sensor has seen."""
    confirmed = (one for part in evidence if part.verdict == "confirmed" for one in part.facts)
    return tuple(dict.fromkeys(one.fact for one in confirmed if one.is_predicted))


def _remembered(evidence: Iterable[PartEvidence]) -> tuple[Fact, ...]:
    """Return the facts of a goal's parts that only the scene file's memory supports."""
    found = (one.fact for part in evidence for one in part.facts if one.is_remembered and one.value)
    return tuple(dict.fromkeys(found))


def _errors(verdict: Verdict, metrics: RunMetrics | None) -> tuple[ErrorRecord, ...]:
    """Return the different exceptions of a run, with the one that ended it."""
    found = dict(metrics.errors) if metrics is not None else {}
    if verdict.error is not None:
        found.setdefault(verdict.error.key, verdict.error)
    return tuple(found.values())
