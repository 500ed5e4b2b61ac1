"""State that the nodes of one run share: beliefs, clock, resources, wake-up times, attempts.

Nothing here outlives the run.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from py_trees.common import Status

from treehand.core.clock import Clock
from treehand.core.events import Event, FactChange, FactsChanged
from treehand.skills import MotionFence
from treehand.skills.domain import Domain, Facts, Formula, Percept, QuantifierBindings
from treehand.trees.runtime.activations import Activations
from treehand.trees.runtime.arbiter import ResourceArbiter
from treehand.trees.runtime.blackboard import Blackboard
from treehand.trees.runtime.blockages import Blockages
from treehand.trees.runtime.commitments import EffectCommitments
from treehand.trees.runtime.conditions import Condition
from treehand.trees.runtime.error_log import ErrorLog
from treehand.trees.runtime.person_port import PersonPort
from treehand.trees.runtime.protocols import BeliefLoop, NodeWatch, SafetyWatch, SkillSource
from treehand.trees.runtime.substitutions import Substitutions
from treehand.trees.runtime.wakeup_queue import WakeupQueue


def facts_changed(changed: Iterable[Percept], now_s: float) -> FactsChanged:
    """Return the event of changed beliefs."""
    changes = tuple(
        FactChange(fact=p.fact, value=p.value, source=p.source, confidence=p.confidence)
        for p in changed
    )
    return FactsChanged(t_s=now_s, changes=changes)


class TickCounter:
    """Number of the pass over the tree; as in the journal, only passes that changed a status."""

    def __init__(self) -> None:
        self._reported = 0
        self._number = 0

    @property
    def number(self) -> int:
        """Return the number of the present pass; 0 before the first one."""
        return self._number

    def begin(self) -> None:
        """Begin a pass."""
        self._number = self._reported + 1

    def report(self) -> int:
        """Count a pass that changed a status and return its number."""
        self._reported += 1
        return self._reported


@dataclass(frozen=True)
class RuntimeOptions:
    """Settings of a runtime."""

    substitutions: Substitutions = field(default_factory=lambda: Substitutions(()))
    """Test doubles for nodes of the tree."""
    is_symbolic: bool = False
    """True in a rollout: skills are simulated, so a precondition must be known to hold."""
    is_paranoid: bool = False
    """True if kept values of conditions are checked at every use; see `conditions.Condition`."""
    asks_always: bool = False
    """True if conditions are evaluated at every visit: someone notes which facts they read."""
    watch: NodeWatch | None = None
    """Learns of every node that is made; None: nobody."""

    @property
    def may_defer(self) -> bool:
        """Return True if nodes may be made at the first visit of the composite above them.

        What substitutions match is known only when every node is made.
        """
        is_shown = self.watch is not None and self.watch.is_whole_shown
        return self.is_symbolic or not (is_shown or self.substitutions.are_any)

    @property
    def checks_conditions(self) -> bool:
        """Return True if conditions are evaluated although nothing that they read has changed."""
        return self.is_paranoid or self.asks_always


@dataclass(frozen=True)
class RatedStart:
    """Last start of a node with a rate."""

    next_s: float
    """Run time of the next start, at the earliest."""
    result: Status
    """Result of the last one."""


@dataclass(eq=False)
class Runtime:
    """State and collaborators that the nodes of one run share."""

    domain: Domain
    beliefs: BeliefLoop
    skills: SkillSource
    safety: SafetyWatch
    people: PersonPort
    activations: Activations
    fence: MotionFence
    options: RuntimeOptions
    blockages: Blockages
    errors: ErrorLog = field(default_factory=ErrorLog)
    wakeups: WakeupQueue = field(init=False)
    arbiter: ResourceArbiter = field(init=False)
    commitments: EffectCommitments = field(init=False)
    ticks: TickCounter = field(init=False, default_factory=TickCounter)
    rates: dict[str, RatedStart] = field(init=False, default_factory=dict)
    """Path of a node with a rate to its last start."""

    def __post_init__(self) -> None:
        self.wakeups = WakeupQueue(self.clock)
        self.arbiter = ResourceArbiter(self.clock, self.wakeups)
        self.commitments = EffectCommitments(self.facts)

    @property
    def facts(self) -> Facts:
        """Return the beliefs of the run."""
        return self.beliefs.facts

    @property
    def bindings(self) -> QuantifierBindings:
        """Return the objects that each quantifier has bound so far."""
        return self.beliefs.bindings

    @property
    def clock(self) -> Clock:
        """Return the run's time."""
        return self.beliefs.clock

    @property
    def lets_begin(self) -> bool:
        """Return True if a skill may begin now."""
        return self.fence.lets_begin and not self.people.is_waiting

    def emit(self, event: Event) -> None:
        """Pass an event to every subscriber."""
        self.beliefs.emit(event)

    def believe(self, percepts: Iterable[Percept]) -> None:
        """Update the beliefs from a skill's success and emit the changes."""
        changed = self.facts.observe(percepts)
        if changed:
            self.emit(facts_changed(changed, self.clock.now_s()))

    def condition(self, formula: Formula, board: Blackboard) -> Condition:
        """Return a formula as the nodes of a tree with that blackboard evaluate it."""
        is_paranoid = self.options.checks_conditions
        return Condition(formula, self.facts, board, self.commitments, is_paranoid=is_paranoid)

    def step_due(self) -> None:
        """Step the running skills whose time has come, before the tree is visited."""
        self.activations.step_due(self.fence)

    def halt_at_once(self) -> None:
        """Ask every skill to come to rest, whatever else is broken; never raises."""
        self.activations.halt_at_once()
        self.arbiter.halt_at_once()

    def tables(self) -> tuple[dict[Any, Any], ...]:
        """Return the mutable tables that a snapshot copies and puts back."""
        activations = self.activations
        return (
            self.wakeups.times_s,
            self.arbiter.holders,
            activations.active,
            activations.attempts,
            self.rates,
        )
