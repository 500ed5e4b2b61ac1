"""Replacement of a file of rows in a workspace, without a loss at a crash."""

from __future__ import annotations

import os
import stat
import tempfile
from pathlib import Path

from treehand.core.errors import InputError
from treehand.core.files.private_files import FILE_MODE, make_private_folder


def replace_row_file(path: Path, text: str) -> None:
    """Write a file anew, beside the old one first.

    Args:
        path: The file; it need not exist.
        text: Its new content.

    Raises:
        InputError: If it cannot be written; it stays as it is.
    """
    try:
        make_private_folder(path.parent)
        mode = stat.S_IMODE(path.stat().st_mode) if path.exists() else FILE_MODE
        if path.exists() and not os.access(path, os.W_OK):
            raise PermissionError(13, os.strerror(13), str(path))
        handle, name = tempfile.mkstemp(prefix=".rows-", dir=path.parent)
        try:
            with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            Path(name).chmod(mode)
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        message = f"cannot write '{path}': {error.strerror}"
        hint = "nothing was remembered or lost; check its permissions"
        raise InputError.of("unwritable-file", message, hint=hint) from error
