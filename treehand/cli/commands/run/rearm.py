"""``treehand rearm``."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from treehand.cli.arguments import completion
from treehand.cli.arguments.known_config import load_known
from treehand.cli.arguments.options import Config, ConfigChangedOk, Folder, Json, StateFile, World
from treehand.cli.input.terminal import person_at, terminal_input
from treehand.cli.user_name import user_name
from treehand.cli.views.output import console_for
from treehand.cli.views.plain_output import complain, print_json
from treehand.core.clock import MonotonicClock
from treehand.core.errors import InputError, StorageError
from treehand.core.exit_codes import ExitCode
from treehand.orchestrator.config.deployment import Deployment
from treehand.orchestrator.config.deployment_file import FILE_NAME, real_world_of
from treehand.orchestrator.config.overrides import DeploymentOverrides
from treehand.orchestrator.people.fact_list import shown_facts
from treehand.orchestrator.people.person import Person
from treehand.orchestrator.safety.latched_stop import LatchedStop, StopLatch
from treehand.orchestrator.safety.live_registry import live_robots
from treehand.orchestrator.sessions.resuming.known_deployment import KnownDeployment
from treehand.orchestrator.sessions.robot import Robot
from treehand.orchestrator.sessions.robot_settings import RobotSettings
from treehand.orchestrator.sessions.stopping.rearming import OpenedWorld, StoppedWorld, held_world
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
    config_changed_ok: ConfigChangedOk = False,
    workspace: Folder = None,
    as_json: Json = False,
) -> None:
    """Show what a stopped world holds; re-arm it.

    The robot is asked to confirm that it is at rest, and a person that the way is clear. If the
    deployment is not the one that the last run there began with, a person is asked before it is
    loaded; a file named with --config is loaded unasked.
    """
    home = Workspace.find(workspace)
    files, place, known = _stopped_place(home, run, state, world, config)
    if not place.latch.stops():
        raise InputError.of("not-stopped", f"'{place.name}' is not stopped", hint="nothing to do")
    console = console_for(as_json=as_json)
    person = person_at(console, terminal_input())
    is_named = config is not None and known.overrides.config == config.absolute()
    deployment = load_known(known, console, person, is_ok=config_changed_ok or is_named)
    with ExitStack() as stack:
        subject = _opened(stack, console, home, files, place, deployment, person)
        desk = _RearmDesk(console, place.latch, subject, deployment.domain)
        answer = desk.settle(None if yes else person)
    left = place.latch.stops()
    is_armed = answer == "yes" and not left
    if as_json:
        report = {
            "world": place.name,
            "rearmed": is_armed,
            "seen": list(map(str, desk.seen)),
            "lifted": [f"{stop.by}: {stop.reason}" for stop in desk.lifted],
            "in_force": [f"{stop.by}: {stop.reason}" for stop in left],
        }
        print_json(report)
    elif is_armed:
        go_on = f"; go on with: treehand resume {files.run}" if files is not None else ""
        console.print(f"re-armed{go_on}")
    else:
        console.print("still stopped" + ("" if answer else "; give --yes to re-arm from a script"))
    if not is_armed:
        raise typer.Exit(ExitCode.REFUSED if answer else ExitCode.NOT_APPROVED)


class _RearmDesk:
    """Shows the stops in force and lifts exactly those, until none is left or somebody says no."""

    def __init__(
        self, console: Console, latch: StopLatch, subject: StoppedWorld, domain: Domain
    ) -> None:
        self._console = console
        self._latch = latch
        self._subject = subject
        self._domain = domain
        self.seen: tuple[Fact, ...] = ()
        self.lifted: list[LatchedStop] = []

    def settle(self, person: Person | None) -> str | None:
        """Ask and lift, again for stops that come meanwhile; return the last answer.

        Args:
            person: Who is asked; None lifts the stops that are shown first, and no later ones.
        """
        answer: str | None = "yes"
        while answer == "yes" and (stops := self._latch.stops()):
            self.seen = self._subject.look()
            self._show(stops)
            self._subject.require_rest()
            if person is not None:
                answer = person.ask(PersonQuestion("Is the way clear? Re-arm?"))
            if answer != "yes":
                break
            if self._latch.stops() == stops:
                self._subject.lift(user_name(), self.seen, stops)
                self.lifted += stops
            if self._latch.stops():
                self._console.print("another stop came meanwhile", style="bold red")
                if person is None:
                    break
        return answer

    def _show(self, stops: Sequence[LatchedStop]) -> None:
        for stop in stops:
            since = f" since {stop.at}" if stop.at else ""
            self._console.print(f"stopped{since} by {stop.by}: {stop.reason}")
        self._console.print("what is seen now:")
        self._console.print(f"  {shown_facts(self.seen, self._domain)}")


def _opened(
    stack: ExitStack,
    console: Console,
    home: Workspace,
    files: RunFiles | None,
    place: WorldPlace,
    deployment: Deployment,
    person: Person,
) -> StoppedWorld:
    """Open a stopped world; one that another process holds is judged by that process's journal."""
    start_s = max((e.t_s for e in read_events(files.journal)), default=0.0) if files else 0.0
    settings = RobotSettings(
        clock=MonotonicClock(start_s=start_s), person=person, place=place, tell=complain
    )
    try:
        robot = Robot(deployment, workspace=home, settings=settings)
    except StorageError as error:
        world, holder = held_world(error, place.latch, deployment)
        process = f"{holder.command}, process {holder.process.pid}"
        console.print(f"this world is in use by {process}; so this is what it saw last")
        return world
    stack.enter_context(robot)
    if files is not None:
        robot.runs.rejoin(files)
    return OpenedWorld(robot)


