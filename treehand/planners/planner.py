"""Plans for goals, within limits, under hazard rules and standing orders."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from treehand.core.errors import InputError
from treehand.planners.best_tree import BestTree
from treehand.planners.branch_planner import BranchPlanner
from treehand.planners.custom import PlannerDefinition
from treehand.planners.goals.duties import left_alone, mess_in
from treehand.planners.goals.goal import Goal
from treehand.planners.goals.planning_limits import OutOfLimits, PlanningLimits
from treehand.planners.goals.planning_problem import PlanningProblem
from treehand.planners.hazards.scene_hazards import SceneHazards
from treehand.planners.plan import Infeasible, Plan
from treehand.planners.plan_builder import PlanBuilder
from treehand.planners.plan_finder import PlanFinder, PlanningMethod
from treehand.planners.plan_memory import PlanMemory, Same
from treehand.planners.rollout.experience import Experience
from treehand.planners.rollout.odds import RunSite
from treehand.planners.search.tree_search import least_cost
from treehand.skills.domain import Formula
from treehand.trees import TreeSpec


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
        finder = planner._finder(problem.tracking(goal), best)
        found = finder.find(goal)
        mess = mess_in(problem.domain, problem.facts) - left_alone(goal, problem)
        if isinstance(found, Plan) or not mess or finder.is_impossible(goal):
            return found
        # What went wrong may be what cannot be tidied up: the goal does not wait for that.
        rest = replace(problem, hopeless_mess=problem.hopeless_mess | mess)
        without = planner._finder(rest.tracking(goal), best).find(goal)
        return without if isinstance(without, Plan) else found

    def _finder(self, problem: PlanningProblem, best: BestTree) -> PlanFinder:
        return PlanFinder(self.method, self.builder(problem), self.never, best)

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
