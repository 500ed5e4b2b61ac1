"""A run on the command line: signals, the printed result, the exit code."""

from __future__ import annotations

import sys
from collections.abc import Callable

from rich.console import Console

from treehand.cli.stopping.hung_run import HungRun
from treehand.cli.stopping.signals import RunTarget, StopSignals
from treehand.cli.views.output import print_result, print_what_now, result_as_data
from treehand.cli.views.plain_output import (
    complain,
    drop_lost_output,
    is_lost_output,
    print_json,
    print_lines,
)
from treehand.core.errors import ListenerError, TreehandError
from treehand.core.exit_codes import ExitCode
from treehand.orchestrator.running.result import Outcome, RunResult
from treehand.orchestrator.sessions.robot import Robot
from treehand.orchestrator.sessions.runs.verdicts import verdict_on
from treehand.planners import Goal


def run_and_report(
    begin: Callable[[], tuple[Robot, Callable[[], RunResult]]],
    console: Console,
    *,
    as_json: bool,
    goal: str,
) -> ExitCode:
    """Run something with a robot, print how it ended, and return the exit code.

    Args:
        begin: Opens the robot and returns it with what it runs.
        console: Where people read.
        as_json: True if a program reads the standard output.
        goal: The goal's words, for a run that is interrupted before they were understood.
    """
    try:
        robot, work = begin()
    except TreehandError as error:
        if not as_json:
            raise
        _print_json(RunResult(outcome=Outcome.ERROR, message=str(error)))
        return error.exit_code

    def report(result: RunResult) -> None:
        if as_json:
            _print_json(result)
        else:
            console.show_cursor(True)
            print_result(console, result, robot.deployment.domain, has_run=True)

    try:
        with HungRun(robot, report):
            result, exit_code = _run_in(robot, work, goal)
    except TreehandError as error:  # not even the end of the run could be journalled
        if not as_json:
            raise
        result, exit_code = RunResult(outcome=Outcome.ERROR, message=str(error)), error.exit_code
    try:
        _report(robot, result, console, as_json=as_json)
        sys.stdout.flush()
    except OSError as error:
        drop_lost_output(error)
        is_silent = isinstance(error, BrokenPipeError) or exit_code is not ExitCode.SUCCESS
        return exit_code if is_silent else ExitCode.ERROR
    return exit_code


def _report(robot: Robot, result: RunResult, console: Console, *, as_json: bool) -> None:
    has_run = robot.runs.has_moved
    if as_json:
        _print_json(result)
    elif result.outcome is Outcome.ERROR and not has_run:
        print_lines(result.message, to_stderr=True)
    else:
        print_result(console, result, robot.deployment.domain, has_run=has_run)
        print_what_now(console, robot, result)


def _run_in(robot: Robot, work: Callable[[], RunResult], goal: str) -> tuple[RunResult, ExitCode]:
    with StopSignals(RunTarget(robot)):
        try:
            result = work()
            exit_code = result.exit_code
        except KeyboardInterrupt as interrupt:
            result = _ended(robot, goal, interrupt)
            exit_code = _code(result, ExitCode.INTERRUPTED)
        except TreehandError as error:
            if isinstance(error, ListenerError):  # the result tells of the run alone
                complain(error)
            result = _ended(robot, goal, error)
            exit_code = _code(result, error.exit_code)
        except OSError as error:
            if not is_lost_output(error):
                raise
            result = _ended(robot, goal, KeyboardInterrupt("the loss of the output"))
            exit_code = _code(result, ExitCode.INTERRUPTED)
        finally:
            robot.close()
    return result, exit_code


def _ended(robot: Robot, goal: str, error: TreehandError | KeyboardInterrupt) -> RunResult:
    """Return the result of a run that an error broke off; without a run, nothing is journalled."""
    session = robot.runs.current or robot.runs.unrecorded()
    return session.result or session.conclude(Goal(text=goal), verdict_on(error))


def _code(result: RunResult, code: ExitCode) -> ExitCode:
    """Return an exit code, or the one that says that something may still move."""
    return code if result.stop is None or result.stop.is_at_rest else ExitCode.NOT_AT_REST


def _print_json(result: RunResult) -> None:
    print_json(result_as_data(result))
