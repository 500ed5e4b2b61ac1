"""Files of a folder: where a name is declared, and what a new name changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from treehand.authoring.check import files_in
from treehand.authoring.file_types import kind_of
from treehand.authoring.migration.name_places import KINDS
from treehand.authoring.migration.occurrences import Occurrence, occurrences
from treehand.authoring.migration.rename import Renaming, rename
from treehand.core.errors import InputError
from treehand.core.spans import Span
from treehand.documents.reader import read_text


@dataclass(frozen=True)
class FolderFiles:
    """Files that may name each other.

    Args:
        folder: Their folder, with its folders.
        others: Further files and folders that declare names, which are never changed.
    """

    folder: Path
    others: tuple[Path, ...] = ()

    def declaration(self, one: Occurrence, opened: Mapping[Path, str]) -> Span | None:
        """Return where a name is declared; None if no file does.

        Args:
            one: A use of the name.
            opened: Texts that are being edited, which count in place of the files.
        """
        for path in (*_files((self.folder,)), *_files(self.others)):
            try:
                text = opened.get(path) or read_text(path)
                kind = kind_of(path).name
            except InputError:
                continue
            for other in occurrences(text, kind):
                is_same = other.is_declaration and other.kinds & one.kinds
                if is_same and other.name == one.name and other.owner == one.owner:
                    return _span(text, path, other.start)
        return None

    def rename(self, one: Occurrence, new: str, opened: Mapping[Path, str]) -> Renaming:
        """Return all changes that a new name makes; nothing is written.

        Raises:
            InputError: As `migration.rename` does, or if a text is not saved.
        """
        files = _files((self.folder,))
        for path in files:
            if path in opened and opened[path] != read_text(path):
                hint = "save it: a new name is looked for in the files"
                raise InputError.of("unsaved-file", f"'{path.name}' is not saved", hint=hint)
        old = f"{one.owner}.{one.name}" if one.owner else one.name
        wanted = f"{one.owner}.{new}" if one.owner else new
        kind = next(k for k in KINDS if k in one.kinds) if len(one.kinds) == 1 else None
        return rename(files, old, wanted, kind)


def _files(places: Sequence[Path]) -> list[Path]:
    try:
        return files_in([place for place in places if place.exists()])[0]
    except InputError:
        return []


def _span(text: str, path: Path, start: int) -> Span:
    line = text.count("\n", 0, start) + 1
    return Span(str(path), line, start - text.rfind("\n", 0, start))
