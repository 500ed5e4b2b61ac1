"""``treehand plan``."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from treehand.authoring.tree_file import tree_file_text, tree_name
from treehand.cli.arguments.options import (
    Decompose,
    Failures,
    Folder,
    Json,
    LlmTree,
    PlanningOptions,
    Seed,
)
from treehand.cli.views.finding_formats import finding_line
from treehand.cli.views.output import console_for, print_goal, print_plan, write_text
from treehand.cli.views.plain_output import complain, print_json, print_lines
from treehand.cli.views.progress import waiting
from treehand.cli.views.streaming_output import hearing, print_calls
from treehand.cli.views.verification_text import print_verification, verification_as_data
from treehand.core.errors import Finding, InputError
from treehand.core.exit_codes import ExitCode
from treehand.orchestrator.config.budgets import Budgets
from treehand.orchestrator.config.deployment import Deployment
from treehand.orchestrator.running.result import Outcome, Verdict
from treehand.orchestrator.sessions.decomposition import decompose as decompose_goal
from treehand.orchestrator.sessions.llm_tree import write_plan
from treehand.orchestrator.sessions.robot import Robot
from treehand.orchestrator.sessions.robot_settings import RobotSettings
from treehand.orchestrator.sessions.runs.run_session import already_true
from treehand.orchestrator.sessions.runs.verdicts import verdict_on
from treehand.orchestrator.sessions.verify import APPROVAL_S, verify_plan
from treehand.orchestrator.store.workspace import Workspace
from treehand.planners import (
    Goal,
    Infeasible,
    Plan,
    PlanningLimits,
    Question,
    Refusal,
    Verification,
)
from treehand.planners.goals.planning_limits import OutOfLimits
from treehand.skills.domain import Call
from treehand.trees import tree_to_dict
from treehand.trees.format.spec_drawing import tree_of_spec

if TYPE_CHECKING:
    from treehand.planners.pddl import PddlPlan
    from treehand.planners.search.tree_search import NotFound

EXAMPLE = """treehand plan "clean the kitchen"
treehand plan "put the red mug in the sink" --out mug.tree.yaml"""


class Engine(StrEnum):
    """Planner of PDDL files."""

    TREEHAND = "treehand"
    FAST_DOWNWARD = "fast-downward"


def plan(
    goal: Annotated[str | None, typer.Argument(help="What shall be done, in plain words.")] = None,
    *,
    as_json: Json = False,
    out: Annotated[Path | None, typer.Option(help="Write the tree to this file.")] = None,
    pddl: Annotated[
        tuple[Path, Path] | None,
        typer.Option(metavar="DOMAIN PROBLEM", help="Plan for two PDDL files in place of a goal."),
    ] = None,
    engine: Annotated[
        Engine, typer.Option(help="Planner of PDDL files; Fast Downward if it is installed.")
    ] = Engine.TREEHAND,
    pddl_out: Annotated[
        Path | None, typer.Option(help="Write domain, scene and goal to this folder, as PDDL.")
    ] = None,
    failures: Failures = 1,
    seed: Seed = 0,
    deployment: PlanningOptions,
    workspace: Folder = None,
    llm_tree: LlmTree = False,
    decompose: Decompose = False,
) -> None:
    """Plan a goal; nothing moves.

    Prints the goal as it is understood, the tree, estimates, and what the tree was verified
    against.
    """
    if (goal is None) == (pddl is None):
        raise typer.BadParameter("give a goal in words, or --pddl with two files")
    if pddl is not None and pddl_out is not None:
        raise typer.BadParameter("--pddl-out goes with a goal in words")
    if engine is not Engine.TREEHAND and pddl is None:
        raise typer.BadParameter("--engine goes with --pddl")
    if out is not None:
        tree_name(out)  # before anything is planned, and perhaps paid for
    console = console_for(as_json=as_json, is_quiet=as_json)
    if pddl is not None:
        budgets = Budgets().with_overrides(deployment.overrides())
        limits = PlanningLimits(budgets.planning_time, budgets.planning_memory)
        raise typer.Exit(_plan_pddl(*pddl, console, limits, engine, as_json=as_json, out=out))
    assert goal is not None
    loaded = Deployment.load(deployment.overrides())
    settings = RobotSettings(seed=seed, keeps_orders=False, tell=complain)
    robot = Robot(loaded, workspace=Workspace.find(workspace), settings=settings)
    with hearing(robot, console):
        found, verdict = _planned(robot, goal, llm_tree=llm_tree, is_open=decompose)
    unserved: InputError | None = None
    try:
        checked = robot.parts.proposer.checked(found, robot.world)
        if verdict is None and isinstance(checked, Refusal):
            verdict = verdict_on(checked)
    except InputError as error:
        unserved = error  # the plan is shown all the same: whoever writes a domain begins here
    if found.goal.words:
        print_goal(console, found.goal)
        print_calls(console, robot.parts.proposer.reader)
        if pddl_out is not None:
            _write_pddl(robot, found.goal, pddl_out, console)
    least_s: float | None = None
    verification: Verification | None = None
    if isinstance(found, Plan):
        max_s = _verifying_s(failures)
        with waiting(console, "verifying") as tell:
            verification = verify_plan(robot, found, failures=failures, max_s=max_s, tell=tell)
        planner, problem = robot.parts.proposer.planner, robot.world.planning_problem
        least_s = planner.least_duration_s(found.goal, problem)
        _show(console, found, verification, least_s)
        if out is not None:
            write_text(out, tree_file_text(found.tree, out))
            console.print(f"  written to {out}")
            if found.goal.manner is not None:
                told = (
                    f"a tree holds no manner: run from the file it is not done {found.goal.manner}"
                )
                console.print(f"  {told}")
    if verdict is not None:
        console.print(f"\n{verdict.outcome.value}  {verdict.message}")
    if as_json:
        print_json(_report(found, verdict, verification, least_s))
    if unserved is not None:
        raise unserved
    raise typer.Exit((verdict.outcome if verdict else Outcome.SUCCESS).exit_code)


def _verifying_s(failures: int) -> float:
    """Return the longest time for the verification: several failures in one run take longer."""
    return APPROVAL_S * max(1, failures) ** 3


def _planned(
    robot: Robot, text: str, *, llm_tree: bool, is_open: bool
) -> tuple[Plan | Infeasible, Verdict | None]:
    """Return a plan for a text, and the verdict on what is not to be planned for."""
    if llm_tree:
        written = write_plan(robot, text)
        if isinstance(written, Refusal):
            return Infeasible(Goal(text=text), ()), verdict_on(written)
        return written, None
    proposer, world = robot.parts.proposer, robot.world
    if is_open:
        split = decompose_goal(robot, text)
        asked = split if isinstance(split, Refusal) else split.question()
        whole = None if isinstance(split, Refusal) else split.whole
        plan = Infeasible(Goal(text=text), ()) if whole is None else proposer.plan(whole, world)
        return plan, verdict_on(asked)
    read = proposer.read(text, world)
    if not isinstance(read, Goal):
        return Infeasible(Goal(text=text), ()), verdict_on(read)
    holds = proposer.already_true(read, world)
    if isinstance(holds, Question):
        return Infeasible(read, ()), verdict_on(holds)
    return proposer.plan(read, world), already_true(read, world) if holds else None


def _write_pddl(robot: Robot, goal: Goal, folder: Path, console: Console) -> None:
    from treehand.planners.pddl.writer import write_pddl

    problem = robot.world.planning_problem
    write_pddl(problem, problem.ground(goal), folder)
    console.print(f"  written to {folder}/domain.pddl and problem.pddl")


def _show(console: Console, plan: Plan, verification: Verification, least_s: float | None) -> None:
    print_plan(console, plan)
    if least_s is not None:
        console.print(f"  no plan takes less than {least_s:.0f} s, by typical durations")
    print_verification(console, verification)


def _report(
    plan: Plan | Infeasible,
    verdict: Verdict | None,
    verification: Verification | None,
    least_s: float | None,
) -> dict[str, object]:
    """Return the JSON object that ``--json`` prints."""
    goal = plan.goal
    return {
        "outcome": (verdict.outcome if verdict else Outcome.SUCCESS).value,
        "goal": {
            "words": goal.words,
            "literals": goal.literals(),
            "before": [str(formula) for formula in goal.before],
            "never": [str(formula) for formula in goal.never],
            "cases": [str(part) for part in goal.cases],
            "requirements": [str(one) for one in goal.requirements],
            "within_s": goal.within_s,
            "manner": goal.manner,
        },
        "message": verdict.message if verdict else "",
        **_plan_report(plan),
        "least_duration_s": least_s,
        "verification": verification_as_data(verification) if verification else None,
    }


def _action(call: Call) -> str:
    """Return a step as a plan of PDDL writes it."""
    return f"({' '.join((call.name, *call.arguments))})"


def _plan_report(plan: Plan | Infeasible) -> dict[str, object]:
    if isinstance(plan, Infeasible):
        keys = ("plan_hash", "estimates", "certificate", "actions", "cautions", "tree")
        return dict.fromkeys(keys)
    return {
        "plan_hash": plan.hash,
        "estimates": plan.estimates.model_dump(),
        "certificate": plan.certificate.model_dump(),
        "actions": [_action(step) for step in plan.certificate.steps],
        "cautions": [caution.as_data() for caution in plan.cautions],
        "tree": tree_to_dict(plan.tree),
    }


def _pddl_plan(
    domain: Path, problem: Path, console: Console, limits: PlanningLimits, engine: Engine
) -> tuple[Sequence[Finding], PddlPlan | NotFound]:
    """Return the warnings of two PDDL files, which are told, and the plan or why there is none."""
    from treehand.planners.pddl import plan_pddl, plan_pddl_by_engine, read_pddl
    from treehand.planners.search.tree_search import NotFound

    deadline = limits.begin()
    within = "" if limits.max_s is None else f", for at most {limits.max_s:g} s"
    try:
        with waiting(console, f"reading{within}"):
            read = read_pddl(domain, problem, deadline)
    except OutOfLimits as out:
        why = f"not decided {out.why}: the files were not read by then"
        return (), NotFound(is_proven=False, why=why)
    for warning in read.warnings:
        print_lines(finding_line(warning), to_stderr=True)
    with waiting(console, f"planning{within}"):
        if engine is Engine.FAST_DOWNWARD:
            return read.warnings, plan_pddl_by_engine(read, domain, problem, deadline)
        return read.warnings, plan_pddl(read, deadline=deadline)


def _plan_pddl(
    domain: Path,
    problem: Path,
    console: Console,
    limits: PlanningLimits,
    engine: Engine,
    *,
    as_json: bool,
    out: Path | None,
) -> ExitCode:
    """Plan for a PDDL problem, print the plan, and return the exit code."""
    from treehand.planners.pddl import PddlPlan

    warnings, plan = _pddl_plan(domain, problem, console, limits, engine)
    if isinstance(plan, PddlPlan):
        outcome, message = Outcome.SUCCESS, plan.checked
        console.print(tree_of_spec(plan.tree))
        for action in plan.actions:
            console.print(f"  {action}")
        console.print(f"  cost {plan.cost:g}; no plan costs less than {plan.bound:g}")
        console.print(f"  checked: {message}")
        if out is not None:
            write_text(out, tree_file_text(plan.tree, out))
            console.print(f"  written to {out}")
    else:
        outcome = Outcome.INFEASIBLE if plan.is_proven else Outcome.FAILURE
        message = plan.why
        console.print(f"{outcome.value}  {message}")
    if as_json:
        found = plan if isinstance(plan, PddlPlan) else None
        report = {
            "outcome": outcome.value,
            "message": message,
            "warnings": [str(warning) for warning in warnings],
            "actions": list(found.actions) if found else None,
            "cost": found.cost if found else None,
            "bound": found.bound if found else None,
            "tree": tree_to_dict(found.tree) if found else None,
        }
        print_json(report)
    return outcome.exit_code
