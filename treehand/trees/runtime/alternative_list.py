"""Alternatives that serve one skill, in the order in which they are tried."""

from __future__ import annotations

from dataclasses import dataclass
from treehand.skills import FailureCode, SkillFactory
from treehand.trees.format.spec import AskModel

@dataclass(frozen=True)
class Alternative:
    """One way to do a skill."""

    label: str
    """What people call it: ``openpi ws://127.0.0.1:8000``."""
    factory: SkillFactory | None = None
    """What makes its activations; None if a person is asked instead."""
    ask: AskModel | None = None
    """What a person is asked to do."""


@dataclass(frozen=True)
class Alternatives:
    """What serves a skill, in the order in which it is tried."""

    ways: tuple[Alternative, ...]
    on: frozenset[FailureCode]
    """The failures after which the next one is tried."""
