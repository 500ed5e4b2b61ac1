"""Constructor arguments of a run: its settings as values, its collaborators as protocols."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from treehand.core.events import Event
from treehand.orchestrator.faults.injector import FaultInjector
from treehand.orchestrator.people.person import Person
from treehand.planners import Goal, Refusal
from treehand.planners.llm import Trouble
from treehand.skills.domain import Call, Facts, Formula
from treehand.trees import Breakpoints, ResumeState, Substitutions


class JournalWriter(Protocol):
    """Store of a run's events."""

    def commit(self) -> None:
        """Write every event up to now to disk.

        Raises:
            StorageError: If they cannot be written.
        """
        ...


class PictureStore(Protocol):
    """Files for the pictures that are shown with questions."""

    def next_picture(self) -> str | None:
        """Return the name of the next picture's file; None where pictures are not kept."""
        ...


class GoalProposer(Protocol):
    """Source of another goal for one that no plan reaches any more: a language model."""

    def revise(
        self, goal: Goal, why: str, troubles: Sequence[Trouble], facts: Facts
    ) -> Goal | Refusal | None:
        """Return another goal; None if nothing is proposed.

        Args:
            goal: The goal that cannot be reached.
            why: The reason, for the model.
            troubles: Failures of the run so far, oldest first.
            facts: Beliefs now.
        """
        ...


class StopListener(Protocol):
    """Keeper of the latched stop."""

    def stop_found(self, reason: str, by: str) -> None:
        """Take in a reason to stop that the run itself has found; called before the robot rests."""
        ...

    def robot_stopped(self, reason: str, by: str) -> None:
        """Latch a stop; called once the robot was commanded to rest."""
        ...


@dataclass(frozen=True)
class RunServices:
    """Collaborators of a run. None has a default: a forgotten one is a type error."""

    person: Person
    """Answers questions."""
    journal: JournalWriter
    pictures: PictureStore
    proposer: GoalProposer
    stops: StopListener
    injector: FaultInjector | None
    """Injects the requested faults; None if there are none."""


@dataclass(frozen=True)
class RecoveryState:
    """Recovery steps that an earlier process of the same run took."""

    began_s: float | None = None
    """Time at which a plan was first approved; None: the run begins now."""
    replans: int = 0
    given_up: tuple[tuple[str, str], ...] = ()
    """Parts of the goal that can no longer be reached, with the reason."""
    was_changed: bool = False
    """True if a person replaced the goal, or agreed to another one."""


@dataclass(frozen=True)
class EarlierProgress:
    """Progress of a resumed run in the process that ended; empty for a new run."""

    events: Sequence[Event] = ()
    attempts: Mapping[Call, int] = field(default_factory=dict)
    """Activations by call."""
    nodes: ResumeState = field(default_factory=ResumeState)
    recovery: RecoveryState = field(default_factory=RecoveryState)


@dataclass(frozen=True)
class RunConfig:
    """Settings of one run."""

    has_recovery: bool = True
    """False: no retry, no condition checked again, no replanning."""
    never: tuple[Formula, ...] = ()
    """Constraints of the deployment; a violated one stops the run, latched."""
    standing: Callable[[], tuple[Formula, ...]] = tuple
    """Returns the constraints of the standing orders, which may change while it runs."""
    confirms: bool = False
    """True if a person is asked before each irreversible step."""
    substitutions: Substitutions = field(default_factory=lambda: Substitutions(()))
    """Test doubles for nodes of the tree."""
    earlier: EarlierProgress = field(default_factory=EarlierProgress)
    breakpoints: Breakpoints = field(default_factory=Breakpoints)
    """Nodes that are held; changed from other threads while it runs."""
