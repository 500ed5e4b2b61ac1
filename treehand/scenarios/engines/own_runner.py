"""Engine of somebody else, whose mistakes are told with its name."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator
from typing import TypeVar

from treehand.core.error_record import error_record
from treehand.core.errors import InputError, TreehandError
from treehand.scenarios.engines.runners import Runner, RunnerJob

R = TypeVar("R")


class OwnRunner:
    """Runner of an engine by file or entry point.

    Args:
        name: The engine, as it was asked for.
        runner: What it made.
    """

    def __init__(self, name: str, runner: Runner) -> None:
        self._name = name
        self.own = runner

    def run(self, jobs: Iterable[RunnerJob[R]], progress: Callable[[R], None]) -> Generator[R]:
        """Yield a report for each job.

        Raises:
            InputError: If the engine raises an exception, or gives another number of reports.
        """
        waiting = iter(jobs)
        taken = given = 0

        def handed_out() -> Iterator[RunnerJob[R]]:
            nonlocal taken
            for job in waiting:
                taken += 1
                yield job

        try:
            for report in self.own.run(handed_out(), progress):
                given += 1
                yield report
        except TreehandError:
            raise
        except Exception as error:  # somebody else's code: anything can happen there
            raise self._broken(str(error_record(error))) from error
        if given != taken or next(waiting, None) is not None:
            raise self._broken(f"it gave {given} reports, and took {taken} of the jobs")

    def _broken(self, why: str) -> InputError:
        message = f"engine '{self._name}' is broken: {why}"
        hint = "try it with treehand.scenarios.engines.runner_check.check_runner"
        return InputError.of("broken-plugin", message, hint=hint)
