"""``treehand check-skill``."""

from __future__ import annotations

from typing import Annotated

import typer

from treehand.authoring.skill_check import check_call
from treehand.cli.arguments import completion
from treehand.cli.arguments.options import DeploymentOptions, Json
from treehand.cli.views.output import console_for
from treehand.cli.views.plain_output import print_json
from treehand.core.errors import InputError
from treehand.core.exit_codes import ExitCode
from treehand.core.text.printable_console import marked
from treehand.orchestrator.config.deployment import Deployment
from treehand.skills.domain import SyntaxFault, parse_call

EXAMPLE = "treehand check-skill 'pick(red_mug)'"


def check_skill(
    call: Annotated[
        str,
        typer.Argument(
            help="The skill with arguments: 'pick(red_mug)'.", autocompletion=completion.calls
        ),
    ],
    *,
    seeds: Annotated[int, typer.Option(min=1, help="Seeds to look at its runs with.")] = 5,
    as_json: Json = False,
    deployment: DeploymentOptions,
) -> None:
    """Check that a skill keeps its contract.

    It must halt, return declared codes and evidence, and do the same for the same seed.
    """
    loaded = Deployment.load(deployment.overrides())
    try:
        parsed = parse_call(call)
    except SyntaxFault as fault:
        hint = "write the call with its arguments: 'pick(red_mug)'"
        raise InputError.of("wrong-syntax", f"'{call}': {fault.message}", hint=hint) from fault
    checks = check_call(loaded, parsed, seeds=seeds)
    if as_json:
        points = [{"name": check.name, "problem": check.problem} for check in checks]
        print_json({"call": str(parsed), "checks": points})
    else:
        console = console_for(as_json=False)
        for check in checks:
            sign = marked("[red]✘[/]" if check.problem else "[green]✔[/]")
            problem = f": {check.problem}" if check.problem else ""
            console.print(marked("{} {}{}", sign, check.name, problem))
    raise typer.Exit(
        ExitCode.FAILURE if any(check.problem for check in checks) else ExitCode.SUCCESS
    )
