"""The leaves: conditions and skills."""

from __future__ import annotations

from typing import Literal

from py_trees.behaviour import Behaviour
from py_trees.common import Status

from ..events import SkillEnded, SkillStarted, StepKept
from ..skills import FailureCode, Skill, SkillStep, StepStatus
from ..skills.domain import Atom, Call, Formula, Percept, SkillModel
from ..spans import Span
from .runtime import Failure, Runtime


class CheckLeaf(Behaviour):
    """Succeeds if its formula is known to be true; else fails."""

    def __init__(self, path: str, formula: Formula, runtime: Runtime) -> None:
        super().__init__(path)
        self.formula = formula
        self._facts = runtime.facts
        self.failure: Failure | None = None

    def update(self) -> Status:
        """Look at the beliefs."""
        value = self.formula.holds(self._facts)
        if value:
            return Status.SUCCESS
        how = "false" if value is False else "unknown"
        self.failure = Failure(FailureCode.CONDITION_FALSE, f"'{self.formula}' is {how}", self.name)
        return Status.FAILURE


class SkillLeaf(Behaviour):
    """Calls a skill.

    When it starts: its preconditions are checked once, its resources are taken (it waits for them,
    running), the skill is made and started. At every tick: one step, taken before the tree is
    visited where the run loop asks for it (`step_if_due`). When it ends: what it needed
    is given back; on success the world is sensed and the declared effects are compared with what
    is then believed. When it is halted: the skill's `halt` is called until it says DONE, and only
    then are the resources free. Every activation ends exactly once.
    """

    def __init__(
        self, path: str, call: Call, model: SkillModel | None, runtime: Runtime, span: Span | None
    ) -> None:
        super().__init__(path)
        self.call = call
        self.span = span
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
        self._has_succeeded = False
        self._may_keep = False

    def allow_keeping(self) -> None:
        """Say that a retry begins.

        If this step succeeded before and its effects still hold, it is not replayed.
        """
        self._may_keep = self._has_succeeded

    def initialise(self) -> None:
        """Forget the last activation's failure."""
        self.failure = None

    def step_if_due(self) -> None:
        """Let a running skill go on before the tree is visited.

        So a skill that ends now says how, even if a condition further up takes over at this tick.
        """
        if self._answer is None and self._runtime.agenda.is_due(self):
            self._answer = self._step()

    def _step(self) -> SkillStep | Exception:
        assert self._skill is not None
        try:
            step = self._skill.step()
            if not isinstance(step, SkillStep):
                raise TypeError(f"step() returned {step!r}, which is not a SkillStep")
        except Exception as error:  # a bug in a skill must not end the run: it becomes a failure
            return error
        return step

    def update(self) -> Status:
        """Take one step, or take in the one that was taken before this tick."""
        if self._skill is None:
            status = self._begin()
            if status is not None:
                return status
        answer = self._answer or self._step()
        self._answer = None
        if isinstance(answer, SkillStep) and _is_running(answer):
            if answer.wake_at_s is None:
                self._runtime.agenda.clear(self)
            else:
                self._runtime.agenda.set(self, answer.wake_at_s)
            return Status.RUNNING
        return self._finish(answer)

    def _finish(self, answer: SkillStep | Exception) -> Status:
        if isinstance(answer, Exception):
            return self._break(answer)
        if answer.status is StepStatus.FAILURE:
            return self._fail(answer.code or FailureCode.SKILL_ERROR, answer.detail)
        return self._succeed(answer)

    def _begin(self) -> Status | None:
        runtime = self._runtime
        if self._may_keep and self._effects and self._hold(self._effects):
            self._may_keep = False
            now_s = runtime.clock.now_s()
            runtime.emit(StepKept(t_s=now_s, path=self.name, call=str(self.call)))
            return Status.SUCCESS
        for condition in self._preconditions:
            value = condition.holds(runtime.facts)
            if value is False or (value is None and runtime.is_symbolic):
                how = "false" if value is False else "unknown"
                self.failure = Failure(
                    FailureCode.PRECONDITION_FALSE, f"'{condition}' is {how}", self.name, self.call
                )
                return Status.FAILURE
        if not runtime.arbiter.acquire(self, self._resources):
            return Status.RUNNING
        self._may_keep = self._has_succeeded = False
        self._attempt = runtime.next_attempt(self.call)
        runtime.emit(
            SkillStarted(
                t_s=runtime.clock.now_s(),
                path=self.name,
                call=str(self.call),
                attempt=self._attempt,
            )
        )
        runtime.active[self] = None
        try:
            self._skill = runtime.make_skill(self.call, self._attempt, self.name)
            self._skill.start()
        except Exception as error:
            return self._break(error)
        return None

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
                runtime.facts.imagine(atom, source, now_s)
        else:
            runtime.facts.observe(
                Percept(atom.fact, atom.positive, source, now_s, 0.9)
                for atom in self._effects
                if predicates[atom.fact.predicate].known_by == "predicted"
            )
        for atom in self._effects:
            if atom.holds(runtime.facts) is False:
                return self._fail(FailureCode.EFFECT_MISSING, f"'{atom}' was not observed")
        self._has_succeeded = True
        self._end("success", evidence=tuple(map(str, step.evidence)))
        self._runtime.arbiter.release(self)
        return Status.SUCCESS

    def _fail(self, code: FailureCode, detail: str) -> Status:
        self.failure = Failure(code, detail, self.name, self.call)
        self._end("failure", code=code, detail=detail)
        self._runtime.arbiter.release(self)
        self._runtime.sense()
        return Status.FAILURE

    def _break(self, error: Exception) -> Status:
        """Stop a skill that raised, and fail."""
        where = f" ({self.span})" if self.span else ""
        detail = f"{type(error).__name__}: {error}{where}"
        self.failure = Failure(FailureCode.SKILL_ERROR, detail, self.name, self.call)
        skill = self._skill
        self._end("failure", code=FailureCode.SKILL_ERROR, detail=detail)
        if skill is None:
            self._runtime.arbiter.release(self)
        else:
            self._runtime.arbiter.halt(self, skill, self.name, lambda is_at_rest: None)
        self._runtime.sense()
        return Status.FAILURE

    def _forget(self) -> None:
        self._skill = self._answer = None
        self._runtime.agenda.clear(self)
        self._runtime.active.pop(self, None)

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
        if new_status is not Status.INVALID or self._skill is None:
            return
        answer = self._answer
        if answer is not None and not _is_running(answer):
            self._finish(answer)
            return
        skill, attempt = self._skill, self._attempt
        self._forget()
        self._runtime.arbiter.halt(
            self, skill, self.name, lambda is_at_rest: self._halted(attempt, is_at_rest)
        )

    def _halted(self, attempt: int, is_at_rest: bool) -> None:
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


def _is_running(answer: SkillStep | Exception) -> bool:
    return isinstance(answer, SkillStep) and answer.status is StepStatus.RUNNING
