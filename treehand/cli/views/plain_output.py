"""Lines and JSON on the standard streams, for people and programs that read them through pipes.

Everything that is printed goes through here or through a `PrintableConsole`.
"""

from __future__ import annotations

import errno
import io
import os
import sys

from treehand.core.printable_text import ERRORS, json_text, printable


def degrade_streams() -> None:
    """Let the standard streams take what their encoding lacks, as lookalikes or escapes."""
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=ERRORS)


def drop_output() -> None:
    """Let what is printed from now on go nowhere: nobody reads the standard output any more."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def is_lost_output(error: OSError) -> bool:
    """Return True if an error says that a terminal, or the reader of an output, has gone."""
    return error.errno in (errno.EPIPE, errno.EIO, errno.EBADF, errno.ENXIO)


def print_lines(text: object, *, to_stderr: bool = False) -> None:
    """Print plain lines, unwrapped, without what would steer a terminal."""
    print(printable(str(text)), file=sys.stderr if to_stderr else sys.stdout)


def print_json(data: object, *, indent: int | None = None) -> None:
    """Print one JSON object, readable in every encoding."""
    is_ascii = not (sys.stdout.encoding or "").lower().startswith("utf")
    print(json_text(data, indent=indent, is_ascii=is_ascii))
