"""Streaming output of a language model on a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console

from treehand.orchestrator.sessions.robot import Robot


@contextmanager
def hearing(robot: Robot, console: Console) -> Iterator[None]:
    """Print a model's answer as it comes, dimly; nothing where nobody sits at a terminal.

    Until it comes a line says that the model is waited for, and how to end that.
    """
    reader = robot.parts.proposer.reader
    if not console.is_terminal or reader.meter is None:
        yield
        return
    status = console.status(f"{reader.meter.name} reads the goal; Ctrl-C ends it")

    def hear(piece: str) -> None:
        status.stop()
        console.print(piece, end="", style="dim", soft_wrap=True)

    reader.stream_to(hear)
    with status:
        yield


def print_calls(console: Console, robot: Robot) -> None:
    """Print what a language model was asked for so far, and what it cost."""
    summary = (
        robot.parts.proposer.reader.meter.summary()
        if robot.parts.proposer.reader.meter is not None
        else ""
    )
    if summary:
        console.print(f"  {summary}", style="dim")
