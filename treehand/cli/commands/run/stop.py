"""``treehand stop``: help and completion of its options; `cli.stopping.quick_stop` obeys it."""

from __future__ import annotations

from typing import Annotated

import typer

from treehand.cli.arguments import completion
from treehand.cli.arguments.options import Config, Folder, Json, StateFile, World
from treehand.cli.stopping.quick_stop import StopOptions, run_stop

EXAMPLE = "treehand stop"


def stop(
    run: Annotated[
        str | None,
        typer.Argument(
            help="The run's number; everything that lives if left out.",
            autocompletion=completion.runs,
        ),
    ] = StopOptions.run,
    *,
    reason: Annotated[str, typer.Option(help="Why, for the journal.")] = StopOptions.reason,
    state: StateFile = StopOptions.state,
    world: World = StopOptions.world,
    config: Config = StopOptions.config,
    workspace: Folder = StopOptions.workspace,
    as_json: Json = StopOptions.as_json,
) -> None:
    """Stop everything that runs, and latch it.

    Works from any terminal and finds runs, consoles and resumes in every workspace. A run, a world
    or a file limits it to what fits; if nothing does, everything that lives is stopped. The world
    stays stopped until `treehand rearm`.
    """
    options = StopOptions(run, reason, state, world, config, workspace, as_json)
    raise typer.Exit(run_stop(options))
