"""Order of reports: jobs are handed out within a window, and reports given back in their order."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from typing import Protocol, TypeVar

from treehand.scenarios.engines.runners import RunnerJob

R = TypeVar("R")


class JobPlaces(Protocol):
    """Places where jobs are done side by side."""

    def begin(self, number: int, job: RunnerJob[R]) -> None:
        """Hand out a job."""
        ...

    def finished(self) -> list[tuple[int, R]]:
        """Wait for jobs, and return numbers and reports of those that are done."""
        ...


def in_order(
    places: JobPlaces,
    jobs: Iterable[RunnerJob[R]],
    progress: Callable[[R], None],
    *,
    window: int,
) -> Generator[R]:
    """Yield the reports of jobs in the jobs' order.

    Args:
        places: Where they are done.
        jobs: Taken one by one.
        progress: Called with each report as soon as it is there.
        window: Most jobs that are handed out, or wait for an earlier one.
    """
    coming = enumerate(jobs)
    done: dict[int, R] = {}
    begun, given, is_all = 0, 0, False
    while True:
        while not is_all and begun - given < window:
            number, job = next(coming, (begun, None))
            if job is None:
                is_all = True
            else:
                places.begin(number, job)
                begun += 1
        if given == begun:
            return
        while given not in done:
            found: list[tuple[int, R]] = places.finished()
            for number, report in found:
                progress(report)
                done[number] = report
        yield done.pop(given)
        given += 1
