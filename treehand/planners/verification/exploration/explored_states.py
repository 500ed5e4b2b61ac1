"""States that an exploration met, and the transitions between them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from treehand.planners.verification.branching.branching_run import RunKey, RunPoint
from treehand.planners.verification.branching.noted_facts import NO_USE, FactUse
from treehand.skills import FailureCode

if TYPE_CHECKING:
    from treehand.planners.rollout.hypotheses import Hypothesis
    from treehand.planners.verification.exploration.differences import StateDifference, Variation

Codes = Mapping[str, FailureCode]
"""Codes of the steps that fail, by the paths of their nodes; the others succeed."""


@dataclass(frozen=True, slots=True)
class StepFacts:
    """Facts at one moment of a transition, as bit sets."""

    known: int
    true: int
    observable: int
    """Conditions of observation that hold, by their numbers in `Observability`."""


@dataclass(eq=False, slots=True)
class Transition:
    """Way from one state to the next, or to the end of the run."""

    codes: Codes
    moments: list[StepFacts]
    failed: str = ""
    """Its failures, as ``call: code``; empty if every step succeeds."""
    observable: int = 0
    """Conditions of observation that hold at some moment."""
    asked: frozenset[str] = frozenset()
    """Keys of the quantifiers whose objects were asked for."""
    visited: frozenset[str] = frozenset()
    """Those of them that were asked for by more than the goal's own bookkeeping."""
    use: FactUse = NO_USE
    """Facts that it has read and written."""
    target: ExploredState | None = None
    """The next state; None if the run ends before one."""
    reaches_goal: bool = False
    """True if the run ends before a next state, with the goal reached."""
    landing: float = math.inf
    """Of a transition that was explored later: `distance` of the state without assumptions that the
    run without further failures comes to; 0 if it ends before."""


class StateUse(NamedTuple):
    """Facts that some transition from a state has used, and quantifiers that it has asked."""

    facts: int
    """Facts that were read or written, as bits."""
    asked: frozenset[str]
    patterns: frozenset[str]
    """Predicates whose facts were looked for, or made false, by a pattern."""
    is_all_read: bool

    @staticmethod
    def of(transitions: Iterable[Transition]) -> StateUse:
        """Return the use of several transitions together."""
        facts, asked, patterns, is_all_read = 0, frozenset[str](), set[str](), False
        for one in transitions:
            use = one.use
            facts |= use.read | use.written | use.made_true
            asked |= one.asked
            patterns.update(pattern.predicate for pattern in use.sought | use.cleared)
            is_all_read |= use.is_all_read
        return StateUse(facts, asked, frozenset(patterns), is_all_read)

    @staticmethod
    def together(parts: Sequence[StateUse]) -> StateUse:
        """Return the use of all parts."""
        facts = 0
        for one in parts:
            facts |= one.facts
        return StateUse(
            facts,
            frozenset[str]().union(*(one.asked for one in parts)),
            frozenset[str]().union(*(one.patterns for one in parts)),
            any(one.is_all_read for one in parts),
        )


ANY_USE = StateUse(-1, frozenset(), frozenset(), is_all_read=True)
"""Use of which nothing is known."""


class KnownTransition(NamedTuple):
    """Transition of a run that differed from the one without assumptions."""

    key: RunKey
    failures: int
    """Most failures with which it was explored, its own included."""
    transition: Transition


class Origin(NamedTuple):
    """Way on which a state was met first."""

    state: ExploredState
    codes: Codes
    variation: Variation | None = None
    """Difference of the run from that state; None if there is none."""
    hypothesis: Hypothesis | None = None
    """Hypothesis under which it was met; None if nothing was assumed."""


@dataclass(eq=False, slots=True)
class ExploredState:
    """State in which steps are due."""

    key: RunKey
    failures: int = -1
    """Most failures with which it was explored."""
    transitions: list[Transition] = field(default_factory=list)
    via: Origin | None = None
    """Way on which it was met first; None at the start."""
    point: RunPoint | None = None
    """The state itself; None if it is to be reached from an earlier one."""
    distance: float | None = None
    """Number of transitions without failures to the end; None if it was not counted yet. Of a state
    that was met under a hypothesis, that of the state to which the run comes back."""
    alike: tuple[ExploredState, StateDifference] | None = None
    """State from which the run goes on as from this one, and how this one differs; then it has no
    transitions of its own."""
    is_plain: bool = False
    """True if it was met without assumptions."""
    is_done: bool = False
    """True once everything that follows was explored."""
    _use: StateUse | None = None

    def begin(self, failures: int) -> None:
        """Explore it from now on, with as many failures."""
        self.failures, self.transitions = failures, []
        self.alike, self.is_done, self._use = None, False, None

    @property
    def use(self) -> StateUse:
        """Return the use of all its transitions, of which there are no more once it is done."""
        if self._use is not None:
            return self._use
        use = StateUse.of(self.transitions)
        if self.is_done:
            self._use = use
        return use

    @property
    def success(self) -> Transition | None:
        """Return the transition in which every step succeeds; None if it was not explored."""
        for one in reversed(self.transitions):
            if not one.codes:
                return one
        return None
