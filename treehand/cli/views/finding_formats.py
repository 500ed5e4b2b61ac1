"""Findings as lines of text, as GitHub's annotations and as SARIF."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path, PurePath
from urllib.parse import quote

from treehand.core.errors import Finding
from treehand.core.text.printable_text import printable, printable_line
from treehand.documents.composer import compose

FINDING_CODES = Path(__file__).with_name("finding_codes.yaml")
"""Codes with their meanings, as docs/reference/findings.md has them."""
_MANUAL = "https://treehand.readthedocs.io"
_WARNING = "warning: "


def finding_line(finding: Finding) -> str:
    """Return a finding as text: a line, and one for its hint."""
    text = str(replace(finding, message=printable_line(finding.message)))
    return text if finding.severity == "error" else text.replace(": ", ": warning: ", 1)


def finding_annotation(finding: Finding) -> str:
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


def findings_as_sarif(findings: Iterable[Finding]) -> dict[str, object]:
    """Return findings as one run of a SARIF log, for code scanning and editors.

    Files under the current folder are told relative to it, as ``%SRCROOT%``. Columns count
    characters from 1. Every rule says what its code means, and its usual level.

    Source: OASIS, "Static Analysis Results Interchange Format (SARIF) Version 2.1.0".
    """
    found = list(findings)
    codes = sorted({one.code for one in found})
    meanings = _meanings()
    driver = {
        "name": "treehand",
        "version": version("treehand"),
        "informationUri": _MANUAL,
        "rules": [_rule(code, meanings.get(code, "")) for code in codes],
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [_result(one, codes.index(one.code)) for one in found],
    }
    return {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [run],
    }


def _meanings() -> Mapping[str, str]:
    data, _ = compose(FINDING_CODES.read_text(encoding="utf-8"), file=str(FINDING_CODES))
    return data if isinstance(data, dict) else {}


def _rule(code: str, meaning: str) -> dict[str, object]:
    """Return the description of a code; findings of own checkers have codes without a meaning."""
    is_warning = meaning.startswith(_WARNING)
    told = meaning.removeprefix(_WARNING) or code.replace("-", " ")
    markdown = f"{told[0].upper()}{told[1:]}."
    text = markdown.replace("`", "")
    more = "The message of a result says where, and what to write instead."
    return {
        "id": code,
        "shortDescription": {"text": text},
        "fullDescription": {"text": text},
        "help": {"text": f"{text} {more}", "markdown": f"{markdown} {more}"},
        "helpUri": f"{_MANUAL}/reference/findings/",
        "defaultConfiguration": {"level": "warning" if is_warning else "error"},
    }


def _result(finding: Finding, rule: int) -> dict[str, object]:
    hint = f"\nhint: {finding.hint}" if finding.hint else ""
    result: dict[str, object] = {
        "ruleId": finding.code,
        "ruleIndex": rule,
        "level": finding.severity,
        "message": {"text": printable(finding.message + hint)},
    }
    if finding.span is not None:
        path = PurePath(finding.span.file)
        uri = path.as_uri() if path.is_absolute() else quote(path.as_posix())
        place: dict[str, object] = {"uri": uri}
        if not path.is_absolute():
            place["uriBaseId"] = "%SRCROOT%"
        region = {"startLine": finding.span.line, "startColumn": finding.span.column}
        result["locations"] = [{"physicalLocation": {"artifactLocation": place, "region": region}}]
    return result
