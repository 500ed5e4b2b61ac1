"""Runners of jobs: their contract, and the one of this process."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol, Self, TypeVar, cast

from treehand.scenarios.format.files import Deployments

R = TypeVar("R")
R_co = TypeVar("R_co", covariant=True)


class RunnerJob(Protocol[R_co]):
    """One piece of work: plain data that can be sent to another process or computer."""

    @property
    def path(self) -> Path:
        """File that it starts from."""
        ...

    @property
    def named_files(self) -> tuple[Path, ...]:
        """Files and folders that it names, `path` among them."""
        ...

    @property
    def limit_s(self) -> float:
        """Wall time of a machine without other load after which it hangs."""
        ...

    @property
    def content(self) -> str:
        """Everything that it is besides its files, as a text: equal jobs have equal texts."""
        ...

    def run(self, deployments: Deployments) -> R_co:
        """Do the work; never raises for what the work does.

        Args:
            deployments: Those that this process has loaded already.
        """
        ...

    def lost(self, why: str) -> R_co:
        """Return the report of a job that nobody finished."""
        ...

    def moved(self, path: Path) -> Self:
        """Return the job with its file, and all that lies beside it, at another place."""
        ...

    def brought_back(self, report: Any) -> R_co:
        """Return the report of the moved job with this job's path."""
        ...


class Runner(Protocol):
    """Runs jobs, such as the runs of scenarios (`Case`)."""

    def run(self, jobs: Iterable[RunnerJob[R]], progress: Callable[[R], None]) -> Generator[R]:
        """Yield a report for each job, in the jobs' order; closed early, it ends what runs.

        Args:
            jobs: Taken one by one, as there is room for them.
            progress: Called with each report as soon as it is there, in any order.
        """
        ...


@dataclass(frozen=True)
class RunnerSettings:
    """Settings of a runner, as the command line gives them."""

    workers: int = 1
    """Number of processes on this machine."""
    engine: str = "pool"
    """``pool``, ``ray``, the name of an installed one, or ``file.py:NAME``."""
    address: str | None = None
    """Address of a cluster; None for this machine."""
    results: tuple[Path, ...] = ()
    """Files and folders of results, which no worker needs."""


class InProcessRunner:
    """One after the other, in this process.

    Args:
        deployments: What is loaded already.
    """

    def __init__(self, deployments: Deployments | None = None) -> None:
        self._deployments = deployments or Deployments()

    def run(self, jobs: Iterable[RunnerJob[R]], progress: Callable[[R], None]) -> Generator[R]:
        """Yield a report for each job."""
        for job in jobs:
            report = job.run(self._deployments)
            progress(report)
            yield report


@dataclass(frozen=True)
class DrawingRunner:
    """Runner of cases whose reports hold pictures of the trees."""

    runner: Runner

    def run(self, jobs: Iterable[RunnerJob[R]], progress: Callable[[R], None]) -> Generator[R]:
        """Yield a report for each case."""
        drawn = (cast(RunnerJob[R], replace(cast(Any, job), draws=True)) for job in jobs)
        return self.runner.run(drawn, progress)
