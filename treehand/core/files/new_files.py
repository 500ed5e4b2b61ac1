"""Writing of files into folders that people name."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from treehand.core.errors import InputError


def make_folder(folder: Path) -> None:
    """Create a folder, with those above it, unless it is there.

    Raises:
        InputError: If it cannot be created, as where a file stands.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        why = "a file stands there" if isinstance(error, FileExistsError) else error.strerror
        message = f"cannot make the folder '{folder}': {why}"
        raise InputError.of("unwritable-file", message, hint="give another folder") from error


def write_new(files: Mapping[str, str], folder: Path) -> list[Path]:
    """Write files into a folder, which is made if it is missing, none over one that is there.

    After an interrupt, or where one cannot be written, none is left.

    Returns:
        Their paths.

    Raises:
        InputError: If one of them exists or cannot be written; then none is written.
    """
    paths = {folder / name: text for name, text in files.items()}
    there = [str(path) for path in paths if path.exists()]
    if there:
        hint = "take another name, or another folder with --in"
        raise InputError.of("file-exists", f"there is already {', '.join(there)}", hint=hint)
    make_folder(folder)
    begun: list[Path] = []
    try:
        for path, text in paths.items():
            with path.open("x", encoding="utf-8") as file:
                begun.append(path)
                file.write(text)
    except BaseException as error:
        for path in begun:
            path.unlink(missing_ok=True)
        if not isinstance(error, OSError):
            raise
        message = f"cannot write into '{folder}': {error.strerror}"
        raise InputError.of("unwritable-file", message, hint="give another folder") from error
    return list(paths)
