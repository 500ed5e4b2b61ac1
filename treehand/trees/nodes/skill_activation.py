"""One activation of a skill by a leaf, and the confirmation that a person gives before it."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from math import isfinite
from pathlib import Path
from types import CodeType
from typing import Literal

from treehand.core.error_record import ErrorRecord, is_from_signal
from treehand.core.errors import ContractError
from treehand.core.events import FailureUndeclared, SkillEnded, SkillStarted, StepOverrun
from treehand.core.text.outside_values import finite_number, readable, shown
from treehand.skills import (
    FailureCode,
    GatedSkill,
    Skill,
    SkillStep,
    StepStatus,
    is_injected,
    is_self_ending,
)
from treehand.skills.domain import Call, percept_problem, plain_percept
from treehand.trees.format.person_question import PersonQuestion
from treehand.trees.nodes.bound_skill import BoundSkill
from treehand.trees.runtime.activations import Activation
from treehand.trees.runtime.failure import Failure
from treehand.trees.runtime.runtime import Runtime

STEP_BUDGET_S = 0.05
"""A step that takes longer delays the tick; it is named in the events."""


class SkillActivation:
    """Starts, steps and reports one activation of a skill.

    Args:
        runtime: State of the run.
        path: Path of the leaf.
        bound: The call.
        attempt: Number of the activation among those of the same call, from 1.
    """

    def __init__(self, runtime: Runtime, path: str, bound: BoundSkill, attempt: int) -> None:
        self._runtime = runtime
        self._path = path
        self._bound = bound
        self._attempt = attempt
        self._skill: Skill | None = None

    @property
    def skill(self) -> Skill | None:
        """Return the skill; None if it could not be made."""
        return self._skill

    def announce(self) -> None:
        """Emit that the skill begins, before it is made."""
        self._runtime.emit(
            SkillStarted(
                t_s=self._runtime.clock.now_s(),
                path=self._path,
                call=self._bound.call,
                attempt=self._attempt,
            )
        )

    def start(self, owner: object) -> BaseException | None:
        """Make and start the skill; return the exception that this raised, else None."""
        runtime, bound = self._runtime, self._bound
        try:
            inputs = bound.ports.read()
            self._skill = runtime.skills.make(
                Activation(bound.call, self._attempt, self._path, inputs, bound.factory)
            )
            if is_self_ending(self._skill):
                runtime.commitments.add(owner, bound.effects, bound.side_effects)
            if not runtime.fence.is_closed:  # a stop may have come while the skill was made
                self._skill.start()
        except BaseException as error:  # a skill's `sys.exit` must not end the run, either
            return _of_skill(error)
        return None

    def step(self) -> SkillStep | BaseException:
        """Take one step; return its answer, or the exception that it raised."""
        assert self._skill is not None
        runtime = self._runtime
        began_s = runtime.clock.now_s()
        try:
            step = _sound(self._skill.step(), self._skill)
            if step.status is StepStatus.SUCCESS and not runtime.options.is_symbolic:
                self._bound.ports.require(step.outputs, _code_of(self._skill))
        except BaseException as error:  # as above
            return _of_skill(error)
        finally:
            self._report_overrun(began_s)
        return step

    def halt_at_once(self) -> None:
        """Ask the skill to come to rest, without an event; never raises."""
        if self._skill is not None:
            with contextlib.suppress(BaseException):
                self._skill.halt()

    def report_end(
        self,
        result: Literal["success", "failure", "halted"],
        *,
        code: FailureCode | None = None,
        detail: str = "",
        step: SkillStep | None = None,
        error: ErrorRecord | None = None,
    ) -> None:
        """Emit how the activation ended."""
        self._runtime.emit(
            SkillEnded(
                t_s=self._runtime.clock.now_s(),
                path=self._path,
                call=self._bound.call,
                attempt=self._attempt,
                result=result,
                code=code.value if code else None,
                detail=detail,
                evidence=tuple(percept.observation for percept in step.evidence) if step else (),
                blocked_by=step.blocked_by if step else (),
                cells=step.cells if step else (),
                error=error,
            )
        )

    def report_undeclared(self, code: FailureCode) -> None:
        """Emit, for the first time in a run, that the skill returned a code nobody declares."""
        runtime, bound, skill = self._runtime, self._bound, self._skill
        inner = skill.inner if isinstance(skill, GatedSkill) else skill
        is_own = inner is not None and not is_injected(inner) and not runtime.options.is_symbolic
        if not is_own or bound.model is None or not bound.is_undeclared(code):
            return
        if not runtime.errors.is_new_code(bound.call.name, code.value):
            return
        line, model = _code_of(skill), bound.model
        span = model.span("failures") if model.failures else model.span()
        runtime.emit(
            FailureUndeclared(
                t_s=runtime.clock.now_s(),
                path=self._path,
                call=bound.call,
                code=code.value,
                declared=tuple(one.value for one in model.failures),
                place=f"{Path(span.file).name}:{span.line}" if span is not None else "",
                line=f"{Path(line.co_filename).name}:{line.co_firstlineno}" if line else "",
            )
        )

    def report_halt(self, *, is_at_rest: bool, failure: Failure | None = None) -> None:
        """Sense, and emit that the skill was halted from above.

        Args:
            is_at_rest: It has come to rest.
            failure: What it had done wrong by then; None if nothing.
        """
        self._runtime.beliefs.sense()
        unrest = "" if is_at_rest else "no confirmation that it came to rest"
        if failure is None:
            self.report_end("halted", code=FailureCode.HALTED, detail=unrest)
        else:
            detail = "; ".join(filter(None, (failure.detail, unrest)))
            self.report_end("failure", code=failure.code, detail=detail)

    def _report_overrun(self, began_s: float) -> None:
        """Emit that a step has delayed the tick; never so in virtual time."""
        now_s = self._runtime.clock.now_s()
        took_s = now_s - began_s
        if took_s > STEP_BUDGET_S:
            self._runtime.emit(
                StepOverrun(
                    t_s=now_s,
                    path=self._path,
                    call=self._bound.call,
                    took_s=took_s,
                    budget_s=STEP_BUDGET_S,
                )
            )


_BARE = (str, tuple, dict, tuple, tuple)
"""Types of what a step may tell, where it tells nothing."""


def _of_skill(error: BaseException) -> BaseException:
    """Return an exception of a skill; raise one that a signal has caused in it."""
    if is_from_signal(error):
        raise error
    return error


def _is_bare(step: SkillStep) -> bool:
    """Return True if a step tells nothing but its status, and when it goes on."""
    told = (step.detail, step.evidence, step.outputs, step.blocked_by, step.cells)
    return (
        type(step.status) is StepStatus
        and step.code is None
        and (step.wake_at_s is None or (type(step.wake_at_s) is float and isfinite(step.wake_at_s)))
        and all(type(one) is kind and not one for one, kind in zip(told, _BARE, strict=True))
    )


def _sound(step: object, skill: Skill) -> SkillStep:
    """Return a step with values of Python's own types; raise `ContractError` if it is none."""
    if isinstance(step, SkillStep) and _is_bare(step):
        return SkillStep(step.status, step.wake_at_s)
    if not isinstance(step, SkillStep):
        problem = f"{shown(step)}, which is not a SkillStep"
    elif not isinstance(step.status, StepStatus):
        problem = f"a SkillStep whose status is {shown(step.status)}, not a StepStatus"
    elif not isinstance(step.code, FailureCode | None):
        problem = f"a SkillStep whose code is {shown(step.code)}, not a FailureCode"
    elif not isinstance(step.detail, str):
        problem = f"a SkillStep whose detail is {shown(step.detail)}, not a text"
    elif step.wake_at_s is not None and finite_number(step.wake_at_s) is None:
        problem = f"a SkillStep whose wake_at_s is {shown(step.wake_at_s)}, not a time in seconds"
    elif not isinstance(step.evidence, tuple | list):
        problem = f"a SkillStep whose evidence is {shown(step.evidence)}, not percepts"
    elif not all(isinstance(one, str) for one in (*step.blocked_by, *step.cells)):
        problem = "a SkillStep whose blocked_by or cells are no names"
    elif not isinstance(step.outputs, Mapping):
        problem = f"a SkillStep whose outputs are {shown(step.outputs)}, not a mapping"
    else:
        problem = next(filter(None, map(percept_problem, step.evidence)), "")
        if not problem:
            return SkillStep(
                step.status,
                finite_number(step.wake_at_s),
                step.code,
                readable(step.detail),
                tuple(map(plain_percept, step.evidence)),
                dict(step.outputs),
                tuple(map(readable, step.blocked_by)),
                tuple(map(readable, step.cells)),
            )
        problem = f"a SkillStep with the evidence {problem}"
    raise ContractError(f"wrong-result: step() returned {problem}", _code_of(skill))


