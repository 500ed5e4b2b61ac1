"""What can become of a plan in this session's world, when steps fail."""

from __future__ import annotations

from collections.abc import Sequence

from treehand.orchestrator.sessions.session import Session
from treehand.planners import MAX_STATES, Plan, Verification, VerificationProblem, verify
from treehand.skills.domain import Formula


def verify_plan(
    session: Session,
    plan: Plan,
    *,
    failures: int = 1,
    never: Sequence[Formula] = (),
    max_states: int = MAX_STATES,
    max_s: float | None = None,
) -> Verification:
    """Return what can become of a plan, from what is believed now.

    Args:
        session: Its world, and what its deployment says must never be.
        plan: The plan.
        failures: How many failures in one run are allowed for.
        never: What must not become true, besides.
        max_states: How many states are looked at, at most.
        max_s: Seconds of this machine after which it stops; no limit if left out.
    """
    problem = VerificationProblem(
        session.world_model.planning_problem,
        plan.tree,
        plan.arguments,
        plan.goal,
        (*session.deployment.never, *plan.goal.never, *never),
        failures=failures,
        max_states=max_states,
        max_s=max_s,
    )
    return verify(problem)
