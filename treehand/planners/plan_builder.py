"""Plans from trees: the rollout, the certificate, the estimates and the hash of each."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property

from treehand.planners.failure_consequences import FailureConsequences
from treehand.planners.goals.goal import Goal
from treehand.planners.goals.planning_limits import NO_DEADLINE
from treehand.planners.goals.planning_problem import PlanningProblem
from treehand.planners.plan import Certificate, Plan, calls_of
from treehand.planners.plan_memory import PlanMemory
from treehand.planners.rollout.estimates import estimate
from treehand.planners.rollout.experience import Experience
from treehand.planners.rollout.odds import Odds, RunSite
from treehand.planners.rollout.rollout import Rollout
from treehand.planners.rollout.simulation import simulate
from treehand.planners.synthesis.retry_budget import choose_retries
from treehand.skills.domain import Call, Formula
from treehand.trees import TreeSpec


@dataclass(frozen=True)
class PlanBuilder:
    """Builds plans of trees for one planning problem."""

    problem: PlanningProblem
    experience: Experience | None = None
    """Outcomes of this robot's own runs, for the estimates."""
    success: float | None = None
    """Target success probability, from 0 to 1; retries are chosen for it. None: as written."""
    place: RunSite = field(default_factory=RunSite)
    """Where plans are to run, for the estimates."""
    memory: PlanMemory = field(default_factory=PlanMemory, compare=False, repr=False)
    """Work of earlier planning calls."""

    @cached_property
    def odds(self) -> Odds:
        """Return the failure probabilities and durations of the domain's skills."""
        place = replace(self.place, objects=self.problem.scene.objects)
        return self.memory.odds(self.problem.domain, self.experience, place)

    @property
    def timed(self) -> PlanningProblem:
        """Return the problem with durations from experience."""
        return replace(self.problem, domain=self.odds.timed)

    def simulate(
        self,
        tree: TreeSpec,
        arguments: dict[str, str],
        goal: Goal,
        never: tuple[Formula, ...] = (),
    ) -> Rollout:
        """Return the rollout of a tree, with durations from experience.

        Args:
            tree: The tree.
            arguments: Values of its parameters.
            goal: The goal of the tree.
            never: Formulas that no step may make true.

        Raises:
            InputError: If the tree is not sound.
        """
        self.memory.require_sound(tree, self.problem)
        return self.memory.simulate(tree, arguments, self.timed, goal=goal, never=never)

    def plan(self, goal: Goal, tree: TreeSpec, arguments: dict[str, str], rollout: Rollout) -> Plan:
        """Return the plan of a tree, with retries chosen for the target success probability.

        Args:
            goal: The goal.
            tree: The tree for it.
            arguments: Values of the tree's parameters.
            rollout: Rollout of that tree from the problem's facts.
        """
        chosen = ""
        facts = self.problem.facts.copy()
        now = replace(self.problem, facts=facts, deadline=NO_DEADLINE)
        consequences = FailureConsequences(now, goal, tree, arguments, self.memory)
        if self.success is not None and rollout.has_succeeded:
            budgeted = choose_retries(
                tree,
                rollout,
                lambda other: simulate(without_time_limit(other), arguments, self.timed, goal=goal),
                self.success,
                odds=self.odds,
                consequences=consequences,
            )
            tree, rollout = budgeted.tree, budgeted.rollout
            chosen = budgeted.said(self.success)
        return Plan(
            goal,
            tree,
            arguments,
            self._certificate(goal, tree, rollout, chosen),
            lambda: estimate(rollout, self.odds, consequences),
            self.memory.hash_of(goal, tree, arguments, self.problem),
        )

    def _certificate(
        self, goal: Goal, tree: TreeSpec, rollout: Rollout, chosen: str
    ) -> Certificate:
        checked = [f"names, arguments and types of {sum(1 for _ in tree.nodes())} nodes"]
        reaches_goal = _reaches(goal, rollout)
        checked.append(self._summary(rollout, reaches_goal))
        unknown = goal.unknown(self.problem.facts)
        if unknown:
            names = ", ".join(unknown)
            checked.append(f"not known whether it is about {names}; it looks for them in the end")
        if chosen:
            checked.append(chosen)
        if goal.within_s is not None and rollout.has_succeeded:
            takes_s = rollout.duration_s
            checked.append(f"without failures it takes {takes_s:.0f} of {goal.within_s:g} s")
        calls = [step.call for step in rollout.steps]
        final = [call for call in calls if self._is_irreversible(call)]
        named = {call.name for call in final}
        other = {
            call
            for call in calls_of(tree, self.problem.library)
            if self._is_irreversible(call) and call.name not in named
        }
        return Certificate(
            checked=tuple(checked),
            steps=tuple(calls),
            irreversible=tuple(final),
            conditional=tuple(sorted(other, key=str)),
            reaches_goal=reaches_goal,
        )

    def _summary(self, rollout: Rollout, reaches_goal: bool | None) -> str:
        known = sum(1 for _ in self.problem.facts.known())
        if not rollout.has_succeeded:
            return f"simulated from {known} facts, the tree fails: {rollout.failure}"
        count = len(rollout.steps)
        noun = "step" if count == 1 else "steps"
        steps = f"{count} {noun}, simulated from {known} facts without failures"
        if reaches_goal is None:
            return f"{steps}: the tree succeeds"
        if reaches_goal:
            return f"{steps}: the tree succeeds and reaches the goal"
        return f"{steps}: the tree succeeds, but does not reach the goal"

    def _is_irreversible(self, call: Call) -> bool:
        model = self.problem.domain.skills.get(call.name)
        return model is not None and model.irreversible


def without_time_limit(tree: TreeSpec) -> TreeSpec:
    """Return a tree without the time limit of its root, to simulate its whole duration."""
    return tree.model_copy(update={"root": tree.root.model_copy(update={"timeout": None})})


def _reaches(goal: Goal, rollout: Rollout) -> bool | None:
    """Return True if a rollout reaches a goal; None if it fails or the goal has no formula."""
    if not rollout.has_succeeded or goal.is_empty:
        return None
    return goal.is_reached(rollout.facts, rollout.bindings.copy()) is True
