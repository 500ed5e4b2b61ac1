"""The leaf that calls a skill."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from typing import Literal

from py_trees.behaviour import Behaviour
from py_trees.common import Status

from treehand.core.events import SkillEnded, SkillStarted, StepKept, StepOverstayed, StepRefused
from treehand.skills import FailureCode, Skill, SkillFactory, SkillStep, StepStatus
from treehand.skills.domain import Atom, Call, Percept
from treehand.core.spans import Span
from treehand.trees.runtime.failure import Failure
from treehand.trees.runtime.resume_state import ResumeState
from treehand.trees.runtime.ports import Ports
from treehand.trees.format.question import PersonQuestion
from treehand.trees.runtime.runtime import Activation, RetryRecord, Runtime

STEP_BUDGET_S = 0.05
"""A step that takes longer keeps the tree from looking; it is named in the events."""


class SkillLeaf(Behaviour):
    """Calls a skill.

    When it starts: its preconditions are checked once, its resources are taken (it waits for them,
    running), the skill is made and started. At every tick: one step, taken before the tree is
    visited where the run loop asks for it (`step_if_due`). When it ends: what it needed
    is given back; on success the world is sensed and the declared effects are compared with what
    is then believed. When it is halted: the skill's `halt` is called until it says DONE, and only
    then are the resources free. Every activation ends exactly once.
    """

    CHANGES = (
        "failure",
        "_skill",
        "_answer",
        "_attempt",
        "_kept_by",
        "_refused_for",
        "_confirmation",
    )

    def __init__(
        self,
        path: str,
        call: Call,
        runtime: Runtime,
        span: Span | None,
        *,
        ports: Ports | None = None,
        stand_in: SkillFactory | None = None,
    ) -> None:
        super().__init__(path)
        model = runtime.domain.skills.get(call.name)
        self.call = call
        self.span = span
        self._ports = ports or Ports()
        self._stand_in = stand_in
        self.failure: Failure | None = None
        self._runtime = runtime
        binding = dict(zip(model.params, call.arguments, strict=True)) if model else {}
        conditions = model.preconditions if model else ()
        effects = model.effects if model else ()
        self._preconditions = tuple(part.substitute(binding) for part in conditions)
        self._effects = tuple(atom.substitute(binding) for atom in effects)
        side_effects = model.side_effects if model else ()
        self._side_effects = tuple(atom.substitute(binding) for atom in side_effects)
        self._resources = model.resources if model else ()
        self._skill: Skill | None = None
        self._answer: SkillStep | Exception | None = None
        """What the step taken before this tick said, until the tree gets here."""
        self._attempt = 0
        self._is_final = bool(model and model.irreversible)
        self._kept_by: RetryRecord | None = _record_of_the_past(self, path, runtime.left)
        self._refused_for = ""
        self._confirmation: PersonQuestion | None = None

    @property
    def is_kept(self) -> bool:
        """Return whether its next turn may leave out what it had done before."""
        return self._kept_by is not None and not self._kept_by.is_over

    def allow_keeping(self, record: RetryRecord) -> None:
        """Say that a retry tries again.

        If this step has begun in that activation of the retry, however it ended, and its effects
        hold when its turn comes, it is not done again, once. If it had succeeded and they hold no
        more, doing it again is charged to the record.
        """
        self._kept_by = record if self in record.begun else None

    def renew(self) -> None:
        """Forget everything, as if it had never been visited."""
        self.failure = self._skill = self._answer = self._kept_by = self._confirmation = None
        self._refused_for = ""

    def initialise(self) -> None:
        """Forget the last activation's failure."""
        self.failure = None

    def step_if_due(self) -> None:
        """Let a running skill go on before the tree is visited.

        So a skill that ends now says how, even if a condition further up takes over at this tick.
        """
        if self._answer is None and self._runtime.wakeups.is_due(self):
            self._answer = self._step()

    def halt_at_once(self) -> None:
        """Ask the skill to come to rest, and tell nobody; never raises."""
        if self._skill is not None:
            with contextlib.suppress(Exception):
                self._skill.halt()

    def _step(self) -> SkillStep | Exception:
        assert self._skill is not None
        began_s = self._runtime.clock.now_s()
        try:
            step = self._skill.step()
            if not isinstance(step, SkillStep):
                raise TypeError(f"step() returned {step!r}, which is not a SkillStep")
            if step.status is StepStatus.SUCCESS and not self._runtime.is_symbolic:
                self._ports.require(step.outputs)
        except Exception as error:  # a bug in a skill must not end the run: it becomes a failure
            return error
        finally:
            self._report_overstay(began_s)
        return step

    def _report_overstay(self, began_s: float) -> None:
        """Name a skill whose step kept the tick waiting; never so in virtual time."""
        now_s = self._runtime.clock.now_s()
        took_s = now_s - began_s
        if took_s > STEP_BUDGET_S:
            self._runtime.emit(
                StepOverstayed(
                    t_s=now_s,
                    path=self.name,
                    call=str(self.call),
                    took_s=took_s,
                    budget_s=STEP_BUDGET_S,
                )
            )

    def update(self) -> Status:
        """Take one step, or take in the one that was taken before this tick."""
        if self._skill is None:
            status = self._begin()
            if status is not None:
                return status
        if self._answer is None and self._runtime.is_fenced:
            return Status.RUNNING
        answer = self._answer or self._step()
        self._answer = None
        if isinstance(answer, SkillStep) and _is_running(answer):
            if answer.wake_at_s is None:
                self._runtime.wakeups.clear(self)
            else:
                self._runtime.wakeups.set(self, answer.wake_at_s)
            return Status.RUNNING
        return self._finish(answer)

    def _finish(self, answer: SkillStep | Exception) -> Status:
        if isinstance(answer, Exception):
            return self._break(answer)
        if answer.status is StepStatus.FAILURE:
            code = answer.code or FailureCode.SKILL_ERROR
            return self._fail(code, answer.detail, answer.evidence)
        return self._succeed(answer)

    def _begin(self) -> Status | None:
        runtime = self._runtime
        record = self._kept_by if self.is_kept else None
        if record is not None and self._is_done(record):
            self._kept_by = None
            now_s = runtime.clock.now_s()
            runtime.emit(StepKept(t_s=now_s, path=self.name, call=str(self.call)))
            return Status.SUCCESS
        charged = self._charged(record)
        self.failure = self._obstacle(charged)
        if self.failure is not None:
            self._report_refusal(self.failure)
            return Status.FAILURE
        self._refused_for = ""
        runtime.look_out()
        if not runtime.lets_begin:
            return Status.RUNNING
        refusal = self._unconfirmed()
        if refusal is not None:
            return refusal
        if not runtime.arbiter.acquire(self, self._resources):
            return Status.RUNNING
        self._confirmation = None
        for spent in charged:
            spent.replays += 1
        self._kept_by = None
        for around in self._records():
            around.begun.add(self)
            around.succeeded.discard(self)
        self._start()
        if isinstance(self._answer, Exception):
            return self._break(self._answer)
        return Status.RUNNING if self._skill is None else None

    def _unconfirmed(self) -> Status | None:
        """Return what the leaf is while a person has not allowed the step; None if it may begin."""
        runtime = self._runtime
        if self._confirmation is None:
            text = runtime.confirm(self.call)
            if text is None:
                return None
            self._confirmation = PersonQuestion(text, path=self.name)
            runtime.questions.append(self._confirmation)
        question = self._confirmation
        if not question.is_over:
            return Status.RUNNING
        if question.answer == question.options[0]:
            return None
        self._confirmation = None
        code = FailureCode.NOT_ANSWERED if question.answer is None else FailureCode.REFUSED
        said = "nobody answered" if question.answer is None else f"a person said {question.answer}"
        self.failure = self._failure(code, f"{said}: {question.text}")
        return Status.FAILURE

    def _records(self) -> Iterator[RetryRecord]:
        """Yield the records of the retries around, the innermost first."""
        node = self.parent
        while node is not None:
            record = getattr(node, "record", None)
            if isinstance(record, RetryRecord):
                yield record
            node = node.parent

    def _is_done(self, record: RetryRecord) -> bool:
        """Return whether what this step is for is there already, so that it is left out."""
        has_outputs = bool(self._ports.outputs)
        if has_outputs and record.code is FailureCode.CONDITION_FALSE:
            return False  # a condition did not like what it gave out
        if not self._ports.has_given:
            return False
        if not self._effects:
            return self._is_final and self in record.succeeded
        return self._hold(self._effects)

    def _charged(self, record: RetryRecord | None) -> tuple[RetryRecord, ...]:
        """Return the records that doing this step again is charged to."""
        if record is None or not self._effects:
            return ()
        return tuple(around for around in self._records() if self in around.succeeded)

    def _obstacle(self, charged: Iterable[RetryRecord]) -> Failure | None:
        """Return why the skill must not begin now, or None."""
        for condition in self._preconditions:
            value = condition.holds(self._runtime.facts)
            if value is False or (value is None and self._runtime.is_symbolic):
                how = "false" if value is False else "unknown"
                return self._failure(FailureCode.PRECONDITION_FALSE, f"'{condition}' is {how}")
        missing = self._ports.unwritten()
        if missing:
            return self._failure(FailureCode.PRECONDITION_FALSE, missing)
        for record in charged:
            if record.is_spent:
                detail = f"doing it again would be more than {record.limit} replays"
                return self._failure(FailureCode.NO_PROGRESS, detail)
        harm = self._harm()
        return self._failure(FailureCode.PRECONDITION_FALSE, harm) if harm else None

    def _harm(self) -> str:
        """Return what must never be and the declared effects would, or might, make so."""
        never = self._runtime.never()
        if not never:
            return ""
        facts = self._runtime.facts
        there = facts.copy()
        for atom in (*self._side_effects, *self._effects):
            there.predict(atom, str(self.call), 0.0)
        for formula in never:
            before, after = formula.holds(facts), formula.holds(there)
            if after is not False and (before is False or after is not before):
                may = "would" if after else "might"
                return f"it {may} make '{formula}' true, which never may be"
        return ""

    def _report_refusal(self, failure: Failure) -> None:
        if failure.detail != self._refused_for:
            self._refused_for = failure.detail
            self._runtime.emit(
                StepRefused(
                    t_s=self._runtime.clock.now_s(),
                    path=self.name,
                    call=str(self.call),
                    code=failure.code.value,
                    detail=failure.detail,
                )
            )

    def _failure(
        self, code: FailureCode, detail: str, evidence: tuple[Percept, ...] = ()
    ) -> Failure:
        return Failure(code, detail, self.name, self.call, evidence)

    def _start(self) -> None:
        """Make and start the skill; what it raises is left in `_answer`."""
        runtime = self._runtime
        self._attempt = runtime.next_attempt(self.call)
        runtime.emit(
            SkillStarted(
                t_s=runtime.clock.now_s(),
                path=self.name,
                call=str(self.call),
                attempt=self._attempt,
            )
        )
        if runtime.is_fenced:  # a stop came while the intent was put on disk
            runtime.arbiter.release(self)
            self._halted(self._attempt, is_at_rest=True)
            return
        runtime.active[self] = None
        try:
            inputs = self._ports.read()
            activation = Activation(self.call, self._attempt, self.name, inputs, self._stand_in)
            self._skill = runtime.make_skill(activation)
            if getattr(self._skill, "ends_itself", False):
                runtime.claims.make(self, self._effects)
            self._skill.start()
        except Exception as error:
            self._answer = error

    def _hold(self, atoms: tuple[Atom, ...]) -> bool:
        return all(atom.holds(self._runtime.facts) for atom in atoms)

    def _succeed(self, step: SkillStep) -> Status:
        runtime = self._runtime
        runtime.sense()
        predicates = runtime.domain.predicates
        now_s = runtime.clock.now_s()
        source = f"predicted by {self.call}"
        if runtime.is_symbolic:
            for atom in (*self._side_effects, *self._effects):
                runtime.facts.predict(atom, source, now_s)
        else:
            runtime.believe(
                Percept(atom.fact, atom.positive, source, now_s, 0.9)
                for atom in self._effects
                if predicates[atom.fact.predicate].known_by == "predicted"
            )
        for atom in self._effects:
            if atom.holds(runtime.facts) is False:
                detail = f"'{atom}' was not observed"
                return self._fail(FailureCode.EFFECT_MISSING, detail, step.evidence)
        self._ports.write(step.outputs, is_imagined=runtime.is_symbolic)
        for around in self._records():
            around.succeeded.add(self)
        self._end("success", evidence=tuple(map(str, step.evidence)))
        self._runtime.arbiter.release(self)
        return Status.SUCCESS

    def _fail(self, code: FailureCode, detail: str, evidence: tuple[Percept, ...]) -> Status:
        self.failure = self._failure(code, detail, evidence)
        self._runtime.sense()
        self._end("failure", code=code, detail=detail, evidence=tuple(map(str, evidence)))
        self._runtime.arbiter.release(self)
        return Status.FAILURE

    def _break(self, error: Exception) -> Status:
        """Stop a skill that raised, and fail."""
        now_s = self._runtime.clock.now_s()
        where = f"{self.span}, " if self.span else ""
        when = f"tick {self._runtime.tick}, t={now_s:g} s"
        detail = f"{type(error).__name__}: {error} ({where}{when})"
        self.failure = self._failure(FailureCode.SKILL_ERROR, detail)
        skill = self._skill
        self._runtime.sense()
        self._end("failure", code=FailureCode.SKILL_ERROR, detail=detail)
        if skill is None:
            self._runtime.arbiter.release(self)
        else:
            self._runtime.arbiter.halt(self, skill, self.name, lambda is_at_rest: None)
            self._runtime.sense()
        return Status.FAILURE

    def _forget(self) -> None:
        self._skill = self._answer = None
        self._runtime.wakeups.clear(self)
        self._runtime.active.pop(self, None)
        self._runtime.claims.give_up(self)

    def _end(
        self,
        result: Literal["success", "failure"],
        *,
        code: FailureCode | None = None,
        detail: str = "",
        evidence: tuple[str, ...] = (),
    ) -> None:
        self._forget()
        self._runtime.emit(
            SkillEnded(
                t_s=self._runtime.clock.now_s(),
                path=self.name,
                call=str(self.call),
                attempt=self._attempt,
                result=result,
                code=code.value if code else None,
                detail=detail,
                evidence=evidence,
            )
        )

    def terminate(self, new_status: Status) -> None:
        """Halt the skill if it still runs; one that has just ended by itself is not halted."""
        self._runtime.withdraw(self._confirmation)
        self._confirmation = None
        if new_status is not Status.INVALID or self._skill is None:
            return
        answer = self._answer
        if answer is not None and not _is_running(answer):
            self._finish(answer)
            return
        skill, attempt = self._skill, self._attempt
        self._forget()
        self._runtime.arbiter.halt(
            self, skill, self.name, lambda is_at_rest: self._halted(attempt, is_at_rest=is_at_rest)
        )

    def _halted(self, attempt: int, *, is_at_rest: bool) -> None:
        self._runtime.sense()
        self._runtime.emit(
            SkillEnded(
                t_s=self._runtime.clock.now_s(),
                path=self.name,
                call=str(self.call),
                attempt=attempt,
                result="halted",
                code=FailureCode.HALTED.value,
                detail="" if is_at_rest else "no confirmation that it came to rest",
            )
        )


def _record_of_the_past(leaf: SkillLeaf, path: str, left: ResumeState) -> RetryRecord | None:
    """Return what keeps a step from being done twice that had begun in a process that ended."""
    if path not in left.begun:
        return None
    record = RetryRecord(begun={leaf})
    if path in left.done:
        record.succeeded.add(leaf)
    return record


def _is_running(answer: SkillStep | Exception) -> bool:
    return isinstance(answer, SkillStep) and answer.status is StepStatus.RUNNING
