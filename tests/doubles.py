"""Skills that do what a test says; they go in through the catalog's door, like any skill."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from treehand.core.clock import Clock
from treehand.skills import FailureCode, HaltStep, SkillStep


class Scripted:
    """A skill that answers from a list of steps, one a wake-up.

    Args:
        clock: The run's time.
        steps: ``"ok"``, a failure code, or a number of seconds to run.
        halts: How many times `halt` says RUNNING before DONE.
        log: Where it notes start, step and halt.
    """

    def __init__(
        self,
        clock: Clock,
        steps: Sequence[object],
        *,
        halts: int = 0,
        log: list[str] | None = None,
        name: str = "",
        on_success: Callable[[], None] = lambda: None,
    ) -> None:
        self._clock = clock
        self._steps = list(steps)
        self._due_s = 0.0
        self._halts = halts
        self._log = log if log is not None else []
        self._name = name
        self._on_success = on_success

    def start(self) -> None:
        self._log.append(f"{self._name} start")
        self._due_s = self._clock.now_s()

    def step(self) -> SkillStep:
        if self._clock.now_s() < self._due_s:
            return SkillStep.running(self._due_s)
        answer = self._steps.pop(0)
        if answer == "ok":
            self._on_success()
            self._log.append(f"{self._name} success")
            return SkillStep.success()
        if isinstance(answer, FailureCode):
            return SkillStep.failure(answer)
        if isinstance(answer, int | float):
            self._due_s = self._clock.now_s() + answer
            return SkillStep.running(self._due_s)
        if isinstance(answer, Exception):
            raise answer
        return answer  # type: ignore[return-value]

    def halt(self) -> HaltStep:
        self._halts -= 1
        done = self._halts < 0
        self._log.append(f"{self._name} {'halted' if done else 'halting'}")
        return HaltStep.DONE if done else HaltStep.RUNNING
