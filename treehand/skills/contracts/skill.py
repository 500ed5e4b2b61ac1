"""The contracts: what a skill and a world must offer, and nothing more."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Protocol

from treehand.skills.domain import Call, Facts, Percept, Value
from treehand.skills.contracts.embodiment import ByteArray, Embodiment
from treehand.skills.domain.failures import FailureCode


class StepStatus(Enum):
    """What one step of a skill says."""

    RUNNING = "running"
    SUCCESS = "success"
    FAILURE = "failure"


@dataclass(frozen=True, slots=True)
class SkillStep:
    """The answer of `Skill.step`; build it with `running`, `success` or `failure`."""

    status: StepStatus
    wake_at_s: float | None = None
    """Run time at which the next step is due; None: the skill calls the clock's `wake` itself."""
    code: FailureCode | None = None
    detail: str = ""
    evidence: tuple[Percept, ...] = ()
    """The observations that prove it, from another source than the skill's own command."""
    outputs: Mapping[str, Value] = field(default_factory=dict)
    """What a success gives out, by output port."""

    @classmethod
    def running(cls, wake_at_s: float | None) -> SkillStep:
        """Return "not done; look again at `wake_at_s`" (run seconds)."""
        return cls(StepStatus.RUNNING, wake_at_s=wake_at_s)

    @classmethod
    def success(cls, *evidence: Percept, outputs: Mapping[str, Value] | None = None) -> SkillStep:
        """Return "done", with the observations that prove it and the values it gives out."""
        return cls(StepStatus.SUCCESS, evidence=evidence, outputs=outputs or {})

    @classmethod
    def failure(cls, code: FailureCode, detail: str = "", *evidence: Percept) -> SkillStep:
        """Return "it did not work", with the reason recovery is chosen by, and what shows it."""
        return cls(StepStatus.FAILURE, code=code, detail=detail, evidence=evidence)


class HaltStep(Enum):
    """The answer of `Skill.halt`."""

    RUNNING = "running"
    DONE = "done"


class Skill(Protocol):
    """One activation of a skill; made anew for every call by a factory of the catalog.

    One with an attribute `ends_itself` that is true ends by itself: it is not cut off because its
    declared effects are seen to hold already.
    """

    def start(self) -> None:
        """Begin; called once, before the first step."""
        ...

    def step(self) -> SkillStep:
        """Go on; never blocks."""
        ...

    def halt(self) -> HaltStep:
        """Bring the robot to rest; called until it says DONE or its deadline passes; idempotent."""
        ...










