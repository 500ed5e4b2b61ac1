"""``treehand check-policy``."""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path
from typing import Annotated

import typer

from treehand.authoring.policy_subjects import INSTRUCTIONS, bound_subjects, free_subject
from treehand.cli.arguments.options import DeploymentOptions, Json
from treehand.cli.views.output import SIGNS, console_for, write_text
from treehand.cli.views.plain_output import print_json
from treehand.core.errors import InputError
from treehand.core.exit_codes import ExitCode
from treehand.core.text.printable_console import marked
from treehand.orchestrator.config.deployment import Deployment
from treehand.orchestrator.config.deployment_file import FILE_NAME
from treehand.skills.vla import GhostPath, PolicyCheck, PolicyUnderTest
from treehand.skills.vla.conversion.ghost_picture import svg

EXAMPLE = "treehand check-policy treehand.yaml"


def check_policy(
    target: Annotated[
        str,
        typer.Argument(
            metavar="URL|FILE",
            help="A policy server, a treehand.yaml that binds policies, or a checkpoint folder.",
        ),
    ],
    *,
    skill: Annotated[
        str | None, typer.Option(help="Only what the file binds to this skill.")
    ] = None,
    spec: Annotated[
        Path | None,
        typer.Option(help="Observations and actions of a server that nobody bound, as YAML."),
    ] = None,
    adapter: Annotated[
        str | None, typer.Option(help="Its protocol, where the URL does not tell.")
    ] = None,
    instruction: Annotated[
        list[str] | None,
        typer.Option(help="Instruction for a server that nobody bound; give a second to compare."),
    ] = None,
    calls: Annotated[int, typer.Option(min=2, help="Calls to measure latency with.")] = 20,
    ghost: Annotated[
        Path | None,
        typer.Option(metavar="SVG", help="Draw the path of the hand for an answer to this file."),
    ] = None,
    as_json: Json = False,
    deployment: DeploymentOptions,
) -> None:
    """Check a policy server; nothing moves.

    Asks it what a leaf would ask: answers, action limits and latency are looked at.
    """
    console = console_for(as_json=as_json)
    is_described = spec is not None or adapter is not None
    subjects = _bound(target, deployment, skill, is_described=is_described)
    if not subjects:
        given = tuple(instruction or ())
        both = (*given, *INSTRUCTIONS[len(given) :])[:2]
        subjects = [free_subject(target, adapter=adapter, spec_file=spec, instructions=both)]
    is_bad = False
    reports: list[dict[str, object]] = []
    for subject in subjects:
        console.print(subject.label, style="bold")
        if subject.spec is not None:
            console.print(_check_declaration(subject), style="dim")
        check = PolicyCheck(subject, calls)
        results = []
        for result in check.results():
            results.append(result)
            console.print(marked("{} {:13} {}", SIGNS[result.result], result.name, result.detail))
        if ghost is not None and check.path is not None:
            _draw(ghost, len(reports), check.path, subject.label)
        is_bad = is_bad or any(result.result == "failed" for result in results)
        reports.append(
            {
                "policy": subject.label,
                "spec": subject.spec.model_dump(mode="json") if subject.spec else None,
                "declared": check.declared,
                "latencies_s": check.latencies_s,
                "checks": [asdict(result) for result in results],
            }
        )
    if as_json:
        report = {"ok": not is_bad, "policies": reports}
        print_json(report)
    raise typer.Exit(ExitCode.FAILURE if is_bad else ExitCode.SUCCESS)


def _draw(file: Path, index: int, path: GhostPath, title: str) -> None:
    """Write the picture of a path; further policies get the file's name with a number."""
    name = file if not index else file.with_name(f"{file.stem}_{index + 1}{file.suffix}")
    write_text(name, svg(path, title))


def _bound(
    target: str, deployment: DeploymentOptions, skill: str | None, *, is_described: bool
) -> list[PolicyUnderTest]:
    """Return the policies that a deployment binds: all of a file, or those at a server's URL.

    Args:
        target: URL, deployment file or checkpoint folder.
        deployment: The command line's.
        skill: Only the policies of this skill.
        is_described: True if the command line itself says what the server sees and answers.
    """
    config = deployment.config
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
    has_bindings = config is not None or Path(FILE_NAME).exists()
    if not is_file and not (is_url and has_bindings and not is_described):
        return []
    loaded = Deployment.load(replace(deployment, config=config).overrides())
    return bound_subjects(loaded, skill=skill, address=target if is_url else None)


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
