"""One prompt at the terminal; keys typed before it do not answer it."""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
import textwrap
import threading
from collections.abc import Iterable
from typing import TextIO

from prompt_toolkit import PromptSession
from prompt_toolkit.formatted_text import FormattedText
from prompt_toolkit.input import Input, create_input
from prompt_toolkit.input.typeahead import clear_typeahead
from prompt_toolkit.output import Output, create_output

from treehand.core.text.printable_text import ERRORS, printable

try:
    import termios
except ImportError:  # Windows keeps keys in prompt_toolkit's buffer alone
    termios = None  # type: ignore[assignment]


def drop_pending(terminal: Input) -> None:
    """Forget every key that was typed and not yet read."""
    clear_typeahead(terminal)
    if termios is not None:
        with contextlib.suppress(OSError, termios.error):
            termios.tcflush(terminal.fileno(), termios.TCIFLUSH)


def output_on(stream: TextIO) -> Output:
    """Return prompt_toolkit's output on a terminal, without questions to the terminal itself.

    Its answers would be among the keys that are dropped before a question.
    """
    if sys.platform == "win32":
        return create_output(stdout=stream)
    from prompt_toolkit.data_structures import Size
    from prompt_toolkit.output.vt100 import Vt100_Output

    def size() -> Size:
        columns, rows = os.get_terminal_size(stream.fileno())
        return Size(rows=rows or 24, columns=columns or 80)

    return Vt100_Output(stream, size, term=os.environ.get("TERM"), enable_cpr=False)


def wrapped(lines: Iterable[str], columns: int) -> list[str]:
    """Return lines broken between words, where they are longer than so many columns."""
    width = max(columns - 1, 10)
    return [
        row
        for line in lines
        for row in textwrap.wrap(line, width, drop_whitespace=False, break_on_hyphens=False) or [""]
    ]


class OpenPrompt:
    """One prompt of prompt_toolkit, in a thread of its own."""

    def __init__(self, prompt: str) -> None:
        stream = sys.stdout if sys.stdout.isatty() else sys.stderr
        self._input = create_input(sys.stdin)
        self._session: PromptSession[str] = PromptSession(
            input=self._input, output=output_on(stream), enable_suspend=False
        )
        columns = shutil.get_terminal_size().columns
        encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
        shown = printable(prompt).encode(encoding, ERRORS).decode(encoding)
        *question, last = shown.split("\n")
        text = "".join(f"{line}\n" for line in wrapped(question, columns))
        self._prompt = FormattedText([("bold", text), ("", last)])
        self._line: str | None = None
        self._error: BaseException | None = None
        self._is_painted = False
        self.done = threading.Event()
        """Set at the end."""
        self._thread = threading.Thread(target=self._ask, name="prompt", daemon=True)
        self._thread.start()

    def _ask(self) -> None:
        self._session.app.after_render += lambda app: self._painted()
        try:
            drop_pending(self._input)
            self._line = self._session.prompt(self._prompt, handle_sigint=False)
        except BaseException as error:  # raised again where the answer is taken
            self._error = error
        finally:
            self._input.close()
            self.done.set()

    def _painted(self) -> None:
        """Drop what was typed until now: from here on keys count."""
        if not self._is_painted:
            self._is_painted = True
            drop_pending(self._input)

    def end(self, error: BaseException) -> None:
        """End the prompt from another thread, as soon as it runs."""
        app = self._session.app

        def leave() -> None:
            if app.future is not None and not app.future.done():
                app.exit(exception=error)

        if app.loop is not None:
            with contextlib.suppress(RuntimeError):  # it has just ended
                app.loop.call_soon_threadsafe(leave)

    def answer(self) -> str:
        """Return the line, or raise what the prompt ended with."""
        self._thread.join()
        if self._error is not None:
            raise self._error
        assert self._line is not None
        return self._line
