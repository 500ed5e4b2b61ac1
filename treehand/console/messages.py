"""Messages of a conversation to its client: the terminal, or another one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from treehand.core.events import Event
from treehand.orchestrator.running.result import RunResult
from treehand.planners import Goal, Plan
from treehand.trees import PersonQuestion


@dataclass(frozen=True)
class Said:
    """Plain words."""

    text: str


@dataclass(frozen=True)
class Heard:
    """A piece of a language model's answer, as it comes."""

    piece: str


@dataclass(frozen=True)
class Understood:
    """A goal, in words and literals."""

    goal: Goal


@dataclass(frozen=True)
class Proposed:
    """A plan that waits for a yes, a no, or an edit."""

    plan: Plan
    is_whole: bool = False
    """True if the person asked to see all of a plan; nothing is asked then."""
    limits: tuple[str, ...] = ()
    """Limits on speed and grip force that it will run under, in words."""


@dataclass(frozen=True)
class Asked:
    """A question that waits for one of its options."""

    question: PersonQuestion


@dataclass(frozen=True)
class Happened:
    """An event of the run."""

    event: Event


@dataclass(frozen=True)
class Ended:
    """A run is over."""

    result: RunResult


@dataclass(frozen=True)
class ToEdit:
    """A tree as YAML, to be changed by a person and given to `Conversation.edited`."""

    yaml: str


Message: TypeAlias = Said | Heard | Understood | Proposed | Asked | Happened | Ended | ToEdit
Tell: TypeAlias = Callable[[Message], None]
"""Takes a message; called from any thread."""
