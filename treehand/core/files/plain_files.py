"""Reading of files whose paths people give: ordinary ones of a bounded size."""

from __future__ import annotations

import errno
import stat
from pathlib import Path

MAX_FILE_BYTES = 64_000_000
"""Size of the largest file that is read."""


def read_plain(path: Path, most_bytes: int = MAX_FILE_BYTES) -> bytes:
    """Return the bytes of an ordinary file; a FIFO or device could wait for ever, or never end.

    Raises:
        OSError: If it cannot be read, is no ordinary file, or is larger than `most_bytes`.
    """
    mode = path.stat().st_mode
    if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):
        raise OSError(errno.EINVAL, "it is a device, a pipe or a socket, not a file")
    with path.open("rb") as file:
        data = file.read(most_bytes + 1)
    if len(data) > most_bytes:
        raise OSError(errno.EFBIG, f"it is larger than {most_bytes:,} bytes")
    return data
