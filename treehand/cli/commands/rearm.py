"""``treehand rearm``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from treehand.cli import completion
from treehand.cli.options import Config, Folder, Json, StateFile, World
from treehand.cli.terminal import TerminalInput, person_at, user_name
from treehand.cli.views.output import console_for, shown_facts
from treehand.cli.views.plain_output import print_json
from treehand.core.clock import MonotonicClock
from treehand.core.errors import InputError, NotAtRest, StorageError
from treehand.core.exit_codes import ExitCode
from treehand.orchestrator.config.deployment import Deployment, DeploymentOverrides
from treehand.orchestrator.safety.latched_stop import LatchedStop
from treehand.orchestrator.sessions.resume import deployment_of
from treehand.orchestrator.sessions.robot import Robot, RobotSettings
from treehand.orchestrator.store.journal import read_events
from treehand.orchestrator.store.workspace import RunFiles, Workspace, WorldPlace
from treehand.skills.domain import Domain, Fact
from treehand.trees import PersonQuestion

EXAMPLE = "treehand rearm"


def rearm(
    run: Annotated[
        str | None,
        typer.Argument(
            help="The run's number; the last that is stopped if left out.",
            autocompletion=completion.runs,
        ),
    ] = None,
    *,
    yes: Annotated[
        bool, typer.Option("--yes", "-y", help="Do not ask whether the way is clear.")
    ] = False,
    state: StateFile = None,
    world: World = None,
    config: Config = None,
    workspace: Folder = None,
    as_json: Json = False,
) -> None:
    """Show what a stopped world holds; re-arm it.

    The robot is asked to confirm that it is at rest, and a person that the way is clear.
    """
    home = Workspace.find(workspace)
    files, place, deployment = _stopped_place(home, run, state, world, config)
    stop = place.latch.read()
    if stop is None:
        raise InputError.of("not-stopped", f"'{place.name}' is not stopped", hint="nothing to do")
    console = console_for(as_json=as_json)
    person = person_at(console, TerminalInput())
    start_s = max((e.t_s for e in read_events(files.journal)), default=0.0) if files else 0.0
    clock = MonotonicClock(start_s=start_s)
    settings = RobotSettings(clock=clock, person=person, place=place)
    with Robot(deployment, workspace=home, settings=settings) as robot:
        if files is not None:
            robot.runs.rejoin(files)
        seen = robot.look()
        _show(console, seen, deployment.domain, stop)
        if not robot.world.world.embodiment.stop().acknowledged:
            message = "the robot does not confirm that it is at rest"
            raise NotAtRest(message)
        answer = "yes" if yes else person.ask(PersonQuestion("Is the way clear? Re-arm?"))
        if answer == "yes":
            robot.rearm(user_name())
    is_armed = answer == "yes"
    if as_json:
        report = {"world": place.name, "rearmed": is_armed, "seen": list(map(str, seen))}
        print_json(report)
    elif is_armed:
        go_on = f"; go on with: treehand resume {files.run}" if files is not None else ""
        console.print(f"re-armed{go_on}")
    else:
        console.print("still stopped" + ("" if answer else "; give --yes to re-arm from a script"))
    if not is_armed:
        raise typer.Exit(ExitCode.REFUSED if answer else ExitCode.NOT_APPROVED)


def _stopped_place(
    home: Workspace,
    run: str | None,
    state: Path | None,
    world: str | None,
    config: Path | None,
) -> tuple[RunFiles | None, WorldPlace, Deployment]:
    """Return the world that is meant: of a run, in a file, or the deployment's real one."""
    if run is not None:
        files = home.find_run(run)
        return files, home.place_of_run(files), deployment_of(files)
    deployment = Deployment.load(DeploymentOverrides(config=config, world=world))
    if state is not None:
        place = WorldPlace.beside(state)
        return None, place, _deployment_in(home, place) or deployment
    if not deployment.kind.is_virtual:
        return None, home.place_of(deployment.kind.name), deployment
    for number in reversed(home.runs()):
        files = home.find_run(number)
        try:
            place = home.place_of_run(files)
        except StorageError:
            continue
        if place.latch.is_set:
            return files, place, deployment_of(files)
    raise InputError.of("not-stopped", f"nothing is stopped in {home.folder}", hint="nothing to do")


def _deployment_in(home: Workspace, place: WorldPlace) -> Deployment | None:
    """Return the deployment of the last run in the world that a file holds."""
    for number in reversed(home.runs()):
        files = home.find_run(number)
        try:
            is_here = home.place_of_run(files) == place
        except StorageError:  # its journal cannot be read, so neither can its deployment
            continue
        if is_here:
            return deployment_of(files)
    return None


def _show(console: Console, seen: tuple[Fact, ...], domain: Domain, stop: LatchedStop) -> None:
    since = f" since {stop.at}" if stop.at else ""
    console.print(f"stopped{since} by {stop.by}: {stop.reason}")
    console.print("what is seen now:")
    console.print(f"  {shown_facts(seen, domain)}")
