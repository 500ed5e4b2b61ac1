"""Resources of a robot, each held by one leaf at a time until its skill is at rest."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

from treehand.core.clock import Clock
from treehand.core.error_record import is_from_signal
from treehand.skills import HaltStep, Skill
from treehand.skills.domain import Call
from treehand.trees.runtime.wakeup_queue import WakeupQueue

HALT_DEADLINE_S = 2.0
"""Longest time that a skill may take to come to rest."""


HALT_POLL_S = 0.02


class Steppable(Protocol):
    """A leaf whose skill runs."""

    name: str
    call: Call

    def step_if_due(self) -> None:
        """Take a step if one is due."""
        ...

    def halt_at_once(self) -> None:
        """Ask the skill to come to rest, without an event; never raises."""
        ...


@dataclass
class _Halting:
    skill: Skill
    resources: tuple[str, ...]
    deadline_s: float
    path: str
    end: Callable[[bool], None]
    """Called with True if it is known to be at rest."""


class ResourceArbiter:
    """Gives each resource to one leaf at a time.

    Stop before start: the next holder waits until the last one's halt returned DONE.

    Args:
        clock: The run's time.
        wakeups: Asked for a tick when a resource becomes free.
    """

    def __init__(self, clock: Clock, wakeups: WakeupQueue) -> None:
        self._clock = clock
        self._wakeups = wakeups
        self.holders: dict[str, object] = {}
        """Holder of each resource that is in use."""
        self._halting: list[_Halting] = []

    def acquire(self, owner: object, resources: Iterable[str]) -> bool:
        """Take all resources, or none and return False."""
        wanted = tuple(resources)
        if any(self.holders.get(name, owner) is not owner for name in wanted):
            return False
        self.holders.update(dict.fromkeys(wanted, owner))
        return True

    def release(self, owner: object) -> None:
        """Give back everything that `owner` holds."""
        freed = [name for name, holder in self.holders.items() if holder is owner]
        for name in freed:
            del self.holders[name]
        if freed:
            self._wakeups.set(self, self._clock.now_s())

    def halt(self, owner: object, skill: Skill, path: str, end: Callable[[bool], None]) -> None:
        """Halt a skill now and, if it needs longer, at every `poll`.

        Its resources stay held until it is at rest.
        """
        held = tuple(name for name, holder in self.holders.items() if holder is owner)
        deadline_s = self._clock.now_s() + HALT_DEADLINE_S
        halting = _Halting(skill, held, deadline_s, path, end)
        self.holders.update(dict.fromkeys(held, halting))
        self._halting.append(halting)
        self.poll()

    def poll(self) -> tuple[str, ...]:
        """Go on with halts under way; return the paths of those that are overdue."""
        self._wakeups.clear(self)
        late: list[str] = []
        for halting in tuple(self._halting):
            if _is_at_rest(halting.skill):
                self._halting.remove(halting)
                halting.end(True)
                self.release(halting)
            elif self._clock.now_s() >= halting.deadline_s:
                self._halting.remove(halting)
                halting.end(False)
                late.append(halting.path)
            else:
                self._wakeups.set(self, self._clock.now_s() + HALT_POLL_S)
        return tuple(late)

    def abandon(self) -> tuple[str, ...]:
        """Ask every skill that is being halted once more, and wait no longer.

        Returns:
            The paths of those that are not known to be at rest.
        """
        for halting in self._halting:
            halting.deadline_s = self._clock.now_s()
        return self.poll()

    def halt_at_once(self) -> None:
        """Ask every skill that is being halted once more, without an event; never raises."""
        for halting in self._halting:
            _is_at_rest(halting.skill)

    @property
    def is_halting(self) -> bool:
        """Return True if a skill is not yet at rest."""
        return bool(self._halting)


def _is_at_rest(skill: Skill) -> bool:
    try:
        return skill.halt() is HaltStep.DONE
    except BaseException as error:  # it does not confirm the halt; the deadline decides
        if is_from_signal(error):
            raise
        return False
