"""File of episodes, one JSON object a line: a benchmark appends to it, and goes on from it."""

from __future__ import annotations

from pathlib import Path

from pydantic import ValidationError

from treehand.orchestrator.store.line_file import add_finished, finished_lines
from treehand.scenarios.benchmarks.episode import BenchmarkEpisode, EpisodeCondition


class EpisodeStore:
    """Episodes of one file.

    Args:
        path: The file; it need not exist.

    Raises:
        InputError: If it cannot be read, or holds something else.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._by_condition: dict[tuple[EpisodeCondition, str], BenchmarkEpisode] = {}
        self.unreadable_n = 0
        """Number of lines that are no episode, such as one that a killed process left."""
        self._read()

    def _read(self) -> None:
        for line in finished_lines(self.path, "condition"):
            try:
                episode = BenchmarkEpisode.model_validate_json(line)
            except ValidationError:
                self.unreadable_n += 1
                continue
            self._by_condition[episode.condition, episode.fingerprint] = episode

    def of(self, condition: EpisodeCondition, fingerprint: str) -> BenchmarkEpisode | None:
        """Return the episode of a condition with these files; None if it was not run."""
        return self._by_condition.get((condition, fingerprint))

    def outdated_n(self, task: str, fingerprint: str) -> int:
        """Return the number of episodes of a task that were run with other files."""
        return sum(
            condition.task == task and other != fingerprint
            for condition, other in self._by_condition
        )

    def append(self, episode: BenchmarkEpisode) -> None:
        """Add an episode, in one write.

        Raises:
            InputError: If the file cannot be written.
        """
        self._by_condition[episode.condition, episode.fingerprint] = episode
        add_finished(self.path, episode.model_dump_json())
