"""``treehand serve``."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TextIO

import typer

from treehand.cli.arguments.options import (
    Approve,
    Faults,
    Folder,
    Otel,
    PlanningOptions,
    Seed,
    StateFile,
    States,
)
from treehand.cli.run_tracing import tracing_for
from treehand.cli.stopping.signals import RunTarget, StopSignals
from treehand.cli.views.plain_output import complain, print_lines
from treehand.core.clock import MonotonicClock
from treehand.core.errors import InputError, MissingExtra
from treehand.core.files.private_files import open_private
from treehand.orchestrator.config.budgets import require_speed
from treehand.orchestrator.config.deployment import Deployment
from treehand.orchestrator.people.approval import ApprovalPolicy
from treehand.orchestrator.people.person import Person
from treehand.orchestrator.sessions.experiment import Experiment
from treehand.orchestrator.sessions.robot import Robot
from treehand.orchestrator.sessions.robot_settings import RobotSettings
from treehand.orchestrator.store.workspace import Workspace, WorldPlace
from treehand.trees import Breakpoints

if TYPE_CHECKING:
    from treehand.web.mcp.agent_call import AgentOffer
    from treehand.web.mcp.mcp_server import McpServer
    from treehand.web.server import RobotServer

EXAMPLE = """treehand serve
treehand serve --world kitchen-physics --speed 1
treehand serve --host 0.0.0.0 --allow-host robot.local --read-only
treehand serve --mcp --agent-token-file agent.token"""
SPEED = 10.0
"""Run seconds per wall second in a simulated world, if nothing else is said."""


def serve(
    *,
    host: Annotated[str, typer.Option(help="Address to listen at.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port; 0 takes a free one.")] = 8765,
    allow_host: Annotated[
        list[str] | None,
        typer.Option(help="Further name of this machine that browsers may use."),
    ] = None,
    read_only: Annotated[
        bool, typer.Option("--read-only", help="Viewers may look and stop, nothing else.")
    ] = False,
    token_file: Annotated[
        Path | None,
        typer.Option(help="Write a token for programs to this file, which only you can read."),
    ] = None,
    mcp: Annotated[
        bool,
        typer.Option("--mcp", help="Serve MCP at /mcp, and on a pipe as standard input."),
    ] = False,
    agent_token_file: Annotated[
        Path | None,
        typer.Option(help="Write a token for an MCP host, which can never approve, to this file."),
    ] = None,
    seed: Seed = 0,
    speed: Annotated[
        float | None,
        typer.Option(help="Run seconds per wall second; 10 in simulated worlds, else 1."),
    ] = None,
    inject: Faults = None,
    approve: Approve = None,
    state: StateFile = None,
    states: States = True,
    otel: Otel = False,
    deployment: PlanningOptions,
    workspace: Folder = None,
) -> None:
    """Serve a page, an HTTP API, and MCP.

    Whoever has a code may look and stop; one at a time has control, and approves, answers and
    re-arms. It ends with Ctrl-C: what runs is stopped first, and can be resumed. With --mcp, models
    look, plan and stop; a person approves on the page or with `treehand approve`. Where standard
    input is a pipe, as MCP hosts start servers, MCP is spoken there, too, until its end.
    """
    try:
        from treehand.web.server import RobotServer, ServerSettings
    except ImportError as error:
        raise MissingExtra(f"'{error.name}', which serves pages,", "web") from error
    protocol = _mcp_protocol() if mcp else None
    is_piped = mcp and _is_pipe(sys.stdin)
    say = partial(print_lines, to_stderr=is_piped)
    loaded = Deployment.load(deployment.overrides())
    if speed is not None:
        require_speed(speed)
    rate = speed or (SPEED if loaded.kind.is_virtual else 1.0)
    home = Workspace.find(workspace)
    breakpoints = Breakpoints(loaded.breakpoints)

    def open_robot(person: Person) -> Robot:
        settings = RobotSettings(
            seed=seed,
            clock=MonotonicClock(rate),
            person=person,
            place=WorldPlace.beside(state.absolute()) if state else None,
            policy=ApprovalPolicy(approve) if approve else None,
            experiment=Experiment(faults=tuple(inject or ())),
            tracing=tracing_for(otel),
            keeps_states=bool(states),
            breakpoints=breakpoints,
            tell=complain,
        )
        return Robot(loaded, workspace=home, settings=settings)

    settings = ServerSettings(
        host=host,
        port=port,
        allowed_hosts=tuple(allow_host or ()),
        is_read_only=read_only,
        speed=rate,
        folder=_folder(deployment.config),
        tracing=lambda: tracing_for(otel),
    )
    server = RobotServer(
        open_robot,
        lambda: loaded,
        home,
        settings,
        announce=lambda code: say(_code_line(code)),
        ask=say,
        protocol=protocol,
    )
    try:
        if token_file is not None:
            _write_token(token_file, server.viewers.admit("a program")[1])
        if agent_token_file is not None:
            agent, token = server.viewers.admit("an assistant")
            server.viewers.mark_agent(agent)
            _write_token(agent_token_file, token)
        server.start()
        say(f"{loaded.kind.name} at {server.url}   Ctrl-C ends it")
        _wait(server, server.mcp.talk if is_piped and server.mcp is not None else server.wait)
    finally:
        server.close()


def _wait(server: RobotServer, wait: Callable[[], None]) -> None:
    """Wait for a signal, or for the end of the server's thread or of standard input."""
    try:
        with StopSignals(_ServeTarget(server)):
            wait()
    except KeyboardInterrupt as interrupt:
        print_lines(f"ending by {str(interrupt) or 'SIGINT'}: what runs is stopped", to_stderr=True)
        server.close(f"the server was ended by {str(interrupt) or 'SIGINT'}")


class _ServeTarget(RunTarget):
    """The served robot: the first signal ends the server, which stops the run."""

    def __init__(self, server: RobotServer) -> None:
        super().__init__(server.desk.robot)
        self._is_left = False

    def leave(self, name: str) -> None:
        """Raise `KeyboardInterrupt` once."""
        if not self._is_left:
            self._is_left = True
            raise KeyboardInterrupt(name)


def _code_line(code: str) -> str:
    return f"code {code}   for one sign-in; the next one is printed here"


def _mcp_protocol() -> Callable[[AgentOffer], McpServer]:
    try:
        from treehand.web.mcp.mcp_server import McpServer
    except ImportError as error:
        raise MissingExtra(f"'{error.name}', which speaks to models,", "mcp") from error
    return McpServer


def _is_pipe(stream: TextIO) -> bool:
    try:
        mode = os.fstat(stream.fileno()).st_mode
    except (OSError, ValueError):
        return False
    return stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)


def _folder(config: Path | None) -> Path:
    return config.parent if config is not None else Path()


def _write_token(path: Path, token: str) -> None:
    """Write a token to a file that only this user can read.

    Raises:
        InputError: If it cannot be written, or is a link.
    """
    try:
        path.unlink(missing_ok=True)
        with os.fdopen(open_private(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY), "w") as file:
            file.write(f"{token}\n")
    except OSError as error:
        message = f"cannot write '{path}': {error.strerror}"
        raise InputError.of("unwritable-file", message) from error
