"""One episode of a benchmark as a job, which any engine can run."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from treehand.orchestrator.running.result import Outcome
from treehand.scenarios.benchmarks.benchmark_file import Benchmark, Task
from treehand.scenarios.benchmarks.episode import (
    BenchmarkEpisode,
    EpisodeCondition,
    EpisodeRunner,
)
from treehand.scenarios.format.files import Deployments

LIMIT_FACTOR = 10.0
"""Most wall time of an episode for each second of its run time."""


@dataclass(frozen=True)
class EpisodeJob:
    """One episode of a benchmark as a job."""

    path: Path
    """File of the task."""
    benchmark: Benchmark
    condition: EpisodeCondition
    fingerprint: str
    """Hash over the task's files."""

    @property
    def named_files(self) -> tuple[Path, ...]:
        """Folder of the task, and the modules beside it."""
        folder = self.path.parent
        return (folder, self.path, *sorted(folder.parent.glob("*.py")))

    @property
    def limit_s(self) -> float:
        """Wall time of a machine without other load after which it hangs."""
        return LIMIT_FACTOR * self.benchmark.run_time

    @property
    def content(self) -> str:
        """The conditions of the episode, as a text."""
        return self.condition.model_dump_json()

    def run(self, deployments: Deployments) -> BenchmarkEpisode:
        """Run the episode."""
        return _runner(self.path, self.fingerprint, self.benchmark).run(self.condition)

    def lost(self, why: str) -> BenchmarkEpisode:
        """Return the record of an episode that nobody finished; it is not stored."""
        return BenchmarkEpisode(
            condition=self.condition,
            fingerprint=self.fingerprint,
            is_success=False,
            outcome=Outcome.ERROR,
            detail=why[:200],
            time_s=0.0,
            cpu_s=0.0,
            is_lost=True,
        )

    def moved(self, path: Path) -> EpisodeJob:
        """Return the job with the task's file, and all that lies beside it, at another place."""
        return replace(self, path=path)

    def brought_back(self, report: BenchmarkEpisode) -> BenchmarkEpisode:
        """Return the report: it names no path."""
        return report


@cache
def _kept() -> dict[tuple[Path, str], EpisodeRunner]:
    """Return the runners of this process, each of which has its deployments loaded."""
    return {}


def _runner(path: Path, fingerprint: str, benchmark: Benchmark) -> EpisodeRunner:
    kept, key = _kept(), (path, fingerprint)
    if key not in kept:
        kept[key] = EpisodeRunner(Task(path, benchmark), fingerprint)
    return kept[key]
