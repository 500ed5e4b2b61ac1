"""``treehand plan``."""

from __future__ import annotations

import json
from pathlib import Path

from treehand.cli.output import console_for, print_goal, print_plan, write_text
from treehand.cli.streaming_output import let_hear, print_calls
from treehand.cli.verification_text import print_verification, verification_as_data
from treehand.core.errors import InputError
from treehand.orchestrator.config.deployment import Deployment, DeploymentOverrides
from treehand.orchestrator.running.result import Outcome, Verdict
from treehand.orchestrator.sessions.llm_tree import write_plan
from treehand.orchestrator.sessions.pipeline import before_planning, before_running, not_a_goal
from treehand.orchestrator.sessions.session import Session
from treehand.orchestrator.sessions.verify import verify_plan
from treehand.orchestrator.store.workspace import Workspace
from treehand.planners import Goal, Infeasible, Plan, Question, Verification
from treehand.planners.llm import ModelChoice
from treehand.skills.domain import Call, parse_call
from treehand.trees import tree_to_dict, tree_to_yaml


def plan_goal(
    text: str,
    *,
    as_json: bool,
    out: Path | None,
    pddl_out: Path | None,
    failures: int,
    seed: int,
    world: str | None,
    scene: Path | None,
    domain: Path | None,
    config: Path | None,
    workspace: Path | None,
    success: float | None,
    llm: ModelChoice,
    llm_tree: bool,
) -> int:
    """Understand and plan a goal, print both, and return the exit code."""
    deployment = Deployment.load(
        DeploymentOverrides(
            config=config,
            world=world,
            domain=domain,
            scene=scene,
            llm=llm.model,
            llm_log=llm.is_logged,
            llm_record=llm.record,
            success=success,
        )
    )
    session = Session(deployment, seed=seed, workspace=Workspace.find(workspace))
    console = console_for(as_json=as_json, is_quiet=as_json)
    let_hear(session, console)
    plan, verdict = _planned(session, text, llm_tree=llm_tree)
    goal = plan.goal
    unserved: InputError | None = None
    try:
        verdict = verdict or before_running(session, plan)
    except InputError as error:
        unserved = error  # the plan is shown all the same: whoever writes a domain begins here
    outcome = verdict.outcome if verdict else Outcome.SUCCESS
    is_goal = bool(goal.words)
    if is_goal:
        print_goal(console, goal)
        print_calls(console, session)
    if pddl_out is not None and is_goal:
        from treehand.planners.pddl import write_pddl

        problem = session.world_model.planning_problem
        write_pddl(problem, problem.ground(goal), pddl_out)
        console.print(f"  written to {pddl_out}/domain.pddl and problem.pddl")
    least_s: float | None = None
    verification: Verification | None = None
    if isinstance(plan, Plan):
        verification = verify_plan(session, plan, failures=failures)
        least_s = session.planner.least_duration_s(goal, session.world_model.planning_problem)
        print_plan(console, plan)
        if least_s is not None:
            console.print(f"  no plan takes less than {least_s:.0f} s, by typical durations")
        print_verification(console, verification)
        if out is not None:
            write_text(out, tree_to_yaml(plan.tree))
            console.print(f"  written to {out}")
    if verdict is not None:
        console.print(f"\n{verdict.outcome.value}  {verdict.message}", markup=False)
    if as_json:
        report: dict[str, object] = {
            "outcome": outcome.value,
            "goal": {
                "words": goal.words,
                "literals": goal.literals(),
                "before": [str(formula) for formula in goal.before],
                "never": [str(formula) for formula in goal.never],
                "within_s": goal.within_s,
            },
            "message": verdict.message if verdict else "",
            **_plan_report(plan),
            "least_duration_s": least_s,
            "verification": verification_as_data(verification) if verification else None,
        }
        print(json.dumps(report, ensure_ascii=False))
    if unserved is not None:
        raise unserved
    return outcome.exit_code


def _planned(
    session: Session, text: str, *, llm_tree: bool
) -> tuple[Plan | Infeasible, Verdict | None]:
    """Return a plan for a text, and the verdict on what is not to be planned for."""
    if llm_tree:
        written = write_plan(session, text)
        if isinstance(written, Verdict):
            return Infeasible(Goal(text=text), ()), written
        return written, None
    read = session.understand(text)
    if isinstance(read, Goal):
        return session.plan(read), before_planning(session, read)
    verdict = not_a_goal(read)
    if isinstance(read, Question) and read.options:
        verdict = Verdict(verdict.outcome, f"{read.text} ({', '.join(read.options)})")
    return Infeasible(Goal(text=text), ()), verdict


def _action(call: Call) -> str:
    """Return a step as a plan of PDDL writes it."""
    return f"({' '.join((call.name, *call.arguments))})"


def _plan_report(plan: Plan | Infeasible) -> dict[str, object]:
    if isinstance(plan, Infeasible):
        return dict.fromkeys(("plan_hash", "estimates", "certificate", "actions", "tree"))
    return {
        "plan_hash": plan.hash,
        "estimates": plan.estimates.model_dump(),
        "certificate": plan.certificate.model_dump(),
        "actions": [_action(parse_call(step)) for step in plan.certificate.steps],
        "tree": tree_to_dict(plan.tree),
    }
