"""``treehand check``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Literal

import typer

from treehand.authoring.check import Report, check_files, files_in
from treehand.cli.arguments.options import DeploymentOptions, Load
from treehand.cli.views.output import finding_as_data
from treehand.cli.views.plain_output import print_json, print_lines
from treehand.core.errors import Finding
from treehand.core.exit_codes import ExitCode
from treehand.core.text.printable_text import printable, printable_line
from treehand.orchestrator.config.deployment import Deployment

EXAMPLE = "treehand check ."


def check(
    paths: Annotated[list[Path], typer.Argument(help="Files, or folders of files.")],
    *,
    form: Annotated[
        Literal["text", "json", "github"],
        typer.Option("--format", help="github: annotations for its CI."),
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
    if as_json and form == "github":
        raise typer.BadParameter("give one of --json and --format github", param_hint="--json")
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
    for finding in report.findings:
        print_lines(_as_annotation(finding) if form == "github" else _as_text(finding))
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


def _as_text(finding: Finding) -> str:
    text = str(replace(finding, message=printable_line(finding.message)))
    return text if finding.severity == "error" else text.replace(": ", ": warning: ", 1)


def _as_data(report: Report) -> dict[str, object]:
    return {
        "files": [str(path) for path in report.files],
        "findings": [finding_as_data(finding) for finding in report.findings],
    }


def _as_annotation(finding: Finding) -> str:
    """Return a workflow command that GitHub shows at the line.

    Source: GitHub Docs, "Workflow commands for GitHub Actions", setting an error message; the
    escapes are those of its toolkit (``core/src/command.ts``).
    """
    span = finding.span
    place = f"file={_escaped(span.file)},line={span.line},col={span.column}," if span else ""
    text = finding.message + (f"\nhint: {finding.hint}" if finding.hint else "")
    return f"::{finding.severity} {place}title={_escaped(finding.code)}::{_escaped(text, _DATA)}"


_DATA = {"%": "%25", "\r": "%0D", "\n": "%0A"}
_PROPERTY = {**_DATA, ":": "%3A", ",": "%2C"}


def _escaped(value: str, codes: Mapping[str, str] = _PROPERTY) -> str:
    return "".join(codes.get(sign, sign) for sign in printable(value))
