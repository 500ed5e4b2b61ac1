"""The person at the terminal, if there is one."""

from __future__ import annotations

import sys

from rich.console import Console

from treehand.cli.input.terminal_input import TerminalInput
from treehand.cli.views.output import TerminalConsole
from treehand.orchestrator.people.person import Nobody, Person, TerminalPerson


def terminal_input() -> TerminalInput | None:
    """Return the reader of the person's lines; None where nobody can be asked.

    That is so without a terminal to read from, or without one that shows the questions.
    """
    is_shown = sys.stdout.isatty() or sys.stderr.isatty()
    return TerminalInput() if sys.stdin.isatty() and is_shown else None


def question_console(console: Console) -> Console:
    """Return where questions are shown: on the terminal, also where the output is a file."""
    return console if console.is_terminal else TerminalConsole(stderr=True)


def person_at(console: Console, lines: TerminalInput | None) -> Person:
    """Return the person at the terminal, or nobody where there is none."""
    if lines is None:
        return Nobody()
    shown = question_console(console)
    return TerminalPerson(lambda text: shown.print(text), lines.line)
