"""Initial state that plans are made from: action models, objects, facts, bindings, tree library."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from treehand.planners.goals.goal import Goal
from treehand.planners.goals.planning_limits import NO_DEADLINE, Deadline
from treehand.skills.domain import (
    AllOf,
    Domain,
    Facts,
    Formula,
    Percept,
    QuantifierBindings,
    Scene,
    Vocabulary,
)
from treehand.trees import Blockage, TreeLibrary


@dataclass(frozen=True)
class PlanningProblem:
    """Domain, scene and initial state of planning, without the goal.

    Planner, search, synthesis, rollout and verification read it and never change it: whatever
    simulates steps works on copies of `facts` and `bindings`.
    """

    domain: Domain
    """Action models, predicates and hazards."""
    scene: Scene
    """Objects, with the limits and capacities they set."""
    facts: Facts
    """Beliefs at the start."""
    library: TreeLibrary = field(default_factory=lambda: TreeLibrary({}))
    """Trees that may be used as subtrees."""
    bindings: QuantifierBindings = field(default_factory=QuantifierBindings)
    """Objects bound by each quantifier so far."""
    blockages: tuple[Blockage, ...] = ()
    """Causes for which calls have failed, and fail again while they stand."""
    old_mess: frozenset[str] | None = None
    """Objects for which a maintenance goal did not hold when the run began; None: those of now."""
    hopeless_mess: frozenset[str] = frozenset()
    """Objects for which no plan makes a maintenance goal hold; it is not asked for them."""
    hidden: tuple[Percept, ...] = ()
    """Assumed facts that nobody has observed; each is observed once its ``known_when`` holds."""
    deadline: Deadline = NO_DEADLINE
    """End of the planning call; whatever takes long checks it."""

    @property
    def vocabulary(self) -> Vocabulary:
        """Return the types, predicates and objects that `facts` are about."""
        return self.facts.vocabulary

    def tracking(self, goal: Goal) -> PlanningProblem:
        """Return the problem with the objects bound that match an "all …" of a goal now."""
        bindings = self.bindings.copy()
        goal.track(self.facts, bindings)
        return replace(self, bindings=bindings)

    def among(self, scene: Scene) -> PlanningProblem:
        """Return the problem with the objects of a smaller scene; the others are left alone."""
        return replace(self, scene=scene, facts=self.facts.among(scene.objects))

    def ground(self, goal: Goal) -> Formula:
        """Return the goal's formula with each "all …" written out for the objects bound now."""
        instances = goal.instances(self.facts, self.bindings.copy())
        return AllOf(tuple(instance for _, instance in instances))

    def is_reached(self, goal: Goal) -> bool | None:
        """Return True if the goal holds already; None if that is unknown."""
        return goal.is_reached(self.facts, self.bindings.copy())
