"""``treehand check-policy``."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import typer
from rich.markup import escape

from treehand.authoring.policy_subjects import INSTRUCTIONS, bound_subjects, free_subject
from treehand.cli.output import console_for
from treehand.core.errors import InputError
from treehand.orchestrator.config.deployment import FILE_NAME, Deployment, DeploymentOverrides
from treehand.skills.vla import PolicyCheck, PolicyUnderTest

SIGNS = {"ok": "[green]✔[/]", "warning": "[yellow]![/]", "failed": "[red]✘[/]", "skipped": "·"}


@dataclass(frozen=True)
class PolicyOptions:
    """What is looked at, and how."""

    target: str
    """A URL, a deployment file or a checkpoint folder."""
    skill: str | None
    spec: Path | None
    adapter: str | None
    instructions: tuple[str, ...]
    """What a policy that nobody bound is told."""
    calls: int
    json: bool
    world: str | None
    scene: Path | None
    domain: Path | None
    config: Path | None


def check_policies(options: PolicyOptions) -> int:
    """Look at one policy or at all that a file binds; 1 if anything is wrong with one."""
    console = console_for(as_json=options.json)
    is_bad = False
    reported: list[dict[str, object]] = []
    for subject in _subjects(options):
        console.print(f"[bold]{escape(subject.label)}[/]")
        if subject.spec is not None:
            console.print(_check_declaration(subject), style="dim", markup=False)
        check = PolicyCheck(subject, options.calls)
        results = []
        for result in check.results():
            results.append(result)
            console.print(f"{SIGNS[result.result]} {result.name:13} {escape(result.detail)}")
        is_bad = is_bad or any(result.result == "failed" for result in results)
        reported.append(
            {
                "policy": subject.label,
                "spec": subject.spec.model_dump(mode="json") if subject.spec else None,
                "declared": check.declared,
                "latencies_s": check.latencies_s,
                "checks": [asdict(result) for result in results],
            }
        )
    if options.json:
        print(json.dumps({"ok": not is_bad, "policies": reported}, ensure_ascii=False))
    return 1 if is_bad else 0


def _subjects(options: PolicyOptions) -> list[PolicyUnderTest]:
    target, config = options.target, options.config
    path = Path(target)
    is_url = "://" in target
    if not is_url and path.suffix in (".yaml", ".yml"):
        if config is not None:
            message = f"'{target}' is a deployment file, too: give one of the two"
            raise typer.BadParameter(message, param_hint="--config")
        config = path
    elif not is_url and not path.is_dir():
        hint = "give a URL, a treehand.yaml, or the folder of a checkpoint"
        what = f"'{target}' is no file of that kind" if path.exists() else f"there is no '{target}'"
        raise InputError.of("unreadable-file", what, hint=hint)
    is_file = not is_url and not path.is_dir()
    is_told = options.spec is not None or options.adapter is not None
    has_bindings = config is not None or Path(FILE_NAME).exists()
    if is_file or (is_url and has_bindings and not is_told):
        deployment = Deployment.load(
            DeploymentOverrides(
                config=config, world=options.world, domain=options.domain, scene=options.scene
            )
        )
        address = target if is_url else None
        found = bound_subjects(deployment, skill=options.skill, address=address)
        if found:
            return found
    instructions = (*options.instructions, *INSTRUCTIONS[len(options.instructions) :])
    return [
        free_subject(
            target, adapter=options.adapter, spec_file=options.spec, instructions=instructions[:2]
        )
    ]


def _check_declaration(subject: PolicyUnderTest) -> str:
    spec = subject.spec
    assert spec is not None
    sees = ", ".join(
        f"{key} {camera.height}×{camera.width} {camera.kind}"
        for key, camera in spec.cameras.items()
    )
    feels = ", ".join(f"{key} ({state.size}) {state.unit}" for key, state in spec.state.items())
    says = ", ".join(f"{d.label} {d.low:g} to {d.high:g} {d.unit}" for d in spec.action.dims)
    return (
        f"  sees    {sees or 'nothing'}\n  feels   {feels or 'nothing'}\n"
        f"  answers {spec.chunk} × {spec.action.control} at {spec.rate_hz:g} Hz: {says}"
    )
