"""Files that a deployment binds by path, with hashes of what they hold."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path

from treehand.core.errors import InputError
from treehand.core.source.declarations import source_path

_GONE = ""
_CHUNK_BYTES = 1 << 20


def content_hash(path: Path) -> str:
    """Return the SHA-256 of a file, or of the names of a folder's trees, in hexadecimal digits.

    It is empty if there is nothing that can be read.
    """
    digest = hashlib.sha256()
    try:
        if path.is_dir():
            digest.update("\0".join(sorted(one.name for one in path.glob("*.tree.yaml"))).encode())
        elif path.is_file():
            with path.open("rb") as file:
                while chunk := file.read(_CHUNK_BYTES):
                    digest.update(chunk)
        else:
            return _GONE
    except OSError:
        return _GONE
    return digest.hexdigest()


def hashes_of(
    files: Iterable[Path | None],
    folders: Iterable[Path | None],
    references: Iterable[tuple[str | None, Path]],
) -> dict[str, str]:
    """Return absolute path to `content_hash` of everything that a deployment binds by path.

    Nothing is imported. Modules that a bound file imports by itself are not among them.

    Args:
        files: Files of data; None counts for nothing.
        folders: Folders of trees; the trees in them count one by one, and their names.
        references: ``file.py:NAME`` or ``module:NAME``, each with the folder that its path starts
            at; other names count for nothing.
    """
    paths = [path for path in files if path is not None]
    for folder in folders:
        if folder is not None:
            paths += [folder, *folder.glob("*.tree.yaml")]
    for reference, folder in references:
        place, separator, _ = (reference or "").partition(":")
        if separator:
            with contextlib.suppress(InputError):
                found = source_path(place, folder)
                paths += [found] if found is not None else []
    return {str(path.absolute()): content_hash(path) for path in sorted(set(paths))}


def changes_since(recorded: Mapping[str, str]) -> list[str]:
    """Return, in words, which recorded files hold something else now."""
    told = []
    for name, before in recorded.items():
        path = Path(name)
        now = content_hash(path)
        if now == before:
            continue
        if now == _GONE:
            told.append(f"'{name}' is gone")
        elif path.is_dir():
            told.append(f"folder '{name}' holds other files than when the run began")
        else:
            told.append(f"'{name}' has changed since the run began")
    return told