def _stopped_place(
    home: Workspace,
    run: str | None,
    state: Path | None,
    world: str | None,
    config: Path | None,
) -> tuple[RunFiles | None, WorldPlace, KnownDeployment]:
    """Return the world that is meant, of a run, in a file, or the deployment's real one.

    Nothing that a deployment names is imported yet.
    """
    if run is not None:
        files = home.find_run(run)
        return files, home.place_of_run(files), KnownDeployment.of_run(files)
    if config is None and Path(FILE_NAME).exists():
        config = Path(FILE_NAME)
    here = DeploymentOverrides(config=config, world=world)
    if state is not None:
        place = WorldPlace.beside(state)
        return None, place, _deployment_in(home, place, here)
    real = real_world_of(here)
    if real is not None:
        place = home.place_of(real)
        return None, place, KnownDeployment.here(here, _last_run_in(home, place))
    for number in reversed(home.runs()):
        files = home.find_run(number)
        try:
            place = home.place_of_run(files)
        except StorageError:
            continue
        if place.latch.stops():
            return files, place, KnownDeployment.of_run(files)
    for robot in live_robots():
        if robot.state and robot.latch.stops():
            place = WorldPlace.beside(Path(robot.state))
            return None, place, _deployment_in(home, place, here)
    raise InputError.of("not-stopped", f"nothing is stopped in {home.folder}", hint="nothing to do")


def _deployment_in(
    home: Workspace, place: WorldPlace, here: DeploymentOverrides
) -> KnownDeployment:
    """Return the deployment of the last run in the world that a file holds; else that of here."""
    files = _last_run_in(home, place)
    return KnownDeployment.of_run(files) if files else KnownDeployment.here(here, None)


def _last_run_in(home: Workspace, place: WorldPlace) -> RunFiles | None:
    """Return the last run in a world whose journal can be read."""
    for number in reversed(home.runs()):
        files = home.find_run(number)
        try:
            if home.place_of_run(files) == place:
                return files
        except StorageError:  # its journal cannot be read, so neither can its deployment
            continue
    return None
