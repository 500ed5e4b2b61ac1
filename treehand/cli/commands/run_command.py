"""``treehand run``."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console

from treehand.cli.live_view import LiveView
from treehand.cli.output import console_for, print_goal, print_result, print_what_now
from treehand.cli.signals import SignalHandlers
from treehand.cli.streaming_output import let_hear, print_calls
from treehand.cli.terminal import TerminalInput, approver, person_at
from treehand.cli.tree_arguments import tree_arguments
from treehand.core.clock import Clock, MonotonicClock, VirtualClock
from treehand.core.errors import InputError, TreehandError
from treehand.orchestrator.config.deployment import Deployment, DeploymentOverrides, require_speed
from treehand.orchestrator.people.approval import ApprovalPolicy
from treehand.orchestrator.running.result import Outcome, RunResult, Verdict
from treehand.orchestrator.sessions.film import FilmRecorder
from treehand.orchestrator.sessions.llm_tree import write_plan
from treehand.orchestrator.sessions.pipeline import before_planning, before_running, not_a_goal
from treehand.orchestrator.sessions.session import Session
from treehand.orchestrator.store.workspace import Workspace, WorldPlace
from treehand.planners import Goal, Infeasible, Plan, Question
from treehand.planners.llm import ModelChoice
from treehand.trees import PersonQuestion, load_tree


@dataclass(frozen=True)
class RunOptions:
    """The options of ``treehand run``; see its help."""

    goal: str
    yes: bool
    seed: int
    json: bool
    tree: Path | None
    arguments: tuple[str, ...]
    faults: tuple[str, ...]
    speed: float | None
    world: str | None
    randomize: str | None
    scene: Path | None
    domain: Path | None
    config: Path | None
    workspace: Path | None
    state: Path | None = None
    approve: ApprovalPolicy | None = None
    success: float | None = None
    llm: ModelChoice = field(default_factory=ModelChoice)
    llm_tree: bool = False
    record: Path | None = None


def run_goal(options: RunOptions) -> int:
    """Run a goal or a tree and return the exit code."""
    console = console_for(as_json=options.json, is_quiet=options.json and options.yes)

    def begin() -> tuple[Session, Callable[[], RunResult]]:
        _check(options)
        session = _open(options, console, TerminalInput())
        work = _Command(options, console, session).result
        if options.record is None:
            return session, work
        try:
            recorder = FilmRecorder(
                session.world_model.world, session.world_model.clock, options.record
            )
        except BaseException:
            session.close()
            raise
        return session, lambda: recorder.during(work)

    return run_and_report(begin, console, as_json=options.json, goal=options.goal)


def run_and_report(
    begin: Callable[[], tuple[Session, Callable[[], RunResult]]],
    console: Console,
    *,
    as_json: bool,
    goal: str,
) -> int:
    """Run something in a session, print how it ended, and return the exit code.

    Args:
        begin: Opens the session and returns it with what runs in it.
        console: Where people read.
        as_json: Whether a program reads.
        goal: The goal's words, for a run that is interrupted before they were understood.
    """
    try:
        session, work = begin()
    except TreehandError as error:
        if not as_json:
            raise
        _print_json(RunResult(outcome=Outcome.ERROR, message=str(error)))
        return error.exit_code
    try:
        result, exit_code = _run_in(session, work, Goal(text=goal))
    except TreehandError as error:  # not even the end of the run could be journalled
        if not as_json:
            raise
        result, exit_code = RunResult(outcome=Outcome.ERROR, message=str(error)), error.exit_code
    if as_json:
        _print_json(result)
    elif result.outcome is Outcome.ERROR and session.run is None:
        print(result.message, file=sys.stderr)
    else:
        print_result(console, result, has_run=session.run is not None)
        print_what_now(console, session, result)
    return exit_code


def _run_in(session: Session, work: Callable[[], RunResult], goal: Goal) -> tuple[RunResult, int]:
    with SignalHandlers(session):
        try:
            result = work()
            exit_code = result.outcome.exit_code
        except KeyboardInterrupt:
            result = session.conclude(goal, Verdict(Outcome.INTERRUPTED, "interrupted"))
            exit_code = 130
        except TreehandError as error:
            result = session.conclude(goal, Verdict(Outcome.ERROR, str(error)))
            exit_code = error.exit_code
        finally:
            session.close()
    return result, exit_code


def _print_json(result: RunResult) -> None:
    print(result.model_dump_json())


def _check(options: RunOptions) -> None:
    if bool(options.goal) == bool(options.tree):
        hint = 'for example: treehand run "clean the kitchen"'
        raise InputError.of("no-goal", "give a goal in words, or --tree", hint=hint)
    if options.speed is not None:
        require_speed(options.speed)
    if options.arguments and options.tree is None:
        hint = "name the objects in the goal itself"
        raise InputError.of("wrong-argument", "--with goes with --tree", hint=hint)
    if options.llm_tree and options.tree is not None:
        hint = "give a goal in words with --llm-tree"
        raise InputError.of("wrong-argument", "--llm-tree goes without --tree", hint=hint)
    tree_arguments(options.arguments)


def _open(options: RunOptions, console: Console, lines: TerminalInput) -> Session:
    deployment = Deployment.load(
        DeploymentOverrides(
            config=options.config,
            world=options.world,
            domain=options.domain,
            scene=options.scene,
            tree_folder=options.tree.parent if options.tree else None,
            llm=options.llm.model,
            llm_log=options.llm.is_logged,
            llm_record=options.llm.record,
            success=options.success,
            randomize=options.randomize,
        )
    )
    kind = deployment.kind
    if options.state is not None and not kind.is_virtual:
        hint = "the real one is its own state"
        raise InputError.of(
            "wrong-state", f"--state is for simulated worlds, not '{kind.name}'", hint=hint
        )
    is_virtual = kind.is_virtual and options.speed is None
    clock: Clock = VirtualClock() if is_virtual else MonotonicClock(options.speed or 1.0)
    session = Session(
        deployment,
        seed=options.seed,
        clock=clock,
        workspace=Workspace.find(options.workspace),
        person=person_at(console, lines),
        place=WorldPlace.beside(options.state.absolute()) if options.state else None,
        policy=options.approve,
    )
    lines.session = session
    let_hear(session, console)
    return session


class _Command:
    """One call of ``treehand run``, after everything was opened."""

    def __init__(self, options: RunOptions, console: Console, session: Session) -> None:
        self._options = options
        self._console = console
        self._session = session

    def result(self) -> RunResult:
        session = self._session
        session.disturb(self._options.faults, may_be_killed=True)
        if self._options.tree is not None:
            plan: Plan | Infeasible = self._plan_of_tree(self._options.tree)
            goal = plan.goal
        elif self._options.llm_tree:
            written = write_plan(session, self._options.goal)
            if isinstance(written, Verdict):
                goal = Goal(text=self._options.goal)
                session.announce(goal, None)
                return session.conclude(goal, written)
            plan, goal = written, written.goal
        else:
            goal, verdict = self._goal()
            if verdict is not None:
                session.announce(goal, None)
                return session.conclude(goal, verdict)
            plan = session.plan(goal)
        print_goal(self._console, goal)
        print_calls(self._console, session)
        session.announce(goal, plan if isinstance(plan, Plan) else None)
        problem = before_running(session, plan)
        if problem is not None or isinstance(plan, Infeasible):
            return session.conclude(goal, problem or Verdict(Outcome.INFEASIBLE))
        # Where nothing but a model says what is wanted, a person looks, whatever was approved.
        is_judged = not self._options.llm_tree or bool(goal.literals())
        yes = self._options.yes and is_judged
        allowed = approver(self._console, session, yes=yes)(plan, ())
        if isinstance(allowed, Verdict):
            return session.conclude(goal, allowed, plan)
        self._console.print()
        with LiveView(self._console, session, plan.tree):
            return session.execute(plan, approved_by=allowed.by, confirms=allowed.confirms)

    def _plan_of_tree(self, path: Path) -> Plan:
        arguments = tree_arguments(self._options.arguments)
        return self._session.plan_tree(load_tree(path), arguments)

    def _goal(self) -> tuple[Goal, Verdict | None]:
        """Return the goal, and the verdict if it is not to be planned; ask back while it helps."""
        session, text = self._session, self._options.goal
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
