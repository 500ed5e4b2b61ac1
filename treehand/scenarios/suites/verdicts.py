"""From the runs of a scenario to a verdict on it."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Literal

from pydantic import BaseModel, ConfigDict

from treehand.scenarios.format.files import Variant
from treehand.scenarios.running.cases import CaseReport
from treehand.scenarios.suites.statistics import Rate

Status = Literal["passed", "failed", "error", "xfailed", "xpassed"]


class ScenarioVerdict(BaseModel):
    """Verdict on one scenario."""

    model_config = ConfigDict(frozen=True)

    status: Status
    why: str = ""
    """Why it did not pass, in one line."""
    path: str
    variant: str
    scenario: str
    tags: tuple[str, ...] = ()
    reports: tuple[CaseReport, ...]
    is_one_seed: bool = False
    """True if it is about one of several seeds, each a test of its own."""
    rate: Rate | None = None
    """Of scenarios with several runs."""

    @property
    def is_good(self) -> bool:
        """Return True if it does not block a merge."""
        return self.status in ("passed", "xfailed")

    @property
    def name(self) -> str:
        """Return the file's name, what varies, and the seed if there are several."""
        seed = f"seed={self.reports[0].seed}" if self.is_one_seed else ""
        return "::".join(part for part in (self.path, self.variant, seed) if part)

    @property
    def representative(self) -> CaseReport:
        """Return the run that stands for all: the first that did not pass, else the first."""
        failed = [report for report in self.reports if not report.has_passed]
        return failed[0] if failed else self.reports[0]


def reaches(passed: int, n: int, rate: float) -> bool:
    """Return True if a share of runs reaches a rate as it is written: 7 of 25 reach 0.28."""
    return passed >= Fraction(str(rate)) * n


Decision = Literal["accept", "reject"]


def judge(
    variant: Variant, reports: Sequence[CaseReport], decision: Decision | None = None
) -> ScenarioVerdict:
    """Return the verdict on a scenario from its runs, at least one.

    Args:
        variant: The scenario.
        reports: Its runs.
        decision: Of a sequential test that has stopped them.
    """
    scenario = variant.scenario
    passed = sum(report.has_passed for report in reports)
    is_sequential = decision is not None
    rate = None
    if len(reports) > 1:
        rate = Rate.of(passed, len(reports), is_sequential=is_sequential)
    is_short = not reaches(passed, len(reports), scenario.pass_rate or 1.0)
    errors = [report.error for report in reports if report.error]
    status: Status = "passed"
    why = ""
    if errors:
        status, why = "error", errors[0]
    elif decision == "reject" or (decision is None and is_short):
        failed = next(report for report in reports if not report.has_passed)
        status, why = "failed", "; ".join(failed.problems)
        if scenario.pass_rate is not None:
            why = f"{passed} of {len(reports)} passed, wanted {scenario.pass_rate:.0%}: {why}"
        if is_sequential:
            why = f"stopped by a sequential test (Wald); {why}"
    if scenario.xfail is not None and status != "error":
        why = f"expected to fail: {scenario.xfail}"
        status = "xfailed" if status == "failed" else "xpassed"
        if status == "xpassed":
            why = f"it passes, but is {why}"
    return ScenarioVerdict(
        status=status,
        why=why,
        path=str(variant.path),
        variant=variant.name,
        scenario=scenario.scenario,
        tags=scenario.tags,
        reports=tuple(reports),
        is_one_seed=scenario.seeds is not None,
        rate=rate,
    )
