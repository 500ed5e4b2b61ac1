"""``treehand verify``."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from treehand.cli.arguments.options import DeploymentOptions, Failures, Json, Load
from treehand.cli.arguments.tree_arguments import tree_arguments
from treehand.cli.views.not_loaded import print_not_loaded
from treehand.cli.views.output import console_for
from treehand.cli.views.plain_output import print_json
from treehand.cli.views.progress import progress_bar
from treehand.cli.views.verification_text import (
    VerifiedChoice,
    print_choices,
    print_verification,
    verdict_lines,
    verification_as_data,
)
from treehand.core.errors import InputError
from treehand.core.exit_codes import ExitCode
from treehand.core.text.outside_text import shortened
from treehand.orchestrator.config.deployment import Deployment
from treehand.orchestrator.config.model_trust import asking_no_stranger
from treehand.orchestrator.sessions.robot import Robot
from treehand.orchestrator.sessions.runs.verdicts import verdict_on
from treehand.orchestrator.sessions.verify import verify_plan
from treehand.planners import (
    Goal,
    Infeasible,
    Plan,
    Question,
    choices,
    count_of_choices,
)
from treehand.skills.domain import Formula, SyntaxFault, comparisons, parse_formula
from treehand.trees import TreeSpec, load_tree

EXAMPLE = 'treehand verify serve.tree.yaml --goal "on(apple, table)"'
MAX_CHOICES = 64
"""Most choices of arguments that are verified, where none are given."""


def verify(
    tree: Annotated[
        Path | None, typer.Argument(help="Tree file; the plan for the goal if left out.")
    ] = None,
    *,
    goal: Annotated[
        str,
        typer.Option(help="Its goal, in words or literals; what the file says if left out."),
    ] = "",
    with_: Annotated[
        list[str] | None,
        typer.Option("--with", help="Value for a parameter: NAME=OBJECT; each choice if left out."),
    ] = None,
    never: Annotated[
        list[str] | None, typer.Option(help="What must not become true, as a formula.")
    ] = None,
    failures: Failures = 1,
    max_states: Annotated[int, typer.Option(min=1, help="Budget of states.")] = 20_000,
    max_s: Annotated[
        float | None, typer.Option("--max-seconds", min=0.0, help="Budget of time.")
    ] = None,
    show_all: Annotated[
        bool, typer.Option("--all", help="Tell each choice of arguments by itself.")
    ] = False,
    as_json: Json = False,
    load: Load = False,
    deployment: DeploymentOptions,
) -> None:
    """Verify a tree against failures of its steps.

    Proves that the goal is reached whatever fails, within the budget, or tells how it goes wrong.
    Exits with 1 if it is not proven. A world or planner of your own is not loaded without --load:
    the scene's start facts are used, and no language model is asked.
    """
    if tree is None and not goal:
        hint = 'for example: treehand verify serve.tree.yaml --goal "on(apple, table)"'
        raise InputError.of("no-goal", "give a tree file, a goal, or both", hint=hint)
    if tree is not None and " " in str(tree) and not tree.exists():
        hint = f'a goal in words goes with --goal: treehand verify --goal "{tree}"'
        raise InputError.of("no-goal", f"there is no tree file '{tree}'", hint=hint)
    overrides = deployment.overrides(tree_folder=tree.parent if tree else None)
    loaded = Deployment.load(overrides, imports=load)
    loaded = loaded if load else asking_no_stranger(loaded)
    print_not_loaded(loaded)
    robot = Robot(loaded, workspace=None)
    console = console_for(as_json=as_json, is_quiet=as_json)
    forbidden = [_formula(text, loaded) for text in never or ()]
    wanted = _goal(goal, robot) if goal else None
    count = 1
    if tree is None:
        assert wanted is not None
        plans: Iterable[Plan] = [_plan_for(wanted, robot)]
    else:
        plans, count = _plans_of(load_tree(tree), tree_arguments(with_ or ()), wanted, robot)
    started_s = time.perf_counter()
    verified: list[VerifiedChoice] = []
    shown = None if as_json else console
    with progress_bar(shown, min(count, MAX_CHOICES), what="choices") as advance:
        for plan in plans:
            result = verify_plan(
                robot,
                plan,
                failures=failures,
                never=forbidden,
                max_states=max_states,
                max_s=max_s,
            )
            verified.append(VerifiedChoice(plan.arguments, result))
            advance()
    took_s = time.perf_counter() - started_s
    is_proven = all(one.result.is_proven for one in verified) and len(verified) == count
    if as_json:
        print_json(_report(verified, count, is_proven=is_proven, took_s=took_s))
    else:
        _print(console, verified, show_all=show_all)
        if len(verified) < count:
            some = f"{len(verified)} of {count} choices of arguments were looked at; give --with"
            console.print(f"\n{some}")
        results = [one.result for one in verified]
        lines = verdict_lines(results, is_proven=is_proven)
        console.print("\n" + "\n".join(lines), soft_wrap=True)
        console.print(f"{took_s:.1f} s; it holds for the action models as they are")
    raise typer.Exit(ExitCode.SUCCESS if is_proven else ExitCode.FAILURE)


def _plan_for(goal: Goal, robot: Robot) -> Plan:
    plan = robot.parts.proposer.plan(goal, robot.world)
    if isinstance(plan, Infeasible):
        message = plan.message(robot.deployment.domain)
        error = InputError.of("infeasible-goal", f"there is no plan: {message}")
        error.exit_code = ExitCode.INFEASIBLE
        raise error
    return plan


def _plans_of(
    tree: TreeSpec, given: dict[str, str], goal: Goal | None, robot: Robot
) -> tuple[Iterable[Plan], int]:
    """Return a tree with the given arguments, or with each choice of them, and their number."""
    facts = robot.world.facts
    for name, kind in tree.params.items():
        if not given and not facts.objects(kind):
            message = f"there is nothing of type '{kind}' here for '{name}'"
            raise InputError.of("wrong-argument", message, span=tree.span("params"))
    every = [given] if given else choices(tree, facts, MAX_CHOICES)
    count = 1 if given else count_of_choices(tree, facts)
    plans = (
        robot.parts.proposer.plan_tree(tree, one, robot.world, goal or _achieved(tree, one))
        for one in every
    )
    return plans, count


def _goal(text: str, robot: Robot) -> Goal:
    read = robot.parts.proposer.read(text, robot.world)
    if isinstance(read, Goal):
        return read
    has_options = isinstance(read, Question) and bool(read.options)
    options = f" ({', '.join(read.options)})" if isinstance(read, Question) and has_options else ""
    verdict = verdict_on(read)
    error = InputError.of("unclear-goal", f"'{text}': {verdict.message}{options}")
    error.exit_code = verdict.outcome.exit_code
    raise error


def _achieved(tree: TreeSpec, arguments: dict[str, str]) -> Goal | None:
    """Return the `achieves` of a tree as a goal; None if it has none."""
    if tree.achieves is None:
        return None
    wanted = tree.achieves.substitute(arguments)
    return Goal(text=str(wanted), formula=wanted, words=str(wanted))


def _formula(text: str, deployment: Deployment) -> Formula:
    try:
        formula = parse_formula(text)
    except SyntaxFault as fault:
        message = f"--never '{shortened(text)}', column {fault.column + 1}: {fault}"
        raise InputError.of("wrong-syntax", message, hint=fault.hint) from fault
    for entry in comparisons(formula):
        message = f"--never: '{entry}' is about an entry, which only trees have"
        raise InputError.of("wrong-syntax", message, hint="name facts: not is_open(fridge)")
    for mismatch in deployment.vocabulary.check(formula, {}):
        raise InputError.of(mismatch.code, f"--never: {mismatch.message}", hint=mismatch.hint)
    return formula


def _print(console: Console, verified: Sequence[VerifiedChoice], *, show_all: bool) -> None:
    if len(verified) > 1 and not show_all:
        print_choices(console, verified)
        return
    for one in verified:
        if len(verified) > 1:
            console.print(f"\nwith {one}")
        print_verification(console, one.result)


def _report(
    verified: Sequence[VerifiedChoice], count: int, *, is_proven: bool, took_s: float
) -> dict[str, object]:
    return {
        "proven": is_proven,
        "choices": count,
        "seconds": round(took_s, 3),
        "verified": [
            {"arguments": one.arguments, **verification_as_data(one.result)} for one in verified
        ],
    }
