"""Finds the plan for a goal, by chaining or by search, or the parts that are out of reach."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence, Set
from dataclasses import replace
from typing import Literal

from treehand.core.error_record import error_record, is_from_signal
from treehand.core.errors import InputError
from treehand.planners.best_tree import BestTree
from treehand.planners.custom import PlannerDefinition
from treehand.planners.goals.duties import duties
from treehand.planners.goals.goal import Goal, in_words
from treehand.planners.goals.literals.exclusions import Conflict, Exclusions
from treehand.planners.goals.literals.quantifier_release import QuantifierRelease
from treehand.planners.goals.literals.room import Room
from treehand.planners.goals.requirements.requirement import Precedence, Response
from treehand.planners.hidden_things import HiddenThings, problem_of
from treehand.planners.impossible_parts import ImpossibleParts
from treehand.planners.ordered_search import searched_in_order
from treehand.planners.plan import Infeasible, Plan
from treehand.planners.plan_builder import PlanBuilder, without_time_limit
from treehand.planners.search.tree_search import NotFound, Remembered, searches
from treehand.planners.synthesis.synthesiser import Synthesiser
from treehand.planners.synthesis.unreachable import Unreachable
from treehand.skills.domain import (
    AllOf,
    Facts,
    Forall,
    Formula,
    QuantifierBindings,
    conjuncts,
)
from treehand.trees import TreeSpec

PlanningMethod = Literal["any", "chaining", "search"]
"""Planning method: backward chaining, search, or (`any`) search where chaining finds no plan."""
MIN_TOGETHER = 3
"""Fewest parts of a goal of which one plan for all of them is tried before plans for each."""
MAX_RELIEVED = 6
"""Most objects for which another way is sought where a place is too small for all."""


class PlanFinder:
    """Finds the plan for a goal, or the parts of the goal for which there is none.

    Its methods return a plan, or a text that says why they found none.

    Args:
        method: Planning method.
        builder: Simulates trees for the problem, and makes plans of them.
        never: Formulas that no plan may make true, besides those of a goal.
        best: Sees every rollout.
    """

    def __init__(
        self,
        method: PlanningMethod | PlannerDefinition,
        builder: PlanBuilder,
        never: tuple[Formula, ...],
        best: BestTree,
    ) -> None:
        self._method = method
        self._never = never
        self._best = best
        self._problem = problem = builder.problem
        self._builder = builder
        self._exclusions = Exclusions(problem.domain, problem.facts, problem.scene)
        self._room = Room(problem.domain, problem.facts, problem.scene)
        self._release = QuantifierRelease(problem.domain, problem.facts)
        self._hidden = HiddenThings(builder, never, best)
        self._impossible = ImpossibleParts(problem)
        self._found: dict[Formula, Remembered] = {}
        """Results of searches, by what was searched for."""
        self._ends: list[Facts] = []
        """Facts at the ends of rollouts that did not reach their whole goal."""

    def find(self, goal: Goal) -> Plan | Infeasible:
        """Return a plan for the whole goal; else which parts are unreachable, and why."""
        goal = self._with_endings(goal)
        goal = self._with_formula(goal, self._release.released(goal.formula, self._bindings))
        for formula in (*goal.before, goal.formula):
            conflict = self._exclusions.conflict(formula)
            if conflict is not None:
                return Infeasible(goal, ((conflict.formula, conflict.why),))
        clash = self._exclusions.conflict(self._problem.ground(goal))
        if clash is not None and self._room.beyond(clash.parts):
            return self._relieved(goal, clash) or Infeasible(goal, ((goal.formula, clash.why),))
        chained = self._chained(goal)
        if isinstance(chained, Plan):
            return chained
        infeasible = self._impossible_instances(goal)
        if infeasible is not None:
            return infeasible
        infeasible = self._unreachable_instances(goal)
        found = "" if infeasible is not None else self._searched(goal)
        if isinstance(found, Plan):
            return found
        other = self._freed(goal, infeasible) or self._supposing(goal)
        if other is not None:
            return other
        if infeasible is not None:
            return infeasible
        reason = self._conflict(goal) or (goal.formula, chained + found)
        return Infeasible(goal, (reason,))

    def is_impossible(self, goal: Goal) -> bool:
        """Return True if a part of a goal is out of reach of all skills, whatever is done first."""
        is_own = isinstance(self._method, PlannerDefinition)
        return not is_own and self._impossible.is_impossible(goal)

    def _with_endings(self, goal: Goal) -> Goal:
        """Return a goal with what its requirements ask for at the end among its parts.

        "The fridge not open for longer than 20 s" asks for a closed fridge at the end.
        """
        responses = [one for one in goal.requirements if isinstance(one, Response)]
        if not responses:
            return goal
        parts = dict.fromkeys([*conjuncts(goal.formula), *(one.at_the_end for one in responses)])
        return self._with_formula(goal, AllOf(tuple(parts)))

    @property
    def _bindings(self) -> QuantifierBindings:
        return self._problem.bindings.copy()

    def _with_formula(self, goal: Goal, formula: Formula) -> Goal:
        """Return a goal with an equivalent formula, and the words for it."""
        if formula == goal.formula:
            return goal
        changed = goal.model_copy(update={"formula": formula})
        return in_words(changed, self._problem.domain) if goal.parts else changed

    def _freed(self, goal: Goal, infeasible: Infeasible | None) -> Plan | None:
        """Return a plan in which objects stop matching their "all …"; None if there is none.

        Args:
            goal: The goal.
            infeasible: The instances that cannot be reached; None: only all of them together.
        """
        if infeasible is None:
            first = self._release.clashing(goal.formula, self._bindings)
        elif all(isinstance(part, Forall) for part, _ in infeasible.dropped):
            first = self._dropped_objects(infeasible)
        else:
            return None
        freed = goal
        for formula in self._freed_formulas(goal.formula, first):
            freed = self._with_formula(goal, formula)
            planned = self._planned(freed)
            if isinstance(planned, Plan):
                return planned
        if infeasible is not None and freed is goal:
            return None
        # The steps may show that an "all …" is about objects of which nothing is known now.
        found = self._searched(freed, goal.formula)
        return found if isinstance(found, Plan) else None

    def _supposing(self, goal: Goal) -> Plan | None:
        """Return a plan by search for a supposed place of each hidden thing; None without one."""
        does_search = self._method in ("any", "search")
        return self._hidden.supposing(goal) if does_search else None

    def _relieved(self, goal: Goal, clash: Conflict) -> Plan | None:
        """Return a plan in which no more objects match their "all …" than a place takes."""
        names = self._room.beyond(clash.parts)
        if len(names) > MAX_RELIEVED:
            return None
        formula = self._release.freed(goal.formula, self._bindings, names)
        if formula == goal.formula:
            return None
        planned = self._searched(self._with_endings(self._with_formula(goal, formula)))
        return planned if isinstance(planned, Plan) else None

    def _freed_formulas(self, formula: Formula, first: Set[str]) -> list[Formula]:
        """Return the formulas in which objects are free to stop matching, fewest objects first.

        Args:
            formula: The formula of the goal.
            first: Objects that have to be free for a plan.
        """
        release, bindings = self._release, self._bindings
        formulas = [release.freed(formula, bindings, first)]
        formulas.append(release.freed(formula, bindings))
        formulas.append(release.freed(formula, bindings, with_unknown=True))
        return [other for other in dict.fromkeys(formulas) if other != formula]

    def _dropped_objects(self, infeasible: Infeasible) -> frozenset[str]:
        """Return the objects of the instances of an "all …" that cannot be reached."""
        return frozenset(
            name
            for part, instance in infeasible.dropped
            if isinstance(part, Forall)
            for name in self._bindings.update(part, self._problem.facts)
            if part.body.substitute({part.variable: name}) == instance
        )

    def _impossible_instances(self, goal: Goal) -> Infeasible | None:
        """Return the parts of a goal that are out of reach of all skills; None if none is.

        The others may be out of reach for other reasons, which a plan for them shows.
        """
        if not self.is_impossible(goal):
            return None
        alone, dropped = self._apart(), dict[tuple[Formula, Formula], str]()
        for pair in self._impossible.instances(goal):
            planned = alone._planned(goal.model_copy(update={"formula": pair[1]}))
            if isinstance(planned, str):
                dropped[pair] = planned
        reasons = tuple((instance, why) for (_, instance), why in dropped.items())
        return Infeasible(goal, reasons, tuple(dropped)) if dropped else None

    def _unreachable_instances(self, goal: Goal) -> Infeasible | None:
        """Return the ground parts of a goal that cannot be reached alone; None if all can."""
        facts = self._problem.facts
        instances = list(goal.instances(facts, self._problem.bindings.copy()))
        if len(instances) < 2:
            return None
        is_idle = self._needs_nothing_else(goal)  # a tree for what holds has nothing to do
        left = [pair for pair in instances if not (is_idle and pair[1].holds(facts))]
        alone, dropped = self._apart(), dict[tuple[Formula, Formula], str]()
        while left := self._not_met(left):
            pair, *left = left
            result = alone._planned(goal.model_copy(update={"formula": pair[1]}))
            if isinstance(result, str):
                dropped[pair] = result
            if len(left) < MIN_TOGETHER:
                continue
            together = AllOf(tuple(instance for _, instance in left))
            if isinstance(alone._chained(goal.model_copy(update={"formula": together})), Plan):
                break
        reasons = tuple((instance, why) for (_, instance), why in dropped.items())
        return Infeasible(goal, reasons, tuple(dropped)) if dropped else None

    def _not_met(
        self, instances: Sequence[tuple[Formula, Formula]]
    ) -> list[tuple[Formula, Formula]]:
        """Return the instances to which no rollout has led yet."""
        return [
            pair for pair in instances if not any(pair[1].holds(end) is True for end in self._ends)
        ]

    def _apart(self) -> PlanFinder:
        """Return a finder whose trees do not push those of the whole goal out of the memory."""
        builder = replace(self._builder, memory=self._builder.memory.apart())
        finder = PlanFinder(self._method, builder, self._never, self._best)
        finder._found, finder._ends, finder._hidden = self._found, self._ends, self._hidden
        finder._impossible = self._impossible
        return finder

    def _needs_nothing_else(self, goal: Goal) -> bool:
        """Return True if a tree for a part that holds already would have nothing to do."""
        facts, constrained = self._problem.facts, self._constrained(goal)
        asked = (*(one.formula for one in duties(goal, self._problem)), constrained.guard(facts))
        is_tidy = all(one is None or one.holds(facts) for one in asked)
        is_plain = not (goal.before or goal.requirements or goal.cases)
        return self._method == "any" and is_tidy and is_plain

    def _conflict(self, goal: Goal) -> tuple[Formula, str] | None:
        """Return the first two parts of a goal that cannot be reached together, and why."""
        apart = self._apart()
        for pair in itertools.combinations(conjuncts(goal.formula), 2):
            both = AllOf(pair)
            result = apart._planned(goal.model_copy(update={"formula": both}))
            if isinstance(result, str):
                return both, result
        return None

    def _planned(self, goal: Goal) -> Plan | str:
        """Return a plan by chaining or else by search."""
        goal = self._with_endings(goal)
        chained = self._chained(goal)
        if isinstance(chained, Plan):
            return chained
        found = self._searched(goal)
        return found if isinstance(found, Plan) else chained + found

    def _chained(self, goal: Goal) -> Plan | str:
        """Return a plan by backward chaining, or by the user's own planner."""
        if isinstance(self._method, PlannerDefinition):
            return self._by_own_planner(goal, self._method)
        if self._method == "search":
            return "no plan was searched for by chaining"
        why = ""
        for one in self._orders(goal):
            try:
                tree = self._builder.memory.tree(self._constrained(one), self._problem)
            except Unreachable as unreachable:
                why = why or unreachable.why
                continue
            plan = self._checked(goal, tree)
            if isinstance(plan, Plan):
                return plan
            why = why or plan
        return why

    def _orders(self, goal: Goal) -> Iterator[Goal]:
        """Yield a goal, then the same with parts in an order that leaves it room to be done in.

        Full places are emptied first, as far as that is needed.

        What a requirement has first is done first; else each part is done, with what its steps must
        be followed by, before the next one.
        """
        yield goal
        room = self._room.to_make(self._problem.ground(goal))
        if room is not None:
            yield goal.model_copy(update={"before": (*goal.before, room)})
        if not goal.requirements:
            return
        first = [one.first for one in goal.requirements if isinstance(one, Precedence)]
        if first:
            yield goal.model_copy(update={"before": (*goal.before, *first)})
        endings = [one.at_the_end for one in goal.requirements if isinstance(one, Response)]
        parts = [part for part in conjuncts(goal.formula) if part not in endings]
        phases = tuple(AllOf((part, *endings)) for part in parts)
        if endings and len(phases) > 1:
            yield goal.model_copy(update={"before": (*goal.before, *first, *phases)})

    def _by_own_planner(self, goal: Goal, own: PlannerDefinition) -> Plan | str:
        try:
            tree = own.find(self._constrained(goal), self._problem)
        except BaseException as error:  # a user's code: anything can happen there
            if is_from_signal(error):
                raise
            record = error_record(error)
            told = f"{record.type}: {record.message}"
            return f"planner '{own.name}' raised {told} ({record.place})"
        if isinstance(tree, str):
            return tree
        if not isinstance(tree, TreeSpec):
            return f"planner '{own.name}' returned {type(tree).__name__}, not a TreeSpec"
        try:
            return self._checked(goal, tree)
        except InputError as error:
            return f"the tree of planner '{own.name}' is not sound: {error}"

    def _searched(self, goal: Goal, wanted: Formula | None = None) -> Plan | str:
        """Return a plan by search; its text is empty where chaining has already said why.

        Args:
            goal: The goal.
            wanted: Formula to search for; the goal's, for the objects bound now, if left out.
        """
        if self._method not in ("any", "search"):
            return ""
        constrained = self._constrained(goal)
        if goal.before:
            ordered = searched_in_order(self._builder, constrained, constrained.never)
            return "" if ordered is None else self._checked(goal, ordered)
        wanted = wanted or self._problem.ground(goal)
        if wanted not in self._found:
            found = searches(self._problem, wanted, never=constrained.never)
            self._found[wanted] = Remembered(found)
        for one in self._found[wanted]:
            if isinstance(one, NotFound):
                return "" if one.is_proven else f" ({one.why})"
            for root, subtrees in ((one.root, one.subtrees), (one.steps, {})):
                try:
                    tree = Synthesiser(self._problem).tree_around(constrained, root, subtrees)
                except Unreachable:
                    return ""
                plan = self._checked(goal, tree)
                if isinstance(plan, Plan):
                    return plan
        return ""

    def _checked(self, goal: Goal, tree: TreeSpec) -> Plan | str:
        """Return the plan of a tree whose rollout reaches the goal."""
        never = self._constrained(goal).never
        rollout = self._builder.simulate(without_time_limit(tree), {}, goal, never)
        self._best.see(goal, rollout)
        why = problem_of(goal, rollout)
        if not why:
            return self._builder.plan(goal, tree, {}, rollout)
        if not rollout.has_succeeded:
            self._ends.append(rollout.facts.copy())
        if self.is_impossible(goal):  # no hidden thing helps
            return why
        return self._hidden.checked(goal, tree, rollout) or why

    def _constrained(self, goal: Goal) -> Goal:
        """Return a goal that also forbids what no plan may make true."""
        return goal.model_copy(update={"never": (*goal.never, *self._never)})
