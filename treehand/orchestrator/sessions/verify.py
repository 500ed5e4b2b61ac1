"""Verification of a plan from what a robot believes now."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from treehand.orchestrator.sessions.robot import Robot
from treehand.planners import (
    MAX_STATES,
    Plan,
    Verification,
    VerificationProblem,
    VerificationProgress,
    verify,
)
from treehand.skills.domain import Formula

APPROVAL_S = 10.0
"""Longest time for the verification of a plan that a person waits for, in seconds."""


def verify_plan(
    robot: Robot,
    plan: Plan,
    *,
    failures: int = 1,
    never: Sequence[Formula] = (),
    max_states: int = MAX_STATES,
    max_s: float | None = None,
    tell: Callable[[VerificationProgress], None] | None = None,
) -> Verification:
    """Return the result of exploring every declared failure of a plan's steps.

    Args:
        robot: Its beliefs are where the exploration starts; its constraints must hold.
        plan: The plan.
        failures: Greatest number of failures in one run.
        never: Further constraints.
        max_states: Greatest number of states to explore.
        max_s: Seconds of this machine after which it ends; no limit if left out.
        tell: Called at every state with the progress so far.
    """
    standing = robot.parts.proposer.reader.standing.orders.formulas()
    orders = tuple(one for one in standing if one.holds(robot.world.facts) is not True)
    problem = VerificationProblem(
        robot.world.planning_problem,
        plan.tree,
        plan.arguments,
        plan.goal,
        (*robot.deployment.never, *orders, *plan.goal.never, *never),
        failures=failures,
        max_states=max_states,
        max_s=max_s,
        tell=tell,
    )
    return verify(problem)
