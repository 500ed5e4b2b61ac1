"""``treehand check-parts``."""

from __future__ import annotations

import typer

from treehand.authoring.part_check import check_parts as check
from treehand.cli.arguments.options import DeploymentOptions, Json
from treehand.cli.views.output import console_for
from treehand.cli.views.plain_output import print_json
from treehand.core.errors import InputError
from treehand.core.exit_codes import ExitCode
from treehand.core.text.printable_console import marked
from treehand.orchestrator.config.deployment import Deployment

EXAMPLE = "treehand check-parts --config treehand.yaml"


def check_parts(*, as_json: Json = False, deployment: DeploymentOptions) -> None:
    """Check reader, person, planner, listeners.

    Those that treehand.yaml names are called as a run would call them: a person is asked two
    questions, and listeners hear four events. Nothing moves.
    """
    checks = check(Deployment.load(deployment.overrides()))
    if not checks:
        hint = "name one: reader: file.py:NAME, person: …, planner: …, listeners: […]"
        raise InputError.of(
            "nothing-to-check", "treehand.yaml names no part of your own", hint=hint
        )
    if as_json:
        print_json({"checks": [{"name": one.name, "problem": one.problem} for one in checks]})
    else:
        console = console_for(as_json=False)
        for one in checks:
            sign = marked("[red]✘[/]" if one.problem else "[green]✔[/]")
            console.print(marked("{} {}{}", sign, one.name, f": {one.problem}" * bool(one.problem)))
    failed = any(one.problem for one in checks)
    raise typer.Exit(ExitCode.FAILURE if failed else ExitCode.SUCCESS)
