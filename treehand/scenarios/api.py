"""Scenarios from Python: ``from treehand import scenario``.

report = scenario.run("dropped_mug.scenario.yaml")[0]
scenario.require({"scenario": "…", "goal": "…", "expect": {"outcome": "success"}})
"""

from __future__ import annotations

from collections.abc import Mapping as AnyMapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from treehand.core.errors import InputError
from treehand.scenarios.engines.runners import InProcessRunner
from treehand.scenarios.format.files import Deployments, Variant, load_variants, variant_findings
from treehand.scenarios.format.model import Scenario
from treehand.scenarios.reports.story import story_of
from treehand.scenarios.running.cases import CaseReport
from treehand.scenarios.suites.suite import Suite
from treehand.scenarios.suites.verdicts import ScenarioVerdict

Source = str | Path | Scenario | AnyMapping[str, Any]
"""A file, a scenario, or the same as a dictionary."""


class ScenarioFailed(AssertionError):
    """A scenario did not go as expected; the text is its story."""


def variants(source: Source) -> list[Variant]:
    """Return the scenarios that a source holds.

    Raises:
        InputError: If it is not a sound scenario, with every finding.
    """
    if isinstance(source, str | Path):
        found = load_variants(Path(source))
    else:
        try:
            made = source if isinstance(source, Scenario) else Scenario.model_validate(source)
        except ValidationError as error:
            raise InputError.of("wrong-value", str(error)) from error
        found = [Variant(Path("a scenario in Python"), made)]
    errors = [f for f in variant_findings(found, Deployments()) if f.severity == "error"]
    if errors:
        raise InputError(errors)
    return found


def run(source: Source, *, seed: int | None = None) -> list[CaseReport]:
    """Run every run of a source and return how each went.

    Args:
        source: A file, a scenario, or a dictionary.
        seed: Run this seed alone.
    """
    return [report for verdict in verdicts(source, seed=seed) for report in verdict.reports]


def verdicts(source: Source, *, seed: int | None = None) -> list[ScenarioVerdict]:
    """Return the verdict on each scenario of a source."""
    return list(Suite(variants(source)).run(InProcessRunner(), seed=seed))


def require(source: Source, *, seed: int | None = None) -> None:
    """Raise `ScenarioFailed`, with the story, if a scenario of a source is not as expected."""
    for verdict in verdicts(source, seed=seed):
        if not verdict.is_good:
            raise ScenarioFailed(story_of(verdict.representative))
