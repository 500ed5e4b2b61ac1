"""Plans for goals about things that nobody has seen: their steps show where they are."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import cached_property

from treehand.planners.best_tree import BestTree
from treehand.planners.branch_rollout import BranchRollout, certified
from treehand.planners.goals.goal import Goal, say
from treehand.planners.plan import Plan
from treehand.planners.plan_builder import PlanBuilder, without_time_limit
from treehand.planners.rollout.hypotheses import can_show, hidden_worlds
from treehand.planners.rollout.rollout import Rollout
from treehand.planners.search.tree_search import NotFound, least_cost, searches
from treehand.planners.synthesis.synthesiser import Synthesiser
from treehand.planners.synthesis.unreachable import Unreachable
from treehand.skills import FailureCode
from treehand.skills.domain import Atom, Formula, Percept
from treehand.trees import TreeSpec

ALIKE = 2
"""Worlds at first in which a tree fails as it does without anything hidden, to look no further."""
MAX_SUPPOSED = 4
"""Most worlds in which hidden things are supposed to be somewhere, to search for a plan there."""


class HiddenThings:
    """Simulates and searches plans in worlds that differ in what the robot has not seen.

    Args:
        builder: Simulates trees for the problem, and makes plans of them.
        never: Formulas that no plan may make true, besides those of a goal.
        best: Sees every rollout.
    """

    def __init__(self, builder: PlanBuilder, never: tuple[Formula, ...], best: BestTree) -> None:
        self._builder = builder
        self._problem = builder.problem
        self._never = never
        self._best = best
        self._others: set[str] = set()
        """Reasons of failures that are not for want of what is hidden."""

    def checked(self, goal: Goal, tree: TreeSpec, rollout: Rollout) -> Plan | None:
        """Return the plan of a tree whose steps show what it needs to know; None if none does.

        Args:
            goal: The goal.
            tree: The tree.
            rollout: Its rollout without anything hidden, which does not reach the goal.
        """
        domain = self._problem.domain
        done = (domain.skills.get(step.call.name) for step in rollout.steps)
        why = problem_of(goal, rollout)
        if why in self._others or not can_show(done, domain):
            return None
        return self._plan(self._worlds, goal, tree, without=why)

    def supposing(self, goal: Goal) -> Plan | None:
        """Return a plan that reaches the goal where hidden things are in supposed places, or None.

        If they are elsewhere, the run finds that out and plans anew.
        """
        domain = self._problem.domain
        if goal.before or not can_show(domain.skills.values(), domain):
            return None
        constrained = goal.model_copy(update={"never": (*goal.never, *self._never)})
        wanted = self._problem.ground(goal)
        for hidden in self._worlds[:MAX_SUPPOSED]:
            facts = self._problem.facts.copy()
            facts.observe(hidden)
            known = replace(self._problem, facts=facts)
            if least_cost(known, wanted) is None:
                continue
            for one in searches(known, wanted, never=constrained.never):
                if isinstance(one, NotFound):
                    break
                for root, subtrees in ((one.root, one.subtrees), (one.steps, {})):
                    try:
                        tree = Synthesiser(known).tree_around(constrained, root, subtrees)
                    except Unreachable:
                        return None
                    plan = self._plan([hidden], goal, tree)
                    if plan is not None:
                        return plan
        return None

    @cached_property
    def _worlds(self) -> list[tuple[Percept, ...]]:
        return hidden_worlds(self._problem)

    def _plan(
        self,
        worlds: Iterable[tuple[Percept, ...]],
        goal: Goal,
        tree: TreeSpec,
        *,
        without: str = "",
    ) -> Plan | None:
        """Return the plan of a tree that reaches the goal in some world; None if it does in none.

        Args:
            worlds: What is hidden from the robot, in one world after the other.
            goal: The goal.
            tree: The tree, which does not reach the goal without something hidden.
            without: Why it does not; what fails so in the first worlds, too, is not for want of
                what is hidden.
        """
        domain, never = self._problem.domain, (*goal.never, *self._never)
        good: list[tuple[PlanBuilder, BranchRollout]] = []
        failing: dict[str, None] = {}
        alike = 0
        for hidden in worlds:
            builder = replace(self._builder, problem=replace(self._problem, hidden=hidden))
            seen = builder.simulate(without_time_limit(tree), {}, goal, never)
            self._best.see(goal, seen)
            shown = (one for one in hidden if seen.facts.value(one.fact) is not None)
            said = tuple(say(Atom(one.fact, one.value), domain) for one in shown)
            why = problem_of(goal, seen)
            alike = alike + 1 if why and why == without else ALIKE + 1
            if alike == ALIKE:
                self._others.add(without)
                return None
            if why and said:
                failing[f"if {' and '.join(said)}: {why}"] = None
            elif not why and said not in [one.said for _, one in good]:
                good.append((builder, BranchRollout(said, seen)))
        if not good:
            return None
        builder, first = good[0]
        plan = builder.plan(goal, tree, {}, first.rollout)
        certificate = certified(plan, [one for _, one in good], domain)
        told = (*certificate.checked, *failing)
        return replace(plan, certificate=certificate.model_copy(update={"checked": told}))


def problem_of(goal: Goal, rollout: Rollout) -> str:
    """Return why a rollout does not reach a goal as it should; empty if it does."""
    if rollout.has_succeeded and rollout.broken:
        return f"no plan was found that keeps '{rollout.broken[0]}'"
    if not rollout.has_succeeded:
        failure = rollout.failure
        if failure is not None and failure.code is FailureCode.CONDITION_FALSE:
            return f"{failure.detail}, and no skill can change that"
        return str(failure)
    if not goal.is_reached(rollout.facts, rollout.bindings):
        return "the parts of the goal exclude each other"
    return ""
