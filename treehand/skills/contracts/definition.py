"""Definition of a skill: its name, its factory, and what one activation is given."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from treehand.core.clock import Clock
from treehand.core.keyed_random import KeyedRandom
from treehand.skills.domain import Call, Facts, Value
from treehand.skills.contracts.embodiment import Embodiment
from treehand.skills.contracts.skill import Skill

@dataclass(frozen=True)
class SkillContext:
    """What one activation of a skill is given."""

    call: Call
    attempt: int
    """Which activation of this call it is in this run, from 1."""
    embodiment: Embodiment
    clock: Clock
    facts: Facts
    """What is believed; for reading only."""
    random: KeyedRandom
    """Draws that belong to this run, skill, arguments and attempt."""
    note: Callable[[str], None]
    """Puts a line into the run's events."""
    inputs: Mapping[str, Value] = field(default_factory=dict)
    """What its input ports are given, by port."""
    may_move: Callable[[], bool] = lambda: True
    """Whether the robot may still be sent anything but a stop; callable from any thread."""


SkillFactory = Callable[[SkillContext], Skill]
"""Makes one activation."""


@dataclass(frozen=True)
class SkillDefinition:
    """A skill under its name."""

    name: str
    factory: SkillFactory
    world: str | None = None
    """The world it is made for; None serves every world that has none of its own."""
    doc: str = ""
