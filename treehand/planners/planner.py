"""Plans for goals: trees by backward chaining, or by search where chaining finds none."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence, Set
from dataclasses import dataclass, field, replace
from typing import Literal

from treehand.core.error_record import error_record, is_from_signal
from treehand.core.errors import InputError
from treehand.planners.best_tree import BestTree
from treehand.planners.branch_planner import BranchPlanner
from treehand.planners.custom import PlannerDefinition
from treehand.planners.goals.duties import duties, left_alone, mess_in
from treehand.planners.goals.goal import Goal, in_words
from treehand.planners.goals.literals.exclusions import Conflict, Exclusions
from treehand.planners.goals.literals.quantifier_release import QuantifierRelease
from treehand.planners.goals.literals.room import Room
from treehand.planners.goals.planning_limits import OutOfLimits, PlanningLimits
from treehand.planners.goals.planning_problem import PlanningProblem
from treehand.planners.goals.requirements.requirement import Precedence, Response
from treehand.planners.hazards.scene_hazards import SceneHazards
from treehand.planners.hidden_things import HiddenThings, problem_of
from treehand.planners.plan import Infeasible, Plan
from treehand.planners.plan_builder import PlanBuilder, without_time_limit
from treehand.planners.plan_memory import PlanMemory, Same
from treehand.planners.rollout.experience import Experience
from treehand.planners.rollout.odds import RunSite
from treehand.planners.search.tree_search import NotFound, Remembered, least_cost, searches
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


@dataclass(frozen=True)
class Planner:
    """Finds plans for goals, each checked by a rollout."""

    method: PlanningMethod | PlannerDefinition = "any"
    """Planning method; a definition is a planner of the user's own."""
    never: tuple[Formula, ...] = ()
    """Formulas that no plan may make true, whatever the goal."""
    hazards: SceneHazards | None = None
    """Hazard rules that plans keep; None: no rules besides `never`."""
    standing: Callable[[], tuple[Formula, ...]] = tuple
    """Returns the standing orders' formulas, which no plan may make true either."""
    experience: Experience | None = None
    """Outcomes of this robot's own runs; used for estimates, never to choose between plans."""
    success: float | None = None
    """Target success probability, from 0 to 1; retries are chosen for it. None: as written."""
    place: RunSite = field(default_factory=RunSite)
    """Where plans are to run; decides if the priors of the domain apply."""
    limits: PlanningLimits = field(default_factory=PlanningLimits)
    """Limits of each planning call in seconds and memory."""
    memory: PlanMemory = field(default_factory=PlanMemory, compare=False, repr=False)
    """Work of earlier calls, which planners made from this one share."""

    def plan(
        self, goal: Goal, problem: PlanningProblem, *, left_s: float | None = None
    ) -> Plan | Infeasible:
        """Return a plan whose rollout reaches the goal, or the reasons why there is none.

        Args:
            goal: The goal.
            problem: Where planning starts.
            left_s: Seconds left of the goal's time limit; all of it if left out.

        Returns:
            The plan, or why there is none. If `limits` were reached first, nothing is decided, and
            `Infeasible.undecided` says so.
        """
        best = BestTree()
        problem = replace(problem.tracking(goal), deadline=self.limits.begin())
        try:
            plan = self.memory.result(
                self._asked(), goal, problem, lambda: self._in_time(goal, problem, best)
            )
        except OutOfLimits as out:
            return Infeasible(goal, (), undecided=f"not decided {out.why}; {best}")
        except MemoryError:
            return Infeasible(goal, (), undecided=f"not decided: the memory is used up; {best}")
        except InputError as error:
            if {one.code for one in error.findings} != {"too-large"}:
                raise
            why = error.findings[0].message
            return Infeasible(goal, (), undecided=f"not decided by chaining: {why}")
        left_s = goal.within_s if left_s is None else left_s
        if isinstance(plan, Infeasible) or left_s is None:
            return plan
        takes_s = max(plan.estimates.duration_s, plan.certificate.longest_s)
        if takes_s <= left_s:
            return plan
        least_s = self.least_duration_s(goal, problem)
        bound = f", and no plan takes less than {least_s:.0f} s" if least_s is not None else ""
        why = (
            f"the plan for it takes {takes_s:.0f} s without failures, more than the "
            f"{left_s:.6g} s there are{bound}"
        )
        return Infeasible(goal, ((goal.formula, why),))

    def careful(self, problem: PlanningProblem) -> Planner:
        """Return the planner that passes through no dangerous state, near the goal or not."""
        if self.hazards is None:
            return self
        return replace(self, never=(*self.never, *self.hazards.forbidden(problem.facts)))

    def _in_time(self, goal: Goal, problem: PlanningProblem, best: BestTree) -> Plan | Infeasible:
        """Return the result of `plan` without a look at the time limit of the goal."""

        def find(goal: Goal, problem: PlanningProblem) -> Plan | Infeasible:
            return self._find(goal, problem, best)

        if not goal.undecided(problem.bindings):
            return find(goal.decided(problem.bindings), problem)
        never = self._for(goal, problem).never
        return BranchPlanner(find, self.builder(problem), never).plan(goal, problem)

    def _find(self, goal: Goal, problem: PlanningProblem, best: BestTree) -> Plan | Infeasible:
        planner = self._for(goal, problem)
        found = _PlanFinder(planner, problem.tracking(goal), best).find(goal)
        mess = mess_in(problem.domain, problem.facts) - left_alone(goal, problem)
        if isinstance(found, Plan) or not mess:
            return found
        # What went wrong may be what cannot be tidied up: the goal does not wait for that.
        rest = replace(problem, hopeless_mess=problem.hopeless_mess | mess)
        without = _PlanFinder(planner, rest.tracking(goal), best).find(goal)
        return without if isinstance(without, Plan) else found

    def _asked(self) -> object:
        """Return the key of everything else that a result depends on."""
        same = Same(self.method, self.hazards, self.experience)
        return (same, self.never, self.standing(), self.success, self.place, self.limits)

    def _for(self, goal: Goal, problem: PlanningProblem) -> Planner:
        """Return the planner that also keeps standing orders, and avoids hazards near a goal."""
        near = self.hazards.constraints(goal, problem.facts) if self.hazards is not None else ()
        orders = (one for one in self.standing() if one.holds(problem.facts) is not True)
        near = (*near, *orders)
        return replace(self, never=(*self.never, *near)) if near else self

    def plan_of_tree(
        self, tree: TreeSpec, arguments: dict[str, str], goal: Goal, problem: PlanningProblem
    ) -> Plan:
        """Return the plan that runs a tree which a person wrote.

        The certificate says how the rollout ended; it need not reach the goal.

        Args:
            tree: The tree.
            arguments: Values of its parameters.
            goal: The goal that the tree is for.
            problem: Where planning starts.
        """
        builder = self.builder(problem.tracking(goal))
        rollout = builder.simulate(tree, arguments, goal, self.constrained(goal).never)
        return builder.plan(goal, tree, arguments, rollout)

    def least_duration_s(self, goal: Goal, problem: PlanningProblem) -> float | None:
        """Return a lower bound on the duration of any plan without failures; None if unknown."""
        return least_cost(self.builder(problem).timed, problem.ground(goal))

    def refusal(self, plan: Plan, problem: PlanningProblem) -> str | None:
        """Return the hazard for which a plan must not run; None if it may."""
        if self.hazards is None:
            return None
        return self.hazards.refusal(plan.tree, plan.certificate.steps, problem)

    def builder(self, problem: PlanningProblem) -> PlanBuilder:
        """Return the builder of plans for a problem."""
        return PlanBuilder(problem, self.experience, self.success, self.place, self.memory)

    def constrained(self, goal: Goal) -> Goal:
        """Return a goal that also forbids `never`."""
        return goal.model_copy(update={"never": (*goal.never, *self.never)})


