"""The folder that an editor works in: its deployment, loaded again when its files change."""

from __future__ import annotations

import threading
from pathlib import Path

from treehand.authoring.language.folder_files import FolderFiles
from treehand.authoring.language.language_service import LanguageService
from treehand.core.errors import InputError
from treehand.orchestrator.config.deployment import Deployment
from treehand.orchestrator.config.deployment_file import FILE_NAME
from treehand.orchestrator.config.overrides import DeploymentOverrides
from treehand.trees.format.files import LIBRARY_FOLDER

Stamp = tuple[tuple[str, int], ...]


class EditedFolder:
    """One folder with a deployment file, or without one.

    Args:
        folder: The folder.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.service = LanguageService(self.load)
        self._lock = threading.Lock()
        self._loaded: Deployment | None = None
        self._stamp: Stamp = ()

    @classmethod
    def above(cls, path: Path, root: Path | None) -> Path:
        """Return the folder of a file's deployment.

        It is the nearest one with a deployment file, else the editor's root, else the file's own.
        """
        for folder in path.parents:
            if (folder / FILE_NAME).is_file():
                return folder
            if folder == root:
                return folder
        return root or path.parent

    def load(self) -> Deployment:
        """Return the deployment, from memory while its files are the same.

        Raises:
            InputError: If a file of it is invalid.
        """
        with self._lock:
            if self._loaded is not None and self._stamp == _stamp(self._loaded, self.folder):
                return self._loaded
            config = self.folder / FILE_NAME
            given = DeploymentOverrides(config=config if config.is_file() else None)
            loaded = Deployment.load(given, looks_here=False, imports=False)
            self._loaded, self._stamp = loaded, _stamp(loaded, self.folder)
            return loaded

    def files(self) -> FolderFiles:
        """Return the files that may name each other, and those of the deployment besides."""
        others: tuple[Path, ...] = (LIBRARY_FOLDER,)
        try:
            domain = self.load().domain_path
            others += (domain, *sorted(domain.parent.glob("*.scene.yaml")))
        except InputError:
            pass  # its findings are shown in its own file
        return FolderFiles(self.folder, others)


def _stamp(deployment: Deployment, folder: Path) -> Stamp:
    paths = {str(folder / FILE_NAME), str(deployment.domain_path), *deployment.files}
    return tuple((path, _changed_ns(Path(path))) for path in sorted(paths))


def _changed_ns(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0
