"""Records of exceptions that other people's code has raised: where, and with which traceback."""

from __future__ import annotations

import dis
import inspect
import os
import re
import signal
import sys
import sysconfig
import traceback
from pathlib import Path
from types import CodeType, FrameType, TracebackType
from typing import NoReturn

from pydantic import BaseModel, ConfigDict

from treehand.core.errors import ContractError, TreehandError
from treehand.core.text.outside_values import readable

MAX_MESSAGE = 1000
"""Greatest length of a message, in characters."""
MAX_TRACEBACK = 16_000
"""Greatest length of a traceback, in characters; the middle of a longer one is left out."""
MAX_FRAMES = 40
"""Number of the innermost frames that a traceback keeps."""

_PACKAGE = str(Path(__file__).resolve().parents[1]) + os.sep
_STDLIB = tuple(
    str(Path(path).resolve()) + os.sep
    for path in {sysconfig.get_path("stdlib"), sysconfig.get_path("platstdlib")}
)
_INSTALLED = tuple(f"{os.sep}{name}{os.sep}" for name in ("site-packages", "dist-packages"))


class ErrorRecord(BaseModel):
    """One exception in a skill, a world or other code that is plugged in."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    type: str
    """Name of the exception's class."""
    message: str = ""
    """Text of the exception."""
    file: str = ""
    """File of the line that raised: the innermost line that is neither of Treehand nor of an
    installed package; empty if there is none."""
    line: int = 0
    """Number of the line, from 1; 0 if it is unknown."""
    function: str = ""
    """Function that the line stands in."""
    traceback: str = ""
    """The traceback, with the exceptions that led to this one."""

    @property
    def place(self) -> str:
        """Position and function: ``mine.py:14 in pick``; empty if it is unknown."""
        if not self.file:
            return ""
        line = f":{self.line}" if self.line else ""
        return f"{_shown(self.file)}{line} in {self.function}"

    @property
    def key(self) -> tuple[str, str, int]:
        """Class and line: two exceptions with the same key are the same exception."""
        return self.type, self.file, self.line

    def __str__(self) -> str:
        place = f"{self.place}: " if self.file else ""
        return f"{place}{self.type}: {self.message}"


class PluginError(TreehandError):
    """Raised in place of an exception of code that is plugged in: a world, a driver, a person.

    Args:
        subject: The part that raised, as ``world 'bench'``.
        record: The exception.
        text: The message, where it is another one.
    """

    def __init__(self, subject: str, record: ErrorRecord, *, text: str = "") -> None:
        super().__init__(text or f"plugin-error: {subject} raised an exception: {record}")
        self.record = record


def raise_plugin_error(subject: str, error: BaseException, *, called: object = None) -> NoReturn:
    """Raise the `PluginError` for an exception of other people's code.

    Errors of this package, which have a message of their own, and interrupts of the process are
    raised as they are.

    Args:
        subject: The part that raised, as ``world 'bench'``.
        error: The exception.
        called: The function that was called in the frame above; its definition is the place of a
            call that it does not take.
    """
    if isinstance(error, TreehandError) or is_from_signal(error):
        raise error
    record = error_record(error)
    code = getattr(called, "__code__", None)
    at = error.__traceback__
    if isinstance(code, CodeType) and at is not None and at.tb_next is None:
        file, name = readable(code.co_filename), readable(code.co_name)
        place = {"file": file, "line": code.co_firstlineno, "function": name}
        record = record.model_copy(update=place)
    raise PluginError(subject, record) from error


def error_record(error: BaseException) -> ErrorRecord:
    """Return the record of an exception; never raises, whatever its class does."""
    file, line, function = _origin(error)
    return ErrorRecord(
        type=readable(type(error).__name__),
        message=readable(_text(error))[:MAX_MESSAGE],
        file=readable(file),
        line=line,
        function=readable(function),
        traceback=_shortened(readable(_traceback(error))),
    )


def place_of_thread(thread: int) -> str:
    """Return the line of users' code that a thread is at: ``mine.py:14 in pick``; else empty.

    It is the innermost line that is neither of Treehand nor of an installed package.

    Args:
        thread: Identifier of the thread.
    """
    frame = sys._current_frames().get(thread)
    while frame is not None and not _is_users(frame.f_code.co_filename):
        frame = frame.f_back
    if frame is None:
        return ""
    code = frame.f_code
    return readable(f"{_shown(code.co_filename)}:{frame.f_lineno} in {code.co_name}")


def place_of_error(error: BaseException) -> str:
    """Return the innermost line of users' code that led to an exception; empty if there is none."""
    for frame, _, line in reversed(_frames(error.__traceback__)):
        code = frame.f_code
        if _is_users(code.co_filename):
            return readable(f"{_shown(code.co_filename)}:{line} in {code.co_name}")
    return ""


