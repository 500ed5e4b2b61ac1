"""``treehand check-world``."""

from __future__ import annotations

from typing import Annotated

import typer

from treehand.authoring.world_check import check_world as check
from treehand.authoring.world_check import notes_on
from treehand.cli.arguments.options import DeploymentOptions, Json
from treehand.cli.views.output import console_for
from treehand.cli.views.plain_output import print_json
from treehand.core.errors import InputError
from treehand.core.exit_codes import ExitCode
from treehand.core.text.printable_console import marked
from treehand.orchestrator.config.deployment import Deployment

EXAMPLE = "treehand check-world my_world.py:Bench"


def check_world(
    name: Annotated[
        str | None,
        typer.Argument(
            metavar="WORLD", help="A world, or file.py:NAME; else that of treehand.yaml."
        ),
    ] = None,
    *,
    real: Annotated[
        bool, typer.Option("--real", help="Open a real world; its robot gets stops.")
    ] = False,
    as_json: Json = False,
    deployment: DeploymentOptions,
) -> None:
    """Check that a world keeps its contract.

    It is opened, looked at while time passes, and its robot is stopped while it is commanded.
    """
    overrides = deployment.overrides()
    if name is not None:
        overrides = overrides.model_copy(update={"world": name})
    loaded = Deployment.load(overrides)
    if not loaded.kind.is_virtual and not real:
        message = f"world '{loaded.kind.name}' is a real one: to open it is to connect to its robot"
        hint = "give --real: the robot gets stops and the action by which it stays where it is"
        raise InputError.of("real-world", message, hint=hint)
    checks = check(loaded)
    notes = notes_on(loaded) if not any(one.problem for one in checks) else []
    if as_json:
        points = [{"name": one.name, "problem": one.problem} for one in checks]
        print_json({"world": loaded.kind.name, "checks": points, "notes": notes})
    else:
        console = console_for(as_json=False)
        for one in checks:
            sign = marked("[red]✘[/]" if one.problem else "[green]✔[/]")
            problem = f": {one.problem}" if one.problem else ""
            console.print(marked("{} {}{}", sign, one.name, problem))
        for note in notes:
            console.print(f"note: {note}")
    failed = any(one.problem for one in checks)
    raise typer.Exit(ExitCode.FAILURE if failed else ExitCode.SUCCESS)
