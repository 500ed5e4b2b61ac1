"""Scenarios of the served folder, with their last results and those before."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from treehand.core.errors import InputError
from treehand.orchestrator.store.workspace import Workspace
from treehand.scenarios.format.files import Variant, load_variants
from treehand.scenarios.run_scenario import scenario_of_run
from treehand.scenarios.running.cases import seeds_of
from treehand.scenarios.suite_messages import MAX_CASES
from treehand.scenarios.suites.suite_history import (
    HistoryLine,
    SuiteHistory,
    version_of_files,
)
from treehand.web.access.api_error import ApiError
from treehand.web.desk.file_shelf import FileShelf

MAX_TREND = 60
"""Most earlier results of one file that are told."""


class LastResult(BaseModel):
    """Result of a scenario file in the test run in which it was judged last."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    at: str
    """Wall time, as ISO 8601."""
    status: str
    """passed, failed, error, xfailed or xpassed; recovered or unrecovered for a campaign."""
    is_good: bool
    passed: int
    runs: int
    t_s: float | None
    """Median run time, in seconds."""
    is_current: bool
    """True if no file of it has changed since."""


class ScenarioState(BaseModel):
    """One scenario file."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    name: str
    scenario: str
    """Its description; empty if it cannot be read."""
    goal: str
    tags: tuple[str, ...]
    variants: int
    cases: int
    """Number of runs that it asks for."""
    problem: str
    """Why it cannot be read, with line and column; empty if it can."""
    last: LastResult | None
    campaign: LastResult | None


class TrendPoint(BaseModel):
    """Result of a scenario file in one earlier test run."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    at: str
    """Wall time, as ISO 8601."""
    kind: str
    """scenario or campaign."""
    variant: str
    status: str
    is_good: bool
    passed: int
    runs: int
    t_s: float | None
    """Median run time, in seconds."""
    wall_s: float
    """Wall time of all runs together, in seconds."""
    version: str
    """Hash over the scenario's file and the files that it names."""


class ScenarioShelf:
    """Scenarios of one folder.

    Args:
        shelf: The files.
        history: Results of earlier test runs.
        workspace: Runs that scenarios are made of.
    """

    def __init__(self, shelf: FileShelf, history: SuiteHistory, workspace: Workspace) -> None:
        self._shelf = shelf
        self._workspace = workspace
        self._history = history
        self._known: dict[Path, tuple[tuple[int, int], list[Variant], str]] = {}
        self._reading = threading.Lock()

    def all(self) -> list[ScenarioState]:
        """Return every scenario file, sorted by name."""
        latest: dict[tuple[str, str], list[HistoryLine]] = {}
        for (kind, path, _), line in self._history.latest().items():
            latest.setdefault((kind, path), []).append(line)
        found: list[ScenarioState] = []
        for name in self.names():
            with suppress(ApiError, FileNotFoundError):  # taken away meanwhile
                found.append(self._state(name, latest))
        return found

    def names(self) -> list[str]:
        """Return the names of the scenario files."""
        return [name for name, kind in self._shelf.names() if kind == "scenario"]

    def paths(self, names: Sequence[str]) -> tuple[Path, ...]:
        """Return the files of scenarios; all of the folder if none is named.

        Raises:
            ApiError: If there is no such scenario (404), or nothing to run (422).
        """
        wanted = tuple(dict.fromkeys(names)) or tuple(self.names())
        if not wanted:
            hint = "scenario files end in .scenario.yaml: `treehand new scenario NAME`"
            raise ApiError(422, "no-scenarios", "there is no scenario in the folder", hint)
        paths = tuple(self._shelf.path(name) for name in wanted)
        for name in wanted:
            if self._shelf.kind(name) != "scenario":
                raise ApiError(404, "unknown-file", f"'{name[:200]}' is no scenario")
        return paths

    def require_few(self, paths: Sequence[Path], seed: int | None) -> None:
        """Raise `ApiError` (422) if files ask for more runs than a page can show."""
        count = sum(
            1 if seed is not None else len(seeds_of(variant))
            for path in paths
            for variant in self._variants(path)[0]
        )
        if count > MAX_CASES:
            hint = "choose fewer scenarios, or use `treehand test`"
            message = f"{count:,} runs are more than {MAX_CASES:,}"
            raise ApiError(422, "too-many-cases", message, hint)

    def draft(self, run: str, name: str) -> str:
        """Return the text of a scenario that is made of a run; nothing is written.

        Args:
            run: Number of the run.
            name: Name of the scenario's file, which need not exist.

        Raises:
            ApiError: If it is no name of a scenario file (404), or the run goes on (409).
            InputError: As `scenario_of_run` does.
        """
        path = self._shelf.place(name)
        if self._shelf.kind(name) != "scenario":
            raise ApiError(404, "unknown-file", f"'{name[:200]}' is no scenario")
        files = self._workspace.find_run(run)
        if files.is_live():
            raise ApiError(409, "in-use", f"run '{files.run}' still runs", "wait for its end")
        return scenario_of_run(files, path)

    def trend(self, name: str) -> list[TrendPoint]:
        """Return the latest results of one file, the oldest first."""
        path = str(self._shelf.path(name).resolve())
        found = [line for line in self._history.lines() if line.path == path]
        return [
            TrendPoint(**line.model_dump(include=set(TrendPoint.model_fields)))
            for line in found[-MAX_TREND:]
        ]

    def _state(self, name: str, latest: dict[tuple[str, str], list[HistoryLine]]) -> ScenarioState:
        path = self._shelf.path(name)
        variants, problem = self._variants(path)
        first = variants[0].scenario if variants else None
        place = str(path.resolve())
        return ScenarioState(
            name=name,
            scenario=first.scenario if first is not None else "",
            goal=(first.goal or f"tree {first.tree}") if first is not None else "",
            tags=first.tags if first is not None else (),
            variants=len(variants),
            cases=sum(len(seeds_of(variant)) for variant in variants),
            problem=problem,
            last=_last(latest.get(("scenario", place), []), path),
            campaign=_last(latest.get(("campaign", place), []), path),
        )

    def _variants(self, path: Path) -> tuple[list[Variant], str]:
        """Return the scenarios of a file, or why it cannot be read."""
        found = path.stat()
        mark = (found.st_mtime_ns, found.st_size)
        with self._reading:
            known = self._known.get(path)
            if known is None or known[0] != mark:
                try:
                    known = (mark, load_variants(path), "")
                except InputError as error:
                    text = str(error.findings[0]).replace(str(path), path.name)
                    known = (mark, [], text)
                self._known[path] = known
        return known[1], known[2]


def _last(lines: Sequence[HistoryLine], path: Path) -> LastResult | None:
    """Return the last results of a file's variants as one."""
    if not lines:
        return None
    newest = max(line.at for line in lines)
    bad = next((line for line in lines if not line.is_good), lines[0])
    times = [line.t_s for line in lines if line.t_s is not None]
    version = version_of_files(path)
    return LastResult(
        at=newest,
        status=bad.status,
        is_good=bad.is_good,
        passed=sum(line.passed for line in lines),
        runs=sum(line.runs for line in lines),
        t_s=sorted(times)[len(times) // 2] if times else None,
        is_current=all(line.version == version for line in lines),
    )
