"""Levels of recovery above the tree: look around, replan, revise the goal, ask a person.

Levels 1 and 2, retries and re-checked conditions, are written in the tree. `RecoveryPolicy` calls
these levels in their order.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace

from treehand.core.events import Event, Replanned, SkillEnded, TimedOut
from treehand.core.evidence import PartEvidence
from treehand.orchestrator.running.active_plan import STOP, ActivePlan, Advisers
from treehand.orchestrator.running.watching.run_clock import GoalTimer
from treehand.orchestrator.running.world_model import WorldModel
from treehand.planners import Goal, Infeasible, Plan, Planner, Refusal
from treehand.planners.goals.evidence import atoms_to_observe, evidence_for
from treehand.skills import FailureCode
from treehand.skills.domain import AllOf, Atom, Domain, Facts, QuantifierBindings
from treehand.trees import Failure, PersonQuestion

AGAIN = "try again"
INSTEAD = "do that instead"
NOT_SEEN = "it was not seen"
MAX_REASONS = 3
"""Number of the latest failed steps of a look that are named."""
MAX_LOOKS = 3
"""Number of times that a literal is looked for before a goal is called reached."""


class LookLevel:
    """Looks for what is unknown before a goal is called reached.

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
        self._sought: tuple[Atom, ...] = ()
        """Literals that the present look is to make true."""
        self._looks: Counter[Atom] = Counter()
        self._reasons: dict[Atom, str] = {}
        """Reasons why literals that were looked for are still not true."""
        self._failed: dict[str, None] = {}
        """Steps of the present look that failed, in words."""
        self._end_hearing: Callable[[], None] = _nothing

    def come_back(self) -> bool:
        """End a look around; return False if none was under way."""
        if self._main is None:
            return False
        main = self._main
        self.forget()
        for atom in self._sought:
            if not atom.holds(self._world_model.facts):
                steps = list(self._failed)[-MAX_REASONS:]
                self._reasons[atom] = "; ".join(steps) or NOT_SEEN
        self._active.end_detour(main)
        return True

    def forget(self) -> None:
        """Drop the plan to come back to, because the goal was changed."""
        self._main = None
        self._end_hearing()
        self._end_hearing = _nothing

    def begin(self, goal: Goal) -> bool:
        """Set out to see what is unknown, so often for each fact; return False if nothing is."""
        wanted = atoms_to_observe(goal, *self._beliefs)
        new = tuple(atom for atom in wanted if self._looks[atom] < MAX_LOOKS)
        chosen = self._plan_for(new)
        if chosen is None:
            return False
        self._sought, plan = chosen
        self._looks.update(self._sought)
        self._failed = {}
        self._end_hearing = self._world_model.stream.subscribe(self._hear)
        names = ", ".join(map(str, self._sought))
        self._main = self._active.begin_detour(plan, f"not known yet: {names}")
        return True

    def open_question(self, goal: Goal) -> str:
        """Return the unknown parts of a goal with their reasons, in words; empty without any."""
        parts = [one for one in evidence_for(goal, *self._beliefs) if one.verdict != "confirmed"]
        told = []
        for one in parts:
            names = ", ".join(one.objects)
            subject = f"whether '{one.of}' is about {names}" if names else f"if '{one.part}'"
            unknown = ", ".join(f"'{literal}'" for literal in one.unknown)
            told.append(f"it is not known {subject}: nothing has shown {unknown}{self._why(one)}")
        return "; ".join(told)

    def _hear(self, event: Event) -> None:
        """Take in which steps of a look fail."""
        if isinstance(event, SkillEnded) and event.result == "failure":
            detail = f": {event.detail}" if event.detail else ""
            self._failed[f"{event.call} {event.code}{detail}"] = None
        elif isinstance(event, TimedOut) and event.call is not None:
            self._failed[f"{event.call} {FailureCode.TIMEOUT.value}"] = None

    def _why(self, part: PartEvidence) -> str:
        names = {*part.objects, *(term for fact in part.unknown for term in fact.terms)}
        reasons = dict.fromkeys(
            f"'{atom}' was looked for: {why}"
            for atom, why in self._reasons.items()
            if names & set(atom.fact.terms)
        )
        return f" ({'; '.join(reasons)})" if reasons else ""

    @property
    def _beliefs(self) -> tuple[Facts, QuantifierBindings, Domain]:
        world_model = self._world_model
        return world_model.facts, world_model.bindings, world_model.deployment.domain

    def _plan_for(self, wanted: tuple[Atom, ...]) -> tuple[tuple[Atom, ...], Plan] | None:
        """Return a plan that looks for all literals, else for the first one that has a plan."""
        problem = self._world_model.planning_problem
        for atoms in (wanted, *((atom,) for atom in wanted if len(wanted) > 1)):
            look = Goal(
                text="look for the rest",
                formula=AllOf(atoms),
                never=self._active.goal.never,
                words=", ".join(map(str, atoms)),
            )
            plan = self._planner.plan(look, problem) if atoms else None
            if isinstance(plan, Plan) and self._active.lets_look(plan):
                return atoms, plan
        return None


def _nothing() -> None:
    """Do nothing: no event stream is heard."""


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
        while isinstance(result, Infeasible) and result.dropped:
            rest = goal.without(result.dropped, world_model.facts, world_model.bindings)
            if rest.formula == goal.formula:
                break
            goal = rest
            given_up += tuple((str(formula), reason) for formula, reason in result.reasons)
            result = self._planner.plan(goal, world_model.planning_problem, left_s=left_s)
        self.given_up += given_up
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
        return self._permitted(result, why, left_s)

    def _permitted(self, plan: Plan, why: str, left_s: float | None) -> Plan | str:
        """Return a plan that no hazard forbids, if need be another one; else the hazard."""
        problem = self._world_model.planning_problem
        refusal = self._planner.refusal(plan, problem)
        if refusal is None:
            return plan
        other = self._planner.careful(problem).plan(plan.goal, problem, left_s=left_s)
        if isinstance(other, Plan) and self._planner.refusal(other, problem) is None:
            return other
        return f"{why}; no plan may do what is left: {refusal}"

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

    def losses(self, *, is_rest_reached: bool) -> str:
        """Return the message for a goal of which parts were given up."""
        parts = "; ".join(f"'{formula}' was given up: {why}" for formula, why in self.given_up)
        return f"{parts}; the rest of the goal is reached" if is_rest_reached else parts


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
        plans = f"After {replans} new plan{'s' * (replans != 1)} it still does not work: "
        question = f"{plans if replans else ''}{why}. What now?"
        return self._advisers.ask(PersonQuestion(question, (AGAIN, STOP))), question

    def answer_error(self, why: str) -> tuple[str | None, str]:
        """Return a person's answer about an error of the code, and the question."""
        question = f"{why}. This is an error of the code, not of the robot. What now?"
        return self._advisers.ask(PersonQuestion(question, (AGAIN, STOP))), question
