"""Alternatives that serve one skill, in the order in which they are tried."""

from __future__ import annotations

from dataclasses import dataclass

from treehand.skills import FailureCode, SkillFactory
from treehand.skills.contracts.served_objects import ANYTHING, ServedObjects
from treehand.skills.domain import Call
from treehand.trees.format.node_values import AskModel


@dataclass(frozen=True)
class Alternative:
    """One alternative for a skill: a factory or a person."""

    label: str
    """Its name for people: ``openpi ws://127.0.0.1:8000``."""
    factory: SkillFactory | None = None
    """Makes its activations; None if a person is asked instead."""
    ask: AskModel | None = None
    """Question to a person, who does it by hand."""
    only: ServedObjects = ANYTHING
    """Objects that it can act on."""

    def serves(self, call: Call) -> bool:
        """Return True if this alternative can serve a call."""
        return not self.only.beyond(call.arguments)


@dataclass(frozen=True)
class Alternatives:
    """Alternatives that serve a skill, in the order in which they are tried."""

    options: tuple[Alternative, ...]
    """Alternatives, in the order of trial."""
    on: frozenset[FailureCode]
    """Failure codes after which the next one is tried."""
