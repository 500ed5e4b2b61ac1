"""What the nodes of one run share: beliefs, clock, resources, wake-up times, attempts.

Nothing here outlives the run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from treehand.core.clock import Clock
from treehand.core.events import Event, FactChange, FactsChanged
from treehand.skills import FailureCode, HaltStep, Skill, SkillFactory
from treehand.skills.domain import Call, Domain, Facts, Formula, QuantifierBindings, Percept, Value
from treehand.trees.runtime.blackboard import Blackboard
from treehand.trees.runtime.commitments import EffectCommitments
from treehand.trees.runtime.conditions import Condition
from treehand.trees.runtime.substitutions import Substitutions
from treehand.trees.runtime.resume_state import ResumeState
from treehand.trees.format.question import PersonQuestion
from treehand.trees.runtime.alternative_list import Alternatives
from treehand.trees.runtime.wakeup_queue import WakeupQueue
from treehand.trees.runtime.arbiter import ResourceArbiter, Steppable











def facts_changed(changed: Iterable[Percept], now_s: float) -> FactsChanged:
    """Return the event that says which beliefs were changed."""
    changes = tuple(
        FactChange(fact=str(p.fact), value=p.value, source=p.source, confidence=p.confidence)
        for p in changed
    )
    return FactsChanged(t_s=now_s, changes=changes)




@dataclass(eq=False)
class RetryRecord:
    """What the steps inside of one activation of a retry have done so far."""

    limit: int | None = None
    """How many steps that had succeeded may be done again; None: any number."""
    replays: int = 0
    begun: set[object] = field(default_factory=set)
    """Leaves that have begun, however they ended."""
    succeeded: set[object] = field(default_factory=set)
    code: FailureCode | None = None
    """Of the failure after which it tries again."""
    is_over: bool = False

    def copy(self) -> RetryRecord:
        """Return an independent record that says the same."""
        return replace(self, begun=set(self.begun), succeeded=set(self.succeeded))

    def restore(self, other: RetryRecord) -> None:
        """Say what another record says."""
        vars(self).update(vars(other.copy()))

    @property
    def is_spent(self) -> bool:
        """Return whether nothing more may be done again."""
        return self.limit is not None and self.replays >= self.limit


@dataclass(frozen=True)
class Activation:
    """One call of a skill, about to begin."""

    call: Call
    attempt: int
    """Which activation of this call it is in this run, from 1."""
    path: str
    """The node that calls it."""
    inputs: Mapping[str, Value] = field(default_factory=dict)
    """What its input ports are given."""
    stand_in: SkillFactory | None = None
    """What makes the skill instead of the one that serves the call."""


@dataclass
class Runtime:
    """What the nodes of one run share."""

    domain: Domain
    facts: Facts
    members: QuantifierBindings
    clock: Clock
    emit: Callable[[Event], None]
    sense: Callable[[], None]
    """Brings the facts up to date with what the world reports now."""
    make_skill: Callable[[Activation], Skill]
    """Makes an activation of a skill."""
    substitutions: Substitutions = field(default_factory=lambda: Substitutions(()))
    """What stands in for nodes of the tree."""
    ways: Callable[[str], Alternatives | None] = lambda skill: None
    """Says in which ways a skill may be done, if there is more than one."""
    is_symbolic: bool = False
    """Whether skills are only imagined: then a precondition must be known to hold."""
    is_paranoid: bool = False
    """Whether kept values of conditions are checked at every use; see `conditions.Condition`."""
    tick: int = 0
    """Which pass over the tree this is, as the journal counts them."""
    wakeups: WakeupQueue = field(init=False)
    arbiter: ResourceArbiter = field(init=False)
    claims: EffectCommitments = field(init=False)
    active: dict[Steppable, None] = field(default_factory=dict)
    """The leaves whose skills run now, in the order they began."""
    attempts: dict[Call, int] = field(default_factory=dict)
    """Activations so far, by call."""
    questions: list[PersonQuestion] = field(default_factory=list)
    """What the tree wants to ask a person, oldest first; asked by the run when no skill runs."""
    confirm: Callable[[Call], str | None] = lambda call: None
    """Says what a person is asked before a step may begin; None for nothing."""
    never: Callable[[], Sequence[Formula]] = lambda: ()
    """What must not become true: no step begins whose effects would make it so."""
    look_out: Callable[[], None] = lambda: None
    """Called before a step begins; may fence the run off."""
    is_fenced: bool = False
    """Whether the run was stopped: no skill may begin, or be stepped, any more."""
    holds_back: bool = False
    """Whether people want something that waits for a moment without a running skill."""
    left: ResumeState = field(default_factory=ResumeState)
    """How far the tree had come in a process that ended."""

    def __post_init__(self) -> None:
        self.wakeups = WakeupQueue(self.clock)
        self.arbiter = ResourceArbiter(self.clock, self.wakeups)
        self.claims = EffectCommitments(self.facts)

    def believe(self, percepts: Iterable[Percept]) -> None:
        """Take in what follows from a skill's success, and say what it changed."""
        changed = self.facts.observe(percepts)
        if changed:
            self.emit(facts_changed(changed, self.clock.now_s()))

    def condition(self, formula: Formula, board: Blackboard) -> Condition:
        """Return a formula as the nodes of a tree with that blackboard ask it."""
        return Condition(formula, self.facts, board, self.claims, is_paranoid=self.is_paranoid)

    def step_due(self) -> None:
        """Let the running skills whose time has come take a step, before the tree is visited."""
        for leaf in tuple(self.active):
            if not self.is_fenced:
                leaf.step_if_due()

    def halt_at_once(self) -> None:
        """Ask every skill to come to rest, whatever else is broken; never raises."""
        for leaf in tuple(self.active):
            leaf.halt_at_once()
        self.arbiter.halt_at_once()

    @property
    def lets_begin(self) -> bool:
        """Return whether a skill may begin now."""
        return not (self.is_fenced or self.holds_back or self.questions)

    def active_paths(self) -> tuple[str, ...]:
        """Return the paths of the leaves whose skills run, in the order they began."""
        return tuple(leaf.name for leaf in self.active)

    def tables(self) -> tuple[dict[Any, Any], ...]:
        """Return who wants ticks, holds what, runs and began how often, to be put back."""
        return (self.wakeups.times_s, self.arbiter.holders, self.active, self.attempts)

    def withdraw(self, question: PersonQuestion | None) -> None:
        """Ask no longer what nobody wants to know any more."""
        if question in self.questions:
            self.questions.remove(question)

    def next_attempt(self, call: Call) -> int:
        """Count one more activation of a call and return its number, from 1."""
        self.attempts[call] = self.attempts.get(call, 0) + 1
        return self.attempts[call]
