"""Files that jobs need, as one value with a hash: sent to other computers, and compared later."""

from __future__ import annotations

import hashlib
import io
import os
import tempfile
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from treehand.core.errors import InputError
from treehand.documents.composer import Mapping, Sequence, compose

MAX_BYTES = 256 << 20
"""Most bytes of all files of a bundle."""
MAX_FILES = 20_000
_YAML = (".yaml", ".yml")
_BESIDE = (*_YAML, ".py", ".txt", ".xml", ".toml", ".pddl")
"""Endings of files that belong to a bundle because they lie beside a named one."""
_DATA = (".json", ".jsonl")
"""Endings of files that do so if a module lies there, too, which may read them. Else they belong
to a bundle if they are named: most are results of earlier runs."""
_LEFT_OUT = frozenset({"__pycache__", "node_modules", "MUJOCO_LOG.TXT"})


def kept(path: Path, folder: Path) -> bool:
    """Return True if a file in a folder is content: not hidden, no cache, no log of a library."""
    parts = path.relative_to(folder).parts
    return not any(part.startswith(".") or part in _LEFT_OUT for part in parts)


def content_files(folder: Path) -> list[Path]:
    """Return the files of a folder and of its subfolders that are content, sorted."""
    return [one for one in sorted(folder.rglob("*")) if kept(one, folder) and one.is_file()]


@dataclass(frozen=True)
class FileBundle:
    """Files below one folder."""

    root: Path
    """Common folder, absolute."""
    names: tuple[str, ...]
    """Paths of the files from `root`, with slashes, sorted."""
    digest: str
    """SHA-256 over names and contents."""

    @classmethod
    def of(cls, start: Iterable[Path], *, without: Iterable[Path] = ()) -> FileBundle:
        """Return the bundle of files that name each other.

        Text files beside each named file belong to it, data files where modules lie beside it,
        Python packages beside one, and the whole of a named folder. In YAML files, each text is a
        name if there is a file or folder of that name beside the file.

        Args:
            start: Files and folders to begin with; those that do not exist are passed over.
            without: Files and folders that are left out, as results that grow meanwhile.

        Raises:
            InputError: If they are too large, or cannot be read.
        """
        left_out = {path.resolve() for path in without}
        files = sorted(path for path in _closure(start) if not left_out & {path, *path.parents})
        root = _common_folder(files)
        _require_small(len(files), sum(path.stat().st_size for path in files), root)
        hashed = hashlib.sha256()
        for path in files:
            try:
                data = path.read_bytes()
            except OSError as error:
                message = f"cannot read '{path}': {error.strerror}"
                raise InputError.of("unreadable-file", message) from error
            hashed.update(path.relative_to(root).as_posix().encode() + b"\0")
            hashed.update(hashlib.sha256(data).digest())
        names = tuple(path.relative_to(root).as_posix() for path in files)
        return cls(root, names, hashed.hexdigest())

    def packed(self) -> bytes:
        """Return the files as a zip archive."""
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
            for name in self.names:
                file.write(self.root / name, name)
        return archive.getvalue()


def unpacked(packed: bytes, digest: str, folder: Path) -> Path:
    """Return the folder with the files of a bundle; they are written there once.

    Args:
        packed: The archive.
        digest: Its bundle's hash, which names the folder.
        folder: Folder of bundles.
    """
    place = folder / digest
    if place.is_dir():
        return place
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix=".new-") as text:
        new = Path(text) / "files"
        with zipfile.ZipFile(io.BytesIO(packed)) as file:
            file.extractall(new)
        try:
            os.rename(new, place)
        except OSError:
            if not place.is_dir():  # else another process was faster
                raise
    return place


def _require_small(count: int, size: int, root: Path) -> None:
    if count > MAX_FILES or size > MAX_BYTES:
        message = f"the files beside each other below '{root}' are more than can be sent"
        limits = f"{MAX_FILES:,} files and {MAX_BYTES >> 20} MiB"
        hint = f"at most {limits}: move scenarios into a folder without large files"
        raise InputError.of("bundle-too-large", message, hint=hint)


def _common_folder(files: list[Path]) -> Path:
    if not files:
        raise InputError.of("unreadable-file", "there is no file to send")
    return Path(os.path.commonpath([file.parent for file in files]))


def _closure(start: Iterable[Path]) -> set[Path]:
    """Return the files of a bundle."""
    found: set[Path] = set()
    waiting = [path.resolve() for path in start]
    met = set(waiting)
    while waiting:
        path = waiting.pop()
        if path.is_dir():
            new = content_files(path)
        elif path.is_file():
            new = [path, *_beside(path)]
        else:
            continue
        for file in new:
            if file in found:
                continue
            found.add(file)
            if file.suffix in _YAML:
                others = {other.resolve() for other in _named_in(file)} - met
                met |= others
                waiting.extend(others)
        _require_small(len(found), 0, path.parent)
    return found


def _beside(file: Path) -> Iterator[Path]:
    """Yield the text files beside a file, and the modules of packages beside it."""
    there = [path for path in file.parent.iterdir() if kept(path, file.parent)]
    has_modules = any(path.suffix == ".py" for path in there)
    endings = (*_BESIDE, *_DATA) if has_modules else _BESIDE
    for path in there:
        if path.suffix in endings and path.is_file():
            yield path
        elif file.suffix == ".py" and (path / "__init__.py").is_file():
            yield from content_files(path)


def _named_in(file: Path) -> Iterator[Path]:
    """Yield the files and folders that the texts of a YAML file name."""
    try:
        data, _ = compose(file.read_text(encoding="utf-8"), file=str(file))
    except (OSError, ValueError):
        return  # whoever reads it says what is wrong with it
    waiting: list[object] = [data]
    while waiting:
        value = waiting.pop()
        if isinstance(value, Mapping):
            waiting.extend(value.values())
        elif isinstance(value, Sequence):
            waiting.extend(value)
        elif isinstance(value, str) and 0 < len(value) < 300 and "\n" not in value:
            for text in {value, value.partition(":")[0], value.partition(":")[2]}:
                path = file.parent / text
                if text.strip(" ./") and _is_there(path):
                    yield path


def _is_there(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):  # too long, or with a null character
        return False
