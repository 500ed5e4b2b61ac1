"""Files and folders that only their owner can read, whatever the umask is."""

from __future__ import annotations

import errno
import os
from pathlib import Path

FILE_MODE = 0o600
FOLDER_MODE = 0o700


def make_private_folder(folder: Path) -> None:
    """Create a folder and its missing parents with mode 0700; existing ones stay as they are.

    Raises:
        OSError: If it cannot be created, or is not a folder.
    """
    missing = []
    at = folder
    while not at.exists():
        missing.append(at)
        at = at.parent
    for one in reversed(missing):
        try:
            one.mkdir(FOLDER_MODE)
            one.chmod(FOLDER_MODE)  # mkdir obeys the umask
        except FileExistsError:  # another process was faster
            pass
    if not folder.is_dir():
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(folder))


def open_private(path: Path, flags: int = os.O_WRONLY | os.O_CREAT) -> int:
    """Open a file and return its descriptor; a file that is created has mode 0600.

    Args:
        path: The file.
        flags: As of `os.open`.

    Raises:
        OSError: If it cannot be opened.
    """
    is_new = not os.path.lexists(path)
    file = os.open(path, flags, FILE_MODE)
    if is_new:
        path.chmod(FILE_MODE)  # `open` obeys the umask
    return file


def append_line(path: Path, line: str) -> None:
    """Add a line to a file in one write; one that a killed process left torn is ended first.

    Args:
        path: The file; it and its folder are created if they are missing.
        line: Without line breaks.

    Raises:
        OSError: If it cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    file = open_private(path, os.O_RDWR | os.O_APPEND | os.O_CREAT)
    try:
        size = os.fstat(file).st_size
        is_torn = size > 0 and os.pread(file, 1, size - 1) != b"\n"
        os.write(file, b"\n" * is_torn + line.encode() + b"\n")
    finally:
        os.close(file)


def create_private(path: Path) -> None:
    """Create an empty file with mode 0600; an existing one stays as it is.

    Raises:
        OSError: If it cannot be created.
    """
    if not path.exists():
        os.close(open_private(path))
