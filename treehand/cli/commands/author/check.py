"""``treehand check``."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated, Literal

import typer

from treehand.authoring.check import Report, check_files, files_in
from treehand.cli.arguments.options import DeploymentOptions, Load
from treehand.cli.views.finding_formats import (
    finding_annotation,
    finding_line,
    findings_as_sarif,
)
from treehand.cli.views.output import finding_as_data
from treehand.cli.views.plain_output import print_json, print_lines
from treehand.core.exit_codes import ExitCode
from treehand.orchestrator.config.deployment import Deployment

EXAMPLE = "treehand check ."


def check(
    paths: Annotated[list[Path], typer.Argument(help="Files, or folders of files.")],
    *,
    form: Annotated[
        Literal["text", "json", "github", "sarif"],
        typer.Option("--format", help="github: annotations for its CI; sarif: for code scanning."),
    ] = "text",
    as_json: Annotated[bool, typer.Option("--json", help="The same as --format json.")] = False,
    in_world: Annotated[
        bool, typer.Option(help="Rehearse trees in the world: what can never work there.")
    ] = True,
    load: Load = False,
    deployment: DeploymentOptions,
) -> None:
    """Check trees, domains, scenes and scenarios.

    Every finding comes with its file, line and column. Exits with 1 if there is one. Python files
    that are named in treehand.yaml are read, and run only with --load.
    """
    if as_json and form not in ("text", "json"):
        raise typer.BadParameter(f"give one of --json and --format {form}", param_hint="--json")
    files, findings = files_in(paths)
    report = check_files(
        files,
        lambda: Deployment.load(deployment.overrides(), imports=load),
        in_world=in_world,
        imports=load,
    )
    report = replace(report, findings=(*findings, *report.findings))
    _print(report, "json" if as_json else form)
    raise typer.Exit(ExitCode.FAILURE if report.findings else ExitCode.SUCCESS)


def _print(report: Report, form: str) -> None:
    if form == "json":
        print_json(_as_data(report))
        return
    if form == "sarif":
        print_json(findings_as_sarif(report.findings))
        return
    for finding in report.findings:
        print_lines(finding_annotation(finding) if form == "github" else finding_line(finding))
    if form == "text":
        print_lines(_summary(report), to_stderr=True)


def _summary(report: Report) -> str:
    files = f"{len(report.files)} file{'s' * (len(report.files) != 1)}"
    count = len(report.findings)
    if not count:
        return f"{files} checked, nothing found"
    warnings = sum(finding.severity == "warning" for finding in report.findings)
    of = f", {warnings} of them warnings" if warnings else ""
    return f"{files} checked, {count} finding{'s' * (count != 1)}{of}"


def _as_data(report: Report) -> dict[str, object]:
    return {
        "files": [str(path) for path in report.files],
        "findings": [finding_as_data(finding) for finding in report.findings],
    }
