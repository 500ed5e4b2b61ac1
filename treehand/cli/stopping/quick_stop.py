"""``treehand stop`` without the command line's libraries: at the latch in a few hundredths of a s.

The arguments are read by hand here, and by Typer for help and completion; both give `StopOptions`.
Whatever is wrong with them, what lives is stopped first.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path

from treehand.cli.user_name import user_name
from treehand.cli.views.plain_output import (
    complain,
    degrade_streams,
    drop_output,
    print_json,
    print_lines,
)
from treehand.core.exit_codes import ExitCode
from treehand.core.text.outside_text import shortened
from treehand.core.text.printable_text import printable
from treehand.orchestrator.safety.latched_stop import LatchedStop, StopLatch
from treehand.orchestrator.safety.live_stop import (
    RobotStop,
    StopFilter,
    StopReport,
    run_name,
    stop_idle,
    stop_live,
    wait_for_rest,
)
from treehand.orchestrator.store.run_folder import (
    journal_path,
    runs_folder,
    stops_of_real_world,
    stops_of_state,
)

HELP = ("-h", "--help")
_LONGEST_NAME = 240
"""Greatest number of bytes of a file's name, with room for our endings."""
_LONGEST_REASON = 1000
"""Greatest number of characters of a reason that are kept."""


@dataclass(frozen=True)
class StopOptions:
    """Options of ``treehand stop``, with their defaults."""

    run: str | None = None
    reason: str = "stopped by hand"
    state: Path | None = None
    world: str | None = None
    config: Path | None = None
    workspace: Path | None = None
    as_json: bool = False

    def stop(self) -> LatchedStop:
        """Return the stop that is asked for."""
        return LatchedStop.now(self.reason, f"{user_name()}, treehand stop")

    def filter(self) -> StopFilter:
        """Return the robots that are meant."""
        runs = runs_folder(self.workspace) if self.workspace is not None else None
        return StopFilter(self.run, self.state, self.world, self.config, runs)


def parsed(arguments: Sequence[str]) -> tuple[StopOptions, list[str]]:
    """Return the options that arguments give, and what is wrong with the arguments.

    Args:
        arguments: Those after ``stop``.
    """
    values: dict[str, str] = {}
    problems: list[str] = []
    rest = list(arguments)
    while rest:
        word = rest.pop(0)
        name, has_value, value = word.partition("=")
        field = _FIELDS.get(name)
        if word == "--":
            rest = [f"./{one}" if one.startswith("-") else one for one in rest]
        elif not word.startswith("-"):
            if "run" in values:
                problems.append(f"wrong-argument: unexpected argument '{word}'")
            values.setdefault("run", word)
        elif field is None:
            problems.append(f"wrong-argument: there is no option '{name}'")
        elif field == "as_json":
            values[field] = "yes"
        elif has_value or rest:
            values[field] = value if has_value else rest.pop(0)
        else:
            problems.append(f"wrong-argument: option '{name}' needs a value")
    for key in [key for key in values if key != "reason" and _is_too_long(values[key])]:
        problems.append(f"wrong-argument: '{shortened(values.pop(key))}' is too long for a name")
    path = {key: Path(value) for key, value in values.items()}
    options = StopOptions(
        run=values.get("run"),
        reason=shortened(printable(values.get("reason", StopOptions.reason)), _LONGEST_REASON),
        state=path.get("state"),
        world=values.get("world"),
        config=path.get("config"),
        workspace=path.get("workspace"),
        as_json="as_json" in values,
    )
    return options, problems


def _is_too_long(value: str) -> bool:
    """Return True if no file can have such a name."""
    return any(len(os.fsencode(part)) > _LONGEST_NAME for part in Path(value).parts)


_FIELDS = {
    "--json" if field.name == "as_json" else f"--{field.name}": field.name
    for field in fields(StopOptions)
    if field.name != "run"
}


def run_stop(options: StopOptions, problems: Sequence[str] = ()) -> ExitCode:
    """Stop what is meant, print what came of it, and return the exit code.

    Args:
        options: What is meant. If it names nothing, all that lives is stopped.
        problems: What is wrong with the arguments; all that lives is stopped then.
    """
    stop, wanted = options.stop(), options.filter()
    complaints = list(problems)
    report = stop_live(StopFilter() if problems else wanted, stop)
    if not report.robots and not wanted.is_open and not problems:
        idle = _idle(options, stop)
        if not idle or not idle[0].is_known:
            report = stop_live(StopFilter(), stop)
            complaints.append(_unfit(options, report))
        report.robots += [one.stopped for one in idle]
    wait_for_rest(report)
    if not report.robots and not report.foreign and not complaints:
        complaints.append("nothing-to-stop: nothing is running")
    is_told = _is_told(report, complaints, as_json=options.as_json)
    if not report.is_confirmed:
        return ExitCode.NOT_AT_REST
    if any(one.problem for one in report.robots):
        return ExitCode.ERROR
    if not is_told:
        return ExitCode.ERROR
    return ExitCode.USAGE if complaints else ExitCode.SUCCESS


