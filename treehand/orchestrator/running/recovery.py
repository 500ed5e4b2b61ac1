"""The upper rungs of the recovery ladder: replan, ask, give up.

Rungs 1 and 2, retries and re-checked conditions, are written in the tree. When the whole tree has
ended without the goal, this module decides what comes next.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from treehand.core.events import Approved
from treehand.core.events import Planned, PlanRejected, Replanned
from treehand.planners import Goal, Infeasible, Plan, Planner, Refusal
from treehand.skills import FailureCode
from treehand.skills.domain import AllOf, Atom, conjuncts
from treehand.trees import Failure, PersonQuestion, tree_to_json
from treehand.orchestrator.people.approval import ApprovalPolicy, Approval
from treehand.orchestrator.running.result import Outcome
from treehand.orchestrator.running.world_model import WorldModel

AGAIN = "try again"
STOP = "stop here"
APPROVE = "approve the changed plan"

INSTEAD = "do that instead"

Ask = Callable[[PersonQuestion], str | None]
Revise = Callable[[Goal, str], Goal | Refusal | None]


@dataclass(frozen=True)
class Verdict:
    """How a run ended, and why."""

    outcome: Outcome
    message: str = ""


class RecoveryPolicy:
    """Decides after the tree has ended.

    Args:
        situation: World, beliefs, events.
        planner: For rung 3.
        approved: What may move the robot.
        ask: Asks a person, for rungs 4 and 5; None as an answer: nobody could be asked.
        revise: For rung 4: returns another goal for one that cannot be reached, and why; None if
            there is nobody to propose one.
        has_recovery: Without it, the first failure is the end.
    """

    def __init__(
        self,
        world_model: WorldModel,
        planner: Planner,
        approved: Approval,
        ask: Ask,
        revise: Revise = lambda goal, why: None,
        *,
        has_recovery: bool = True,
    ) -> None:
        self._world_model = world_model
        self._planner = planner
        self._approved = approved
        self._ask = ask
        self._revise = revise
        self._has_recovery = has_recovery
        self.plan = approved.plan
        """The plan that runs now."""
        self.goal = approved.plan.goal
        """What is wanted; parts that were given up are still in it."""
        self.began_s = world_model.clock.now_s()
        """When the run began; its goal's time counts from there."""
        self.replans = 0
        """New plans of the run so far, those of an earlier process included."""
        self._since_asked = 0
        self.given_up: list[tuple[str, str]] = []
        """Parts of the goal that can no longer be reached, with the reason."""
        self.last_failure: Failure | None = None
        self.was_changed = False
        """Whether a person wanted another goal since, or agreed to one."""
        self._looking_for: Plan | None = None
        """The plan to come back to, while its goal's unseen objects are looked for."""
        self._looked_for: set[Atom] = set()

    def after(self, tree_succeeded: bool, failure: Failure | None) -> Verdict | None:
        """Return the verdict, or None when `plan` is to be run (again)."""
        self.last_failure = failure
        if failure is not None and failure.code in _SAID:
            outcome = _SAID[failure.code]
            return Verdict(outcome, f"{failure.call or 'the tree'}: {failure.detail}")
        why = str(failure) if failure else "the tree ended, but the goal was not observed"
        is_late = (left_s := self.left_s(self.goal)) is not None and left_s <= 0.0
        if is_late and not tree_succeeded:
            return Verdict(Outcome.FAILURE, f"{self.limit()}; when it was up: {why}")
        if self._looking_for is not None:
            self.plan, self._looking_for = self._looking_for, None
            now_s = self._world_model.clock.now_s()
            self._world_model.emit(planned_event(self.plan, now_s, "back from looking"))
            return None
        goal = self.plan.goal
        if tree_succeeded and self._is_reached(goal):
            return None if self._look_around(goal) else self._reached()
        if is_late:
            return Verdict(Outcome.FAILURE, f"{self.limit()}; {why}")
        if not self._has_recovery or not conjuncts(self._approved.plan.goal.formula):
            return Verdict(Outcome.FAILURE, why)
        if self._since_asked >= self._world_model.deployment.budgets.replans:
            return self._ask_person(why)
        return self._replan(goal, why)

    def left_s(self, goal: Goal) -> float | None:
        """Return how much of the goal's time is left; None if it has no limit."""
        if goal.within_s is None:
            return None
        return self.began_s + goal.within_s - self._world_model.clock.now_s()

    def limit(self) -> str:
        """Return that the goal's time was up, in words."""
        return f"not done within {self.goal.within_s:g} s"

    def _is_reached(self, goal: Goal) -> bool:
        if not conjuncts(self._approved.plan.goal.formula):
            return True
        return goal.is_reached(self._world_model.facts, self._world_model.members) is True

    def _look_around(self, goal: Goal) -> bool:
        """Set out, once, to see what nobody has seen, before "all …" is claimed.

        Returns:
            Whether there is something to look for.
        """
        world_model = self._world_model
        wanted = goal.to_look_into(world_model.facts, world_model.deployment.domain)
        new = tuple(atom for atom in wanted if atom not in self._looked_for)
        if not new or not self._has_recovery:
            return False
        self._looked_for.update(new)
        names = ", ".join(map(str, new))
        look = Goal(
            text="look for the rest", formula=AllOf(new), never=self.goal.never, words=names
        )
        plan = self._planner.plan(look, world_model.planning_problem)
        if isinstance(plan, Infeasible) or not self._lets_look(plan):
            return False
        reason = f"not known yet: {names}"
        world_model.emit(planned_event(plan, world_model.clock.now_s(), reason, is_detour=True))
        self._looking_for, self.plan = self.plan, plan
        return True

    def _lets_look(self, plan: Plan) -> bool:
        """Return whether a plan that only looks may run: as part of the goal it serves."""
        return replace(self._approved, policy=ApprovalPolicy.IRREVERSIBLE_ONLY).covers(plan)

    def _reached(self) -> Verdict | None:
        if self.given_up:
            return self._otherwise(self._explain())
        if (left_s := self.left_s(self.goal)) is not None and left_s < 0.0:
            return Verdict(Outcome.FAILURE, f"{self.limit()}, but {-left_s:.0f} s later")
        has_goal = bool(conjuncts(self._approved.plan.goal.formula))
        message = "the goal is reached" if has_goal else "the tree succeeded"
        if self.was_changed:
            message += f", as it was changed: {self.goal.words}"
        return Verdict(Outcome.SUCCESS, message)

    def _explain(self) -> str:
        parts = "; ".join(f"'{formula}' was given up: {why}" for formula, why in self.given_up)
        return f"{parts}; the rest of the goal is reached"

    def _replan(self, goal: Goal, why: str) -> Verdict | None:
        world_model = self._world_model
        self.replans += 1
        self._since_asked += 1
        left_s = self.left_s(self.goal)
        result = self._planner.plan(goal, world_model.planning_problem, left_s=left_s)
        given_up: list[tuple[str, str]] = []
        if isinstance(result, Infeasible) and result.dropped:
            given_up = [(str(formula), reason) for formula, reason in result.reasons]
            self.given_up.extend(given_up)
            rest = goal.without(result.dropped, world_model.facts, world_model.members)
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
            reason = result.message(world_model.deployment.domain)
            return self._otherwise(f"{why}; {reason}")
        failure = self.last_failure
        is_stuck = failure is not None and failure.code is FailureCode.NO_PROGRESS
        if is_stuck and result.hash == self.plan.hash:
            return self._otherwise(f"{why}, and there is no other plan")
        refusal = self._planner.refusal(result, world_model.planning_problem)
        if refusal is not None:
            return self._otherwise(f"{why}; no plan may do what is left: {refusal}")
        refused = self._refused(result, f"After {why}, the plan")
        if refused is None:
            self._take(result, why)
        return refused

    def _otherwise(self, why: str) -> Verdict | None:
        """Rung 4: go on with another goal if one is proposed and a person wants it; else fail."""
        goes_on, said = self._proposed(why)
        return None if goes_on else Verdict(Outcome.FAILURE, f"{why}{said}")

    def _proposed(self, why: str) -> tuple[bool, str]:
        """Return whether the run goes on with another goal; else what there is to say of it."""
        revised = self._revise(self.goal, why) if self._has_recovery else None
        if revised is None:
            return False, ""
        if isinstance(revised, Refusal):
            return False, f"; {revised.message}"
        world_model = self._world_model
        left_s = self.left_s(revised)
        plan = self._planner.plan(revised, world_model.planning_problem, left_s=left_s)
        problem = (
            plan.message(world_model.deployment.domain)
            if isinstance(plan, Infeasible)
            else self._planner.refusal(plan, world_model.planning_problem)
        )
        if problem:
            return False, f"; '{revised.words}' was proposed instead, but {problem}"
        question = f"{why}. What was proposed instead: {revised.words}. Shall that be done?"
        answer = self._ask(PersonQuestion(question, (INSTEAD, STOP)))
        if answer != INSTEAD:
            said = "was not wanted" if answer else "needs a person's yes"
            return False, f"; '{revised.words}' was proposed instead, and {said}"
        problem = self.change_goal(revised, f"another goal, after {why}")
        if problem:
            return False, f"; '{revised.words}' was proposed instead, but {problem}"
        self._since_asked = 0
        return True, ""

    def change_goal(self, goal: Goal, why: str) -> str:
        """Go on with another goal, at a moment when no skill runs.

        Returns:
            Why it cannot be, or was not allowed; empty when `plan` is now for the new goal.
        """
        world_model = self._world_model
        goal.track(world_model.facts, world_model.members)
        left_s = self.left_s(goal)
        if left_s is not None and left_s <= 0.0:
            return f"the {goal.within_s:g} s for it are over already"
        result = self._planner.plan(goal, world_model.planning_problem, left_s=left_s)
        if isinstance(result, Infeasible):
            return result.message(world_model.deployment.domain)
        refusal = self._planner.refusal(result, world_model.planning_problem)
        if refusal is not None:
            return refusal
        refused = self._refused(result, "The changed plan")
        if refused is not None:
            return refused.message
        self._looking_for = None
        self._approved = replace(self._approved, plan=result)
        self.goal = goal
        self.was_changed = True
        self.given_up.clear()
        self._take(result, why, is_new_goal=True)
        return ""

    def _refused(self, plan: Plan, what: str) -> Verdict | None:
        """Ask about a plan that the approval does not cover; None if it may run."""
        if self._approved.covers(plan):
            return None
        world_model = self._world_model
        new = ", ".join(self._approved.new_steps(plan))
        question = f"{what} has steps that were not approved: {new}."
        answer = self._ask(PersonQuestion(question, (APPROVE, STOP)))
        now_s = world_model.clock.now_s()
        if answer != APPROVE:
            if answer is not None:
                world_model.emit(
                    PlanRejected(t_s=now_s, plan_hash=plan.hash, by="the person", reason=new)
                )
            return Verdict(Outcome.CLARIFY, f"the changed plan was not approved: {new}")
        before = self._approved
        hashes = frozenset({*before.hashes, before.plan.hash})
        self._approved = replace(before, plan=plan, hashes=hashes)
        world_model.emit(
            Approved(
                t_s=now_s,
                plan_hash=plan.hash,
                by="the person",
                policy=before.policy.value,
                confirms=before.confirms,
            )
        )
        return None

    def _take(self, plan: Plan, why: str, *, is_new_goal: bool = False) -> None:
        if plan.hash != self.plan.hash:
            now_s = self._world_model.clock.now_s()
            self._world_model.emit(planned_event(plan, now_s, why, is_new_goal=is_new_goal))
        self.plan = plan

    def _ask_person(self, why: str) -> Verdict | None:
        goes_on, said = self._proposed(why)
        if goes_on:
            return None
        why += said
        question = f"After {self.replans} new plans it still does not work: {why}. What now?"
        answer = self._ask(PersonQuestion(question, (AGAIN, STOP)))
        if answer == AGAIN:
            self._since_asked = 0
            return None
        if answer == STOP:
            return Verdict(Outcome.FAILURE, f"{why}; stopped by the person")
        return Verdict(Outcome.CLARIFY, f"nobody could be asked: {question}")


_SAID = {
    FailureCode.REFUSED: Outcome.REFUSED,
    FailureCode.NOT_ANSWERED: Outcome.CLARIFY,
}
"""Failures that a person decided: nothing tries to get round them."""


def planned_event(
    plan: Plan, now_s: float, reason: str, *, is_detour: bool = False, is_new_goal: bool = False
) -> Planned:
    """Return the event that a plan was made."""
    return Planned(
        t_s=now_s,
        plan_hash=plan.hash,
        goal_words=plan.goal.words,
        goal_literals=plan.goal.literals(),
        tree=tree_to_json(plan.tree),
        reason=reason,
        goal=plan.goal.model_dump_json(exclude_defaults=True),
        arguments=plan.arguments,
        certificate=plan.certificate.model_dump_json(),
        estimates=plan.estimates.model_dump_json(),
        is_detour=is_detour,
        is_new_goal=is_new_goal,
    )
