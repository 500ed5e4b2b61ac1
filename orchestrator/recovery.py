"""The upper rungs of the recovery ladder: replan, ask, give up.

Rungs 1 and 2, retries and re-checked conditions, are written in the tree. When the whole tree has
ended without the goal, this module decides what comes next.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ..events import Planned, Replanned
from ..planners import GoalSpec, Infeasible, Plan, Planner
from ..skills import FailureCode
from ..skills.domain import AllOf, Atom, Formula, conjuncts, parse_call
from ..trees import Failure, tree_to_json
from .result import Outcome
from .situation import Situation

AGAIN = "try again"
STOP = "stop here"
APPROVE = "approve the changed plan"

Ask = Callable[[str, Sequence[str]], str | None]


@dataclass(frozen=True)
class Verdict:
    """How a run ended, and why."""

    outcome: Outcome
    message: str = ""


@dataclass(frozen=True)
class Approved:
    """A plan that somebody allowed."""

    plan: Plan

    def covers(self, plan: Plan) -> bool:
        """Return whether a replacement needs no new approval.

        The same tree does. A changed one does if every step in it that cannot be undone was shown
        before.
        """
        if plan.hash == self.plan.hash:
            return True
        shown = self.plan.certificate
        names = {parse_call(text).name for text in shown.conditional}
        calls = {*shown.irreversible, *shown.conditional}
        new = (*plan.certificate.irreversible, *plan.certificate.conditional)
        return all(text in calls or parse_call(text).name in names for text in new)


class Ladder:
    """Decides after the tree has ended.

    Args:
        situation: World, beliefs, events.
        planner: For rung 3.
        approved: What may move the robot.
        ask: For rung 5; None as an answer means that nobody could be asked.
        has_recovery: Without it, the first failure is the end.
    """

    def __init__(
        self,
        situation: Situation,
        planner: Planner,
        approved: Approved,
        ask: Ask,
        *,
        has_recovery: bool = True,
    ) -> None:
        self._situation = situation
        self._planner = planner
        self._approved = approved
        self._ask = ask
        self._has_recovery = has_recovery
        self.plan = approved.plan
        """The plan that runs now."""
        self._replans = 0
        self._since_asked = 0
        self.given_up: list[tuple[Formula, str]] = []
        """Parts of the goal that can no longer be reached, with the reason."""
        self.last_failure: Failure | None = None
        self._looking_for: Plan | None = None
        """The plan to come back to, while its goal's unseen objects are looked for."""
        self._looked_for: set[Atom] = set()

    def after(self, tree_succeeded: bool, failure: Failure | None) -> Verdict | None:
        """Return the verdict, or None when `plan` is to be run (again)."""
        self.last_failure = failure
        if self._looking_for is not None:
            self.plan, self._looking_for = self._looking_for, None
            now_s = self._situation.clock.now_s()
            self._situation.emit(planned_event(self.plan, now_s, "back from looking"))
            return None
        goal = self.plan.goal
        if tree_succeeded and self._is_reached(goal):
            return None if self._look_around(goal) else self._reached()
        why = str(failure) if failure else "the tree ended, but the goal was not observed"
        if not self._has_recovery or not conjuncts(self._approved.plan.goal.formula):
            return Verdict(Outcome.FAILURE, why)
        if self._since_asked >= self._situation.deployment.budgets.replans:
            return self._ask_person(why)
        return self._replan(goal, why)

    def _is_reached(self, goal: GoalSpec) -> bool:
        if not conjuncts(self._approved.plan.goal.formula):
            return True
        return goal.is_reached(self._situation.facts, self._situation.members) is True

    def _look_around(self, goal: GoalSpec) -> bool:
        """Set out, once, to see what nobody has seen, before "all …" is claimed.

        Returns:
            Whether there is something to look for.
        """
        situation = self._situation
        wanted = goal.to_look_into(situation.facts, situation.deployment.domain)
        new = tuple(atom for atom in wanted if atom not in self._looked_for)
        if not new or not self._has_recovery:
            return False
        self._looked_for.update(new)
        names = ", ".join(map(str, new))
        look = GoalSpec(text="look for the rest", formula=AllOf(new), words=names)
        plan = self._planner.plan(look, situation.facts, situation.members)
        if isinstance(plan, Infeasible) or not self._approved.covers(plan):
            return False
        reason = f"not known yet: {names}"
        situation.emit(planned_event(plan, situation.clock.now_s(), reason))
        self._looking_for, self.plan = self.plan, plan
        return True

    def _reached(self) -> Verdict:
        if self.given_up:
            return Verdict(Outcome.FAILURE, self._explain())
        has_goal = bool(conjuncts(self._approved.plan.goal.formula))
        message = "the goal is reached" if has_goal else "the tree succeeded"
        return Verdict(Outcome.SUCCESS, message)

    def _explain(self) -> str:
        parts = "; ".join(f"'{formula}' was given up: {why}" for formula, why in self.given_up)
        return f"{parts}; the rest of the goal is reached"

    def _replan(self, goal: GoalSpec, why: str) -> Verdict | None:
        situation = self._situation
        self._replans += 1
        self._since_asked += 1
        result = self._planner.plan(goal, situation.facts, situation.members)
        dropped: tuple[str, ...] = ()
        if isinstance(result, Infeasible) and result.dropped:
            self.given_up.extend(result.reasons)
            dropped = tuple(str(formula) for formula, _ in result.reasons)
            rest = goal.without(result.dropped, situation.facts, situation.members)
            result = self._planner.plan(rest, situation.facts, situation.members)
        now_s = situation.clock.now_s()
        replanned = Replanned(t_s=now_s, number=self._replans, reason=why, given_up=dropped)
        situation.emit(replanned)
        if isinstance(result, Infeasible):
            reason = result.message(situation.deployment.domain)
            return Verdict(Outcome.FAILURE, f"{why}; {reason}")
        failure = self.last_failure
        is_stuck = failure is not None and failure.code is FailureCode.NO_PROGRESS
        if is_stuck and result.hash == self.plan.hash:
            return Verdict(Outcome.FAILURE, f"{why}, and there is no other plan")
        return self._take(result, why)

    def _take(self, plan: Plan, why: str) -> Verdict | None:
        if not self._approved.covers(plan):
            new = ", ".join((*plan.certificate.irreversible, *plan.certificate.conditional))
            question = f"After {why}, the plan has steps that were not approved: {new}."
            if self._ask(question, (APPROVE, STOP)) != APPROVE:
                return Verdict(Outcome.CLARIFY, f"the changed plan was not approved: {new}")
            self._approved = Approved(plan)
        if plan.hash != self.plan.hash:
            self._situation.emit(planned_event(plan, self._situation.clock.now_s(), why))
        self.plan = plan
        return None

    def _ask_person(self, why: str) -> Verdict | None:
        question = f"After {self._replans} new plans it still does not work: {why}. What now?"
        answer = self._ask(question, (AGAIN, STOP))
        if answer == AGAIN:
            self._since_asked = 0
            return None
        if answer == STOP:
            return Verdict(Outcome.FAILURE, f"{why}; stopped by the person")
        return Verdict(Outcome.CLARIFY, f"nobody could be asked: {question}")


def planned_event(plan: Plan, now_s: float, reason: str) -> Planned:
    """Return the event that a plan was made."""
    return Planned(
        t_s=now_s,
        plan_hash=plan.hash,
        goal_words=plan.goal.words,
        goal_literals=plan.goal.literals(),
        tree=tree_to_json(plan.tree),
        reason=reason,
    )