def _is_told(report: StopReport, complaints: Sequence[str], *, as_json: bool) -> bool:
    """Print what was stopped; return False if nobody can read that."""
    try:
        (_print_json if as_json else _print)(report, complaints)
        sys.stdout.flush()
    except OSError as error:  # the stop itself reports its own problems
        drop_output()
        complain(f"output-lost: the output cannot be written: {error.strerror}")
        return False
    return True


@dataclass(frozen=True)
class _IdleStop:
    """Stop of a world that nobody holds."""

    stopped: RobotStop
    is_known: bool
    """True if the world was there before."""


def _idle(options: StopOptions, stop: LatchedStop) -> list[_IdleStop]:
    """Latch the worlds that are meant and that nobody holds."""
    runs = runs_folder(options.workspace)
    if options.run is not None and journal_path(runs, run_name(options.run)).exists():
        latch, name = _place_of_run(options, options.run)
        return [_IdleStop(stop_idle(latch, name, stop), is_known=True)]
    if options.run is None and options.state is not None:
        state = options.state.resolve()
        latch = StopLatch(stops_of_state(state))
        is_known = state.is_file() or latch.path.is_dir()
        if is_known or (not state.is_dir() and state.parent.is_dir()):
            return [_IdleStop(stop_idle(latch, str(state), stop), is_known)]
    if options.run is None and options.state is None and options.world is not None:
        latch = StopLatch(stops_of_real_world(runs, options.world.rpartition(":")[2]))
        is_known = latch.path.is_dir() or latch.path.with_suffix(".lock").exists()
        return [_IdleStop(stop_idle(latch, latch.path.stem, stop), is_known)]
    return []


def _place_of_run(options: StopOptions, run: str) -> tuple[StopLatch, str]:
    from treehand.core.errors import StorageError  # nothing of it lives: there is time
    from treehand.orchestrator.store.workspace import Workspace

    home = Workspace.find(options.workspace)
    files = home.find_run(run)
    try:
        place = home.place_of_run(files)
    except StorageError:  # its own if the journal cannot be read yet, or any more
        place = files.place
    return place.latch, place.name


def _unfit(options: StopOptions, report: StopReport) -> str:
    given = {
        "run": options.run,
        "--state": options.state,
        "--world": options.world,
        "--config": options.config,
        "--workspace": options.workspace,
    }
    named = ", ".join(f"{name} {value}" for name, value in given.items() if value is not None)
    done = "; everything that lives was stopped instead" if report.robots else ""
    return f"nothing-to-stop: nothing that lives fits {named}{done}"


def _print(report: StopReport, complaints: Sequence[str]) -> None:
    for one in report.robots:
        about = one.name
        if one.robot is not None:
            user = f" of {one.user}" if one.user else ""
            about += f" ({one.robot.command}, process {one.robot.process.pid}{user})"
        if one.problem:
            print_lines(f"NOT latched: {about}\n{one.problem}")
        else:
            print_lines(f"stopped, and latched: {about}: {_state(one)}")
    for process in report.foreign:
        about = f"{process.command}, process {process.pid} of {process.user}"
        print_lines(f"NOT stopped: {about}: it is another user's")
    for complaint in complaints:
        hint = "" if report.robots else "\n  hint: `treehand worlds` and `treehand runs` list names"
        print_lines(f"{complaint}{hint}", to_stderr=True)


def _state(one: RobotStop) -> str:
    if one.state == "moving":
        run = one.robot.run if one.robot is not None else ""
        return f"run {run} has not ended yet; it may still move"
    if one.detail:
        return f"NOT confirmed: {one.detail}"
    if one.state == "unknown":
        return "its process has ended; nobody knows whether the robot is at rest"
    return "at rest" if one.was_moving else "nothing was moving"


def _print_json(report: StopReport, complaints: Sequence[str]) -> None:
    robots = [
        {
            "name": one.name,
            "run": one.robot.run if one.robot is not None else "",
            "command": one.robot.command if one.robot is not None else "",
            "process": one.robot.process.pid if one.robot is not None else None,
            "user": one.user,
            "was_moving": one.was_moving,
            "state": "not latched" if one.problem else one.state,
            "detail": one.detail,
        }
        for one in report.robots
    ]
    moving = [one for one in report.robots if one.state != "at rest"]
    data = {
        "stopped": [one.name for one in report.robots if not one.problem],
        "still_running": [one.robot.run for one in moving if one.robot is not None],
        "failed": [one.problem for one in report.robots if one.problem],
        "robots": robots,
        "not_stopped": [
            {"process": one.pid, "user": one.user, "command": one.command} for one in report.foreign
        ],
        "complaints": list(complaints),
    }
    print_json(data)


def main(arguments: Sequence[str]) -> ExitCode:
    """Stop by the arguments of the command line and return the exit code."""
    degrade_streams()
    options, problems = parsed(arguments)
    return run_stop(options, problems)
