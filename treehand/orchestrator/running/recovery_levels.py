"""Levels of recovery above the tree: look around, replan, revise the goal, ask a person.

Levels 1 and 2, retries and re-checked conditions, are written in the tree. `RecoveryPolicy` calls
these levels in their order.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from treehand.core.events import Replanned
from treehand.orchestrator.running.active_plan import STOP, ActivePlan, Advisers
from treehand.orchestrator.running.run_clock import GoalTimer
from treehand.orchestrator.running.world_model import WorldModel
from treehand.planners import Goal, Infeasible, Plan, Planner, Refusal
from treehand.skills import FailureCode
from treehand.skills.domain import AllOf, Atom
from treehand.trees import Failure, PersonQuestion

AGAIN = "try again"
INSTEAD = "do that instead"


class LookLevel:
    """Looks for unseen objects before a goal over all of them is called reached.

    Args:
        world_model: Beliefs.
        planner: Plans the look around.
        active: The plan that it interrupts.
    """

    def __init__(self, world_model: WorldModel, planner: Planner, active: ActivePlan) -> None:
        self._world_model = world_model
        self._planner = planner
        self._active = active
        self._main: Plan | None = None
        """The plan to come back to, during a look around."""
        self._looked_for: set[Atom] = set()

    def come_back(self) -> bool:
        """End a look around; return False if none was under way."""
        if self._main is None:
            return False
        main, self._main = self._main, None
        self._active.end_detour(main)
        return True

    def forget(self) -> None:
        """Drop the plan to come back to, because the goal was changed."""
        self._main = None

    def begin(self, goal: Goal) -> bool:
        """Set out to see what is unknown, once for each fact; return False if nothing is."""
        world_model = self._world_model
        wanted = goal.to_look_into(world_model.facts, world_model.deployment.domain)
        new = tuple(atom for atom in wanted if atom not in self._looked_for)
        if not new:
            return False
        self._looked_for.update(new)
        names = ", ".join(map(str, new))
        look = Goal(
            text="look for the rest", formula=AllOf(new), never=self._active.goal.never, words=names
        )
        plan = self._planner.plan(look, world_model.planning_problem)
        if isinstance(plan, Infeasible) or not self._active.lets_look(plan):
            return False
        self._main = self._active.begin_detour(plan, f"not known yet: {names}")
        return True


class ReplanLevel:
    """Level 3: plans anew from the beliefs, and gives up parts of the goal that are out of reach.

    Args:
        world_model: Beliefs and events.
        planner: Makes the new plan.
        active: The plan that it replaces.
        timer: Time left for the goal.
        replans: New plans so far, those of an earlier process included.
        given_up: Parts of the goal that were given up so far, with the reason.
    """

    def __init__(
        self,
        world_model: WorldModel,
        planner: Planner,
        active: ActivePlan,
        timer: GoalTimer,
        replans: int,
        given_up: tuple[tuple[str, str], ...],
    ) -> None:
        self._world_model = world_model
        self._planner = planner
        self._active = active
        self._timer = timer
        self.replans = replans
        self.given_up = given_up

    def plan(self, goal: Goal, why: str, failure: Failure | None) -> Plan | str:
        """Return a new plan for a goal; else why there is none.

        Args:
            goal: The goal of the present plan.
            why: Why its tree has ended without it, for the journal.
            failure: The failure of the tree.
        """
        world_model = self._world_model
        self.replans += 1
        left_s = self._timer.left_s(self._active.goal)
        result = self._planner.plan(goal, world_model.planning_problem, left_s=left_s)
        given_up: tuple[tuple[str, str], ...] = ()
        if isinstance(result, Infeasible) and result.dropped:
            given_up = tuple((str(formula), reason) for formula, reason in result.reasons)
            self.given_up += given_up
            rest = goal.without(result.dropped, world_model.facts, world_model.bindings)
            result = self._planner.plan(rest, world_model.planning_problem, left_s=left_s)
        world_model.emit(
            Replanned(
                t_s=world_model.clock.now_s(),
                number=self.replans,
                reason=why,
                given_up=tuple(formula for formula, _ in given_up),
                given_up_for=tuple(reason for _, reason in given_up),
            )
        )
        if isinstance(result, Infeasible):
            return f"{why}; {result.message(world_model.deployment.domain)}"
        is_stuck = failure is not None and failure.code is FailureCode.NO_PROGRESS
        if is_stuck and result.hash == self._active.plan.hash:
            other = self._other_way(result.goal, left_s)
            if other is None:
                return f"{why}, and there is no other plan"
            result = other
        refusal = self._planner.refusal(result, world_model.planning_problem)
        return f"{why}; no plan may do what is left: {refusal}" if refusal is not None else result

    def _other_way(self, goal: Goal, left_s: float | None) -> Plan | None:
        """Return a plan by search in place of one that goes round in a circle; None without one."""
        if self._planner.method != "any":
            return None
        searching = replace(self._planner, method="search")
        result = searching.plan(goal, self._world_model.planning_problem, left_s=left_s)
        return result if isinstance(result, Plan) else None

    def forget_given_up(self) -> None:
        """Start over with a new goal, of which nothing was given up."""
        self.given_up = ()

    def losses(self) -> str:
        """Return the message for a goal of which parts were given up."""
        parts = "; ".join(f"'{formula}' was given up: {why}" for formula, why in self.given_up)
        return f"{parts}; the rest of the goal is reached"


class GoalChangeLevel:
    """Puts another goal in the place of the present one, at a moment when no skill runs.

    Args:
        world_model: Beliefs.
        planner: Plans for the new goal.
        active: The plan and goal that are replaced.
        timer: Time left for a goal.
    """

    def __init__(
        self, world_model: WorldModel, planner: Planner, active: ActivePlan, timer: GoalTimer
    ) -> None:
        self._world_model = world_model
        self._planner = planner
        self._active = active
        self._timer = timer

    def change(self, goal: Goal, why: str) -> str:
        """Go on with another goal; return why that cannot be, or was not allowed, else nothing."""
        world_model = self._world_model
        goal.track(world_model.facts, world_model.bindings)
        if self._timer.is_up(goal):
            return f"the {goal.within_s:g} s for it are over already"
        left_s = self._timer.left_s(goal)
        result = self._planner.plan(goal, world_model.planning_problem, left_s=left_s)
        if isinstance(result, Infeasible):
            return result.message(world_model.deployment.domain)
        refusal = self._planner.refusal(result, world_model.planning_problem)
        if refusal is not None:
            return refusal
        refused = self._active.refused(result, "The changed plan")
        if refused is not None:
            return refused.message
        self._active.take_goal(goal, result, why)
        return ""

    def problem(self, goal: Goal) -> str | None:
        """Return why no plan reaches a goal; None if one does. Nothing is changed."""
        world_model = self._world_model
        left_s = self._timer.left_s(goal)
        plan = self._planner.plan(goal, world_model.planning_problem, left_s=left_s)
        if isinstance(plan, Infeasible):
            return plan.message(world_model.deployment.domain)
        return self._planner.refusal(plan, world_model.planning_problem)


class RevisionLevel:
    """Level 4: a language model proposes another goal, and a person decides about it.

    Args:
        advisers: The model and the person.
        active: Holds the goal that cannot be reached.
        changes: Checks the proposed goal.
        change_goal: Puts it in place; returns why that cannot be, else nothing.
    """

    def __init__(
        self,
        advisers: Advisers,
        active: ActivePlan,
        changes: GoalChangeLevel,
        change_goal: Callable[[Goal, str], str],
    ) -> None:
        self._advisers = advisers
        self._active = active
        self._changes = changes
        self._change_goal = change_goal

    def goes_on(self, why: str) -> tuple[bool, str]:
        """Return True if the run goes on with another goal; else what to add to the reason."""
        revised = self._advisers.revise(self._active.goal, why)
        if revised is None:
            return False, ""
        if isinstance(revised, Refusal):
            return False, f"; {revised.message}"
        proposed = f"; '{revised.words}' was proposed instead, "
        problem = self._changes.problem(revised)
        if problem:
            return False, f"{proposed}but {problem}"
        question = f"{why}. What was proposed instead: {revised.words}. Shall that be done?"
        answer = self._advisers.ask(PersonQuestion(question, (INSTEAD, STOP)))
        if answer != INSTEAD:
            return False, proposed + (
                "and was not wanted" if answer else "and needs a person's yes"
            )
        problem = self._change_goal(revised, f"another goal, after {why}")
        if problem:
            return False, f"{proposed}but {problem}"
        return True, ""


class PersonLevel:
    """Level 5: a person decides if the run tries again.

    Args:
        advisers: The person.
    """

    def __init__(self, advisers: Advisers) -> None:
        self._advisers = advisers

    def answer(self, why: str, replans: int) -> tuple[str | None, str]:
        """Return a person's answer, None if nobody could be asked, and the question."""
        question = f"After {replans} new plans it still does not work: {why}. What now?"
        return self._advisers.ask(PersonQuestion(question, (AGAIN, STOP))), question

    def answer_error(self, why: str) -> tuple[str | None, str]:
        """Return a person's answer about an error of the code, and the question."""
        question = f"{why}. This is an error of the code, not of the robot. What now?"
        return self._advisers.ask(PersonQuestion(question, (AGAIN, STOP))), question
