"""A goal from words to the end of its run in one call, approving what the plan shows."""

from __future__ import annotations

from collections.abc import Sequence

from treehand.core.errors import ModelError
from treehand.orchestrator.config.deployment import Deployment
from treehand.orchestrator.running.result import Outcome, RunResult, Verdict
from treehand.orchestrator.sessions.session import Session
from treehand.orchestrator.store.workspace import Workspace
from treehand.planners import Goal, Infeasible, Plan, Question, Refusal
from treehand.trees import TreeSpec


def run_goal(
    text: str,
    deployment: Deployment | None = None,
    *,
    seed: int = 0,
    faults: Sequence[str] = (),
    has_recovery: bool = True,
    workspace: Workspace | None = None,
) -> RunResult:
    """Bring a goal in plain words about in virtual time, approving what the plan shows.

    Args:
        text: The goal.
        deployment: What runs where; the built-in kitchen if left out.
        seed: Seed of every random draw.
        faults: Faults to inject, as on the command line.
        has_recovery: Whether to retry, check again and replan.
        workspace: Where to journal; nowhere if left out.

    Raises:
        InputError: If a fault is not one.
    """
    session = Session(deployment or Deployment.load(), seed=seed, workspace=workspace)
    session.disturb(faults)
    if not has_recovery:
        session.without_recovery()
    return run_goal_in(session, text)


def run_goal_in(session: Session, text: str) -> RunResult:
    """Bring a goal in plain words about in a session, approving what the plan shows."""
    try:
        try:
            read = session.understand(text)
        except ModelError as error:
            goal = Goal(text=text)
            session.announce(goal, None)
            return session.conclude(goal, Verdict(Outcome.ERROR, str(error)))
        goal = read if isinstance(read, Goal) else Goal(text=text)
        unplanned = before_planning(session, read) if isinstance(read, Goal) else not_a_goal(read)
        if unplanned is not None:
            session.announce(goal, None)
            return session.conclude(goal, unplanned)
        plan = session.plan(goal)
        session.announce(goal, plan if isinstance(plan, Plan) else None)
        problem = before_running(session, plan)
        if problem is not None or isinstance(plan, Infeasible):
            return session.conclude(goal, problem or Verdict(Outcome.INFEASIBLE))
        return session.execute(plan, approved_by="the caller")
    finally:
        session.close()


def run_tree_in(session: Session, tree: TreeSpec, arguments: dict[str, str]) -> RunResult:
    """Run a tree that a person wrote in a session, approving what it shows."""
    try:
        plan = session.plan_tree(tree, arguments)
        session.announce(plan.goal, plan)
        problem = before_running(session, plan)
        if problem is not None:
            return session.conclude(plan.goal, problem)
        return session.execute(plan, approved_by="the caller")
    finally:
        session.close()


def not_a_goal(read: Question | Refusal) -> Verdict:
    """Return the verdict on a text that is not read as a goal."""
    if isinstance(read, Question):
        return Verdict(Outcome.CLARIFY, read.text)
    return Verdict(Outcome(read.kind), read.message)


def before_planning(session: Session, goal: Goal) -> Verdict | None:
    """Return the verdict on a goal that needs no plan; None if it is to be planned."""
    if not session.is_already_true(goal):
        return None
    facts, members = session.world_model.facts, session.world_model.members.copy()
    if goal.to_look_into(facts, session.deployment.domain):
        return None
    empty, unknown = goal.empty_parts(facts, members), goal.unknown(facts)
    nothing = f"nothing is known that this is about: {', '.join(map(str, empty))}"
    if empty and unknown:
        unseen = ", ".join(unknown)
        return Verdict(Outcome.CLARIFY, f"{nothing}; not known of: {unseen}; find those first?")
    message = "the goal is already true; nothing was moved"
    return Verdict(Outcome.ALREADY_TRUE, f"{message} ({nothing})" if empty else message)


def before_running(session: Session, plan: Plan | Infeasible) -> Verdict | None:
    """Return the verdict on a plan that must not run; None if it may be shown for approval.

    Raises:
        InputError: If nothing serves one of its skills.
    """
    if isinstance(plan, Infeasible):
        return Verdict(Outcome.INFEASIBLE, plan.message(session.deployment.domain))
    session.require_served(plan)
    refusal = session.planner.refusal(plan, session.world_model.planning_problem)
    return Verdict(Outcome.REFUSED, refusal) if refusal else None
