"""The leaf that calls a skill."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import replace
from functools import cached_property

from py_trees.behaviour import Behaviour
from py_trees.common import Status

from treehand.core.clock import VirtualClock
from treehand.core.error_record import error_record
from treehand.core.events import StepRefused, StepSkipped, TimedOut
from treehand.core.spans import Span
from treehand.skills import FailureCode, SkillFactory, SkillStep, StepStatus
from treehand.skills.domain import Call
from treehand.trees.nodes.bound_skill import BoundSkill
from treehand.trees.nodes.retry_record import (
    RetryRecord,
    note_marked,
    records_around,
    resumed_record,
)
from treehand.trees.nodes.skill_activation import SkillActivation, StepPermission
from treehand.trees.runtime.blackboard import Ports
from treehand.trees.runtime.failure import Failure
from treehand.trees.runtime.resume_state import ResumeState
from treehand.trees.runtime.runtime import Runtime


class SkillLeaf(Behaviour):
    """Calls a skill.

    Start: preconditions are checked once, resources are taken (the leaf waits for them, running),
    and the skill is made and started. Tick: one step, taken before the tree is visited where the
    run loop asks for it (`step_if_due`). End: resources are given back; on success the world is
    sensed and the declared effects are compared with the beliefs. Halt: the skill's `halt` is
    called until it returns DONE, and only then are the resources free. Every activation ends
    exactly once.

    Args:
        path: Its path.
        call: The skill with its arguments.
        runtime: State of the run.
        span: Position of the call in its file.
        ports: Blackboard entries that the skill reads and writes.
        factory: Makes the skill in place of the one that serves the call.
        resume: Statuses of an earlier process of the same run.
        limit_s: Time limit of each activation, in run seconds; None: the tree sets its own.
    """

    CHANGES = ("failure", "_activation", "_answer", "_kept_by", "_refused_for", "_deadline_s")

    def __init__(
        self,
        path: str,
        call: Call,
        runtime: Runtime,
        span: Span | None,
        *,
        ports: Ports | None = None,
        factory: SkillFactory | None = None,
        resume: ResumeState | None = None,
        limit_s: float | None = None,
    ) -> None:
        super().__init__(path)
        self.call = call
        self.span = span
        self.failure: Failure | None = None
        self._runtime = runtime
        self._ports = ports
        self._factory = factory
        self._permission = StepPermission(runtime, path, call)
        self._activation: SkillActivation | None = None
        self._answer: SkillStep | BaseException | None = None
        """Result of a step that was taken before the visit, until the visit gets here."""
        self._kept_by: RetryRecord | None = (
            resumed_record(self, path, resume) if resume is not None else None
        )
        self._refused_for = ""
        self._limit_s = limit_s
        self._deadline_s = math.inf

    @cached_property
    def _bound(self) -> BoundSkill:
        """Its action model, bound when it is visited first: most leaves never are."""
        return BoundSkill.of(self._runtime.domain, self.call, self._ports, self._factory)

    @property
    def is_kept(self) -> bool:
        """Return True if its next activation may be skipped because its effects hold."""
        return self._kept_by is not None and not self._kept_by.is_over

    @property
    def _has_derived_limit(self) -> bool:
        """True if neither the tree nor the action model sets the time limit."""
        return self._limit_s is not None and not self._bound.declares_limit

    def allow_keeping(self, record: RetryRecord) -> None:
        """Take in that a retry tries again.

        If this step has begun in that activation of the retry, however it ended, and its effects
        hold at its next activation, it is skipped, once. If it had succeeded and they hold no more,
        doing it again is charged to the record.
        """
        kept_by = record if self in record.begun else None
        if kept_by is not self._kept_by:
            self._kept_by = kept_by
            note_marked(self)

    def renew(self) -> None:
        """Forget everything, as if it had never been visited."""
        self.failure = self._activation = self._answer = self._kept_by = None
        self._permission.forget()
        self._refused_for = ""

    def initialise(self) -> None:
        """Forget the last activation's failure."""
        self.failure = None

    def step_if_due(self) -> None:
        """Step a running skill before the tree is visited.

        So a skill that ends now reports its result, even if a condition further up takes over at
        this tick.
        """
        if self._answer is None and self._runtime.wakeups.is_due(self):
            assert self._activation is not None
            self._answer = self._activation.step()

    def halt_at_once(self) -> None:
        """Ask the skill to come to rest, without an event; never raises."""
        if self._activation is not None:
            self._activation.halt_at_once()

    def update(self) -> Status:
        """Take one step, or use the one that was taken before this visit."""
        activation = self._activation
        if activation is None:
            begun = self._begin()
            if isinstance(begun, Status):
                return begun
            activation = begun
        if self._answer is None and self._runtime.fence.is_closed:
            return Status.RUNNING
        answer = self._answer or activation.step()
        self._answer = None
        if isinstance(answer, SkillStep) and answer.status is StepStatus.RUNNING:
            if self._runtime.clock.now_s() >= self._deadline_s:
                return self._time_out(activation)
            self._wait(answer.wake_at_s)
            return Status.RUNNING
        return self._finish(activation, answer)

    def terminate(self, new_status: Status) -> None:
        """Halt the skill if it still runs; one that has just ended by itself is not halted."""
        self._permission.withdraw()
        activation, answer = self._activation, self._answer
        if new_status is not Status.INVALID or activation is None:
            return
        if answer is not None and not _is_running(answer):
            self._finish(activation, answer)
            return
        self.failure = self._failure_of_halted()
        self._halt(activation, self.failure)

    def _wait(self, wake_at_s: float | None) -> None:
        """Ask for the next step, at the latest when the time is up.

        A skill that waits for nothing is an error of its own: only a limit that its model declares
        wakes it, or work that is under way outside of virtual time.
        """
        clock, wakeups = self._runtime.clock, self._runtime.wakeups
        is_idle = isinstance(clock, VirtualClock) and not clock.is_held
        if wake_at_s is not None:
            wakeups.set(self, min(wake_at_s, self._deadline_s))
        elif self._limit_s is None or (is_idle and not self._bound.declares_limit):
            wakeups.clear(self)
        else:
            wakeups.set(self, self._deadline_s)

    def _failure_of_halted(self) -> Failure | None:
        """Return the failure of a skill that is halted; None if it has done nothing wrong.

        What it did, not the tree, has made a condition above it false.
        """
        runtime, bound = self._runtime, self._bound
        if runtime.options.is_symbolic:
            return None
        fact = bound.wrong_effect(runtime.facts)
        if fact is None:
            return None
        wanted = next(atom for atom in bound.effects if atom.fact.predicate == fact.predicate)
        code, detail = FailureCode.WRONG_EFFECT, f"'{fact}' came true in place of '{wanted}'"
        blockage = runtime.blockages.note_failure(self.call, code, detail, runtime.facts)
        return replace(bound.failure(self.name, code, detail), blockage=blockage)

    def _halt(self, activation: SkillActivation, failure: Failure | None = None) -> None:
        """Leave an activation, whose skill comes to rest in the arbiter.

        Args:
            activation: The activation.
            failure: What the skill has done wrong; None if nothing.
        """
        assert activation.skill is not None
        self._leave()
        self._runtime.arbiter.halt(
            self,
            activation.skill,
            self.name,
            lambda is_at_rest: activation.report_halt(is_at_rest=is_at_rest, failure=failure),
        )

    def _allowed_s(self) -> float:
        """Return the time limit of an activation: a skill that a person slowed down has longer."""
        if self._limit_s is None:
            return math.inf
        return self._limit_s / self._runtime.skills.speed(self.call)

    def _time_out(self, activation: SkillActivation) -> Status:
        """Halt a skill whose time is up, and fail."""
        now_s, limit_s = self._runtime.clock.now_s(), self._allowed_s()
        detail = f"it took longer than {limit_s:g} s"
        if self._has_derived_limit:
            self._runtime.errors.note_hang(self.call)
        self.failure = self._stuck(detail) or self._bound.failure(
            self.name, FailureCode.TIMEOUT, detail
        )
        self._runtime.emit(TimedOut(t_s=now_s, path=self.name, call=self.call, limit_s=limit_s))
        self._halt(activation)
        return Status.FAILURE

    def _begin(self) -> SkillActivation | Status:
        """Begin an activation; return the status of the leaf if it does not run from now on."""
        runtime = self._runtime
        record = self._kept_by if self.is_kept else None
        if record is not None and self._bound.is_done(runtime.facts, record, self):
            self._kept_by = None
            now_s = runtime.clock.now_s()
            runtime.emit(StepSkipped(t_s=now_s, path=self.name, call=self.call))
            return Status.SUCCESS
        charged: tuple[RetryRecord, ...] = ()
        if record is not None and self._bound.effects:
            charged = tuple(one for one in records_around(self) if self in one.succeeded)
        self.failure = self._obstacle(charged)
        if self.failure is not None:
            self._report_refusal(self.failure)
            return Status.FAILURE
        self._refused_for = ""
        runtime.safety.check()
        if not runtime.lets_begin or self._permission.is_awaited():
            return Status.RUNNING
        refusal = self._permission.refusal()
        if refusal is not None:
            self.failure = self._bound.failure(self.name, *refusal)
            return Status.FAILURE
        if not runtime.arbiter.acquire(self, self._bound.resources):
            return Status.RUNNING
        self._permission.forget()
        for spent in charged:
            spent.charge()
        self._kept_by = None
        for around in records_around(self):
            around.note_begun(self)
        return self._start()

    def _start(self) -> SkillActivation | Status:
        """Make and start the skill."""
        runtime = self._runtime
        attempt = runtime.activations.next_attempt(self.call)
        activation = SkillActivation(runtime, self.name, self._bound, attempt)
        activation.announce()
        if not runtime.options.is_symbolic:
            bound = self._bound
            runtime.bindings.doubt_changed((*bound.side_effects, *bound.effects), runtime.facts)
        if runtime.fence.is_closed:  # a stop came while the announcement was written to disk
            runtime.arbiter.release(self)
            activation.report_halt(is_at_rest=True)
            return Status.RUNNING
        runtime.activations.begin(self)
        self._activation = activation
        self._deadline_s = runtime.clock.now_s() + self._allowed_s()
        error = activation.start(self)
        return activation if error is None else self._break(activation, error)

    def _obstacle(self, charged: Iterable[RetryRecord]) -> Failure | None:
        """Return the failure of a skill that must not begin now, or None."""
        runtime, bound = self._runtime, self._bound
        unmet = bound.unmet(runtime.facts, is_symbolic=runtime.options.is_symbolic)
        if unmet:
            return bound.failure(self.name, FailureCode.PRECONDITION_FALSE, unmet)
        stuck = self._stuck("it is not begun, it has hung twice")
        if stuck is not None:
            return stuck
        blockage = runtime.blockages.standing(self.call, runtime.facts)
        if blockage is not None:
            failure = bound.failure(self.name, blockage.code, blockage.detail)
            return replace(failure, blockage=blockage)
        for record in charged:
            if record.is_spent:
                detail = f"doing it again would be more than {record.limit} replays"
                return bound.failure(self.name, FailureCode.NO_PROGRESS, detail)
        violation = bound.violation(runtime.facts, runtime.safety)
        return (
            self._bound.failure(self.name, FailureCode.PRECONDITION_FALSE, violation)
            if violation
            else None
        )

    def _stuck(self, detail: str) -> Failure | None:
        """Return the final failure of a skill that hangs every time, else None."""
        if not self._has_derived_limit or not self._runtime.errors.is_stuck(self.call):
            return None
        failure = self._bound.failure(self.name, FailureCode.TIMEOUT, detail)
        return replace(failure, is_final=True)

    def _report_refusal(self, failure: Failure) -> None:
        if failure.detail != self._refused_for:
            self._refused_for = failure.detail
            self._runtime.emit(
                StepRefused(
                    t_s=self._runtime.clock.now_s(),
                    path=self.name,
                    call=self.call,
                    code=failure.code.value,
                    detail=failure.detail,
                )
            )

    def _finish(self, activation: SkillActivation, answer: SkillStep | BaseException) -> Status:
        """End an activation whose last step is there."""
        if isinstance(answer, BaseException):
            return self._break(activation, answer)
        if answer.status is StepStatus.FAILURE:
            code = answer.code or FailureCode.SKILL_ERROR
            activation.report_undeclared(code)
            return self._fail(activation, answer, code, answer.detail)
        runtime, bound = self._runtime, self._bound
        runtime.beliefs.sense()
        missing = bound.apply(runtime)
        if missing is not None:
            is_final = bool(missing.untold) and runtime.errors.is_never_told(missing.untold)
            code = FailureCode.EFFECT_MISSING
            return self._fail(activation, answer, code, missing.detail, is_final=is_final)
        bound.ports.write(answer.outputs, is_symbolic=runtime.options.is_symbolic)
        for around in records_around(self):
            around.note_success(self)
        runtime.activations.note_success(self.call)
        runtime.errors.note_success(self.call)
        runtime.blockages.note_success(self.call)
        self._leave()
        activation.report_end("success", step=answer)
        runtime.arbiter.release(self)
        return Status.SUCCESS

    def _fail(
        self,
        activation: SkillActivation,
        step: SkillStep,
        code: FailureCode,
        detail: str,
        *,
        is_final: bool = False,
    ) -> Status:
        runtime = self._runtime
        runtime.beliefs.sense()
        blockage = None
        if not runtime.options.is_symbolic:
            blockage = runtime.blockages.note_failure(
                self.call, code, detail, runtime.facts, blocked_by=step.blocked_by
            )
        failure = self._bound.failure(self.name, code, detail, step.evidence)
        self.failure = replace(failure, is_final=is_final, blockage=blockage)
        self._leave()
        activation.report_end("failure", code=code, detail=detail, step=step)
        runtime.arbiter.release(self)
        return Status.FAILURE

    def _break(self, activation: SkillActivation, error: BaseException) -> Status:
        """Halt a skill that raised, and fail."""
        runtime, record = self._runtime, error_record(error)
        where = f"{self.span}, " if self.span else ""
        when = f"tick {runtime.ticks.number}, t={runtime.clock.now_s():g} s"
        code, detail = FailureCode.SKILL_ERROR, f"{record} ({where}{when})"
        self.failure = replace(
            self._bound.failure(self.name, code, detail),
            error=record,
            is_final=runtime.errors.is_final(error, record),
        )
        runtime.beliefs.sense()
        self._leave()
        activation.report_end("failure", code=code, detail=detail, error=record)
        if activation.skill is None:
            runtime.arbiter.release(self)
        else:
            runtime.arbiter.halt(self, activation.skill, self.name, lambda is_at_rest: None)
            runtime.beliefs.sense()
        return Status.FAILURE

    def _leave(self) -> None:
        """Forget the activation, which has ended or is being halted."""
        self._activation = self._answer = None
        self._runtime.wakeups.clear(self)
        self._runtime.activations.end(self)
        self._runtime.commitments.remove(self)


def _is_running(answer: SkillStep | BaseException) -> bool:
    return isinstance(answer, SkillStep) and answer.status is StepStatus.RUNNING
