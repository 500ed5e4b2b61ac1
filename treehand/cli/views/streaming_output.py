"""Streaming output of a language model on a terminal."""

from __future__ import annotations

from rich.console import Console

from treehand.orchestrator.sessions.robot import Robot


def let_hear(robot: Robot, console: Console) -> None:
    """Print a model's answer as it comes, dimly; nothing where nobody sits at a terminal."""
    if not console.is_terminal:
        return

    def hear(piece: str) -> None:
        console.print(piece, end="", style="dim", soft_wrap=True)

    robot.parts.proposer.reader.stream_to(hear)


def print_calls(console: Console, robot: Robot) -> None:
    """Print what a language model was asked for so far, and what it cost."""
    summary = (
        robot.parts.proposer.reader.meter.summary()
        if robot.parts.proposer.reader.meter is not None
        else ""
    )
    if summary:
        console.print(f"  {summary}", style="dim")
