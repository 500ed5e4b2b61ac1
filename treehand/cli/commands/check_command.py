"""``treehand check``."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from treehand.authoring.check import Report, check_files, files_in
from treehand.cli.output import finding_as_data
from treehand.core.errors import Finding
from treehand.orchestrator.config.deployment import Deployment, DeploymentOverrides

FORMATS = ("text", "json", "github")


def check(
    paths: Sequence[Path],
    *,
    form: str,
    in_world: bool,
    world: str | None,
    scene: Path | None,
    domain: Path | None,
    config: Path | None,
) -> int:
    """Check files, print what was found and return the exit code."""

    def load() -> Deployment:
        return Deployment.load(
            DeploymentOverrides(config=config, world=world, domain=domain, scene=scene)
        )

    files, findings = files_in(paths)
    report = check_files(files, load, in_world=in_world)
    report = replace(report, findings=(*findings, *report.findings))
    _print(report, form)
    return 1 if report.findings else 0


def _print(report: Report, form: str) -> None:
    if form == "json":
        print(json.dumps(_as_data(report), ensure_ascii=False))
        return
    for finding in report.findings:
        print(_as_annotation(finding) if form == "github" else _as_text(finding))
    if form == "text":
        print(_summary(report), file=sys.stderr)


def _summary(report: Report) -> str:
    files = f"{len(report.files)} file{'s' * (len(report.files) != 1)}"
    count = len(report.findings)
    if not count:
        return f"{files} checked, nothing found"
    warnings = sum(finding.severity == "warning" for finding in report.findings)
    of = f", {warnings} of them warnings" if warnings else ""
    return f"{files} checked, {count} finding{'s' * (count != 1)}{of}"


def _as_text(finding: Finding) -> str:
    text = str(finding)
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
    for sign, code in (("%", "%25"), ("\r", "%0D"), ("\n", "%0A")):
        text = text.replace(sign, code)
    return f"::{finding.severity} {place}title={finding.code}::{text}"


def _escaped(value: str) -> str:
    for sign, code in (("%", "%25"), ("\r", "%0D"), ("\n", "%0A"), (":", "%3A"), (",", "%2C")):
        value = value.replace(sign, code)
    return value
