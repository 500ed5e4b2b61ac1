"""``treehand plan``."""

from __future__ import annotations

import json
from pathlib import Path

from ...errors import InputError
from ...planners import Infeasible, Plan
from ...trees import tree_to_dict, tree_to_yaml
from ..achieve import before_planning, before_running
from ..deployment import Deployment
from ..result import Outcome
from ..session import Session
from .output import console_for, print_goal, print_plan


def plan_goal(
    text: str,
    *,
    as_json: bool,
    out: Path | None,
    seed: int,
    world: str | None,
    scene: Path | None,
    domain: Path | None,
    config: Path | None,
) -> int:
    """Understand and plan a goal, print both, and return the exit code."""
    deployment = Deployment.load(config=config, world=world, domain=domain, scene=scene)
    session = Session(deployment, seed=seed)
    console = console_for(as_json=as_json, is_quiet=as_json)
    goal = session.understand(text)
    plan = session.plan(goal) if goal.status == "plan" else Infeasible(goal, ())
    unserved: InputError | None = None
    verdict = before_planning(session, goal)
    try:
        verdict = verdict or before_running(session, plan)
    except InputError as error:
        unserved = error  # the plan is shown all the same: whoever writes a domain begins here
    outcome = verdict.outcome if verdict else Outcome.SUCCESS
    if goal.status == "plan":
        print_goal(console, goal)
    if isinstance(plan, Plan):
        print_plan(console, plan)
        if out is not None:
            out.write_text(tree_to_yaml(plan.tree), encoding="utf-8")
            console.print(f"  written to {out}")
    if verdict is not None:
        options = f" ({', '.join(goal.options)})" if goal.options else ""
        console.print(f"\n{verdict.outcome.value}  {verdict.message}{options}", markup=False)
    if as_json:
        report: dict[str, object] = {
            "outcome": outcome.value,
            "goal": {"words": goal.words, "literals": goal.literals()},
            "message": verdict.message if verdict else "",
            **_plan_report(plan),
        }
        print(json.dumps(report, ensure_ascii=False))
    if unserved is not None:
        raise unserved
    return outcome.exit_code


def _plan_report(plan: Plan | Infeasible) -> dict[str, object]:
    if isinstance(plan, Infeasible):
        return dict.fromkeys(("plan_hash", "estimates", "certificate", "tree"))
    return {
        "plan_hash": plan.hash,
        "estimates": plan.estimates.model_dump(),
        "certificate": plan.certificate.model_dump(),
        "tree": tree_to_dict(plan.tree),
    }
