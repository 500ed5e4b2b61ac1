"""Files of finished work, one JSON object a line, that a command goes on from and appends to."""

from __future__ import annotations

from pathlib import Path

from treehand.core.errors import InputError
from treehand.core.files.plain_files import read_plain
from treehand.core.files.private_files import append_line

MAX_BYTES = 1 << 28
_HINT = "give another --out"


def finished_lines(path: Path, first_key: str) -> list[str]:
    """Return the lines of a file that are not empty; none if there is no file.

    Args:
        path: The file.
        first_key: First key of each of its objects, by which another file is told: that one
            would be appended to.

    Raises:
        InputError: If it cannot be read, or holds something else.
    """
    try:
        text = read_plain(path, MAX_BYTES).decode(errors="replace")
    except FileNotFoundError:
        return []
    except OSError as error:
        message = f"cannot read '{path}': {error.strerror}"
        raise InputError.of("unreadable-file", message, hint=_HINT) from error
    lines = [line for line in text.split("\n") if line.strip()]
    begin = f'{{"{first_key}":'
    if lines and not (lines[0].startswith(begin) or begin.startswith(lines[0])):
        message = f"'{path}' holds something else, and would be appended to"
        raise InputError.of("unwritable-file", message, hint=_HINT)
    return lines


def add_finished(path: Path, line: str) -> None:
    """Add a line in one write; raises `InputError` if the file cannot be written."""
    try:
        append_line(path, line)
    except OSError as error:
        message = f"cannot write '{path}': {error.strerror}"
        raise InputError.of("unwritable-file", message, hint=_HINT) from error
