"""Settings of a robot besides its deployment."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from treehand.core.clock import Clock, VirtualClock
from treehand.core.tracing import NoTracing, Tracing
from treehand.orchestrator.people.approval import ApprovalPolicy
from treehand.orchestrator.people.person import Nobody, Person
from treehand.orchestrator.sessions.experiment import Experiment
from treehand.orchestrator.store.workspace import WorldPlace
from treehand.trees import Breakpoints


@dataclass(frozen=True)
class RobotSettings:
    """Settings of a robot besides its deployment."""

    seed: int = 0
    """Seed of every random draw."""
    clock: Clock = field(default_factory=VirtualClock)
    """Time of the world; virtual by default."""
    person: Person = field(default_factory=Nobody)
    """Answers questions during a run."""
    place: WorldPlace | None = None
    """Place of the world on disk; None: a real world's own, or that of the first simulated run."""
    policy: ApprovalPolicy | None = None
    """Plans that are asked about; None: those that the deployment says."""
    words: Path | None = None
    """File of learned words that is only read; None: that of the workspace, if there is one."""
    parameters: Path | None = None
    """File of learned parameters; None: that of the workspace, if there is one."""
    learned: str | None = None
    """Pin of the last promotion in it that counts; empty for none, None for all."""
    keeps_orders: bool = True
    """True if standing orders are written to the workspace; False where words are only read."""
    keeps_states: bool = False
    """True to keep the dense states of each run beside its journal, in worlds that record them."""
    breakpoints: Breakpoints = field(default_factory=Breakpoints)
    """Nodes that are held; `Deployment.breakpoints` has those of the file."""
    experiment: Experiment = field(default_factory=Experiment)
    """Faults, substitutions, recovery."""
    tracing: Tracing = field(default_factory=NoTracing)
    """Makes the spans; closed with the robot."""
    tell: Callable[[str], None] = lambda text: None
    """Called, from any thread, with a line for a person while a world takes long to open."""
