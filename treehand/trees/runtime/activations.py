"""Activations of skills in one run: those that run now, and how often each call was begun."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from treehand.skills import MotionFence, SkillFactory
from treehand.skills.domain import Call, Value
from treehand.trees.runtime.arbiter import Steppable


@dataclass(frozen=True)
class Activation:
    """One call of a skill, about to begin."""

    call: Call
    attempt: int
    """Number of the activation among those of the same call in this run, from 1."""
    path: str
    """The node that calls it."""
    inputs: Mapping[str, Value] = field(default_factory=dict)
    """Values of its input ports."""
    factory: SkillFactory | None = None
    """Makes the skill in place of the one that serves the call."""


class Activations:
    """Running skills in the order they began, and activations by call.

    Args:
        attempts: Activations by call in an earlier process of the same run.
    """

    def __init__(self, attempts: Mapping[Call, int] | None = None) -> None:
        self.active: dict[Steppable, None] = {}
        """Leaves whose skills run now, in the order they began."""
        self.attempts: dict[Call, int] = dict(attempts or {})
        """Activations so far, by call."""
        self.begun: list[Call] = []
        """Calls of the activations that began in this process, in order."""
        self.succeeded: list[Call] = []
        """Calls of those that have succeeded, in order."""

    def next_attempt(self, call: Call) -> int:
        """Count one more activation of a call and return its number, from 1."""
        self.attempts[call] = self.attempts.get(call, 0) + 1
        self.begun.append(call)
        return self.attempts[call]

    def note_success(self, call: Call) -> None:
        """Take in that an activation of a call has succeeded."""
        self.succeeded.append(call)

    def begin(self, leaf: Steppable) -> None:
        """Take in that the skill of a leaf runs."""
        self.active[leaf] = None

    def end(self, leaf: Steppable) -> None:
        """Take in that the skill of a leaf runs no longer."""
        self.active.pop(leaf, None)

    def step_due(self, fence: MotionFence) -> None:
        """Step the skills whose time has come, before the tree is visited; none once stopped."""
        for leaf in tuple(self.active):
            if not fence.is_closed:
                leaf.step_if_due()

    def halt_at_once(self) -> None:
        """Ask every skill to come to rest, whatever else is broken; never raises."""
        for leaf in tuple(self.active):
            leaf.halt_at_once()

    def paths(self) -> tuple[str, ...]:
        """Return the paths of the leaves whose skills run, in the order they began."""
        return tuple(leaf.name for leaf in self.active)
