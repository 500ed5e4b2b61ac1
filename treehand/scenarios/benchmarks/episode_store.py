"""File of episodes, one JSON object a line: a benchmark appends to it, and goes on from it."""

from __future__ import annotations

from pathlib import Path

from pydantic import ValidationError

from treehand.core.errors import InputError
from treehand.core.files.private_files import append_line
from treehand.scenarios.benchmarks.episode import BenchmarkEpisode, EpisodeCondition

MAX_BYTES = 1 << 28


class EpisodeStore:
    """Episodes of one file.

    Args:
        path: The file; it need not exist.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._by_condition: dict[tuple[EpisodeCondition, str], BenchmarkEpisode] = {}
        self.unreadable_n = 0
        """Number of lines that are no episode, such as one that a killed process left."""
        self._read()

    def _read(self) -> None:
        try:
            text = self.path.read_text(encoding="utf-8", errors="replace")
        except FileNotFoundError:
            return
        except OSError as error:
            message = f"cannot read '{self.path}': {error.strerror}"
            raise InputError.of("unreadable-file", message, hint="give another --out") from error
        for line in text.splitlines():
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
        try:
            append_line(self.path, episode.model_dump_json())
        except OSError as error:
            message = f"cannot write '{self.path}': {error.strerror}"
            raise InputError.of("unwritable-file", message, hint="give another --out") from error
