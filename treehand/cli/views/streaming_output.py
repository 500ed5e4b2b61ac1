"""Streaming output of a language model on a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console

from treehand.orchestrator.proposing.goal_reader import SessionReader
from treehand.orchestrator.sessions.robot import Robot


class AnswerProgress:
    """Length of the answer that is being received."""

    def __init__(self) -> None:
        self.letters = 0
        """Letters of the answer so far."""

    def take(self, piece: str) -> bool:
        """Count a piece; return True if there is something to count. A line's end ends the answer.

        Args:
            piece: The piece; empty if nothing came.
        """
        self.letters = 0 if piece == "\n" else self.letters + len(piece)
        return bool(self.letters)


@contextmanager
def hearing(robot: Robot, console: Console) -> Iterator[None]:
    """Show the progress of a reading, and say at its end if a learned one was used."""
    with waiting(robot.parts.proposer.reader, console, "reads the goal"):
        yield
    note = robot.parts.proposer.reader.learned.note
    if note:
        console.print(note)


@contextmanager
def waiting(reader: SessionReader, console: Console, does: str) -> Iterator[None]:
    """Show on one line that a model is asked, how much it has answered, and how to end that.

    Its answer is data and is not shown; nothing is where nobody sits at a terminal.

    Args:
        reader: The reader whose model is asked.
        console: Where the line is shown.
        does: Task of the model: "reads the goal".
    """
    if not console.is_terminal or reader.meter is None:
        yield
        return
    name = reader.meter.name
    status = console.status(f"{name} {does}; Ctrl-C ends it")
    heard = AnswerProgress()

    def hear(piece: str) -> None:
        if heard.take(piece):
            status.update(f"{name} answers: {heard.letters} letters; Ctrl-C ends it")

    reader.stream_to(hear)
    with status:
        yield


def print_calls(console: Console, reader: SessionReader) -> None:
    """Print what a language model was asked for so far, and what it cost."""
    summary = reader.meter.summary() if reader.meter is not None else ""
    if summary:
        console.print(f"  {summary}", style="dim")
