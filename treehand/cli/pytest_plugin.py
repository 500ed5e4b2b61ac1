"""The pytest plug-in: ``pytest scenarios/`` runs ``*.scenario.yaml`` files as tests.

It is loaded by every pytest run of an environment that has Treehand, so it loads nothing of it
before there is a scenario file to collect.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from treehand.scenarios import Deployments, Variant
    from treehand.scenarios.suites.verdicts import ScenarioVerdict

SUFFIX = ".scenario.yaml"
WRONG_SUFFIX = ".scenario.yml"
_DEPLOYMENTS: pytest.StashKey[Deployments] = pytest.StashKey()
"""Deployments that the scenarios of all files run on; each is loaded once."""


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker of all scenarios known."""
    config.addinivalue_line("markers", "scenario: a *.scenario.yaml file")


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Collect scenario files."""
    if file_path.name.endswith(SUFFIX):
        collector: pytest.Collector = ScenarioFile.from_parent(parent, path=file_path)
        return collector
    if file_path.name.endswith(WRONG_SUFFIX):
        wrong: pytest.Collector = MisnamedFile.from_parent(parent, path=file_path)
        return wrong
    return None


class MisnamedFile(pytest.File):
    """A file that was meant as a scenario but for its ``.yml``: an error of collection."""

    def collect(self) -> Iterator[pytest.Item]:
        """Raise the finding."""
        from treehand.scenarios.suites.suite import wrong_suffix

        raise self.CollectError(str(wrong_suffix(self.path)))


class ScenarioFailure(Exception):
    """A scenario that did not go as expected.

    The first line of its text is the reason, which pytest repeats in its summary; the rest is the
    story.
    """


class ScenarioFile(pytest.File):
    """One file, with an item for each of its scenarios."""

    def collect(self) -> Iterator[pytest.Item]:
        """Yield the items; a file that cannot be used is an error of collection, with its lines."""
        from treehand.core.errors import InputError
        from treehand.scenarios import Deployments, load_variants, variant_findings

        stash = self.config.stash
        deployments = stash[_DEPLOYMENTS] = stash.get(_DEPLOYMENTS, None) or Deployments()
        try:
            variants = load_variants(self.path)
            errors = [f for f in variant_findings(variants, deployments) if f.severity == "error"]
            if errors:
                raise InputError(errors)
        except InputError as error:
            raise self.CollectError(str(error)) from None
        for variant in variants:
            one_by_one = variant.scenario.seeds
            for seed in one_by_one if one_by_one is not None else (None,):
                parts = [variant.name, f"seed={seed}" if seed is not None else ""]
                name = "-".join(part for part in parts if part) or "run"
                yield ScenarioItem.from_parent(
                    self, name=name, variant=variant, seed=seed, deployments=deployments
                )


class ScenarioItem(pytest.Item):
    """One scenario: a run, or several that are judged together."""

    def __init__(
        self, *, variant: Variant, seed: int | None, deployments: Deployments, **rest: Any
    ) -> None:
        super().__init__(**rest)
        self._variant = variant
        self._seed = seed
        self._deployments = deployments
        self.add_marker("scenario")
        for tag in variant.scenario.tags:
            self.config.addinivalue_line("markers", f"{tag}: a tag of a scenario")
            self.add_marker(tag)
        if variant.scenario.xfail is not None:
            mark = pytest.mark.xfail(
                reason=variant.scenario.xfail, strict=True, raises=ScenarioFailure
            )
            self.add_marker(mark)

    def runtest(self) -> None:
        """Run, judge, and raise the story of what was not as expected."""
        from treehand.scenarios.engines.runners import InProcessRunner
        from treehand.scenarios.reports.story import story_of
        from treehand.scenarios.suites.suite import Suite

        suite = Suite([self._variant])
        [verdict] = suite.run(InProcessRunner(self._deployments), seed=self._seed)
        self._tell(verdict)
        if verdict.status == "error":
            raise RuntimeError(f"{verdict.why}\n\n{story_of(verdict.representative)}")
        if verdict.status in ("failed", "xfailed"):
            raise ScenarioFailure(f"{verdict.why}\n\n{story_of(verdict.representative)}")

    def _tell(self, verdict: ScenarioVerdict) -> None:
        """Put what counts into the JUnit report."""
        result = verdict.representative.result
        self.user_properties.append(("scenario", verdict.scenario))
        if result is not None:
            self.user_properties.append(("outcome", result.outcome.value))
            self.user_properties.append(("sim_time_s", result.sim_time_s))
            self.user_properties.append(("retries", result.retries))
        if verdict.rate is not None:
            self.user_properties.append(("rate", str(verdict.rate)))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> str:
        """Return the story, without a traceback of ours."""
        if isinstance(excinfo.value, ScenarioFailure | RuntimeError):
            return str(excinfo.value)
        return str(super().repr_failure(excinfo))

    def reportinfo(self) -> tuple[Path, int, str]:
        """Return file, line and name."""
        span = self._variant.scenario.span("scenario")
        return self.path, (span.line - 1 if span else 0), f"{self.path.name}::{self.name}"
