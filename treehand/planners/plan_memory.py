"""Work of earlier planning calls that later ones use again.

A replan has the goal and the action models of the plan before, and other facts. The lifted tree
does not depend on the facts, so it is made, checked and hashed once. Its simulation goes on only
until it comes to a state of the last one (`rollout.simulation`). Where the facts
are those of an earlier call, in this run or another one, its result is the result.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from threading import Lock
from typing import Generic, TypeVar

from treehand.planners.goals.duties import duties
from treehand.planners.goals.goal import Goal
from treehand.planners.goals.planning_problem import PlanningProblem
from treehand.planners.plan import Infeasible, Plan, plan_hash
from treehand.planners.rollout.course import Course
from treehand.planners.rollout.experience import Experience
from treehand.planners.rollout.odds import Odds, RunSite
from treehand.planners.rollout.rollout import AssumedFailure, Rollout
from treehand.planners.rollout.simulation import TreeSimulation, simulate
from treehand.planners.synthesis.synthesiser import Synthesiser
from treehand.skills.domain import Domain, Facts, Formula
from treehand.trees import TreeSpec, require_sound_tree
from treehand.trees.format.ablation import library_without_recovery, without_recovery

T = TypeVar("T")
TREES = 8
"""Most trees that are kept."""
SIMULATIONS = 2
"""Most compiled trees that are kept: that of the goal, and that of a look around."""
BARE = 1
"""Most compiled trees without recovery that are kept, to simulate failures in."""
ABSORBED = 32
"""Most failures of which it is kept whether a tree absorbs them."""
RESULTS = 2
"""Most results of whole planning calls that are kept."""


class Same:
    """Key that equals another one if both hold the same objects, not only equal ones."""

    def __init__(self, *things: object) -> None:
        self._things = things

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Same) or len(self._things) != len(other._things):
            return False
        return all(one is two for one, two in zip(self._things, other._things, strict=True))

    __hash__ = None  # type: ignore[assignment]


class Believed:
    """Key of what facts hold when it is made.

    It equals another one if no value has changed in the same facts since, or if both hold the same
    observations: robots that begin alike share work.
    """

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._version = facts.version
        self._beliefs = facts.beliefs()

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Believed):
            return False
        if self._facts is other._facts and self._version == other._version:
            return True
        return self._facts.is_kin(other._facts) and self._beliefs == other._beliefs

    __hash__ = None  # type: ignore[assignment]


class Recent(Generic[T]):
    """The last results, by keys that are compared and not hashed.

    Args:
        most: Most results that are kept.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._kept: tuple[tuple[object, T], ...] = ()

    def find(self, key: object) -> T | None:
        """Return the result for a key; None if it is not kept."""
        return next((value for known, value in self._kept if known == key), None)

    def get(self, key: object, make: Callable[[], T]) -> T:
        """Return the result for a key, made now if it is not kept."""
        found = self.find(key)
        return self.keep(key, make()) if found is None else found

    def keep(self, key: object, value: T) -> T:
        """Keep a result as the latest, and return it."""
        self._kept = ((key, value), *self._kept[: self._most - 1])
        return value

    def drop(self, key: object) -> None:
        """Forget the result for a key."""
        self._kept = tuple(one for one in self._kept if one[0] != key)


