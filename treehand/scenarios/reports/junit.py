"""JUnit XML of a suite, which CI servers read."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from xml.etree import ElementTree

from treehand.core.text.printable_text import printable
from treehand.scenarios.reports.story import story_of
from treehand.scenarios.suites.verdicts import ScenarioVerdict


def junit_xml(verdicts: Sequence[ScenarioVerdict], *, wall_s: float) -> str:
    """Return one ``testsuite`` with a ``testcase`` for each verdict.

    Args:
        verdicts: The verdicts.
        wall_s: Duration of the suite in seconds.
    """
    failures = sum(verdict.status in ("failed", "xpassed") for verdict in verdicts)
    suite = ElementTree.Element(
        "testsuite",
        name="treehand",
        tests=str(len(verdicts)),
        failures=str(failures),
        errors=str(sum(verdict.status == "error" for verdict in verdicts)),
        skipped=str(sum(verdict.status == "xfailed" for verdict in verdicts)),
        time=f"{wall_s:.3f}",
    )
    for verdict in verdicts:
        _add(suite, verdict)
    root = ElementTree.Element("testsuites")
    root.append(suite)
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _add(suite: ElementTree.Element, verdict: ScenarioVerdict) -> None:
    _, _, name = verdict.name.partition("::")
    case = ElementTree.SubElement(
        suite,
        "testcase",
        classname=printable(str(Path(verdict.path).with_suffix("").with_suffix(""))),
        name=printable(name or verdict.scenario),
        file=printable(verdict.path),
        time=f"{wall_s(verdict):.3f}",
    )
    tags = {"failed": "failure", "xpassed": "failure", "error": "error", "xfailed": "skipped"}
    if verdict.status in tags:
        found = ElementTree.SubElement(case, tags[verdict.status], message=printable(verdict.why))
        if verdict.status != "xfailed":
            found.text = printable(story_of(verdict.representative))


def wall_s(verdict: ScenarioVerdict) -> float:
    """Return the duration of a verdict's runs, in seconds of wall time."""
    return sum(report.wall_s for report in verdict.reports)
