"""Replacement of a whole file at once: readers see the old bytes or the new ones, never a part."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
from pathlib import Path
from stat import S_IMODE, S_IWGRP, S_IWOTH, S_IWUSR

_WRITABLE = S_IWUSR | S_IWGRP | S_IWOTH


def replace_file(path: Path, data: bytes) -> None:
    """Put bytes in the place of a file, or make a new one; mode and owner of an old one are kept.

    Args:
        path: The file, links resolved.
        data: Its new content.

    Raises:
        OSError: If it cannot be written, or the old one may not be.
    """
    old = path.stat() if path.exists() else None
    if old is not None and not (old.st_mode & _WRITABLE and os.access(path, os.W_OK)):
        raise PermissionError(errno.EACCES, "it is write-protected", str(path))
    own = os.fsdecode(os.fsencode(path.name)[:200])  # a name has at most 255 bytes
    beside = path.with_name(f".{own}.{secrets.token_hex(4)}.new")
    try:
        with beside.open("xb") as file:
            file.write(data)
            if old is not None:
                with contextlib.suppress(PermissionError):  # only root gives files away
                    os.fchown(file.fileno(), old.st_uid, old.st_gid)
                os.fchmod(file.fileno(), S_IMODE(old.st_mode))
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