class PlanMemory:
    """Lifted trees, their checks and hashes, their last simulations, and the last result."""

    def __init__(self) -> None:
        self._trees: Recent[TreeSpec] = Recent(TREES)
        self._sound: Recent[bool] = Recent(TREES)
        self._hashes: Recent[str] = Recent(TREES)
        self._odds: Recent[Odds] = Recent(TREES)
        self._simulations: Recent[tuple[TreeSimulation, Course]] = Recent(SIMULATIONS)
        self._bare: Recent[tuple[TreeSimulation, Course]] = Recent(BARE)
        self._absorbed: Recent[bool] = Recent(ABSORBED)
        self._results: Recent[Plan | Infeasible] = Recent(RESULTS)
        self._lock = Lock()

    def apart(self) -> PlanMemory:
        """Return an empty memory that shares nothing but the failure probabilities."""
        other = PlanMemory()
        other._odds = self._odds
        return other

    def odds(self, domain: Domain, experience: Experience | None, place: RunSite) -> Odds:
        """Return the failure probabilities and durations of a domain's skills."""
        key = (Same(domain, experience), place)
        return self._odds.get(key, lambda: Odds(domain, experience, place))

    def tree(self, goal: Goal, problem: PlanningProblem) -> TreeSpec:
        """Return the tree for a goal by backward chaining.

        Raises:
            Unreachable: If no skill achieves a literal of the goal.
        """
        key = (_setting(problem), goal, tuple(duties(goal, problem)), goal.guard(problem.facts))
        known = self._trees.find(key)
        if known is not None:
            return known
        synthesiser = Synthesiser(problem)
        tree = synthesiser.tree(goal)
        return tree if synthesiser.depends_on_facts else self._trees.keep(key, tree)

    def require_sound(self, tree: TreeSpec, problem: PlanningProblem) -> None:
        """Raise `InputError` with every error of a tree, if it has any."""

        def check() -> bool:
            require_sound_tree(tree, problem.domain, problem.vocabulary, problem.library)
            return True

        self._sound.get((_setting(problem), tree), check)

    def hash_of(
        self, goal: Goal, tree: TreeSpec, arguments: dict[str, str], problem: PlanningProblem
    ) -> str:
        """Return the hash of a plan."""
        key = (_setting(problem), goal, tree, arguments)
        return self._hashes.get(key, lambda: plan_hash(goal, tree, arguments, problem))

    def result(
        self,
        asked: object,
        goal: Goal,
        problem: PlanningProblem,
        find: Callable[[], Plan | Infeasible],
    ) -> Plan | Infeasible:
        """Return the result of planning; the last one for the same beliefs, if there is one.

        Args:
            asked: What the result depends on besides goal and problem.
            goal: The goal.
            problem: Where planning starts.
            find: Plans.
        """
        facts, bindings = problem.facts, problem.bindings
        beliefs = (bindings.known(), problem.blockages, Believed(facts))
        mess = (problem.old_mess, problem.hopeless_mess)
        return self._results.get((asked, _setting(problem), goal, beliefs, mess), find)

    def simulate(
        self,
        tree: TreeSpec,
        arguments: dict[str, str],
        problem: PlanningProblem,
        *,
        goal: Goal,
        never: tuple[Formula, ...],
    ) -> Rollout:
        """Return the rollout of a checked tree; from a state of its last one on, that is used.

        Args:
            tree: The tree.
            arguments: Values of its parameters.
            problem: Where the rollout starts.
            goal: Its goal.
            never: Formulas that no step may make true.
        """
        if problem.hidden or not self._lock.acquire(blocking=False):
            # assumptions are looked at once; or another thread plans with the kept trees
            return simulate(tree, arguments, problem, goal=goal, never=never)
        try:
            key = (_setting(problem), tree, arguments, goal, never, problem.blockages)
            kept = self._simulations.find(key)
            is_known = kept is not None
            if kept is None or not kept[0].begin_again(problem):
                kept = (
                    TreeSimulation(tree, arguments, problem, goal=goal, never=never),
                    Course(),
                )
            self._simulations.drop(key)
            simulation, course = kept
            rollout = simulation.run(course=course)
            if is_known or not course.is_empty:  # not a first attempt that has failed
                self._simulations.keep(key, kept)
            return rollout
        finally:
            self._lock.release()

    def is_absorbed(
        self,
        tree: TreeSpec,
        arguments: dict[str, str],
        problem: PlanningProblem,
        *,
        goal: Goal,
        assumed: AssumedFailure,
        after: int,
    ) -> bool:
        """Return True if a checked tree succeeds without its recovery though a step fails.

        Args:
            tree: The tree.
            arguments: Values of its parameters.
            problem: Where the rollout starts.
            goal: Its goal.
            assumed: The step and its failure; every other step succeeds.
            after: Number of steps before it, as far as that is known.
        """
        if not self._lock.acquire(blocking=False):  # another thread plans with the kept trees
            bare, library = without_recovery(tree), library_without_recovery(problem.library)
            there = replace(problem, library=library)
            return simulate(bare, arguments, there, goal=goal, assumed=assumed).has_succeeded
        try:
            key = (_setting(problem), tree, arguments, goal, problem.blockages, problem.hidden)
            start = (problem.facts.values(), problem.bindings.known())
            return self._absorbed.get(
                (start, assumed, key),
                lambda: self._survives(key, tree, arguments, problem, goal, assumed, after),
            )
        finally:
            self._lock.release()

    def _survives(
        self,
        key: object,
        tree: TreeSpec,
        arguments: dict[str, str],
        problem: PlanningProblem,
        goal: Goal,
        assumed: AssumedFailure,
        after: int,
    ) -> bool:
        """Return the result of `is_absorbed`, by the kept tree for a key."""
        kept = self._bare.find(key)
        if kept is None or not kept[0].is_about(problem):
            there = replace(problem, library=library_without_recovery(problem.library))
            simulation = TreeSimulation(without_recovery(tree), arguments, there, goal=goal)
            course = Course()
            simulation.run(course=course)
            kept = self._bare.keep(key, (simulation, course))
        simulation, course = kept
        return simulation.survives(problem, assumed, course, after=after)


def _setting(problem: PlanningProblem) -> Same:
    """Return the key of everything that stays the same in a run."""
    return Same(problem.domain, problem.scene, problem.vocabulary, problem.library)
