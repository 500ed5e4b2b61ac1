"""Jobs in several processes of this machine."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as Overdue
from functools import cache
from multiprocessing.context import BaseContext
from queue import SimpleQueue
from typing import Any, Self, TypeVar

from treehand.core.collector import leave_loaded
from treehand.core.errors import MissingExtra
from treehand.scenarios.engines.job_window import in_order
from treehand.scenarios.engines.runners import RunnerJob
from treehand.scenarios.engines.wall_limit import load_factor
from treehand.scenarios.format.files import Deployments

try:
    import pebble
except ImportError:  # told when several processes are asked for
    pebble = None  # type: ignore[assignment]

R = TypeVar("R")

GRACE_S = 10.0
"""Time that a job may need besides its limit: loading, and writing its report."""
LEAST_WINDOW = 64
PLACES_PER_WORKER = 16


def has_pebble() -> bool:
    """Return True if the library of process pools is installed."""
    return pebble is not None


def window_for(workers: int) -> int:
    """Return the most jobs that are handed out to so many workers."""
    return max(LEAST_WINDOW, PLACES_PER_WORKER * workers)


class PoolRunner:
    """Runs jobs in several processes; one that hangs or dies costs its own job only.

    Args:
        workers: Number of processes.
        grace_s: How much longer than its limit a job may take before its process is killed, in
            seconds.

    Raises:
        MissingExtra: Without pebble.
    """

    def __init__(self, workers: int, *, grace_s: float = GRACE_S) -> None:
        if pebble is None:
            raise MissingExtra("pebble", "test")
        self._workers = workers
        self._grace_s = grace_s

    def run(self, jobs: Iterable[RunnerJob[R]], progress: Callable[[R], None]) -> Generator[R]:
        """Yield a report for each job; when the caller stops early, the processes are killed."""
        with ProcessPlaces(self._workers, self._grace_s) as places:
            yield from in_order(places, jobs, progress, window=window_for(self._workers))


class ProcessPlaces:
    """Processes of this machine that do jobs. A job whose process dies is begun once more.

    Args:
        workers: Number of processes.
        grace_s: Time besides the limit of a job.
        context: How processes are started; as usual on this system if left out.
    """

    def __init__(
        self, workers: int, grace_s: float = GRACE_S, *, context: BaseContext | None = None
    ) -> None:
        how = context or multiprocessing.get_context()
        self._pool = pebble.ProcessPool(max_workers=workers, context=how)
        self._grace_s = grace_s
        self._done: SimpleQueue[tuple[int, Future[Any]]] = SimpleQueue()
        self._jobs: dict[int, tuple[RunnerJob[Any], float]] = {}
        """Number to job and seconds after which it is killed, of those that are not finished."""
        self._again: set[int] = set()
        """Numbers of jobs that were begun a second time."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        if self._jobs:
            self._pool.stop()  # type: ignore[no-untyped-call]
        else:  # after `stop` it would have all that was handed out done
            self._pool.close()  # type: ignore[no-untyped-call]
        self._pool.join()

    def begin(self, number: int, job: RunnerJob[Any]) -> None:
        """Hand out a job."""
        limit_s = job.limit_s * load_factor() + self._grace_s
        self._jobs[number] = (job, limit_s)
        future = self._pool.schedule(_work, (job,), timeout=limit_s)
        future.add_done_callback(lambda done: self._done.put((number, done)))

    def finished(self) -> list[tuple[int, Any]]:
        """Wait for one job; its number and report, or nothing if it was begun once more."""
        number, future = self._done.get()
        job, limit_s = self._jobs[number]
        try:
            report = future.result()
        except Overdue:
            report = job.lost(f"hang: its process was killed after {limit_s:g} s")
        except pebble.ProcessExpired as error:
            if number not in self._again:
                self._again.add(number)
                self.begin(number, job)
                return []
            report = job.lost(f"its worker process died (exit code {error.exitcode})")
        except Exception as error:  # whatever came of it, it is this job's
            report = job.lost(f"{type(error).__name__}: {error}")
        del self._jobs[number]
        return [(number, report)]


@cache
def _deployments() -> Deployments:
    """Return the deployments of one worker process, each loaded once."""
    leave_loaded()
    return Deployments()


def _work(job: RunnerJob[R]) -> R:
    return job.run(_deployments())
