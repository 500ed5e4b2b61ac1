"""Results of earlier test runs: one readable line each in a file of the workspace."""

from __future__ import annotations

import hashlib
import os
import statistics
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from treehand.core.errors import InputError
from treehand.core.files.plain_files import read_plain
from treehand.core.files.private_files import append_line, make_private_folder
from treehand.core.files.replacing import replace_file
from treehand.scenarios.format.files import Variant, load_variants
from treehand.scenarios.running.cases import Case
from treehand.scenarios.suites.verdicts import ScenarioVerdict

FILE = "test_history.jsonl"
MAX_BYTES = 8 << 20
"""Size at which all lines but the newest half of so many bytes are dropped."""


class HistoryLine(BaseModel):
    """Result of one scenario, or of one campaign, in one test run."""

    model_config = ConfigDict(frozen=True, allow_inf_nan=False, use_attribute_docstrings=True)

    at: str
    """Wall time of its end, as ISO 8601."""
    kind: Literal["scenario", "campaign"] = "scenario"
    path: str
    """The scenario's file, absolute."""
    variant: str = ""
    status: str
    """passed, failed, error, xfailed or xpassed; recovered or unrecovered for a campaign."""
    is_good: bool
    """True if it does not block a merge."""
    passed: int
    """Runs that passed; those that recovered for a campaign."""
    runs: int
    """Runs that were judged; those whose failure took effect for a campaign."""
    t_s: float | None
    """Median run time, in seconds; None if nothing ran."""
    wall_s: float
    """Wall time of all runs together, in seconds."""
    version: str
    """Hash over the scenario's file and the files that it names."""


class SuiteHistory:
    """The results, oldest first.

    Args:
        folder: The folder of the file; it need not exist yet.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE

    def lines(self) -> list[HistoryLine]:
        """Return every line that can be read; none without a file."""
        return list(self._read())

    def latest(self) -> dict[tuple[str, str, str], HistoryLine]:
        """Return the last line of each kind, path and variant."""
        return {(one.kind, one.path, one.variant): one for one in self._read()}

    def failed_among(self, variants: Sequence[Variant]) -> list[Variant]:
        """Return the scenarios that failed when they were run last; all if none of them did."""
        failed = {key for key, line in self.latest().items() if not line.is_good}
        found = [v for v in variants if ("scenario", str(v.path.resolve()), v.name) in failed]
        return found or list(variants)

    def append(self, lines: Iterable[HistoryLine]) -> None:
        """Add lines; a folder that cannot be written to keeps none of them."""
        try:
            make_private_folder(self._path.parent)
            self._trim()
            for line in lines:
                append_line(self._path, line.model_dump_json())
        except OSError:
            return  # it is a convenience: a suite on a read-only disk has run all the same

    def _read(self) -> Iterator[HistoryLine]:
        try:
            text = read_plain(self._path).decode("utf-8", "replace")
        except OSError:
            return
        for line in text.splitlines():
            try:
                yield HistoryLine.model_validate_json(line)
            except ValidationError:  # cut off, or from another version
                continue

    def _trim(self) -> None:
        if not self._path.exists() or self._path.stat().st_size < MAX_BYTES:
            return
        with self._path.open("rb") as file:
            file.seek(-MAX_BYTES // 2, os.SEEK_END)
            file.readline()  # the rest of a line
            replace_file(self._path.resolve(), file.read())


def now_text() -> str:
    """Return the wall time, as ISO 8601 in UTC, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def history_lines(verdicts: Iterable[ScenarioVerdict]) -> list[HistoryLine]:
    """Return a line for each scenario; verdicts on several of its seeds count together."""
    at, versions = now_text(), dict[str, str]()
    together: dict[tuple[str, str], list[ScenarioVerdict]] = {}
    for verdict in verdicts:
        together.setdefault((verdict.path, verdict.variant), []).append(verdict)
    lines = []
    for (path, variant), found in together.items():
        bad = next((one for one in found if not one.is_good), found[0])
        reports = [report for one in found for report in one.reports]
        times = [report.result.sim_time_s for report in reports if report.result is not None]
        lines.append(
            HistoryLine(
                at=at,
                path=str(Path(path).resolve()),
                variant=variant,
                status=bad.status,
                is_good=bad.is_good,
                passed=sum(report.has_passed for report in reports),
                runs=len(reports),
                t_s=round(statistics.median(times), 3) if times else None,
                wall_s=round(sum(report.wall_s for report in reports), 3),
                version=versions.setdefault(path, version_of_files(Path(path))),
            )
        )
    return lines


def version_of_files(path: Path) -> str:
    """Return 16 hex digits over a scenario's file and the files that it names."""
    digest = hashlib.sha256()
    for file in _files(path):
        try:
            digest.update(read_plain(file))
        except (OSError, ValueError):  # ValueError: a name with a NUL character
            digest.update(b"?")
    return digest.hexdigest()[:16]


def _files(path: Path) -> Iterator[Path]:
    yield path
    try:
        first = load_variants(path)[0]
    except (InputError, OSError):
        return
    if first.scenario.extends is not None:
        yield path.parent / first.scenario.extends
    yield from Case(first, 0).named_files[1:]
