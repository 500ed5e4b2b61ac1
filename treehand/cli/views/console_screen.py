"""Messages of a conversation, printed for the person at the console."""

from __future__ import annotations

import os
import shutil
import sys

from rich.console import Console

from treehand.cli.views.output import WIDTH, TerminalConsole, print_goal, print_plan, print_result
from treehand.console import (
    Asked,
    Ended,
    Happened,
    Heard,
    Message,
    Proposed,
    Said,
    ToEdit,
    Understood,
)
from treehand.core.events import Held, Planned, ResumedFromHold, SkillStarted, StopLatched
from treehand.core.printable_console import PrintableConsole
from treehand.orchestrator.history.event_text import event_line
from treehand.orchestrator.people.person import question_lines
from treehand.orchestrator.people.plan_diff import PlanDiff
from treehand.skills.domain import Domain


class Screen:
    """Shows messages; from any thread."""

    def __init__(self, domain: Domain, *, is_terminal: bool) -> None:
        self._domain = domain
        self._is_terminal = is_terminal
        self.to_edit: str | None = None
        """A tree that a person is to change, until the terminal has taken it."""
        self._changes = PlanDiff()
        self.now = ""
        """Present step, for the line at the bottom."""

    def _console(self) -> Console:
        """Return a console on the standard output as it is now: a prompt may stand in for it."""
        if not self._is_terminal:
            return TerminalConsole(width=WIDTH)
        is_coloured = "NO_COLOR" not in os.environ and os.environ.get("TERM") != "dumb"
        width = shutil.get_terminal_size().columns
        return PrintableConsole(file=sys.stdout, force_terminal=is_coloured, width=width)

    def say(self, text: str) -> None:
        """Print plain words."""
        self._console().print(text)

    def show(self, message: Message) -> None:
        """Print a message.

        Raises:
            OSError: If the output is lost.
        """
        self._print(self._console(), message)

    def _print(self, console: Console, message: Message) -> None:
        if isinstance(message, Heard):
            self._hear(console, message.piece)
            return
        if isinstance(message, Said):
            console.print(message.text)
        elif isinstance(message, Understood):
            print_goal(console, message.goal)
        elif isinstance(message, Proposed):
            print_plan(console, message.plan, is_short=not message.is_whole)
            if not message.is_whole:
                console.print(
                    "\nRun this plan? yes, no (with a reason), edit; /plan shows all of it"
                )
        elif isinstance(message, Asked):
            console.print("\n".join(question_lines(message.question)))
        elif isinstance(message, Ended):
            self.now = ""
            self._changes = PlanDiff()
            print_result(console, message.result, self._domain, has_run=True)
        elif isinstance(message, ToEdit):
            self.to_edit = message.yaml
        else:
            self._happened(console, message)

    def _hear(self, console: Console, piece: str) -> None:
        """Print what a language model says while it says it."""
        if self._is_terminal:
            console.print(piece, end="", style="dim")

    def _happened(self, console: Console, message: Happened) -> None:
        event = message.event
        if isinstance(event, SkillStarted):
            again = f" (attempt {event.attempt})" if event.attempt > 1 else ""
            self.now = f"{event.call}{again}"
        elif isinstance(event, Held):
            self.now = "holding still"
        line = event_line(event)
        if line is not None:
            console.print(line)
        elif isinstance(event, Held):
            console.print("it holds still")
        elif isinstance(event, ResumedFromHold):
            console.print("it goes on")
        elif isinstance(event, StopLatched):
            console.print("the stop is latched", style="yellow")
        elif isinstance(event, Planned):
            console.print(f"plan {event.plan_hash}: {event.reason}", style="dim")
            for change in self._changes.lines(event):
                console.print(change)
