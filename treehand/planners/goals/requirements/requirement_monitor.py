"""Watching the requirements of a goal along a run, a rollout or an exploration."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace

from treehand.planners.goals.requirements.requirement import Precedence, Requirement, Response
from treehand.skills.domain import Beliefs

_TOLERANCE_S = 1e-6


@dataclass(frozen=True)
class BrokenRequirement:
    """A requirement that was not kept."""

    requirement: Requirement
    detail: str
    """Description of what happened, in words."""


@dataclass(frozen=True)
class _Watch:
    """State of one requirement."""

    since_s: float = 0.0
    """Time since which a response is due, in seconds."""
    since_steps: int = 0
    """Steps that had ended then."""
    is_due: bool = False
    """True while a response is due."""
    is_over: bool = False
    """True once it was broken, or can be broken no more."""


class RequirementMonitor:
    """Notes when requirements are not kept; each is reported once.

    Args:
        requirements: The requirements.
    """

    def __init__(self, requirements: Sequence[Requirement]) -> None:
        self._requirements = tuple(requirements)
        self._watches = [_Watch() for _ in self._requirements]
        self._steps = 0
        self._now_s = 0.0
        self._broken: tuple[BrokenRequirement, ...] = ()

    @property
    def broken(self) -> tuple[BrokenRequirement, ...]:
        """Return the requirements that were not kept, in the order in which that was noticed."""
        return self._broken

    def step_ended(self) -> None:
        """Count one ended step, a failed one too."""
        self._steps += 1

    def observe(self, beliefs: Beliefs, now_s: float) -> None:
        """Compare every requirement with the beliefs at a time, in seconds of run time."""
        self._now_s = now_s
        for index, one in enumerate(self._requirements):
            watch = self._watches[index]
            if watch.is_over:
                continue
            if isinstance(one, Precedence):
                self._watches[index] = self._ordered(one, watch, beliefs)
            else:
                self._watches[index] = self._responded(one, watch, beliefs)

    def _ordered(self, one: Precedence, watch: _Watch, beliefs: Beliefs) -> _Watch:
        if one.first.holds(beliefs) is True:
            return replace(watch, is_over=True)
        if one.later.holds(beliefs) is True:
            return self._break(one, watch, f"'{one.later}' came true before '{one.first}'")
        return watch

    def _responded(self, one: Response, watch: _Watch, beliefs: Beliefs) -> _Watch:
        has_responded = one.response.holds(beliefs) is True
        if watch.is_due and self._is_late(one, watch, has_responded=has_responded):
            took = f"{self._now_s - watch.since_s:.0f} s"
            if one.bound.steps is not None:
                took = f"{self._steps - watch.since_steps} steps"
            detail = f"'{one.trigger}' held for {took}"
            if not one.is_duration:
                detail = f"'{one.response}' did not follow '{one.trigger}' within {one.bound}"
            return self._break(one, watch, detail)
        if has_responded:
            return _Watch()
        if not watch.is_due and one.trigger.holds(beliefs) is True:
            return _Watch(self._now_s, self._steps, is_due=True)
        return watch

    def _is_late(self, one: Response, watch: _Watch, *, has_responded: bool) -> bool:
        if one.bound.within_s is not None:
            return self._now_s - watch.since_s > one.bound.within_s + _TOLERANCE_S
        if one.bound.steps is None:
            return False
        steps = self._steps - watch.since_steps
        return steps > one.bound.steps or (steps == one.bound.steps and not has_responded)

    def finish(self) -> tuple[BrokenRequirement, ...]:
        """Return the broken requirements, with the responses that are still due at the end."""
        for index, one in enumerate(self._requirements):
            watch = self._watches[index]
            if watch.is_due and not watch.is_over and isinstance(one, Response):
                detail = f"'{one.response}' was still to follow '{one.trigger}' at the end"
                self._watches[index] = self._break(one, watch, detail)
        return self._broken

    def _break(self, one: Requirement, watch: _Watch, detail: str) -> _Watch:
        self._broken = (*self._broken, BrokenRequirement(one, detail))
        return replace(watch, is_over=True)

    def next_due_s(self) -> float | None:
        """Return the earliest time at which a response will be late; None if none is due."""
        due = [
            watch.since_s + one.bound.within_s
            for one, watch in zip(self._requirements, self._watches, strict=True)
            if isinstance(one, Response) and one.bound.within_s is not None
            if watch.is_due and not watch.is_over
        ]
        return min(due, default=None)

    def copy(self) -> RequirementMonitor:
        """Return an independent monitor in the same state."""
        twin = RequirementMonitor(self._requirements)
        twin._watches = list(self._watches)
        twin._steps, twin._now_s, twin._broken = self._steps, self._now_s, self._broken
        return twin

    def key(self, now_s: float) -> Hashable:
        """Return a value that is equal for states from which requirements go on alike."""
        return tuple(
            (
                watch.is_over,
                watch.is_due and round(now_s - watch.since_s, 3),
                watch.is_due and self._steps - watch.since_steps,
            )
            for watch in self._watches
        )
