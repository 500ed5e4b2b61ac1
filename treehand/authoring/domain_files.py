"""Domain and scene files that belong together: by their names, among given files or in a folder."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from treehand.core.errors import InputError
from treehand.documents.composer import compose
from treehand.documents.reader import read_text

DOMAIN = ".domain.yaml"
SCENE = ".scene.yaml"


class DomainFiles:
    """Finds the files of a domain for a file that names it.

    Args:
        given: Files that are checked together.
    """

    def __init__(self, given: Iterable[Path]) -> None:
        self._given = tuple(given)
        self._domains: dict[Path, str | None] = {}

    def domain(self, name: str, folder: Path) -> Path | None:
        """Return the file of a domain; None if none is found.

        Args:
            name: Name of the domain.
            folder: Folder of the file that names it; its own files come first.
        """
        first = folder / f"{name}{DOMAIN}"
        others = self._files(DOMAIN, folder)
        return next((path for path in (first, *others) if self._domain_in(path) == name), None)

    def scene(self, domain: str, folder: Path) -> Path | None:
        """Return the file of a scene of a domain; None if none is found, or one of several."""
        found = [
            path
            for path in dict.fromkeys(self._files(SCENE, folder))
            if self._domain_in(path) == domain
        ]
        own = [path for path in found if path.name == f"{domain}{SCENE}"]
        return next(iter([*own, *found]), None)

    def _files(self, ending: str, folder: Path) -> Iterator[Path]:
        yield from (path for path in self._given if path.name.endswith(ending))
        yield from sorted(folder.glob(f"*{ending}"))

    def _domain_in(self, path: Path) -> str | None:
        """Return the text under ``domain:`` in a file; None if it has none, or is unreadable."""
        if path not in self._domains:
            self._domains[path] = _domain_in(path)
        return self._domains[path]


def _domain_in(path: Path) -> str | None:
    if not path.is_file():
        return None
    try:
        data, _ = compose(read_text(path), file=str(path))
    except (InputError, RecursionError):
        return None
    value = data.get("domain") if data is not None else None
    return value if isinstance(value, str) else None