class _PlanFinder:
    """Finds the plan for a goal, or the parts of the goal for which there is none.

    Its methods return a plan, or a text that says why they found none.
    """

    def __init__(self, planner: Planner, problem: PlanningProblem, best: BestTree) -> None:
        self._planner = planner
        self._best = best
        self._problem = problem
        self._builder = planner.builder(problem)
        self._exclusions = Exclusions(problem.domain, problem.facts, problem.scene)
        self._room = Room(problem.domain, problem.facts, problem.scene)
        self._release = QuantifierRelease(problem.domain, problem.facts)
        self._hidden = HiddenThings(self._builder, planner.never, best)
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
        does_search = self._planner.method in ("any", "search")
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

    def _apart(self) -> _PlanFinder:
        """Return a finder whose trees do not push those of the whole goal out of the memory."""
        planner = replace(self._planner, memory=self._planner.memory.apart())
        finder = _PlanFinder(planner, self._problem, self._best)
        finder._found, finder._ends, finder._hidden = self._found, self._ends, self._hidden
        return finder

    def _needs_nothing_else(self, goal: Goal) -> bool:
        """Return True if a tree for a part that holds already would have nothing to do."""
        facts, constrained = self._problem.facts, self._planner.constrained(goal)
        asked = (*(one.formula for one in duties(goal, self._problem)), constrained.guard(facts))
        is_tidy = all(one is None or one.holds(facts) for one in asked)
        is_plain = not (goal.before or goal.requirements or goal.cases)
        return self._planner.method == "any" and is_tidy and is_plain

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
        if isinstance(self._planner.method, PlannerDefinition):
            return self._by_own_planner(goal, self._planner.method)
        if self._planner.method == "search":
            return "no plan was searched for by chaining"
        why = ""
        for one in self._orders(goal):
            try:
                tree = self._planner.memory.tree(self._planner.constrained(one), self._problem)
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
            tree = own.find(self._planner.constrained(goal), self._problem)
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
        if self._planner.method not in ("any", "search"):
            return ""
        if goal.before:
            return " (an order of its parts is planned for by chaining alone)"
        constrained = self._planner.constrained(goal)
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
        never = self._planner.constrained(goal).never
        rollout = self._builder.simulate(without_time_limit(tree), {}, goal, never)
        self._best.see(goal, rollout)
        why = problem_of(goal, rollout)
        if not why:
            return self._builder.plan(goal, tree, {}, rollout)
        if not rollout.has_succeeded:
            self._ends.append(rollout.facts.copy())
        return self._hidden.checked(goal, tree, rollout) or why
