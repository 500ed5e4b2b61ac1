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
from treehand.skills.domain import Call, Domain, Facts, Formula, Members, Percept, Value
from treehand.trees.runtime.blackboard import Board
from treehand.trees.runtime.commitments import Claims
from treehand.trees.runtime.conditions import Condition
from treehand.trees.runtime.substitutions import Doubles
from treehand.trees.nodes.completed import Left
from treehand.trees.format.question import Question
from treehand.trees.nodes.alternatives import Ways

HALT_DEADLINE_S = 2.0
"""How long a skill may take to come to rest."""
HALT_POLL_S = 0.02


class Steppable(Protocol):
    """A leaf whose skill runs."""

    name: str

    def step_if_due(self) -> None:
        """Take a step if it is time for one."""
        ...

    def halt_at_once(self) -> None:
        """Ask the skill to come to rest, and tell nobody; never raises."""
        ...


class Agenda:
    """When somebody next needs a tick, by owner."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.times_s: dict[object, float] = {}
        """Who wants one, and when."""

    def is_due(self, owner: object) -> bool:
        """Return whether the owner's time has come, or it named none."""
        time_s = self.times_s.get(owner)
        return time_s is None or time_s <= self._clock.now_s()

    def set(self, owner: object, time_s: float) -> None:
        """Ask for a tick at `time_s`; replaces the owner's earlier wish."""
        self.times_s[owner] = time_s

    def clear(self, owner: object) -> None:
        """Take back the owner's wish."""
        self.times_s.pop(owner, None)

    def wait_s(self, owner: object) -> float | None:
        """Return in how many seconds the owner wants a tick; None if it named no time."""
        time_s = self.times_s.get(owner)
        return None if time_s is None else round(time_s - self._clock.now_s(), 3)

    def next_s(self) -> float | None:
        """Return the earliest wish, or None."""
        return min(self.times_s.values(), default=None)


@dataclass
class _Halting:
    skill: Skill
    resources: tuple[str, ...]
    deadline_s: float
    path: str
    end: Callable[[bool], None]
    """Told whether it is known to be at rest."""


class Arbiter:
    """Who holds which resource.

    Stop before start: the next holder waits until the last one's halt said DONE.
    """

    def __init__(self, clock: Clock, agenda: Agenda) -> None:
        self._clock = clock
        self._agenda = agenda
        self.holders: dict[str, object] = {}
        """Resource to who holds it."""
        self._halting: list[_Halting] = []

    def acquire(self, owner: object, resources: Iterable[str]) -> bool:
        """Take all resources, or none and return False."""
        wanted = tuple(resources)
        if any(self.holders.get(name, owner) is not owner for name in wanted):
            return False
        self.holders.update(dict.fromkeys(wanted, owner))
        return True

    def release(self, owner: object) -> None:
        """Give back everything that `owner` holds."""
        freed = [name for name, holder in self.holders.items() if holder is owner]
        for name in freed:
            del self.holders[name]
        if freed:
            self._agenda.set(self, self._clock.now_s())

    def halt(self, owner: object, skill: Skill, path: str, end: Callable[[bool], None]) -> None:
        """Halt a skill now and, if it needs longer, at every `poll`.

        Its resources stay held until it is at rest.
        """
        held = tuple(name for name, holder in self.holders.items() if holder is owner)
        deadline_s = self._clock.now_s() + HALT_DEADLINE_S
        halting = _Halting(skill, held, deadline_s, path, end)
        self.holders.update(dict.fromkeys(held, halting))
        self._halting.append(halting)
        self.poll()

    def poll(self) -> tuple[str, ...]:
        """Go on with halts under way; return the paths of those that are overdue."""
        self._agenda.clear(self)
        late: list[str] = []
        for halting in tuple(self._halting):
            if _is_at_rest(halting.skill):
                self._halting.remove(halting)
                halting.end(True)
                self.release(halting)
            elif self._clock.now_s() >= halting.deadline_s:
                self._halting.remove(halting)
                halting.end(False)
                late.append(halting.path)
            else:
                self._agenda.set(self, self._clock.now_s() + HALT_POLL_S)
        return tuple(late)

    def abandon(self) -> tuple[str, ...]:
        """Ask every skill that is being halted once more, and wait no longer.

        Returns:
            The paths of those that are not known to be at rest.
        """
        for halting in self._halting:
            halting.deadline_s = self._clock.now_s()
        return self.poll()

    def halt_at_once(self) -> None:
        """Ask every skill that is being halted once more, and tell nobody; never raises."""
        for halting in self._halting:
            _is_at_rest(halting.skill)

    @property
    def is_halting(self) -> bool:
        """Return whether some skill is not yet at rest."""
        return bool(self._halting)


def facts_changed(changed: Iterable[Percept], now_s: float) -> FactsChanged:
    """Return the event that says which beliefs were changed."""
    changes = tuple(
        FactChange(fact=str(p.fact), value=p.value, source=p.source, confidence=p.confidence)
        for p in changed
    )
    return FactsChanged(t_s=now_s, changes=changes)


def _is_at_rest(skill: Skill) -> bool:
    try:
        return skill.halt() is HaltStep.DONE
    except Exception:  # a halt that raises is a halt that is not confirmed; its deadline decides
        return False


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

    def become(self, other: RetryRecord) -> None:
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
    members: Members
    clock: Clock
    emit: Callable[[Event], None]
    sense: Callable[[], None]
    """Brings the facts up to date with what the world reports now."""
    make_skill: Callable[[Activation], Skill]
    """Makes an activation of a skill."""
    doubles: Doubles = field(default_factory=lambda: Doubles(()))
    """What stands in for nodes of the tree."""
    ways: Callable[[str], Ways | None] = lambda skill: None
    """Says in which ways a skill may be done, if there is more than one."""
    is_symbolic: bool = False
    """Whether skills are only imagined: then a precondition must be known to hold."""
    is_paranoid: bool = False
    """Whether kept values of conditions are checked at every use; see `conditions.Condition`."""
    tick: int = 0
    """Which pass over the tree this is, as the journal counts them."""
    agenda: Agenda = field(init=False)
    arbiter: Arbiter = field(init=False)
    claims: Claims = field(init=False)
    active: dict[Steppable, None] = field(default_factory=dict)
    """The leaves whose skills run now, in the order they began."""
    attempts: dict[Call, int] = field(default_factory=dict)
    """Activations so far, by call."""
    questions: list[Question] = field(default_factory=list)
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
    left: Left = field(default_factory=Left)
    """How far the tree had come in a process that ended."""

    def __post_init__(self) -> None:
        self.agenda = Agenda(self.clock)
        self.arbiter = Arbiter(self.clock, self.agenda)
        self.claims = Claims(self.facts)

    def believe(self, percepts: Iterable[Percept]) -> None:
        """Take in what follows from a skill's success, and say what it changed."""
        changed = self.facts.observe(percepts)
        if changed:
            self.emit(facts_changed(changed, self.clock.now_s()))

    def condition(self, formula: Formula, board: Board) -> Condition:
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
        return (self.agenda.times_s, self.arbiter.holders, self.active, self.attempts)

    def withdraw(self, question: Question | None) -> None:
        """Ask no longer what nobody wants to know any more."""
        if question in self.questions:
            self.questions.remove(question)

    def next_attempt(self, call: Call) -> int:
        """Count one more activation of a call and return its number, from 1."""
        self.attempts[call] = self.attempts.get(call, 0) + 1
        return self.attempts[call]
