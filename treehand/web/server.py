"""The server: one robot, its desks, the application, and the thread that serves them."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import uvicorn

from treehand.core.errors import InputError
from treehand.core.tracing import NoTracing, Tracing
from treehand.orchestrator.config.deployment import Deployment
from treehand.orchestrator.sessions.robot import Robot
from treehand.orchestrator.store.workspace import Workspace
from treehand.scenarios.suites.suite_history import SuiteHistory
from treehand.web.access.connection import BACKLOG, Connection
from treehand.web.access.control_lease import ControlLease
from treehand.web.access.viewers import Viewers
from treehand.web.api.app import application
from treehand.web.api.breakpoint_operations import BreakpointOperations
from treehand.web.api.camera_operations import CameraOperations
from treehand.web.api.file_operations import FileOperations
from treehand.web.api.metrics import metrics_route
from treehand.web.api.operation import ApiOperation
from treehand.web.api.robot_operations import RobotOperations
from treehand.web.api.run_operations import RunOperations
from treehand.web.api.session_operations import SessionOperations
from treehand.web.api.state_maker import StateMaker
from treehand.web.api.stream import Stream
from treehand.web.api.suite_operations import SuiteOperations
from treehand.web.desk.camera_feed import CameraFeed
from treehand.web.desk.event_feed import EventFeed
from treehand.web.desk.file_shelf import FileShelf
from treehand.web.desk.goal_desk import GoalDesk
from treehand.web.desk.remote_person import RemotePerson
from treehand.web.desk.resuming import Resuming
from treehand.web.desk.robot_desk import RobotDesk
from treehand.web.desk.run_archive import RunArchive
from treehand.web.desk.scenario_shelf import ScenarioShelf
from treehand.web.desk.suite_desk import SuiteDesk
from treehand.web.desk.trial_process import TrialProcess
from treehand.web.mcp.agent_call import AgentOffer
from treehand.web.mcp.looking_tools import LookingTools
from treehand.web.mcp.planning_tools import PlanningTools
from treehand.web.mcp.robot_prompts import RobotPrompts
from treehand.web.mcp.robot_resources import RobotResources

if TYPE_CHECKING:
    from treehand.web.mcp.mcp_server import McpServer

LOOPBACK = "127.0.0.1"
VIEWERS = "viewers of the page"
"""Name under which the server attends breakpoints."""
SEND_BUFFER = 65_536
"""Bytes that the system keeps for a client that does not read: it gets what is new after them."""
START_S = 20.0
"""Longest wait until the server accepts connections, in seconds."""


@dataclass(frozen=True)
class ServerSettings:
    """Settings of a server."""

    host: str = LOOPBACK
    """Address to listen at; loopback unless told."""
    port: int = 8765
    """Port; 0 takes a free one."""
    allowed_hosts: tuple[str, ...] = ()
    """Further names of this machine that browsers may use, without a port."""
    is_read_only: bool = False
    """True if viewers may only look and stop."""
    speed: float | None = None
    """Run seconds per wall second of resumed runs; None for virtual time."""
    folder: Path = Path()
    """Folder whose files are shown."""
    tracing: Callable[[], Tracing] = NoTracing
    """Makes the tracing of a resumed run."""


class RobotServer:
    """Serves one robot until `close`.

    Args:
        open_robot: Opens the robot, for a person who answers its questions.
        load: Loads the deployment that files are checked against, running no code of it.
        workspace: Folder of the journals.
        settings: Address, rights, speed.
        announce: Called with every new one-time code; shows it where the server was started.
        ask: Called with a line about a plan that a model asks to run.
        protocol: Makes the server of ``/mcp`` from what it offers; None serves none.
    """

    def __init__(
        self,
        open_robot: Callable[[RemotePerson], Robot],
        load: Callable[[], Deployment],
        workspace: Workspace,
        settings: ServerSettings,
        announce: Callable[[str], None],
        ask: Callable[[str], None] = print,
        protocol: Callable[[AgentOffer], McpServer] | None = None,
    ) -> None:
        self.settings = settings
        self._socket = _listening(settings)
        self._open_robot = open_robot
        try:
            self.feed = EventFeed()
            self.person = RemotePerson(self.feed.touch)
            self.desk = RobotDesk(self._opened(), self.person, self.feed)
        except BaseException:
            self._socket.close()
            raise
        self.port: int = self._socket.getsockname()[1]
        self.goals = GoalDesk(self.desk)
        self.viewers = Viewers(announce)
        self.lease = ControlLease(self.viewers, is_read_only=settings.is_read_only)
        self.cameras = CameraFeed()
        self._shelf = FileShelf(settings.folder, load)
        history = SuiteHistory(workspace.folder.parent)
        self._trials = TrialProcess()
        self._scenarios = ScenarioShelf(self._shelf, history, workspace)
        self.suite = SuiteDesk(history, self.feed.touch, self._shelf.name_of)
        self.states = StateMaker(
            self.desk, self.goals, self.viewers, self.lease, self.cameras, self.suite
        )
        self.archive = RunArchive(workspace, self.desk)
        self._resuming = Resuming(
            self.desk,
            workspace,
            settings.speed,
            self._opened,
            settings.tracing,
        )
        self.mcp = protocol(self._agent_offer(ask)) if protocol is not None else None
        self._cookie = f"treehand_{self.port}"
        self._uvicorn = _Uvicorn(self._config())
        self._thread = threading.Thread(target=self._serve, name="server", daemon=True)

    @property
    def url(self) -> str:
        """Return the address of the page."""
        host = self.settings.host
        name = LOOPBACK if host in ("0.0.0.0", "::", "") else host
        return f"http://{f'[{name}]' if ':' in name else name}:{self.port}"

    def start(self) -> None:
        """Accept connections, and announce the first code.

        Raises:
            InputError: If the server does not start.
        """
        self._thread.start()
        waited = threading.Event()
        for _ in range(int(START_S / 0.02)):
            if self._uvicorn.started or not self._thread.is_alive():
                break
            waited.wait(0.02)
        if not self._uvicorn.started:
            raise InputError.of("not-started", "the server did not start")
        self.viewers.open()

    def wait(self) -> None:
        """Wait until the server's thread ends."""
        self._thread.join()

    def close(self, reason: str = "the server ends") -> None:
        """Stop the run under way, close the robot, and end all connections.

        Args:
            reason: Reason, for the journal.
        """
        try:
            self.desk.close(reason)
        finally:
            self.suite.close()
            self.cameras.close()
            self.archive.close()
            self._trials.close()
            self._uvicorn.end()
            if self._thread.is_alive():
                self._thread.join(5.0)
            self._socket.close()

    def operations(self) -> Iterator[ApiOperation]:
        """Yield what the API offers."""
        yield from SessionOperations(self.viewers, self.lease, self.feed, self._cookie).all()
        yield from RobotOperations(self.desk, self.goals, self.states).all()
        yield from CameraOperations(self.desk, self.viewers, self.cameras).all()
        yield from BreakpointOperations(self.desk, self.goals).all()
        yield Stream(self.feed, self.states, self.viewers).operation()
        yield from RunOperations(self.archive, self.desk, self._resuming).all()
        yield from FileOperations(self._shelf, self._trials).all()
        yield from SuiteOperations(self._scenarios, self.suite).all()

    def _opened(self) -> Robot:
        """Return the robot; viewers let its held nodes go on, so its person is not asked to."""
        robot = self._open_robot(self.person)
        robot.parts.breakpoints.attend(VIEWERS, is_there=True)
        return robot

    def _config(self) -> uvicorn.Config:
        mcp = self.mcp
        app = application(
            self.operations(),
            self.lease,
            self.viewers,
            self._hosts(),
            self._cookie,
            more=(*(mcp.routes() if mcp is not None else ()), metrics_route(self.feed.counters)),
            lifespan=(lambda _: mcp.sessions()) if mcp is not None else None,
        )
        return uvicorn.Config(
            app,
            http=Connection,
            ws="none",
            backlog=BACKLOG,
            log_level="critical",  # no request is logged: neither codes nor words
            access_log=False,
            lifespan="off" if mcp is None else "on",
            server_header=False,
            timeout_graceful_shutdown=1,
            timeout_keep_alive=30,
            h11_max_incomplete_event_size=64_000,
            proxy_headers=False,
        )

    def _agent_offer(self, ask: Callable[[str], None]) -> AgentOffer:
        desk, goals, archive = self.desk, self.goals, self.archive
        is_read_only = self.settings.is_read_only
        planning = PlanningTools(
            desk, goals, is_read_only=is_read_only, page=self.url, announce=ask
        )
        resources = RobotResources(desk, goals, archive, self._shelf, self.cameras)
        return AgentOffer(
            tools=(
                *planning.all(),
                *LookingTools(desk, goals, archive, self.cameras).all(),
            ),
            resources=resources.all(),
            prompts=RobotPrompts(desk, archive, resources, self.cameras).all(),
            feed=self.feed,
        )

    def _serve(self) -> None:
        self._uvicorn.run(sockets=[self._socket])

    def _hosts(self) -> frozenset[str]:
        names = {LOOPBACK, "localhost", "[::1]", *self.settings.allowed_hosts}
        if self.settings.host not in ("0.0.0.0", "::", ""):
            host = self.settings.host
            names.add(f"[{host}]" if ":" in host else host)
        is_bare = self.port == 80  # which browsers leave out
        return frozenset(
            name.lower() if is_bare else f"{name.lower()}:{self.port}" for name in names
        )


