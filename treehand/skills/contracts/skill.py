"""Protocol of skills: start, step, halt, and the results of a step."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Protocol, runtime_checkable

from treehand.core.errors import ContractError, near
from treehand.skills.domain import Percept, Value
from treehand.skills.domain.failures import FailureCode


class StepStatus(Enum):
    """Status of one step of a skill."""

    RUNNING = "running"
    SUCCESS = "success"
    FAILURE = "failure"


@dataclass(frozen=True, slots=True)
class SkillStep:
    """Result of `Skill.step`; build it with `running`, `success` or `failure`."""

    status: StepStatus
    wake_at_s: float | None = None
    """Run time of the next step; None if the skill calls the clock's `wake` itself."""
    code: FailureCode | None = None
    detail: str = ""
    evidence: tuple[Percept, ...] = ()
    """Observations that confirm the result, from another source than the skill's own command."""
    outputs: Mapping[str, Value] = field(default_factory=dict)
    """Values of the output ports of a success, by port name."""
    blocked_by: tuple[str, ...] = ()
    """Objects that cause a failure where they are now; it persists until all of them have left."""
    cells: tuple[str, ...] = ()
    """Cells of a surface that they occupy, as the skill names them."""

    @classmethod
    def running(cls, wake_at_s: float | None) -> SkillStep:
        """Return a RUNNING step; the next step is due at `wake_at_s`, in run seconds."""
        return cls(StepStatus.RUNNING, wake_at_s=wake_at_s)

    @classmethod
    def success(cls, *evidence: Percept, outputs: Mapping[str, Value] | None = None) -> SkillStep:
        """Return a SUCCESS step with confirming observations and output values."""
        return cls(StepStatus.SUCCESS, evidence=evidence, outputs=outputs or {})

    @classmethod
    def failure(
        cls,
        code: FailureCode,
        detail: str = "",
        *evidence: Percept,
        blocked_by: Iterable[str] = (),
        cells: Iterable[str] = (),
    ) -> SkillStep:
        """Return a FAILURE step; recovery is chosen by `code`, people read `detail`.

        Args:
            code: The failure code.
            detail: Description for people.
            evidence: Observations that show it.
            blocked_by: Objects of the scene that cause it by being where they are. The call is not
                repeated before all of them have left; the planner moves them.
            cells: Cells of a surface that they occupy.

        Raises:
            ContractError: If `code` is no `FailureCode`, `detail` no text, or `blocked_by` or
                `cells` no texts, at the caller's line.
        """
        if not isinstance(code, FailureCode):
            hint = near(str(code), [one.value for one in FailureCode], what="failure codes")
            raise ContractError(
                f"wrong-result: failure() got {code!r}, which is not a FailureCode\n  hint: {hint}"
            )
        if not isinstance(detail, str):
            raise ContractError(f"wrong-result: failure() got a {type(detail).__name__} as detail")
        return cls(
            StepStatus.FAILURE,
            code=code,
            detail=detail,
            evidence=evidence,
            blocked_by=_texts(blocked_by, "blocked_by"),
            cells=_texts(cells, "cells"),
        )


def _texts(given: Iterable[str], what: str) -> tuple[str, ...]:
    """Return texts without repetition; raise `ContractError` if one is none."""
    texts = (given,) if isinstance(given, str) or not isinstance(given, Iterable) else tuple(given)
    wrong = [type(one).__name__ for one in texts if not isinstance(one, str)]
    if wrong:
        raise ContractError(f"wrong-result: failure() got a {wrong[0]} in {what}, not a name")
    return tuple(dict.fromkeys(texts))


class HaltStep(Enum):
    """Result of `Skill.halt`."""

    RUNNING = "running"
    DONE = "done"


class Skill(Protocol):
    """One activation of a skill, made for each call by a `SkillFactory`.

    It may also implement `SelfEnding`.
    """

    def start(self) -> None:
        """Begin; called once, before the first step."""
        ...

    def step(self) -> SkillStep:
        """Advance by one step and return its result; never blocks."""
        ...

    def halt(self) -> HaltStep:
        """Bring the robot to rest; called until it is DONE or a deadline passes; idempotent."""
        ...


@runtime_checkable
class SelfEnding(Protocol):
    """Mixin of a skill that decides by itself when it ends."""

    @property
    def ends_itself(self) -> bool:
        """True if the skill runs until it returns.

        Otherwise it is halted as soon as its declared effects are observed.
        """
        ...


def is_injected(skill: Skill) -> bool:
    """Return True if a failure of a skill was injected: it is a fault, and not its own."""
    return bool(getattr(skill, "is_injected", False))


def is_self_ending(skill: Skill) -> bool:
    """Return True if a skill must run until it returns."""
    return bool(getattr(skill, "ends_itself", False))
