"""Finished cases of earlier runs, kept in a file, so that equal ones need not be run again."""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from importlib.metadata import version
from pathlib import Path
from typing import TypeVar, cast

from pydantic import BaseModel, ConfigDict, ValidationError

from treehand.orchestrator.store.line_file import add_finished, finished_lines
from treehand.scenarios.engines.file_bundle import FileBundle
from treehand.scenarios.engines.runners import Runner, RunnerJob
from treehand.scenarios.running.cases import Case, CaseReport

R = TypeVar("R")


class FinishedCase(BaseModel):
    """One line of the file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    key: str
    """Hash over the case, its files, and the version of Treehand."""
    report: CaseReport
    picture: str = ""
    replay: str = ""

    @classmethod
    def of(cls, key: str, report: CaseReport) -> FinishedCase:
        """Return the line of a report."""
        return cls(key=key, report=report, picture=report.picture, replay=report.replay)

    def whole_report(self, case: Case) -> CaseReport:
        """Return the report, with its pictures and the case's path."""
        pictures = {"picture": self.picture, "replay": self.replay}
        return case.brought_back(self.report).model_copy(update=pictures)


class FinishedCases:
    """Finished cases in a file, which is appended to.

    Args:
        path: The file; it need not exist.

    Raises:
        InputError: If it cannot be read, or holds something else.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.reused_n = 0
        """Number of cases that were not run again."""
        self.unreadable_n = 0
        """Number of lines that are no finished case, such as one that a killed process left."""
        self._by_key: dict[str, FinishedCase] = {}
        self._bundles: dict[tuple[Path, ...], str] = {}
        self._read()

    def _read(self) -> None:
        for line in finished_lines(self.path, "key"):
            try:
                found = FinishedCase.model_validate_json(line)
            except ValidationError:
                self.unreadable_n += 1
                continue
            self._by_key[found.key] = found

    def key_of(self, case: Case) -> str:
        """Return the hash of a case, without this file if it lies among the case's files.

        They are read once for each set of their names.
        """
        named = case.named_files
        if named not in self._bundles:
            self._bundles[named] = FileBundle.of(named, without=[self.path]).digest
        parts = (version("treehand"), self._bundles[named], str(case.draws), case.content)
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()

    def of(self, key: str, case: Case) -> CaseReport | None:
        """Return the report of an equal case; None if none is finished."""
        found = self._by_key.get(key)
        return found.whole_report(case) if found is not None else None

    def add(self, key: str, report: CaseReport) -> None:
        """Keep the report of a case, unless it could not be judged.

        Raises:
            InputError: If the file cannot be written.
        """
        if report.error:
            return
        finished = FinishedCase.of(key, report)
        self._by_key[key] = finished
        add_finished(self.path, finished.model_dump_json())


class ContinuingRunner:
    """Runner of cases that leaves out those that are finished.

    Args:
        runner: Runs the others.
        finished: Receives them.
    """

    def __init__(self, runner: Runner, finished: FinishedCases) -> None:
        self._runner = runner
        self._finished = finished

    def run(self, jobs: Iterable[RunnerJob[R]], progress: Callable[[R], None]) -> Generator[R]:
        """Yield a report for each case."""
        cases = cast(Iterable[Case], jobs)
        told = cast(Callable[[CaseReport], None], progress)
        yield from cast(Iterator[R], self._run(cases, told))

    def _run(
        self, cases: Iterable[Case], progress: Callable[[CaseReport], None]
    ) -> Generator[CaseReport]:
        taken: deque[tuple[str, CaseReport | None]] = deque()
        """Key, and report if it is finished, of each case that was taken and not given back."""

        def unfinished() -> Iterator[Case]:
            for case in cases:
                key = self._finished.key_of(case)
                known = self._finished.of(key, case)
                taken.append((key, known))
                if known is None:
                    yield case
                else:
                    progress(known)
                    self._finished.reused_n += 1

        for report in self._runner.run(unfinished(), progress):
            yield from _leading(taken)
            key, _ = taken.popleft()
            self._finished.add(key, report)
            yield report
        yield from _leading(taken)


def _leading(taken: deque[tuple[str, CaseReport | None]]) -> Iterator[CaseReport]:
    """Yield the finished reports at the head of a queue, and take them out."""
    while taken and (known := taken[0][1]) is not None:
        taken.popleft()
        yield known
