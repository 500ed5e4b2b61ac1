"""The plan that runs now, its goal, and the approval that covers it."""

from __future__ import annotations

from dataclasses import replace
from typing import Protocol

from treehand.core.events import Approved, Planned, PlanRejected
from treehand.core.model_json import model_json
from treehand.orchestrator.people.approval import Approval, ApprovalPolicy
from treehand.orchestrator.running.result import Outcome, Verdict
from treehand.orchestrator.running.world_model import WorldModel
from treehand.planners import Goal, Plan, Refusal
from treehand.trees import PersonQuestion, tree_to_json

APPROVE = "approve the changed plan"
STOP = "stop here"


class Advisers(Protocol):
    """People and models that a run may ask."""

    def ask(self, question: PersonQuestion) -> str | None:
        """Return a person's answer; None if nobody could be asked."""
        ...

    def revise(self, goal: Goal, why: str) -> Goal | Refusal | None:
        """Return another goal for one that cannot be reached; None if none is proposed."""
        ...


class ActivePlan:
    """The plan that runs now; another one takes its place only if the approval covers it.

    Args:
        world_model: Beliefs, clock and events.
        approved: The approval that the run began with.
        advisers: Asked about plans that the approval does not cover.
    """

    def __init__(self, world_model: WorldModel, approved: Approval, advisers: Advisers) -> None:
        self._world_model = world_model
        self._advisers = advisers
        self._approved = approved
        self._plan = approved.plan
        self._goal = approved.plan.goal

    @property
    def plan(self) -> Plan:
        """Return the plan that runs now."""
        return self._plan

    @property
    def goal(self) -> Goal:
        """Return the goal of the run; parts that were given up are still in it."""
        return self._goal

    @property
    def has_goal(self) -> bool:
        """Return True if the run has a goal; a tree that a person wrote may have none."""
        return not self._approved.plan.goal.is_empty

    def lets_look(self, plan: Plan) -> bool:
        """Return True if a plan that only looks around may run, as part of the goal it serves."""
        return replace(self._approved, policy=ApprovalPolicy.IRREVERSIBLE_ONLY).covers(plan)

    def refused(self, plan: Plan, subject: str) -> Verdict | None:
        """Ask a person about a plan that the approval does not cover.

        Args:
            plan: The plan that is to run.
            subject: The plan in words, for the question.

        Returns:
            The end of the run if the plan was not approved; None if it may run.
        """
        if self._approved.covers(plan):
            return None
        world_model = self._world_model
        new = ", ".join(map(str, self._approved.new_steps(plan)))
        question = f"{subject} has steps that were not approved: {new}."
        answer = self._advisers.ask(PersonQuestion(question, (APPROVE, STOP)))
        now_s = world_model.clock.now_s()
        if answer != APPROVE:
            if answer is not None:
                world_model.emit(
                    PlanRejected(t_s=now_s, plan_hash=plan.hash, by="the person", reason=new)
                )
            message = f"the changed plan was not approved: {new}"
            return Verdict(Outcome.CLARIFY, message, needs_approval=answer is None)
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

    def take(self, plan: Plan, why: str, *, is_whole: bool = True) -> None:
        """Run a new plan for the same goal from now on.

        Args:
            plan: The plan; its goal may say the same in another form.
            why: Reason, for the journal.
            is_whole: False if parts of the goal were given up.
        """
        if is_whole:
            self._goal = plan.goal
        if plan.hash != self._plan.hash:
            self._announce(plan, why)
        self._plan = plan

    def take_goal(self, goal: Goal, plan: Plan, why: str) -> None:
        """Run a plan for another goal from now on."""
        self._approved = replace(self._approved, plan=plan)
        self._goal = goal
        if plan.hash != self._plan.hash:
            self._announce(plan, why, is_new_goal=True)
        self._plan = plan

    def begin_detour(self, plan: Plan, why: str) -> Plan:
        """Run a plan that only looks around; return the plan to come back to."""
        main, self._plan = self._plan, plan
        self._announce(plan, why, is_detour=True)
        return main

    def end_detour(self, main: Plan) -> None:
        """Come back to the plan that a detour has left."""
        self._plan = main
        self._announce(main, "back from looking")

    def _announce(
        self, plan: Plan, why: str, *, is_detour: bool = False, is_new_goal: bool = False
    ) -> None:
        now_s = self._world_model.clock.now_s()
        self._world_model.emit(
            planned_event(plan, now_s, why, is_detour=is_detour, is_new_goal=is_new_goal)
        )


def planned_event(
    plan: Plan, now_s: float, reason: str, *, is_detour: bool = False, is_new_goal: bool = False
) -> Planned:
    """Return the event of a new plan."""
    return Planned(
        t_s=now_s,
        plan_hash=plan.hash,
        goal_words=plan.goal.words,
        goal_literals=plan.goal.literals(),
        tree=tree_to_json(plan.tree),
        reason=reason,
        goal=model_json(plan.goal, exclude_defaults=True),
        arguments=plan.arguments,
        certificate=model_json(plan.certificate),
        estimates=model_json(plan.estimates),
        is_detour=is_detour,
        is_new_goal=is_new_goal,
    )
