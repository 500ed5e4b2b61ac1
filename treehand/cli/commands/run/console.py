"""``treehand console``."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from treehand.cli.arguments.options import Approve, Folder, Otel, ReadingOptions, Seed, StateFile
from treehand.cli.input.prompt import read_pipe, read_terminal
from treehand.cli.run_tracing import tracing_for
from treehand.cli.views.console_screen import Screen
from treehand.console import Conversation, Message
from treehand.core.clock import Clock, MonotonicClock, VirtualClock
from treehand.orchestrator.config.budgets import require_speed
from treehand.orchestrator.config.deployment import Deployment
from treehand.orchestrator.people.approval import ApprovalPolicy
from treehand.orchestrator.sessions.robot import Robot
from treehand.orchestrator.store.workspace import Workspace, WorldPlace
from treehand.worlds import WorldKind

EXAMPLE = """treehand console
printf 'open the fridge\\nyes\\n' | treehand console"""
SPEED = 10.0
"""Run seconds per wall second in a simulated world, if nothing else is said."""


def console(
    *,
    seed: Seed = 0,
    speed: Annotated[
        float | None,
        typer.Option(help="Run seconds per wall second; 10 in the built-in kitchen."),
    ] = None,
    approve: Approve = None,
    state: StateFile = None,
    otel: Otel = False,
    deployment: ReadingOptions,
    workspace: Folder = None,
) -> None:
    """Interactive console.

    Takes goals, questions and interruptions; one world lasts from the first line to the last. From
    a pipe it reads a line at a time, and waits until that one's run is over.
    """
    loaded = Deployment.load(deployment.overrides())
    home = Workspace.find(workspace)
    is_terminal = sys.stdin.isatty() and sys.stdout.isatty()
    screen = Screen(loaded.domain, is_terminal=is_terminal)
    output = _Output(screen)
    conversation = Conversation(
        loaded,
        workspace=home,
        tell=output.tell,
        seed=seed,
        clock=_clock(loaded.kind, speed, is_terminal=is_terminal),
        place=WorldPlace.beside(state.absolute()) if state else None,
        policy=ApprovalPolicy(approve) if approve else None,
        tracing=tracing_for(otel),
    )
    output.robot = conversation.robot
    try:
        if is_terminal:
            read_terminal(conversation, screen, home)
        else:
            read_pipe(conversation, screen)
    finally:
        conversation.close()


class _Output:
    """Shows messages on a screen; if the output is lost, the robot is stopped, once."""

    def __init__(self, screen: Screen) -> None:
        self.robot: Robot | None = None
        self._screen = screen
        self._is_lost = False

    def tell(self, message: Message) -> None:
        """Show a message."""
        if self._is_lost:
            return
        try:
            self._screen.show(message)
        except OSError as error:
            self._is_lost = True
            if self.robot is not None:
                self.robot.stop(f"the output is lost: {error.strerror}", by="the output")


def _clock(kind: WorldKind, speed: float | None, *, is_terminal: bool) -> Clock:
    """Return the clock: virtual for a pipe and a simulated world, else the wall's."""
    if speed is not None:
        require_speed(speed)
    if speed is None and kind.is_virtual and not is_terminal:
        return VirtualClock()
    return MonotonicClock(speed or (SPEED if kind.is_virtual else 1.0))
