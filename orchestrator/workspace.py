"""Where runs are kept: one folder, one file per run, short numbers as names."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from ..errors import InputError, StorageError, near

_SUFFIX = ".sqlite"


@dataclass(frozen=True)
class Workspace:
    """A folder of runs."""

    folder: Path

    @classmethod
    def find(cls, folder: Path | None) -> Workspace:
        """Return the folder given, else ``TREEHAND_HOME``, else one in the user's data folder."""
        if folder is None:
            home = os.environ.get("TREEHAND_HOME")
            folder = Path(home) if home else Path(platformdirs.user_data_dir("treehand", False))
        return cls(folder / "runs")

    def new_run(self) -> tuple[str, Path]:
        """Make an empty file for a run and return its number and path.

        Raises:
            StorageError: If the folder cannot be written.
        """
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            number = max((int(run) for run in self.runs()), default=0) + 1
            while True:
                path = self._path(f"{number:04d}")
                try:
                    path.touch(exist_ok=False)
                    return f"{number:04d}", path
                except FileExistsError:
                    number += 1
        except OSError as error:
            raise StorageError(
                "workspace-unwritable",
                f"cannot write to '{self.folder}': {error.strerror}",
                "give another folder with --workspace or TREEHAND_HOME",
            ) from error

    def runs(self) -> list[str]:
        """Return the numbers of all runs, oldest first."""
        if not self.folder.is_dir():
            return []
        names = (path.name.removesuffix(_SUFFIX) for path in self.folder.glob(f"*{_SUFFIX}"))
        return sorted((name for name in names if name.isdecimal()), key=int)

    def path(self, run: str) -> Path:
        """Return the journal of a run.

        Raises:
            InputError: If there is no such run.
        """
        path = self._path(f"{int(run):04d}" if run.isdecimal() else run)
        if not path.exists():
            hint = near(run, self.runs()[-12:], what="latest runs")
            raise InputError.of("unknown-run", f"there is no run '{run}'", hint=hint)
        return path

    def _path(self, run: str) -> Path:
        return self.folder / f"{run}{_SUFFIX}"