class _Uvicorn(uvicorn.Server):  # type: ignore[misc]
    """Uvicorn that looks after itself once a second, in the place of ten times."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._ending = asyncio.Event()

    def end(self) -> None:
        """End it, from any thread."""
        self.should_exit = True
        if self._loop is not None:
            with contextlib.suppress(RuntimeError):  # it has ended
                self._loop.call_soon_threadsafe(self._ending.set)

    async def main_loop(self) -> None:
        """Keep the date of the answers, until it ends."""
        self._loop = asyncio.get_running_loop()
        while not await self.on_tick(0):
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(1.0):
                    await self._ending.wait()


def _listening(settings: ServerSettings) -> socket.socket:
    """Return a socket that is bound.

    Raises:
        InputError: If the address cannot be used.
    """
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    made = socket.socket(family, socket.SOCK_STREAM)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
    try:
        made.bind((settings.host, settings.port))
    except (OSError, OverflowError) as error:
        made.close()
        message = f"cannot listen at {settings.host}:{settings.port}: {error}"
        if getattr(error, "errno", None) == errno.EADDRINUSE:
            hint = "another server may run there; give another --port, or 0 for a free one"
            raise InputError.of("address-in-use", message, hint=hint) from error
        hint = "give an address of this machine, such as 127.0.0.1, and a port of 1024 or more"
        raise InputError.of("unusable-address", message, hint=hint) from error
    return made
