"""For the tests of people who write skills and trees: skills that do what a test says."""

from __future__ import annotations

from collections.abc import Iterable

from .catalog import SkillContext
from .failures import FailureCode
from .protocols import HaltStep, Skill, SkillStep


class ScriptedSkill:
    """A skill factory whose activations answer from one list, step by step.

    Args:
        answers: ``"SUCCESS"``, a failure code, a `SkillStep`, or seconds to run; each activation
            goes on where the last one ended, and the last answer stays.

    Raises:
        ValueError: If there is no answer, or one is not an answer.
    """

    def __init__(self, answers: Iterable[str | float | SkillStep]) -> None:
        self._answers = [_checked(answer) for answer in answers]
        if not self._answers:
            raise ValueError("a scripted skill needs an answer")

    def __call__(self, context: SkillContext) -> Skill:
        """Return an activation."""
        return _Scripted(context, self._answers)


def _checked(answer: str | float | SkillStep) -> float | SkillStep:
    if isinstance(answer, SkillStep):
        return answer
    if isinstance(answer, str):
        if answer == "SUCCESS":
            return SkillStep.success()
        return SkillStep.failure(FailureCode(answer), "as scripted")
    return float(answer)


class _Scripted(Skill):
    def __init__(self, context: SkillContext, answers: list[float | SkillStep]) -> None:
        self._clock = context.clock
        self._answers = answers
        self._due_s: float | None = None

    def start(self) -> None:
        self._due_s = self._clock.now_s()

    def step(self) -> SkillStep:
        if self._due_s is None:
            raise RuntimeError("step-before-start: step() was called before start()")
        if self._clock.now_s() < self._due_s:
            return SkillStep.running(self._due_s)
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if isinstance(answer, SkillStep):
            return answer
        self._due_s = self._clock.now_s() + answer
        return SkillStep.running(self._due_s)

    def halt(self) -> HaltStep:
        return HaltStep.DONE
