"""``treehand verify``."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from treehand.cli.output import console_for
from treehand.cli.tree_arguments import tree_arguments
from treehand.cli.verification_text import print_verification, verification_as_data
from treehand.core.errors import InputError
from treehand.orchestrator.config.deployment import Deployment, DeploymentOverrides
from treehand.orchestrator.sessions.pipeline import not_a_goal
from treehand.orchestrator.sessions.session import Session
from treehand.orchestrator.sessions.verify import verify_plan
from treehand.planners import (
    Goal,
    Infeasible,
    Plan,
    Question,
    Verification,
    choices,
    count_of_choices,
)
from treehand.skills.domain import Formula, SyntaxFault, comparisons, parse_formula
from treehand.trees import TreeSpec, load_tree

MAX_CHOICES = 64
"""Most choices of arguments that are verified, where none are given."""


@dataclass(frozen=True)
class VerifyOptions:
    """The options of ``treehand verify``; see its help."""

    tree: Path | None
    goal: str
    arguments: tuple[str, ...]
    never: tuple[str, ...]
    failures: int
    max_states: int
    max_s: float | None
    json: bool
    world: str | None
    scene: Path | None
    domain: Path | None
    config: Path | None


@dataclass(frozen=True)
class _Verified:
    """One choice of arguments, and what became of it."""

    arguments: dict[str, str]
    result: Verification


def verify_tree(options: VerifyOptions) -> int:
    """Verify a tree, or the plan for a goal, print what was found and return the exit code."""
    if options.tree is None and not options.goal:
        hint = 'for example: treehand verify serve.tree.yaml --goal "on(apple, table)"'
        raise InputError.of("no-goal", "give a tree file, a goal, or both", hint=hint)
    deployment = Deployment.load(
        DeploymentOverrides(
            config=options.config,
            world=options.world,
            domain=options.domain,
            scene=options.scene,
            tree_folder=options.tree.parent if options.tree else None,
        )
    )
    session = Session(deployment, seed=0)
    console = console_for(as_json=options.json, is_quiet=options.json)
    never = [_formula(text, deployment) for text in options.never]
    started_s = time.perf_counter()
    verified: list[_Verified] = []
    for plan in _plans(options, session):
        result = verify_plan(
            session,
            plan,
            failures=options.failures,
            never=never,
            max_states=options.max_states,
            max_s=options.max_s,
        )
        verified.append(_Verified(plan.arguments, result))
    took_s = time.perf_counter() - started_s
    count = _count(options, session)
    is_proven = all(one.result.is_proven for one in verified) and len(verified) == count
    if options.json:
        print(json.dumps(_report(verified, count, is_proven=is_proven, took_s=took_s)))
    else:
        _print(console, verified, count, is_proven=is_proven, took_s=took_s)
    return 0 if is_proven else 1


def _plans(options: VerifyOptions, session: Session) -> Iterator[Plan]:
    """Yield what is to be verified: the plan for a goal, or the tree with each choice of things."""
    goal = _goal(options.goal, session) if options.goal else None
    if options.tree is None:
        assert goal is not None
        plan = session.plan(goal)
        if isinstance(plan, Infeasible):
            message = plan.message(session.deployment.domain)
            raise InputError.of("infeasible-goal", f"there is no plan: {message}")
        yield plan
        return
    tree = load_tree(options.tree)
    given = tree_arguments(options.arguments)
    for name, kind in tree.params.items():
        if not given and not session.world_model.facts.objects(kind):
            message = f"there is nothing of type '{kind}' here for '{name}'"
            raise InputError.of("wrong-argument", message, span=tree.span("params"))
    every = [given] if given else choices(tree, session.world_model.facts, MAX_CHOICES)
    for arguments in every:
        yield session.plan_tree(tree, arguments, goal or _achieved(tree, arguments))


def _count(options: VerifyOptions, session: Session) -> int:
    """Return how many choices of arguments there are to verify."""
    if options.tree is None or options.arguments:
        return 1
    return count_of_choices(load_tree(options.tree), session.world_model.facts)


def _goal(text: str, session: Session) -> Goal:
    read = session.understand(text)
    if isinstance(read, Goal):
        return read
    has_options = isinstance(read, Question) and bool(read.options)
    options = f" ({', '.join(read.options)})" if isinstance(read, Question) and has_options else ""
    raise InputError.of("unclear-goal", f"'{text}': {not_a_goal(read).message}{options}")


def _achieved(tree: TreeSpec, arguments: dict[str, str]) -> Goal | None:
    """Return what a tree says it achieves, as a goal; None if it does not say."""
    if tree.achieves is None:
        return None
    wanted = tree.achieves.substitute(arguments)
    return Goal(text=str(wanted), formula=wanted, words=str(wanted))


def _formula(text: str, deployment: Deployment) -> Formula:
    try:
        formula = parse_formula(text)
    except SyntaxFault as fault:
        message = f"--never '{text}', column {fault.column + 1}: {fault}"
        raise InputError.of("wrong-syntax", message, hint=fault.hint) from fault
    for entry in comparisons(formula):
        message = f"--never: '{entry}' is about an entry, which only trees have"
        raise InputError.of("wrong-syntax", message, hint="name facts: not is_open(fridge)")
    for mismatch in deployment.vocabulary.check(formula, {}):
        raise InputError.of(mismatch.code, f"--never: {mismatch.message}", hint=mismatch.hint)
    return formula


def _print(
    console: Console, verified: Sequence[_Verified], count: int, *, is_proven: bool, took_s: float
) -> None:
    for one in verified:
        if len(verified) > 1:
            console.print(f"\nwith {_said(one.arguments)}", markup=False)
        print_verification(console, one.result)
    verdict = "proven" if is_proven else "not proven"
    if len(verified) < count:
        some = f"{len(verified)} of {count} choices of arguments were looked at; give --with"
        console.print(f"\n{some}")
    console.print(f"\n{verdict}  in {took_s:.1f} s, of the action models as they are")


def _said(arguments: dict[str, str]) -> str:
    return ", ".join(f"{name}={value}" for name, value in arguments.items()) or "no arguments"


def _report(
    verified: Sequence[_Verified], count: int, *, is_proven: bool, took_s: float
) -> dict[str, object]:
    return {
        "proven": is_proven,
        "choices": count,
        "seconds": round(took_s, 3),
        "verified": [
            {"arguments": one.arguments, **verification_as_data(one.result)} for one in verified
        ],
    }
