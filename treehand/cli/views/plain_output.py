"""Lines and JSON on the standard streams, for people and programs that read them through pipes.

Everything that is printed goes through here or through a `PrintableConsole`.
"""

from __future__ import annotations

import errno
import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TextIO

from treehand.core.text.printable_text import ERRORS, json_text, printable

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
"""Errors of a file that takes no more."""


def degrade_streams() -> None:
    """Let the standard streams take what their encoding lacks, as lookalikes or escapes.

    A stream that was closed is opened again, so that no file that is opened later, such as a
    journal, gets its number: nothing is read from the input, writing to the output is an error, and
    what is written to the error output is lost.
    """
    _open_closed_streams()
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=ERRORS)


class JsonStream(io.TextIOWrapper):
    """The standard output of a command with ``--json``, kept for its one object."""


@contextmanager
def output_for_json(*, is_wanted: bool) -> Iterator[None]:
    """Let what worlds, skills and C libraries print go to the error output.

    Only `print_json` writes to the standard output meanwhile, through ``sys.__stdout__``.

    Args:
        is_wanted: If false, nothing is changed.
    """
    stream, before = sys.stdout, sys.__stdout__
    if not is_wanted or not isinstance(stream, io.TextIOWrapper):
        yield
        return
    try:
        stream.flush()
        number = stream.fileno()
        kept = os.dup(number)
        os.dup2(sys.stderr.fileno(), number)
    except (OSError, ValueError):  # a lost output, or one of this program's own
        yield
        return
    own = JsonStream(open(kept, "wb"), encoding=stream.encoding, errors=ERRORS)  # noqa: SIM115
    vars(sys)["__stdout__"] = own
    try:
        yield
    finally:
        with suppress(OSError, ValueError):
            stream.flush()
        os.dup2(kept, number)
        vars(sys)["__stdout__"] = before
        with suppress(OSError, ValueError):
            own.close()


def _json_stream() -> TextIO:
    kept = sys.__stdout__
    return kept if isinstance(kept, JsonStream) else sys.stdout


def drop_unwritable() -> None:
    """Forget what a lost output cannot take: Python would fail at it once more, with code 120.

    A live view that broke off has left a stand-in of its own in the place of a stream.
    """
    for name in ("stdout", "stderr"):
        try:
            getattr(sys, name).flush()
        except (OSError, ValueError):
            stream = getattr(sys, f"__{name}__")
            setattr(sys, name, stream)
            _drop(stream)


def _open_closed_streams() -> None:
    modes = {0: os.O_RDONLY, 1: os.O_RDONLY, 2: os.O_WRONLY}
    for number, mode in modes.items():
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, mode)  # gets the lowest free number, which is this one
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            stream = open(number, "w" if number else "r", encoding="utf-8", closefd=False)  # noqa: SIM115
            setattr(sys, name, stream)


def drop_output() -> None:
    """Let what is printed from now on go nowhere: nobody reads the standard output any more."""
    _drop(_json_stream())
    _drop(sys.stdout)


def _drop(stream: TextIO) -> None:
    if isinstance(stream, io.TextIOWrapper):
        with suppress(OSError):  # a stream of this program's own that is no file
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def is_lost_output(error: OSError) -> bool:
    """Return True if an error says that an output takes no more.

    A terminal, or the reader of an output, has gone; or the file that it is written to is full.
    """
    if error.errno in _FULL:  # or it was another file that was full
        return any(map(_is_stuck, (_json_stream(), sys.stdout, sys.stderr)))
    return error.errno in (errno.EPIPE, errno.EIO, errno.EBADF, errno.ENXIO)


def _is_stuck(stream: TextIO) -> bool:
    """Return True if a stream takes no more, judged by one more new line."""
    try:
        stream.write("\n")
        stream.flush()
    except OSError:
        return True
    return False


def drop_lost_output(error: OSError) -> None:
    """Let what is printed from now on go nowhere, and say so once, where anybody can read it.

    A pipe that its reader closed is ordinary, and nothing is said about it.

    Args:
        error: Error of the output.
    """
    drop_output()
    if not isinstance(error, BrokenPipeError):
        hint = "write into a file on a disk with room, or to /dev/null"
        complain(f"output-lost: the output cannot be written: {error.strerror}\n  hint: {hint}")


def complain(text: object) -> None:
    """Print lines to the error output; if that is lost, too, they go nowhere."""
    try:
        print_lines(text, to_stderr=True)
        sys.stderr.flush()
    except OSError:
        _drop(sys.stderr)


def print_lines(text: object, *, to_stderr: bool = False) -> None:
    """Print plain lines, unwrapped, without what would steer a terminal."""
    print(printable(str(text)), file=sys.stderr if to_stderr else sys.stdout)


def print_diff(diff: str) -> None:
    r"""Print a unified diff; lines of files with ``\r\n`` keep that end, so that it applies."""
    for line in diff.rstrip("\n").split("\n"):
        end = "\r\n" if line.endswith("\r") else "\n"
        print(printable(line.removesuffix("\r")), end=end)


def print_json(data: object, *, indent: int | None = None) -> None:
    """Print one JSON object, readable in every encoding."""
    stream = _json_stream()
    is_ascii = not (stream.encoding or "").lower().startswith("utf")
    print(json_text(data, indent=indent, is_ascii=is_ascii), file=stream)
    stream.flush()