def place_of_class(kind: type) -> str:
    """Return the line of users' code that defines a class: ``mine.py:10 in Pick``; else empty."""
    try:
        file, (lines, first) = inspect.getsourcefile(kind) or "", inspect.getsourcelines(kind)
    except (OSError, TypeError):  # built in, or made by a program
        return ""
    begin = re.compile(rf"\s*class\s+{re.escape(kind.__name__)}\b")  # decorators stand before it
    line = first + next((at for at, text in enumerate(lines) if begin.match(text)), 0)
    place = f"{_shown(file)}:{line} in {kind.__qualname__}"
    return readable(place) if file and _is_users(file) else ""


def is_from_signal(error: BaseException) -> bool:
    """Return True if an exception is an interrupt of the process, and not of the code it hit.

    That is so if a signal handler raised it. Python's own handler of SIGINT leaves no frame; its
    `KeyboardInterrupt` is told from a ``raise`` by the instruction that it broke off.
    """
    if isinstance(error, Exception):
        return False
    frames = list(_frames(error.__traceback__))
    handlers = {_handler_code(number) for number in signal.valid_signals()} - {None}
    if any(frame.f_code in handlers for frame, _, _ in frames):
        return True
    is_default = signal.getsignal(signal.SIGINT) is signal.default_int_handler
    if not isinstance(error, KeyboardInterrupt) or not is_default or not frames:
        return False
    frame, instruction, _ = frames[-1]
    return not _is_raise(frame.f_code, instruction)


def _frames(trace: TracebackType | None) -> list[tuple[FrameType, int, int]]:
    """Return frame, instruction and line of every level, the outermost first."""
    found = []
    while trace is not None:
        found.append((trace.tb_frame, trace.tb_lasti, trace.tb_lineno))
        trace = trace.tb_next
    return found


def _origin(error: BaseException) -> tuple[str, int, str]:
    """Return file, line and function that an exception is to be looked for in."""
    if isinstance(error, ContractError) and error.code_of is not None:
        code = error.code_of
        return code.co_filename, error.line or code.co_firstlineno, code.co_name
    chain = [_frames(one.__traceback__) for one in _with_causes(error)]
    theirs = [[one for one in frames if _is_users(one[0].f_code.co_filename)] for frames in chain]
    files = [one for one in chain[0] if not one[0].f_code.co_filename.startswith("<")]
    nearest = next(filter(None, (*theirs, files)), None)
    if nearest is None:
        return "", 0, ""
    frame, _, line = nearest[-1]
    return frame.f_code.co_filename, line or 0, frame.f_code.co_name


def _with_causes(error: BaseException) -> list[BaseException]:
    """Return an exception and those that led to it, the latest first.

    Python raises a `RuntimeError` in the caller of a generator that leaks a `StopIteration`: only
    the latter knows the line.
    """
    chain: list[BaseException] = []
    one: BaseException | None = error
    while one is not None and len(chain) < MAX_FRAMES:
        chain.append(one)
        one = one.__cause__ or one.__context__
    return chain


def _is_users(file: str) -> bool:
    if file.startswith("<") or any(part in file for part in _INSTALLED):
        return False
    real = os.path.realpath(file)
    return not real.startswith((_PACKAGE, *_STDLIB))


def _handler_code(number: int) -> CodeType | None:
    handler = signal.getsignal(number)
    function = getattr(handler, "__func__", handler)
    code = getattr(function, "__code__", None)
    return code if isinstance(code, CodeType) else None


_RAISES = ("RAISE_VARARGS", "RERAISE")


def _is_raise(code: CodeType, instruction: int) -> bool:
    at = (one.opname for one in dis.get_instructions(code) if one.offset == instruction)
    return next(at, "") in _RAISES


def _text(error: BaseException) -> str:
    try:
        return str(error)
    except BaseException:  # a class of other people: its text is no reason to end a run
        return "(its text cannot be made)"


def _traceback(error: BaseException) -> str:
    try:
        told = traceback.TracebackException.from_exception(error, limit=-MAX_FRAMES, compact=True)
        return "".join(told.format())
    except BaseException:  # as above: a property of the class may raise
        return ""


def _shortened(text: str) -> str:
    half = MAX_TRACEBACK // 2
    return text if len(text) <= MAX_TRACEBACK else f"{text[:half]}\n  …\n{text[-half:]}"


def _shown(file: str) -> str:
    """Return a path as people read it: relative to the working folder if it is inside."""
    try:
        path = Path(file).relative_to(Path.cwd())
    except (ValueError, OSError):
        return file
    return str(path)
