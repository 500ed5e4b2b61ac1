"""The world as one run meets it: opened, looked at, believed."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import TypeGuard

from treehand.core.clock import Clock
from treehand.core.events import Event, EventStream, OracleRead, SkillNoted
from treehand.core.keyed_random import KeyedRandom
from treehand.skills import (
    RandomizedWorld,
    SimulatedWorld,
    Skill,
    SkillContext,
    SkillFactory,
    World,
    WorldStore,
)
from treehand.planners import PlanningProblem
from treehand.skills.domain import Atom, Call, Facts, QuantifierBindings, Percept
from treehand.trees import Activation, facts_changed
from treehand.worlds import WorldContext
from treehand.orchestrator.config.deployment import Deployment

PARANOID = "TREEHAND_PARANOID"
"""Environment variable that makes every run check what it keeps."""


def is_drawn(world: World) -> TypeGuard[RandomizedWorld]:
    """Return whether a world is drawn anew for every run."""
    return hasattr(world, "drawn")


def is_simulated(world: World) -> TypeGuard[SimulatedWorld]:
    """Return whether a world can be looked into and disturbed."""
    return all(hasattr(world, name) for name in ("truth", "inject", "struck"))


class WorldModel:
    """World, beliefs and clock of one run; nothing of it is shared with another run.

    Args:
        deployment: What runs where.
        seed: Seed of every random draw of the run.
        clock: The run's time.
        store: Where a simulated world keeps its true state; nowhere if left out.
        memory: What was believed when the run was left, if it is taken up again.
    """

    def __init__(
        self,
        deployment: Deployment,
        *,
        seed: int,
        clock: Clock,
        store: WorldStore | None = None,
        memory: Sequence[Percept] = (),
    ) -> None:
        self.deployment = deployment
        self.seed = seed
        self.clock = clock
        self.random = KeyedRandom(seed)
        self.is_paranoid = bool(os.environ.get(PARANOID))
        """Whether conditions are evaluated at every tick, to find one that was kept wrongly."""
        self.stream = EventStream()
        self.tamper: Callable[[Activation, Skill, Clock], Skill] | None = None
        """Makes a skill misbehave, where that was asked for."""
        self.may_move: Callable[[], bool] = lambda: True
        """Whether the robot may be sent anything but a stop; callable from any thread."""
        self.facts = Facts(deployment.vocabulary)
        self.members = QuantifierBindings()
        scene, predicates = deployment.scene, deployment.domain.predicates
        given = [f for f in scene.facts if predicates[f.predicate].known_by == "given"]
        self.facts.observe(Percept(fact, True, "scene", 0.0) for fact in given)
        if memory:
            remembered = tuple(Atom(percept.fact, percept.value) for percept in memory)
            scene = scene.model_copy(update={"remembered": remembered})
            self.facts.observe(memory)
        else:
            remembered = scene.remembered
            self.facts.observe(Percept(a.fact, a.positive, "memory", 0.0, 0.9) for a in remembered)
        self.world = deployment.kind.open(
            WorldContext(deployment.domain, scene, self.random, clock, store, deployment.randomize)
        )
        self.first_look = tuple(self.world.perceive())
        """Everything that the first look at the world told."""
        self.surprises = self.facts.observe(self.first_look)
        """What it changed."""

    @property
    def planning_problem(self) -> PlanningProblem:
        """Return the problem of planning from the current beliefs; `facts` are not copied."""
        deployment = self.deployment
        return PlanningProblem(
            deployment.domain, deployment.scene, self.facts, deployment.library, self.members
        )

    def emit(self, event: Event) -> None:
        """Hand an event to everybody who watches."""
        self.stream.emit(event)

    def sense(self) -> None:
        """Let the world catch up with the clock, and take in what it reports."""
        now_s = self.clock.now_s()
        self.world.advance(now_s)
        changed = self.facts.observe(self.world.perceive())
        if changed:
            self.emit(facts_changed(changed, now_s))

    def report_beliefs(self) -> None:
        """Put everything that is believed now into the events."""
        self.emit(facts_changed(self.facts.percepts(), self.clock.now_s()))

    def truth(self, purpose: str) -> Facts | None:
        """Return what is really so, for judging.

        None where nobody can know. The look is journalled.
        """
        if not is_simulated(self.world):
            return None
        self.emit(OracleRead(t_s=self.clock.now_s(), purpose=purpose))
        return self.world.truth()

    def make_skill(self, activation: Activation) -> Skill:
        """Return a fresh activation of a skill.

        Raises:
            LookupError: If nothing serves the call in this world.
        """
        call, attempt = activation.call, activation.attempt
        context = SkillContext(
            call=call,
            attempt=attempt,
            embodiment=self.world.embodiment,
            clock=self.clock,
            facts=self.facts,
            random=self.random.under(call.name, call.arguments, attempt),
            note=self._noter(call, activation.path),
            inputs=activation.inputs,
            may_move=self.may_move,
        )
        skill = (activation.stand_in or self._factory(call))(context)
        return self.tamper(activation, skill, self.clock) if self.tamper else skill

    def _factory(self, call: Call) -> SkillFactory:
        world = self.deployment.kind.name
        definition = self.deployment.catalog.find(call.name, world)
        if definition is None:
            raise LookupError(f"nothing serves skill '{call.name}' in world '{world}'")
        return definition.factory

    def _noter(self, call: Call, path: str) -> Callable[[str], None]:
        def note(text: str) -> None:
            self.emit(SkillNoted(t_s=self.clock.now_s(), path=path, call=str(call), note=text))

        return note
