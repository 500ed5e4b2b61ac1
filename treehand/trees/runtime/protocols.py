"""Collaborators of a runtime, as protocols."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from py_trees.behaviour import Behaviour

from treehand.core.clock import Clock
from treehand.core.events import Event
from treehand.skills import Skill
from treehand.skills.domain import Call, Fact, Facts, Formula, QuantifierBindings
from treehand.trees.format.alternative_list import Alternatives
from treehand.trees.runtime.activations import Activation


class BeliefLoop(Protocol):
    """Beliefs of a run, their source, and its clock and events."""

    @property
    def facts(self) -> Facts:
        """Return the beliefs."""
        ...

    @property
    def bindings(self) -> QuantifierBindings:
        """Return the objects that each quantifier has bound so far."""
        ...

    @property
    def clock(self) -> Clock:
        """Return the run's time."""
        ...

    def emit(self, event: Event) -> None:
        """Pass an event to every subscriber."""
        ...

    def sense(self) -> None:
        """Bring the beliefs up to date with the world."""
        ...

    def has_told(self, predicate: str) -> bool:
        """Return True if the world has ever told anything about a predicate."""
        ...

    @property
    def world_name(self) -> str:
        """Return the name of the world."""
        ...


class NodeWatch(Protocol):
    """Learns of the nodes of a tree as they are made."""

    @property
    def is_whole_shown(self) -> bool:
        """Return True if somebody shows every node of a tree, visited or not."""
        ...

    def node_made(self, path: str, kind: str, node: Behaviour) -> None:
        """Take in a new node, before it is ticked."""
        ...


class SkillSource(Protocol):
    """Factory of skill activations."""

    def make(self, activation: Activation) -> Skill:
        """Return a fresh activation of a skill.

        Raises:
            LookupError: If nothing serves the call.
        """
        ...

    def speed(self, call: Call) -> float:
        """Return the share of the usual speed that limits leave to a call, above 0, at most 1."""
        ...

    def alternatives(self, skill: str) -> Alternatives | None:
        """Return the alternatives that serve a skill; None if there is only one."""
        ...


class SafetyWatch(Protocol):
    """Constraints of a run."""

    def never(self, changed: Iterable[Fact]) -> Sequence[Formula]:
        """Return the formulas that must not become true, and that facts may make true.

        No step begins that would make one so.

        Args:
            changed: The facts; formulas that are not about them may be left out.
        """
        ...

    def check(self) -> None:
        """Stop the run if a constraint is violated; called before each step begins."""
        ...
