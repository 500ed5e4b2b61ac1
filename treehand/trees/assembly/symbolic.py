"""Runtime of a rollout: skills are simulated from their action models, and no world is sensed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from treehand.core.clock import VirtualClock
from treehand.core.events import Event
from treehand.skills import MotionFence, Skill
from treehand.skills.domain import (
    Call,
    Domain,
    Fact,
    Facts,
    Formula,
    FormulaIndex,
    QuantifierBindings,
    Vocabulary,
)
from treehand.trees.format.alternative_list import Alternatives
from treehand.trees.runtime.activations import Activation, Activations
from treehand.trees.runtime.blockages import Blockages
from treehand.trees.runtime.person_port import PersonPort
from treehand.trees.runtime.runtime import Runtime, RuntimeOptions


@dataclass(eq=False)
class SymbolicBeliefs:
    """Beliefs of a rollout: declared effects change them, nothing is sensed."""

    facts: Facts
    bindings: QuantifierBindings
    clock: VirtualClock
    sink: Callable[[Event], None]

    def emit(self, event: Event) -> None:
        """Pass an event to the sink."""
        self.sink(event)

    def sense(self) -> None:
        """Do nothing: a rollout has no world."""

    def has_told(self, predicate: str) -> bool:
        """Return True: effects come true as they are declared."""
        return True

    @property
    def world_name(self) -> str:
        """Return the name of the world."""
        return "rollout"


@dataclass(eq=False)
class SymbolicSkills:
    """Simulated skills of a rollout; each call has one of them."""

    factory: Callable[[Activation], Skill]

    def make(self, activation: Activation) -> Skill:
        """Return a simulated activation."""
        return self.factory(activation)

    def speed(self, call: Call) -> float:
        """Return 1: a rollout has no limits."""
        return 1.0

    def alternatives(self, skill: str) -> Alternatives | None:
        """Return None: alternatives differ in how they move the robot, not in their effects."""
        return None


class FixedConstraints:
    """Constraints that stay the same; steps that would violate one do not begin.

    Args:
        formulas: Formulas that must not become true.
        vocabulary: Objects that they are about.
    """

    def __init__(self, formulas: Sequence[Formula], vocabulary: Vocabulary) -> None:
        self._index = FormulaIndex(formulas, vocabulary)

    def never(self, changed: Iterable[Fact]) -> Sequence[Formula]:
        """Return the formulas that must not become true, as far as facts may make them so."""
        return self._index.about(changed)

    def check(self) -> None:
        """Do nothing: no step of a rollout violates a constraint, because none such begins."""


class NoConfirmation:
    """Lets every step begin without a question."""

    def question(self, call: Call, facts: Facts) -> str | None:
        """Return None."""
        return None


def symbolic_runtime(
    domain: Domain,
    beliefs: SymbolicBeliefs,
    make_skill: Callable[[Activation], Skill],
    *,
    never: Sequence[Formula] = (),
    is_paranoid: bool = False,
    asks_always: bool = False,
) -> Runtime:
    """Return the runtime of a rollout.

    Args:
        domain: Action models.
        beliefs: Facts to begin with, virtual clock and event sink.
        make_skill: Makes the simulated skills.
        never: Formulas that no step may make true.
        is_paranoid: True if kept values of conditions are checked at every use.
        asks_always: True if conditions are evaluated at every visit, so that all they read shows.
    """
    return Runtime(
        domain=domain,
        beliefs=beliefs,
        skills=SymbolicSkills(make_skill),
        safety=FixedConstraints(never, beliefs.facts.vocabulary),
        people=PersonPort(NoConfirmation()),
        activations=Activations(),
        fence=MotionFence(),
        options=RuntimeOptions(is_symbolic=True, is_paranoid=is_paranoid, asks_always=asks_always),
        blockages=Blockages(domain),
    )
