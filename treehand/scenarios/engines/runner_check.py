"""Conformance check of a runner, for engines of your own."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from treehand.core.errors import Finding
from treehand.scenarios.engines.runners import Runner
from treehand.scenarios.format.files import Deployments

JOBS_N = 40
MANY_N = 10_000
"""Number of jobs of which a runner may take only a part before the first report is used."""


@dataclass(frozen=True)
class NumberJob:
    """RunnerJob that reports a number; every seventh takes longer, and one raises."""

    number: int
    fails: bool = False
    path: Path = Path(__file__)
    limit_s: float = 10.0

    @property
    def named_files(self) -> tuple[Path, ...]:
        """This module."""
        return (self.path,)

    @property
    def content(self) -> str:
        """The number."""
        return str(self.number)

    def run(self, deployments: Deployments) -> int:
        """Return the number."""
        if self.fails:
            raise ValueError("a job that raises")
        time.sleep(0.05 if self.number % 7 == 0 else 0.0)
        return self.number

    def lost(self, why: str) -> int:
        """Return the number below zero."""
        return -self.number

    def moved(self, path: Path) -> NumberJob:
        """Return the job with another path."""
        return replace(self, path=path)

    def brought_back(self, report: int) -> int:
        """Return the report."""
        return report


def check_runner(runner: Runner) -> list[Finding]:
    """Return the rules of `Runner` that a runner breaks; none if it keeps them.

    Args:
        runner: Takes about a second for a pool of this machine.
    """
    found = []
    told: list[int] = []
    reports = list(runner.run([NumberJob(number) for number in range(JOBS_N)], told.append))
    if reports != list(range(JOBS_N)):
        found.append(Finding("wrong-order", f"the reports came as {reports}"))
    if sorted(told) != list(range(JOBS_N)):
        found.append(Finding("untold-report", f"progress heard of {len(told)} of {JOBS_N} reports"))
    lost = list(runner.run([NumberJob(1), NumberJob(2, fails=True), NumberJob(3)], told.append))
    if lost != [1, -2, 3]:
        found.append(Finding("lost-job", f"a job that raises gave {lost}, not [1, -2, 3]"))
    taken: list[int] = []

    def many() -> Iterator[NumberJob]:
        for number in range(MANY_N):
            taken.append(number)
            yield NumberJob(number)

    coming = runner.run(many(), told.append)
    next(coming)
    coming.close()
    if len(taken) == MANY_N:
        message = f"all {MANY_N} jobs were taken before the first report was used"
        found.append(Finding("unbounded-window", message))
    return found
