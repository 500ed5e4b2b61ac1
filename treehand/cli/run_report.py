"""A run on the command line: signals, the printed result, the exit code."""

from __future__ import annotations

import sys
from collections.abc import Callable

from rich.console import Console

from treehand.cli.signals import SignalHandlers
from treehand.cli.views.output import print_result, print_what_now
from treehand.core.errors import TreehandError
from treehand.core.exit_codes import ExitCode
from treehand.orchestrator.running.result import Outcome, RunResult, Verdict
from treehand.orchestrator.sessions.session import Session
from treehand.planners import Goal


def run_and_report(
    begin: Callable[[], tuple[Session, Callable[[], RunResult]]],
    console: Console,
    *,
    as_json: bool,
    goal: str,
) -> ExitCode:
    """Run something in a session, print how it ended, and return the exit code.

    Args:
        begin: Opens the session and returns it with what runs in it.
        console: Where people read.
        as_json: True if a program reads the standard output.
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


def _run_in(
    session: Session, work: Callable[[], RunResult], goal: Goal
) -> tuple[RunResult, ExitCode]:
    with SignalHandlers(session):
        try:
            result = work()
            exit_code = result.exit_code
        except KeyboardInterrupt:
            result = session.conclude(goal, Verdict(Outcome.INTERRUPTED, "interrupted"))
            exit_code = ExitCode.INTERRUPTED
        except TreehandError as error:
            result = session.conclude(goal, Verdict(Outcome.ERROR, str(error)))
            exit_code = error.exit_code
        finally:
            session.close()
    return result, exit_code


def _print_json(result: RunResult) -> None:
    print(result.model_dump_json())
