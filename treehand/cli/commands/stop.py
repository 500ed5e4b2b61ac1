"""``treehand stop``."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from treehand.cli import completion
from treehand.cli.options import Config, Folder, Json, StateFile, World
from treehand.cli.terminal import user_name
from treehand.cli.views.output import console_for
from treehand.cli.views.plain_output import print_json
from treehand.core.errors import InputError, StorageError
from treehand.core.exit_codes import ExitCode
from treehand.orchestrator.config.deployment import Deployment, DeploymentOverrides
from treehand.orchestrator.safety.latched_stop import LatchedStop
from treehand.orchestrator.store.workspace import RunFiles, Workspace, WorldPlace

EXAMPLE = "treehand stop"
_WAIT_S = 5.0
"""Time limit for the runs to end."""


def stop(
    run: Annotated[
        str | None,
        typer.Argument(
            help="The run's number; everything that runs if left out.",
            autocompletion=completion.runs,
        ),
    ] = None,
    *,
    reason: Annotated[str, typer.Option(help="Why, for the journal.")] = "stopped by hand",
    state: StateFile = None,
    world: World = None,
    config: Config = None,
    workspace: Folder = None,
    as_json: Json = False,
) -> None:
    """Stop everything that runs, and latch it.

    Works from any terminal. The world stays stopped until `treehand rearm`.
    """
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
            place.latch.set(LatchedStop(reason=reason, by=f"{user_name()}, treehand stop", at=at))
        except StorageError as error:  # the others are to be stopped all the same
            failed.append(str(error))
    still = _still_running(runs)
    console = console_for(as_json=as_json)
    for problem in failed:
        console.print(problem, style="bold red")
    for place in places:
        console.print(f"stopped, and latched: {place.name}")
    for files in still:
        console.print(f"run {files.run} has not ended yet", style="bold red")
    if as_json:
        report = {
            "stopped": [place.name for place in places],
            "still_running": [files.run for files in still],
            "failed": failed,
        }
        print_json(report)
    if still:
        raise typer.Exit(ExitCode.NOT_AT_REST)
    raise typer.Exit(ExitCode.ERROR if failed else ExitCode.SUCCESS)


def _place_of(home: Workspace, files: RunFiles) -> WorldPlace:
    """Return the place of a run's world; its own if the journal cannot be read yet, or any more."""
    try:
        return home.place_of_run(files)
    except StorageError:
        return files.place


def _real_place(home: Workspace, world: str | None, config: Path | None) -> list[WorldPlace]:
    kind = Deployment.load(DeploymentOverrides(config=config, world=world), imports=False).kind
    return [] if kind.is_virtual else [home.place_of(kind.name)]


def _still_running(runs: list[RunFiles]) -> list[RunFiles]:
    until_s = time.monotonic() + _WAIT_S
    waiting = [files for files in runs if files.is_live()]
    while waiting and time.monotonic() < until_s:
        time.sleep(0.02)
        waiting = [files for files in waiting if files.is_live()]
    return waiting
