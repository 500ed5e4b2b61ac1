"""``treehand stop`` and ``treehand rearm``."""

from __future__ import annotations

import getpass
import json
import time
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.markup import escape

from treehand.cli.output import console_for, shown_facts
from treehand.cli.terminal import TerminalInput, person_at
from treehand.core.clock import MonotonicClock
from treehand.core.errors import InputError, StorageError
from treehand.orchestrator.config.deployment import Deployment, DeploymentOverrides
from treehand.orchestrator.safety.latched_stop import LatchedStop
from treehand.orchestrator.sessions.resume import deployment_of
from treehand.orchestrator.sessions.session import Session
from treehand.orchestrator.store.journal import read_events
from treehand.orchestrator.store.workspace import RunFiles, Workspace, WorldPlace
from treehand.trees import PersonQuestion

_WAIT_S = 5.0
"""How long ``treehand stop`` waits to see that the runs have ended."""


def stop_worlds(
    run: str | None,
    *,
    reason: str,
    state: Path | None,
    world: str | None,
    config: Path | None,
    workspace: Path | None,
    as_json: bool,
) -> int:
    """Latch the stop of a run, of a world, or of everything that runs; return the exit code."""
    home = Workspace.find(workspace)
    runs: list[RunFiles] = []
    places: list[WorldPlace] = []
    if state is not None and run is None:
        places = [WorldPlace.beside(state)]
    else:
        runs = [home.find_run(run)] if run is not None else home.live_runs()
        places = [_place_of(home, files) for files in runs]
    if run is None and state is None and (world is not None or not runs):
        places += _real_place(home, world, config)
    if not places:
        hint = "give the folder of the run with --workspace, or --world, or --state"
        raise InputError.of("nothing-to-stop", f"nothing is running in {home.folder}", hint=hint)
    at = datetime.now(UTC).isoformat(timespec="seconds")
    failed: list[str] = []
    for place in places:
        try:
            place.latch.set(LatchedStop(reason=reason, by=f"{_user()}, treehand stop", at=at))
        except StorageError as error:  # the others are to be stopped all the same
            failed.append(str(error))
    still = _still_running(runs)
    console = console_for(as_json=as_json)
    for problem in failed:
        console.print(f"[bold red]{escape(problem)}[/]", highlight=False)
    for place in places:
        console.print(f"stopped, and latched: {escape(place.name)}", highlight=False)
    for files in still:
        console.print(f"[bold red]run {files.run} has not ended yet[/]")
    if as_json:
        report = {
            "stopped": [place.name for place in places],
            "still_running": [files.run for files in still],
            "failed": failed,
        }
        print(json.dumps(report))
    return 1 if still or failed else 0


def _place_of(home: Workspace, files: RunFiles) -> WorldPlace:
    """Return the place of a run's world; its own if the journal cannot be read yet, or any more."""
    try:
        return home.place_of_run(files)
    except StorageError:
        return files.place


def _user() -> str:
    """Return who is at the terminal; in a container there may be no name for that."""
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):
        return "somebody"


def _real_place(home: Workspace, world: str | None, config: Path | None) -> list[WorldPlace]:
    kind = Deployment.load(DeploymentOverrides(config=config, world=world)).kind
    return [] if kind.is_virtual else [home.place_of(kind.name)]


def _still_running(runs: list[RunFiles]) -> list[RunFiles]:
    until_s = time.monotonic() + _WAIT_S
    waiting = [files for files in runs if files.is_live()]
    while waiting and time.monotonic() < until_s:
        time.sleep(0.02)
        waiting = [files for files in waiting if files.is_live()]
    return waiting


def rearm_world(
    run: str | None,
    *,
    yes: bool,
    state: Path | None,
    world: str | None,
    config: Path | None,
    workspace: Path | None,
    as_json: bool,
) -> int:
    """Look at a stopped world, show what is seen, and lift the stop if a person says so."""
    home = Workspace.find(workspace)
    files, place, deployment = _stopped_place(home, run, state, world, config)
    stop = place.latch.read()
    if stop is None:
        raise InputError.of("not-stopped", f"'{place.name}' is not stopped", hint="nothing to do")
    console = console_for(as_json=as_json)
    person = person_at(console, TerminalInput())
    start_s = max((e.t_s for e in read_events(files.journal)), default=0.0) if files else 0.0
    clock = MonotonicClock(start_s=start_s)
    session = Session(deployment, clock=clock, workspace=home, person=person, place=place)
    try:
        if files is not None:
            session.rejoin(files)
        _show(console, session, stop)
        by = _user()
        if not session.world_model.world.embodiment.stop().acknowledged:
            message = "the robot does not confirm that it is at rest"
            raise StorageError("not-at-rest", message, "look at it before anything else")
        answer = "yes" if yes else person.ask(PersonQuestion("Is the way clear? Re-arm?"))
        if answer == "yes":
            session.rearm(by)
    finally:
        session.close()
    is_armed = answer == "yes"
    if as_json:
        report = {"world": place.name, "rearmed": is_armed, "seen": session.seen()}
        print(json.dumps(report))
    elif is_armed:
        go_on = f"; go on with: treehand resume {files.run}" if files is not None else ""
        console.print(f"re-armed{go_on}")
    else:
        console.print("still stopped" + ("" if answer else "; give --yes to re-arm from a script"))
    return 0 if is_armed else 2


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
        if _place_of(home, files) == place:
            return deployment_of(files)
    return None


def _show(console: Console, session: Session, stop: LatchedStop) -> None:
    since = f" since {stop.at}" if stop.at else ""
    console.print(f"stopped{since} by {escape(stop.by)}: {escape(stop.reason)}", highlight=False)
    console.print("what is seen now:")
    console.print(f"  {escape(shown_facts(session.seen()))}", highlight=False)
