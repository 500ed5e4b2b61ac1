"""Definition of a skill: name, factory, and the context that each activation gets."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from treehand.core.clock import Clock
from treehand.core.keyed_random import KeyedRandom
from treehand.skills.contracts.command_gate import CommandGate
from treehand.skills.contracts.embodiment import Embodiment
from treehand.skills.contracts.motion_limits import MotionLimits
from treehand.skills.contracts.skill import Skill
from treehand.skills.domain import Call, FactsView, Value


@dataclass(frozen=True)
class SkillContext:
    """Inputs of one activation of a skill."""

    call: Call
    attempt: int
    """Number of this activation among those of the same call in this run, from 1."""
    gate: CommandGate
    """The path to the robot; `gate.is_open` tells if the robot may still be commanded."""
    clock: Clock
    facts: FactsView
    """Beliefs of the run; a skill cannot change them."""
    random: KeyedRandom
    """Random numbers keyed by run seed, skill, arguments and attempt."""
    note: Callable[[str], None]
    """Adds a line of text to the run's events."""
    inputs: Mapping[str, Value] = field(default_factory=dict)
    """Values of the input ports, by port name."""
    limits_now: Callable[[], MotionLimits] = MotionLimits
    """Gives the limits on this activation that are in force now; see `limits`."""
    traceparent: str | None = None
    """Span of this activation, for calls to other processes: the header of W3C Trace Context. None
    if the run is not traced."""
    embodiment: Embodiment = field(init=False)
    """The robot, with everything that its class offers.

    Its commands raise `CommandRefused` once the run was stopped, or this activation was halted or
    has ended, from whichever thread they come.
    """

    def __post_init__(self) -> None:
        object.__setattr__(self, "embodiment", self.gate.robot())

    @property
    def limits(self) -> MotionLimits:
        """Return the limits on speed and grip force that are in force now."""
        return self.limits_now()


SkillFactory = Callable[[SkillContext], Skill]
"""Makes one activation."""


@dataclass(frozen=True)
class SkillDefinition:
    """A skill's name, its factory and the world that it is made for."""

    name: str
    factory: SkillFactory
    world: str | None = None
    """World that the skill is made for; None serves every world without a skill of that name."""
    doc: str = ""
    function: Callable[..., Any] | None = None
    """The function that it is made of, which takes the context and the arguments; None of others.
    """
