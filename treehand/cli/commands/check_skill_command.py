"""``treehand check-skill``."""

from __future__ import annotations

import json
from pathlib import Path

from treehand.authoring.skill_check import check_call
from treehand.cli.output import console_for
from treehand.core.errors import InputError
from treehand.orchestrator.config.deployment import Deployment, DeploymentOverrides
from treehand.skills.domain import SyntaxFault, parse_call


def check_skill_call(
    text: str,
    *,
    seeds: int,
    as_json: bool,
    world: str | None,
    scene: Path | None,
    domain: Path | None,
    config: Path | None,
) -> int:
    """Check a skill against its contract, print each point, and return the exit code."""
    deployment = Deployment.load(
        DeploymentOverrides(config=config, world=world, domain=domain, scene=scene)
    )
    try:
        call = parse_call(text)
    except SyntaxFault as fault:
        hint = "write the call with its arguments: 'pick(red_mug)'"
        raise InputError.of("wrong-syntax", f"'{text}': {fault.message}", hint=hint) from fault
    checks = check_call(deployment, call, seeds=seeds)
    if as_json:
        points = [{"name": check.name, "problem": check.problem} for check in checks]
        print(json.dumps({"call": str(call), "checks": points}, ensure_ascii=False))
    else:
        console = console_for(as_json=False)
        for check in checks:
            sign = "[red]✘[/]" if check.problem else "[green]✔[/]"
            console.print(f"{sign} {check.name}{': ' if check.problem else ''}", end="")
            console.print(check.problem, markup=False)
    return 1 if any(check.problem for check in checks) else 0