def _code_of(skill: Skill | None) -> CodeType | None:
    """Return the code that makes a skill's steps: that of its function, or of its `step`."""
    inner = skill.inner if isinstance(skill, GatedSkill) else skill
    code = getattr(inner, "code", None) or getattr(
        getattr(type(inner), "step", None), "__code__", None
    )
    return code if isinstance(code, CodeType) else None


class StepPermission:
    """Confirmation of a person that one leaf may begin its step.

    Args:
        runtime: State of the run.
        path: Path of the leaf.
        call: Its call.
    """

    def __init__(self, runtime: Runtime, path: str, call: Call) -> None:
        self._runtime = runtime
        self._path = path
        self._call = call
        self._question: PersonQuestion | None = None

    def is_awaited(self) -> bool:
        """Put the question, if there is one; return True while it is not answered."""
        if self._question is None:
            text = self._runtime.people.confirmation(self._call, self._runtime.facts)
            if text is None:
                return False
            self._question = PersonQuestion(text, path=self._path)
            self._runtime.people.put(self._question)
        return not self._question.is_over

    def refusal(self) -> tuple[FailureCode, str] | None:
        """Return code and detail if the person did not allow the step; forget the question."""
        question = self._question
        if question is None or question.answer == question.options[0]:
            return None
        self._question = None
        if question.answer is None:
            return FailureCode.NOT_ANSWERED, f"nobody answered: {question.text}"
        return FailureCode.REFUSED, f"a person said {question.answer}: {question.text}"

    def forget(self) -> None:
        """Forget the question; the next activation puts it anew."""
        self._question = None

    def withdraw(self) -> None:
        """Take back a question that was not asked yet."""
        self._runtime.people.withdraw(self._question)
        self._question = None
