"""``treehand run``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from treehand.cli.options import (
    Approve,
    Folder,
    Json,
    LlmTree,
    RunningOptions,
    Seed,
    Speed,
    StateFile,
    TreeArguments,
    Yes,
)
from treehand.cli.run_report import run_and_report
from treehand.cli.terminal import TerminalInput, approver, person_at
from treehand.cli.tree_arguments import tree_arguments
from treehand.cli.views.live_view import LiveView
from treehand.cli.views.output import console_for, print_goal
from treehand.cli.views.streaming_output import let_hear, print_calls
from treehand.core.clock import Clock, MonotonicClock, VirtualClock
from treehand.core.errors import InputError
from treehand.orchestrator.config.deployment import Deployment, require_speed
from treehand.orchestrator.people.approval import ApprovalPolicy
from treehand.orchestrator.running.result import Outcome, RunResult, Verdict
from treehand.orchestrator.sessions.film import FilmRecorder
from treehand.orchestrator.sessions.llm_tree import write_plan
from treehand.orchestrator.sessions.pipeline import before_planning, before_running, not_a_goal
from treehand.orchestrator.sessions.session import Session
from treehand.orchestrator.store.workspace import Workspace, WorldPlace
from treehand.planners import Goal, Infeasible, Plan, Question
from treehand.trees import PersonQuestion, load_tree
from treehand.worlds import WorldKind

EXAMPLE = """treehand run "put the red mug in the sink" --yes
treehand run "clean the kitchen" --inject "grasp-dropped@pick(red_mug):1"
treehand run --tree put_away.tree.yaml --with item=red_mug --with place=sink"""
Proposal = tuple[Goal, Plan | Infeasible | Verdict]
"""A goal as it was understood, and its plan, or the verdict that keeps it from being planned."""


def run(
    goal: Annotated[str, typer.Argument(help="What shall be done, in plain words.")] = "",
    *,
    yes: Yes = False,
    seed: Seed = 0,
    as_json: Json = False,
    tree: Annotated[
        Path | None,
        typer.Option(help="Run this tree file instead of planning; a goal says what it is for."),
    ] = None,
    with_: TreeArguments = None,
    inject: Annotated[
        list[str] | None,
        typer.Option(help="Fault on purpose: grasp-dropped@pick(red_mug):1, close(fridge)@30s."),
    ] = None,
    speed: Speed = None,
    deployment: RunningOptions,
    workspace: Folder = None,
    state: StateFile = None,
    approve: Approve = None,
    llm_tree: LlmTree = False,
    film: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.mp4|FILE.gif|FOLDER",
            help="Film the run, in worlds with cameras; into a folder, a picture every 5 s.",
        ),
    ] = None,
) -> None:
    """Plan a goal, ask for approval and run it.

    Failed steps are retried and planned anew; everything is written to the run's journal.
    """
    console = console_for(as_json=as_json, is_quiet=as_json and yes)

    def begin() -> tuple[Session, Callable[[], RunResult]]:
        _require_consistent(goal, tree, with_ or (), llm_tree=llm_tree)
        loaded = Deployment.load(deployment.overrides(tree_folder=tree.parent if tree else None))
        lines = TerminalInput()
        session = Session(
            loaded,
            seed=seed,
            clock=_clock(loaded.kind, speed),
            workspace=Workspace.find(workspace),
            person=person_at(console, lines),
            place=_place(loaded.kind, state),
            policy=ApprovalPolicy(approve) if approve else None,
        )
        lines.session = session
        let_hear(session, console)
        if film is None:
            return session, lambda: work(session)
        try:
            recorder = FilmRecorder(session.world_model.world, session.world_model.clock, film)
        except BaseException:
            session.close()
            raise
        return session, lambda: recorder.during(lambda: work(session))

    def work(session: Session) -> RunResult:
        session.disturb(tuple(inject or ()), may_be_killed=True)
        if tree is not None:
            proposal = _tree_proposal(session, tree, with_ or (), goal)
        elif llm_tree:
            proposal = _model_proposal(session, goal)
        else:
            proposal = _goal_proposal(session, goal)
        # Where nothing but a model says what is wanted, a person looks, whatever was approved.
        is_judged = not llm_tree or bool(proposal[0].literals())
        return _execute(session, console, proposal, yes=yes and is_judged)

    raise typer.Exit(run_and_report(begin, console, as_json=as_json, goal=goal))


def _require_consistent(
    goal: str, tree: Path | None, arguments: Sequence[str], *, llm_tree: bool
) -> None:
    """Raise `InputError` where options contradict each other."""
    if not goal and tree is None:
        hint = 'for example: treehand run "clean the kitchen"'
        raise InputError.of("no-goal", "give a goal in words, or --tree", hint=hint)
    if arguments and tree is None:
        hint = "name the objects in the goal itself"
        raise InputError.of("wrong-argument", "--with goes with --tree", hint=hint)
    if llm_tree and tree is not None:
        hint = "give a goal in words with --llm-tree"
        raise InputError.of("wrong-argument", "--llm-tree goes without --tree", hint=hint)
    tree_arguments(arguments)


def _clock(kind: WorldKind, speed: float | None) -> Clock:
    if speed is not None:
        require_speed(speed)
    is_virtual = kind.is_virtual and speed is None
    return VirtualClock() if is_virtual else MonotonicClock(speed or 1.0)


def _place(kind: WorldKind, state: Path | None) -> WorldPlace | None:
    if state is not None and not kind.is_virtual:
        hint = "the real one is its own state"
        message = f"--state is for simulated worlds, not '{kind.name}'"
        raise InputError.of("wrong-state", message, hint=hint)
    return WorldPlace.beside(state.absolute()) if state else None


def _tree_proposal(session: Session, path: Path, arguments: Sequence[str], text: str) -> Proposal:
    """Return a tree file as a plan, for the goal in words if there is one."""
    wanted: Goal | None = None
    if text:
        wanted, verdict = _understood(session, text)
        if verdict is not None:
            return wanted, verdict
    plan = session.plan_tree(load_tree(path), tree_arguments(arguments), wanted)
    return plan.goal, plan


def _model_proposal(session: Session, text: str) -> Proposal:
    """Return a tree that a language model writes for a goal."""
    written = write_plan(session, text)
    return (Goal(text=text) if isinstance(written, Verdict) else written.goal), written


def _goal_proposal(session: Session, text: str) -> Proposal:
    """Return the plan for a goal in words."""
    goal, verdict = _understood(session, text)
    return goal, verdict or session.plan(goal)


def _understood(session: Session, text: str) -> tuple[Goal, Verdict | None]:
    """Return the goal, and the verdict if it is not to be planned; ask back while it helps."""
    read = session.understand(text)
    while isinstance(read, Question) and read.options:
        answer = session.person.ask(PersonQuestion(read.text, read.options))
        if answer is None:
            options = ", ".join(f"'{option}'" for option in read.options)
            return Goal(text=text), Verdict(Outcome.CLARIFY, f"{read.text} ({options})")
        read = session.answered(read, answer)
    if not isinstance(read, Goal):
        return Goal(text=text), not_a_goal(read)
    return read, before_planning(session, read)


def _execute(session: Session, console: Console, proposal: Proposal, *, yes: bool) -> RunResult:
    """Show a plan, get it approved and run it; conclude with the verdict where there is one."""
    goal, plan = proposal
    if isinstance(plan, Verdict):
        session.announce(goal, None)
        return session.conclude(goal, plan)
    print_goal(console, goal)
    print_calls(console, session)
    session.announce(goal, plan if isinstance(plan, Plan) else None)
    problem = before_running(session, plan)
    if problem is not None or isinstance(plan, Infeasible):
        return session.conclude(goal, problem or Verdict(Outcome.INFEASIBLE))
    allowed = approver(console, session, yes=yes)(plan, ())
    if isinstance(allowed, Verdict):
        return session.conclude(goal, allowed, plan)
    console.print()
    with LiveView(console, session, plan.tree):
        return session.execute(plan, approved_by=allowed.by, confirms=allowed.confirms)
