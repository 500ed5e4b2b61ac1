"""``treehand run``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from treehand.cli.arguments.options import (
    AcceptedDigest,
    AcceptedGoal,
    Approve,
    Decompose,
    Faults,
    Folder,
    GoalText,
    Json,
    LlmTree,
    Otel,
    PlanningOptions,
    Seed,
    Speed,
    StateFile,
    States,
    TreeArguments,
    Yes,
)
from treehand.cli.arguments.tree_arguments import tree_arguments
from treehand.cli.input.terminal import person_at, terminal_input
from treehand.cli.input.terminal_input import TerminalInput
from treehand.cli.plan_approval import TerminalApprover
from treehand.cli.run_report import run_and_report
from treehand.cli.run_tracing import tracing_for
from treehand.cli.views.live_view import LiveView
from treehand.cli.views.output import console_for, print_goal
from treehand.cli.views.plain_output import complain, print_lines
from treehand.cli.views.streaming_output import hearing, print_calls
from treehand.core.clock import Clock, MonotonicClock, VirtualClock
from treehand.core.errors import InputError
from treehand.orchestrator.config.budgets import require_speed
from treehand.orchestrator.config.deployment import Deployment
from treehand.orchestrator.people.approval import ApprovalPolicy, Approver
from treehand.orchestrator.people.person import asked
from treehand.orchestrator.proposing.proposer import Proposal
from treehand.orchestrator.running.result import Outcome, RunResult
from treehand.orchestrator.sessions.accepted_reading import AcceptedReading
from treehand.orchestrator.sessions.decomposition import decomposed
from treehand.orchestrator.sessions.experiment import Experiment
from treehand.orchestrator.sessions.film import FilmRecorder
from treehand.orchestrator.sessions.llm_tree import is_proven, write_plan
from treehand.orchestrator.sessions.pipeline import ask_person, settled, settled_reading
from treehand.orchestrator.sessions.robot import NotApproved, Robot
from treehand.orchestrator.sessions.robot_settings import RobotSettings
from treehand.orchestrator.store.workspace import Workspace, WorldPlace
from treehand.planners import Goal, Plan
from treehand.trees import Breakpoint, Breakpoints, TreeSpec, load_tree
from treehand.worlds import WorldKind

EXAMPLE = """treehand run "put the red mug in the sink" --yes
treehand run "clean the kitchen" --inject "grasp-dropped@pick(red_mug):1"
treehand run --tree put_away.tree.yaml --with item=red_mug --with place=sink"""


def run(
    goal: GoalText = "",
    *,
    yes: Yes = False,
    accepted_goal: AcceptedGoal = None,
    accept_reading: AcceptedDigest = None,
    seed: Seed = 0,
    as_json: Json = False,
    tree: Annotated[
        Path | None,
        typer.Option(help="Run this tree file instead of planning; a goal says what it is for."),
    ] = None,
    with_: TreeArguments = None,
    inject: Faults = None,
    speed: Speed = None,
    deployment: PlanningOptions,
    workspace: Folder = None,
    state: StateFile = None,
    approve: Approve = None,
    llm_tree: LlmTree = False,
    decompose: Decompose = False,
    film: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.mp4|FILE.gif|FOLDER",
            help="Film the run, in worlds with cameras; into a folder, a picture every 5 s.",
        ),
    ] = None,
    states: States = None,
    otel: Otel = False,
    break_: Annotated[
        list[str] | None,
        typer.Option(
            "--break",
            metavar="NODE",
            help="Hold before this node: its label, pick(red_mug), or a pattern of paths.",
        ),
    ] = None,
    groot: Annotated[
        int | None,
        typer.Option(
            metavar="PORT",
            min=1,
            max=65534,
            help="Publish the run to Groot2, at 1667 by default there; speed 1 if not said.",
        ),
    ] = None,
) -> None:
    """Plan a goal, ask for approval and run it.

    Failed steps are retried and planned anew; everything is written to the run's journal. With
    --states, and with --film, the robot's motion is kept beside it, as far as the world records it.
    """
    console = console_for(as_json=as_json, is_quiet=as_json and yes)
    goal = goal or ("" if tree else accepted_goal or "")
    accepted: AcceptedReading | None = None

    def begin() -> tuple[Robot, Callable[[], RunResult]]:
        nonlocal accepted
        _require_consistent(goal, tree, with_ or (), llm_tree=llm_tree)
        accepted = _accepted(accepted_goal, accept_reading, has_tree=llm_tree or tree is not None)
        loaded = Deployment.load(deployment.overrides(tree_folder=tree.parent if tree else None))
        lines = terminal_input()
        settings = RobotSettings(
            seed=seed,
            clock=_clock(loaded.kind, 1.0 if groot is not None and speed is None else speed),
            person=person_at(console, lines),
            place=_place(loaded.kind, state),
            keeps_states=film is not None if states is None else states,
            policy=ApprovalPolicy(approve) if approve else None,
            experiment=Experiment(faults=tuple(inject or ()), may_be_killed=True),
            tracing=tracing_for(otel),
            breakpoints=Breakpoints((*loaded.breakpoints, *map(Breakpoint, break_ or ()))),
            tell=complain,
        )
        robot = Robot(loaded, workspace=Workspace.find(workspace), settings=settings)
        if states:
            _require_states(robot)
        if lines is not None:
            lines.robot = robot
        return robot, _published(robot, groot, _filming(robot, film, lambda: work(robot, lines)))

    def work(robot: Robot, lines: TerminalInput | None) -> RunResult:
        if tree is not None:
            proposal = _tree_proposal(robot, load_tree(tree), tree_arguments(with_ or ()), goal)
        elif decompose:
            with hearing(robot, console):
                proposal = decomposed(robot, goal, accepted)
            proposal = settled(robot, proposal, ask_person(robot))
        elif llm_tree:
            with hearing(robot, console):
                proposal = write_plan(robot, goal)
        else:
            with hearing(robot, console):
                proposal = _proposed(robot, goal, accepted)
            proposal = settled(robot, proposal, ask_person(robot))
        if not isinstance(proposal, Plan):
            return robot.conclude(proposal, goal)
        if not proposal.is_already_true:
            if not console.is_terminal:  # a person at a terminal is shown a summary
                print_goal(console, proposal.goal)
            print_calls(console, robot.parts.proposer.reader)
        # Where only a model says what is wanted, or its tree is not proven, a person looks.
        is_judged = not llm_tree or is_proven(robot, proposal)
        by = TerminalApprover(console, lines, robot, yes=yes and is_judged)
        result = _run_shown(robot, console, proposal, by)
        if result.outcome in (Outcome.SUCCESS, Outcome.ALREADY_TRUE):
            _offer_to_remember(robot)
        return result

    raise typer.Exit(run_and_report(begin, console, as_json=as_json, goal=goal))


def _proposed(robot: Robot, goal: str, accepted: AcceptedReading | None) -> Proposal:
    if accepted is None:
        return robot.propose(goal)
    return accepted.proposal(robot, robot.parts.proposer.read(goal, robot.world))


def _require_states(robot: Robot) -> None:
    """Raise `InputError`, with the robot closed, if its world records no motion."""
    if robot.parts.states is None:
        robot.close()
        hint = "leave --states out, or choose --world kitchen-physics"
        raise InputError.of("wrong-recording", "this world records no motion", hint=hint)


def _filming(
    robot: Robot, film: Path | None, work: Callable[[], RunResult]
) -> Callable[[], RunResult]:
    """Return work on a robot that is filmed, if a film is wanted; closes the robot if it cannot."""
    if film is None:
        return work
    try:
        recorder = FilmRecorder(robot.world.world, robot.world.clock, film)
    except BaseException:
        robot.close()
        raise

    def filmed() -> RunResult:
        try:
            return recorder.during(work)
        finally:
            if recorder.problem is not None:
                print_lines(f"recording stopped: {recorder.problem}", to_stderr=True)

    return filmed


def _published(
    robot: Robot, port: int | None, work: Callable[[], RunResult]
) -> Callable[[], RunResult]:
    """Return work on a robot that Groot2 sees, if it has a port; closes the robot if it cannot."""
    if port is None:
        return work
    try:
        from treehand.orchestrator.exports.groot_publisher import GrootPublisher

        publisher = GrootPublisher(robot, port)
    except BaseException:
        robot.close()
        raise

    def published() -> RunResult:
        with publisher:
            return work()

    return published


def _offer_to_remember(robot: Robot) -> None:
    """Ask if the reading that the person chose for unclear words is to be remembered."""
    learned = robot.parts.proposer.reader.learned
    question = learned.offer()
    if question is None or asked(robot.settings.person, question) != "yes":
        return
    try:
        print_lines(learned.remember(), to_stderr=True)
    except InputError as error:
        print_lines(error, to_stderr=True)


def _run_shown(robot: Robot, console: Console, plan: Plan, by: Approver) -> RunResult:
    """Have a plan approved and run it, shown as it goes."""
    try:
        approval = robot.approve(plan, by=by)
    except NotApproved as refused:
        return refused.result
    if plan.is_already_true:
        return robot.run(approval)
    console.print()
    with LiveView(console, robot, plan):
        return robot.run(approval)


def _require_consistent(
    goal: str, tree: Path | None, arguments: Sequence[str], *, llm_tree: bool
) -> None:
    """Raise `InputError` where options contradict each other."""
    if not goal and tree is None:
        hint = 'for example: treehand run "clean the kitchen"'
        raise InputError.of("no-goal", "give a goal in words, or --tree", hint=hint)
    if tree is None and goal.endswith((".xml", ".tree.yaml")) and (path := Path(goal)).is_file():
        load_tree(path)  # tells what is wrong with it
        hint = f"run it with `treehand run --tree {path}`"
        raise InputError.of("no-goal", f"'{path}' is a tree file, not a goal in words", hint=hint)
    if arguments and tree is None:
        hint = "name the objects in the goal itself"
        raise InputError.of("wrong-argument", "--with goes with --tree", hint=hint)
    if llm_tree and tree is not None:
        hint = "give a goal in words with --llm-tree"
        raise InputError.of("wrong-argument", "--llm-tree goes without --tree", hint=hint)
    tree_arguments(arguments)


def _accepted(goal: str | None, digest: str | None, *, has_tree: bool) -> AcceptedReading | None:
    """Return the reading that a script accepts; None if it names none."""
    accepted = AcceptedReading.of(goal, digest)
    if accepted is not None and has_tree:
        hint = "--goal and --accept-reading go with words that are planned for"
        raise InputError.of("wrong-argument", "a tree is no reading of words", hint=hint)
    return accepted


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


def _tree_proposal(robot: Robot, tree: TreeSpec, arguments: dict[str, str], text: str) -> Proposal:
    """Return a tree file as a plan, for the goal in words if there is one."""
    if not text:
        return robot.propose_tree(tree, arguments)
    read = settled_reading(robot, text, ask_person(robot))
    return robot.propose_tree(tree, arguments, read) if isinstance(read, Goal) else read
