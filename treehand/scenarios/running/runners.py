"""Where cases run: in this process, or in several; another engine can be plugged in."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import TimeoutError as Overdue
from dataclasses import dataclass, replace
from functools import cache
from typing import Protocol

from treehand.core.errors import MissingExtra
from treehand.scenarios.format.files import Deployments
from treehand.scenarios.running.cases import Case, CaseReport, run_case

try:
    import pebble
except ImportError:  # said when several processes are asked for
    pebble = None  # type: ignore[assignment]

GRACE_S = 10.0
"""Time that a case may need besides its wall time: loading, and writing its report."""

Progress = Callable[[CaseReport], None]


class Runner(Protocol):
    """Runs cases."""

    def run(self, cases: Iterable[Case], progress: Progress) -> Iterator[CaseReport]:
        """Yield a report for each case, in the cases' order; `progress` hears of each at once."""
        ...


class InProcessRunner:
    """One after the other, in this process.

    Args:
        deployments: What is loaded already.
    """

    def __init__(self, deployments: Deployments | None = None) -> None:
        self._deployments = deployments or Deployments()

    def run(self, cases: Iterable[Case], progress: Progress) -> Iterator[CaseReport]:
        """Yield a report for each case."""
        for case in cases:
            report = run_case(case, self._deployments)
            progress(report)
            yield report


@cache
def _deployments() -> Deployments:
    """Return the deployments of one worker process, each loaded once."""
    return Deployments()


def _work(case: Case) -> CaseReport:
    return run_case(case, _deployments())


@dataclass(frozen=True)
class DrawingRunner:
    """Runner whose reports hold pictures of the trees."""

    runner: Runner

    def run(self, cases: Iterable[Case], progress: Progress) -> Iterator[CaseReport]:
        """Yield a report for each case."""
        return self.runner.run((replace(case, draws=True) for case in cases), progress)


class PoolRunner:
    """In several processes; one that hangs or dies costs its own case only.

    Args:
        workers: How many processes.
        grace_s: How much longer than its wall time a case may take before its process is killed.

    Raises:
        MissingExtra: Without pebble.
    """

    def __init__(self, workers: int, *, grace_s: float = GRACE_S) -> None:
        if pebble is None:
            raise MissingExtra("pebble", "test")
        self._workers = workers
        self._grace_s = grace_s

    def run(self, cases: Iterable[Case], progress: Progress) -> Iterator[CaseReport]:
        """Yield a report for each case; when the caller stops early, the processes are killed."""
        with pebble.ProcessPool(max_workers=self._workers) as pool:
            try:
                futures = [
                    (case, pool.schedule(_work, (case,), timeout=self._limit_s(case)))
                    for case in cases
                ]
                for case, future in futures:
                    report = self._report(case, future)
                    progress(report)
                    yield report
            except BaseException:
                pool.stop()  # type: ignore[no-untyped-call]
                raise

    def _limit_s(self, case: Case) -> float:
        return case.variant.scenario.wall_time + self._grace_s

    def _report(self, case: Case, future: object) -> CaseReport:
        try:
            report: CaseReport = future.result()  # type: ignore[attr-defined]
        except Overdue:
            return _lost(case, f"hang: its process was killed after {self._limit_s(case):g} s")
        except pebble.ProcessExpired as error:
            return _lost(case, f"its worker process died (exit code {error.exitcode})")
        except Exception as error:  # whatever came of it, it is this case's
            return _lost(case, f"{type(error).__name__}: {error}")
        return report


def _lost(case: Case, error: str) -> CaseReport:
    scenario = case.variant.scenario
    return CaseReport(
        path=str(case.variant.path),
        variant=case.variant.name,
        scenario=scenario.scenario,
        goal=scenario.goal or f"tree {scenario.tree}",
        seed=case.seed,
        error=error,
    )


def runner_for(workers: int, *, draws: bool = False) -> Runner:
    """Return a runner with that many processes of its own; without pebble, this process.

    Args:
        workers: Number of processes.
        draws: True if the reports are to hold pictures of the trees.
    """
    is_pooled = workers > 1 or pebble is not None
    runner: Runner = PoolRunner(workers) if is_pooled else InProcessRunner()
    return DrawingRunner(runner) if draws else runner
