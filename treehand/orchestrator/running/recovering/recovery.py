"""Recovery of a run whose tree has ended without the goal: which level comes next.

Levels 1 and 2, retries and re-checked conditions, are written in the tree. The levels above stand
in `recovery_levels`; level 6, the latched safe stop, in `run_stop`.
"""

from __future__ import annotations

from collections.abc import Hashable

from treehand.orchestrator.people.approval import Approval
from treehand.orchestrator.running.active_plan import STOP, ActivePlan, Advisers
from treehand.orchestrator.running.recovering.recovery_levels import (
    AGAIN,
    GoalChangeLevel,
    LookLevel,
    PersonLevel,
    ReplanLevel,
    RevisionLevel,
)
from treehand.orchestrator.running.result import Outcome, Verdict
from treehand.orchestrator.running.run_config import RecoveryState
from treehand.orchestrator.running.watching.run_clock import GoalTimer, overrun_message
from treehand.orchestrator.running.world_model import WorldModel
from treehand.planners import Goal, Plan, Planner
from treehand.planners.synthesis.goal_retry import LASTING
from treehand.skills import FailureCode
from treehand.skills.domain import Call, Formula
from treehand.trees import ErrorLog, Failure


class RecoveryPolicy:
    """Decides how a run goes on after its tree has ended.

    Args:
        world_model: World, beliefs, events.
        planner: Plans anew.
        approved: The plan that may move the robot.
        advisers: A language model and a person, for levels 4 and 5.
        state: Recovery steps of an earlier process of the same run.
        has_recovery: False: the first failure ends the run.
    """

    def __init__(
        self,
        world_model: WorldModel,
        planner: Planner,
        approved: Approval,
        advisers: Advisers,
        state: RecoveryState,
        *,
        has_recovery: bool = True,
    ) -> None:
        clock = world_model.clock
        self.timer = GoalTimer(clock, clock.now_s() if state.began_s is None else state.began_s)
        self._world_model = world_model
        self._has_recovery = has_recovery
        self._active = ActivePlan(world_model, approved, advisers)
        self._look = LookLevel(world_model, planner, self._active)
        self._replan = ReplanLevel(
            world_model, planner, self._active, self.timer, state.replans, state.given_up
        )
        self._changes = GoalChangeLevel(world_model, planner, self._active, self.timer)
        self._revision = RevisionLevel(advisers, self._active, self._changes, self.change_goal)
        self._person = PersonLevel(advisers)
        self._since_asked = 0
        """New plans since a person was asked last."""
        self.errors = ErrorLog()
        """Exceptions of the run's skills."""
        self._causes: set[tuple[Call, Formula]] = set()
        """Persistent causes of failures so far."""
        self._tried: Hashable = None
        """Last new plan after a lasting failure: its hash, the failure and the beliefs."""
        self._was_changed = state.was_changed
        self._last_failure: Failure | None = None

    @property
    def plan(self) -> Plan:
        """Return the plan that runs now."""
        return self._active.plan

    @property
    def goal(self) -> Goal:
        """Return the goal of the run; parts that were given up are still in it."""
        return self._active.goal

    @property
    def last_failure(self) -> Failure | None:
        """Return the failure of the tree that ended last; None if it succeeded."""
        return self._last_failure

    def after(self, tree_succeeded: bool, failure: Failure | None) -> Verdict | None:
        """Return the end of the run, or None when `plan` is to be run (again)."""
        self._last_failure = failure
        if failure is not None and failure.code in _DECIDED:
            outcome = _DECIDED[failure.code]
            return Verdict(outcome, f"{failure.call or 'the tree'}: {failure.detail}")
        why = str(failure) if failure else "the tree ended, but the goal was not observed"
        is_late = self.timer.is_up(self.goal)
        if is_late and not tree_succeeded:
            return Verdict(Outcome.FAILURE, f"{overrun_message(self.goal)}; when it was up: {why}")
        is_back = self._look.come_back()
        final = failure.final if failure is not None else None
        if final is not None and final.code is not FailureCode.TIMEOUT:
            return self._ask_about_error(final)
        if self.errors.stuck and not tree_succeeded:
            return self._ask_about_hang(why)
        if is_back:
            return None
        goal = self.plan.goal
        if tree_succeeded and self._is_reached(goal):
            is_looking = self._has_recovery and self._active.has_goal and self._look.begin(goal)
            return None if is_looking else self._reached(goal)
        if is_late:
            return Verdict(Outcome.FAILURE, f"{overrun_message(self.goal)}; {why}")
        if not self._has_recovery or not self._active.has_goal:
            return Verdict(Outcome.FAILURE, why)
        if self._since_asked >= self._world_model.deployment.budgets.replans:
            return self._ask_person(why)
        return self._plan_anew(goal, why)

    def change_goal(self, goal: Goal, why: str) -> str:
        """Go on with another goal, at a moment when no skill runs.

        Returns:
            Why it cannot be, or was not allowed; empty when `plan` is now for the new goal.
        """
        problem = self._changes.change(goal, why)
        if not problem:
            self._look.forget()
            self._replan.forget_given_up()
            self._was_changed = True
        return problem

    def _is_reached(self, goal: Goal) -> bool:
        if not self._active.has_goal:
            return True
        return goal.is_reached(self._world_model.facts, self._world_model.bindings) is True

    def _reached(self, goal: Goal) -> Verdict | None:
        unknown = self._look.open_question(goal) if self._active.has_goal else ""
        if self._replan.given_up:
            losses = self._replan.losses(is_rest_reached=not unknown)
            return self._revise_or_fail(f"{losses}; {unknown}" if unknown else losses)
        if unknown:
            return Verdict(Outcome.FAILURE, unknown)
        if (left_s := self.timer.left_s(self.goal)) is not None and left_s < 0.0:
            late = f"{overrun_message(self.goal)}, but {-left_s:.0f} s later"
            return Verdict(Outcome.FAILURE, late)
        message = "the goal is reached" if self._active.has_goal else "the tree succeeded"
        if self._was_changed:
            message += f", as it was changed: {self.goal.words}"
        return Verdict(Outcome.SUCCESS, message)

    def _plan_anew(self, goal: Goal, why: str) -> Verdict | None:
        if not self._has_learned():
            self._since_asked += 1
        plan = self._replan.plan(goal, why, self._last_failure)
        if isinstance(plan, str):
            return self._revise_or_fail(plan)
        if self._is_tried_already(plan):
            return self._ask_person(why)
        refused = self._active.refused(plan, f"After {why}, the plan")
        if refused is None:
            self._active.take(plan, why, is_whole=not self._replan.given_up)
        return refused

    def _has_learned(self) -> bool:
        """Return True if a call has failed for a persistent cause that was not known before.

        Then the next plan is another one, and does not count against the budget.
        """
        causes = {(one.call, one.cause) for one in self._world_model.blockages}
        is_new = not causes <= self._causes
        self._causes |= causes
        return is_new

    def _is_tried_already(self, plan: Plan) -> bool:
        """Return True if a plan has just failed for a lasting reason, and nothing has changed."""
        failure = self._last_failure
        # A condition may be false because something was not seen; the next look may show it.
        if failure is None or failure.code not in LASTING - {FailureCode.CONDITION_FALSE}:
            self._tried = None
            return False
        facts = self._world_model.facts.values()
        now = (plan.hash, failure.code, failure.call, facts)
        before, self._tried = self._tried, now
        return now == before

    def _revise_or_fail(self, why: str) -> Verdict | None:
        """Go on with another goal if one is proposed and a person wants it; else fail."""
        goes_on, addition = self._revised(why)
        return None if goes_on else Verdict(Outcome.FAILURE, f"{why}{addition}")

    def _revised(self, why: str) -> tuple[bool, str]:
        if not self._has_recovery:
            return False, ""
        goes_on, addition = self._revision.goes_on(why)
        if goes_on:
            self._since_asked = 0
        return goes_on, addition

    def _ask_about_error(self, failure: Failure) -> Verdict | None:
        """Ask a person about an error of the code, which no level of recovery can mend."""
        why = str(failure)
        if not self._has_recovery:
            return Verdict(Outcome.ERROR, why)
        answer, _ = self._person.answer_error(why)
        if answer == AGAIN:
            self.errors.forget()
            self._since_asked = 0
            return None
        by = "nobody could be asked" if answer is None else "stopped by the person"
        return Verdict(Outcome.ERROR, f"{why}; {by}")

    def _ask_about_hang(self, why: str) -> Verdict | None:
        """Ask a person about skills that hang every time, under a limit that nobody has set."""
        names = " and ".join(f"'{name}'" for name in self.errors.stuck)
        why += f"; {names} hung twice in a row, and no timeout is declared"
        if not self._has_recovery:
            return Verdict(Outcome.FAILURE, why)
        return self._answered(*self._person.answer(why, self._replan.replans), why)

    def _ask_person(self, why: str) -> Verdict | None:
        goes_on, addition = self._revised(why)
        if goes_on:
            return None
        why += addition
        return self._answered(*self._person.answer(why, self._replan.replans), why)

    def _answered(self, answer: str | None, question: str, why: str) -> Verdict | None:
        """Do what a person has said about going on."""
        if answer == AGAIN:
            self.errors.forget()
            self._world_model.blockages.forget()
            self._tried = None
            self._since_asked = 0
            return None
        if answer == STOP:
            return Verdict(Outcome.FAILURE, f"{why}; stopped by the person")
        return Verdict(Outcome.CLARIFY, f"nobody could be asked: {question}")


_DECIDED = {
    FailureCode.REFUSED: Outcome.REFUSED,
    FailureCode.NOT_ANSWERED: Outcome.CLARIFY,
}
"""Failures that a person decided; the run ends with them."""
