"""Messages of a conversation, printed for the person at the console."""

from __future__ import annotations

import os
import shutil
import sys
import time

from rich.console import Console

from treehand.cli.views.output import WIDTH, TerminalConsole, print_goal, print_plan, print_result
from treehand.cli.views.plan_summary import summary
from treehand.cli.views.streaming_output import AnswerProgress
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
from treehand.core.events import (
    Held,
    Planned,
    QuestionAnswered,
    QuestionAsked,
    ResumedFromHold,
    SkillStarted,
    StopLatched,
)
from treehand.core.text.printable_console import PrintableConsole
from treehand.orchestrator.history.activity import Activity
from treehand.orchestrator.history.event_text import event_line
from treehand.orchestrator.people.person import question_lines
from treehand.orchestrator.people.plan_diff import PlanDiff
from treehand.planners import Plan
from treehand.skills.domain import Domain

_NO_LIMIT = 1000
"""Lines of a summary that the person can scroll back to."""


class Screen:
    """Shows messages; from any thread."""

    def __init__(self, domain: Domain, *, is_terminal: bool) -> None:
        self._domain = domain
        self._is_terminal = is_terminal
        self.to_edit: str | None = None
        """A tree that a person is to change, until the terminal has taken it."""
        self._changes = PlanDiff()
        self.asked_s = 0.0
        """Time at which the last question was printed, on the monotonic clock in seconds."""
        self._progress = AnswerProgress()
        self._plan: Plan | None = None
        self._activity: Activity | None = None
        self._is_held = False

    def now(self, now_s: float) -> str:
        """Return the present step of a run, for the line at the bottom; empty if none runs.

        Args:
            now_s: Run time.
        """
        if self._activity is None:
            return ""
        line = self._activity.line(now_s)
        return f"holding still · {line}" if self._is_held else line

    @property
    def answered(self) -> str:
        """Return the length of a language model's answer so far; empty if nothing has come."""
        letters = self._progress.letters
        return f"the model answers: {letters} letters" if letters else ""

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
            self._progress.take(message.piece)
            return
        if isinstance(message, Said):
            console.print(message.text)
        elif isinstance(message, Understood):
            print_goal(console, message.goal)
        elif isinstance(message, Proposed):
            self._propose(console, message)
        elif isinstance(message, Asked):
            console.print("\n".join(question_lines(message.question)))
            self.asked_s = time.monotonic()
        elif isinstance(message, Ended):
            self._activity = None
            self._changes = PlanDiff()
            print_result(console, message.result, self._domain, has_run=True)
        elif isinstance(message, ToEdit):
            self.to_edit = message.yaml
        else:
            self._happened(console, message)

    def _propose(self, console: Console, message: Proposed) -> None:
        """Print a plan: all of it if the person asked for that, else a summary and the question."""
        if message.is_whole:
            print_plan(console, message.plan)
            return
        self._plan = message.plan
        made = summary(message.plan, None, width=console.width, height=_NO_LIMIT, has_goal=False)
        for line in made.lines:
            console.print(line, soft_wrap=True)
        if message.limits:
            console.print(f"Limits   {'; '.join(message.limits)}", soft_wrap=True)
        console.print("Run this plan? yes, no (with a reason), edit; /plan shows all of it")
        self.asked_s = time.monotonic()

    def _happened(self, console: Console, message: Happened) -> None:
        event = message.event
        if self._activity is None:
            self._activity = Activity(self._domain, self._plan)
        self._activity.take(event)
        if isinstance(event, Held | ResumedFromHold | SkillStarted):
            self._is_held = isinstance(event, Held)
        is_told = isinstance(event, QuestionAsked) or (
            isinstance(event, QuestionAnswered) and event.answer and not event.is_default
        )
        line = None if is_told else event_line(event)
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
