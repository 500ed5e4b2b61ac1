"""One call of a skill, without recovery, in a world that is made ready for it."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from treehand.core.events import SkillEnded, SkillStarted
from treehand.orchestrator.config.deployment import Deployment
from treehand.orchestrator.sessions.pipeline import run_plan
from treehand.orchestrator.sessions.robot import Robot
from treehand.planners import Goal, Plan
from treehand.skills.domain import AllOf, Call, Formula
from treehand.trees import TreeSpec, parse_tree

APPROVER = "treehand evaluate"


@dataclass(frozen=True, slots=True)
class TriedCall:
    """End of a call."""

    is_success: bool
    """True if the skill said so, and its effects were true in the world itself."""
    code: str | None
    """Failure code; ``not-true`` if the skill claimed what was not so."""
    detail: str
    begun_s: float
    """Run time at which the skill began."""
    sim_s: float
    """Run time of the skill."""
    cpu_s: float
    """CPU time of the skill."""


def attempt(
    robot: Robot,
    deployment: Deployment,
    call: Call,
    begin: Callable[[], None] = lambda: None,
) -> TriedCall | None:
    """Run one call, after what it takes, which other skills make true.

    Args:
        robot: A robot that has not run anything; its runs have no recovery.
        deployment: Its deployment.
        call: The call.
        begin: Called just before.

    Returns:
        How it ended; None if the call is impossible, or there is nothing to do.
    """
    effects = _grounded(deployment.domain.skills[call.name].effects, call, deployment)
    if not _is_prepared(robot, deployment, call) or AllOf(effects).holds(robot.world.facts):
        return None
    plan = robot.propose_tree(_tree(call, deployment), {})
    if not isinstance(plan, Plan):
        return None
    begin()
    began_s = time.process_time()
    begun: list[SkillStarted] = []
    ends: list[SkillEnded] = []
    robot.on(SkillStarted, begun.append)
    robot.on(SkillEnded, ends.append)
    run_plan(robot, plan, by=APPROVER)
    truth = robot.world.checked.truth()
    end = next((one for one in ends if one.call == call), None)
    if end is None:
        return None
    is_true = truth is None or AllOf(effects).holds(truth) is True
    has_claimed = end.result == "success"
    return TriedCall(
        is_success=has_claimed and is_true,
        code="not-true" if has_claimed and not is_true else end.code,
        detail=end.detail,
        begun_s=begun[0].t_s,
        sim_s=end.t_s - begun[0].t_s,
        cpu_s=time.process_time() - began_s,
    )


def _grounded(
    formulas: Sequence[Formula], call: Call, deployment: Deployment
) -> tuple[Formula, ...]:
    params = deployment.domain.skills[call.name].params
    binding = dict(zip(params, call.arguments, strict=True))
    return tuple(one.substitute(binding) for one in formulas)


def _is_prepared(robot: Robot, deployment: Deployment, call: Call) -> bool:
    """Make the preconditions of a call true, as a plan does; return False if they stay false."""
    wanted = AllOf(_grounded(deployment.domain.skills[call.name].preconditions, call, deployment))
    if wanted.holds(robot.world.facts) is True:
        return True
    plan = robot.propose_reading(Goal(text=f"prepare {call}", formula=wanted))
    if not isinstance(plan, Plan) or call in plan.steps:
        return False
    run_plan(robot, plan, by=APPROVER)
    return wanted.holds(robot.world.facts) is True


def _tree(call: Call, deployment: Deployment) -> TreeSpec:
    data = {"tree": "trial", "domain": deployment.domain.domain, "root": {"do": str(call)}}
    return parse_tree(json.dumps(data), file="trial")
