"""A run live in Groot2: the server that Groot2 and other clients of its protocol ask.

The server has a thread of its own. The thread of the run adds what changed and never waits for a
client.
"""

from __future__ import annotations

import contextlib
import json
import random
import threading
import time
from collections import deque
from collections.abc import Callable
from types import TracebackType
from typing import Any

from treehand.core.errors import InputError, MissingExtra
from treehand.core.events import Event, FaultInjected, Planned, Ticked
from treehand.orchestrator.exports.groot_socket import GrootSocket
from treehand.orchestrator.running.run import Run
from treehand.orchestrator.sessions.robot import Robot
from treehand.trees import CompiledTree, HeldNode, Status
from treehand.trees.interop.groot.groot_document import (
    GrootDocument,
    document_without_tree,
    groot_document,
)
from treehand.trees.interop.groot.groot_hooks import BY, GrootHooks
from treehand.trees.interop.groot.groot_messages import (
    IDLE_AFTER,
    STATUSES,
    RequestHeader,
    RequestType,
    WrongRequest,
    breakpoint_message,
    read_header,
    status_buffer,
    transition_buffer,
)

try:
    import msgpack
    import zmq
except ImportError as error:  # pragma: no cover - the extra is installed wherever this is tested
    raise MissingExtra("--groot", "groot") from error

HEARTBEAT_S = 5.0
"""Hooks are disabled after this time without a request, in wall seconds."""
FIRST_TREE_S = 0.5
"""Longest time for which a request for the tree waits until there is one, in wall seconds."""
MAX_TRANSITIONS = 500_000
_POLL_MS = 20
_TWO_PARTS = "must be 2 parts message"


class GrootPublisher:
    """Publishes the runs of a robot while it is entered.

    Args:
        robot: The robot.
        port: Port of the requests; that of the notifications is the next one.
        host: Address to listen at.

    Raises:
        InputError: If a port is in use.
    """

    def __init__(self, robot: Robot, port: int, host: str = "127.0.0.1") -> None:
        self._robot = robot
        self._state = _PublishedState(robot)
        self._context = zmq.Context()
        try:
            self._server = GrootSocket(self._context, zmq.ROUTER, host, port)
            self._news = GrootSocket(self._context, zmq.PUB, host, port + 1)
        except InputError:
            self._context.destroy(linger=0)
            raise
        self._thread = threading.Thread(target=self._serve, name="groot", daemon=True)
        self._is_closing = threading.Event()
        self._last_request = 0.0
        self._leave: Callable[[], None] = lambda: None

    def __enter__(self) -> GrootPublisher:
        self._robot.parts.breakpoints.is_whole_shown = True
        self._leave = self._robot.world.stream.subscribe(self._state.take)
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._leave()
        self._robot.parts.breakpoints.is_whole_shown = False
        self._is_closing.set()
        self._thread.join(timeout=5)

    def _serve(self) -> None:
        """Answer clients until the end; sockets are closed by the thread that uses them."""
        try:
            self._answer_all()
        finally:
            self._context.destroy(linger=0)

    def _answer_all(self) -> None:
        server, news = self._server.socket, self._news.socket
        poller = zmq.Poller()
        for one in (server, self._server.news, self._news.news):
            poller.register(one, zmq.POLLIN)
        while not self._is_closing.is_set():
            for uid in self._state.take_reached():
                news.send_multipart(breakpoint_message(random.getrandbits(32), uid))
            is_asked = server in dict(poller.poll(_POLL_MS))
            self._server.follow()
            self._news.follow()
            if is_asked:
                self._last_request = time.monotonic()
                self._state.set_watched(True)
                with contextlib.suppress(zmq.Again):  # the client is gone, or has sent no message
                    self._answer_one(server)
            elif time.monotonic() - self._last_request > HEARTBEAT_S:
                self._state.set_watched(False)
        self._state.set_watched(False)
        self._state.hooks.clear(of_all=False)

    def _answer_one(self, server: Any) -> None:
        """Answer the next request; a message that has no empty part before it is none.

        The envelope is taken off here: a REP socket, which does that, is stuck after noise.
        """
        parts: list[bytes] = server.recv_multipart(zmq.NOBLOCK)
        if b"" not in parts[1:-1]:
            return
        begin = parts.index(b"", 1) + 1
        server.send_multipart([*parts[:begin], *self._answer(parts[begin:])], zmq.NOBLOCK)

    def _await_tree(self) -> None:
        """Wait a moment for the first tree: some clients ask for the tree only once."""
        until = time.monotonic() + FIRST_TREE_S
        while not self._state.has_tree and time.monotonic() < until:
            if self._is_closing.wait(_POLL_MS / 1000):
                return

    def _answer(self, request: list[bytes]) -> list[bytes]:
        """Return the parts of the reply; one that begins with ``error`` for a wrong request."""
        try:
            header = read_header(request[0])
            if header.kind is None:
                raise WrongRequest("Request not recognized")
            return self._reply(header, header.kind, request)
        except WrongRequest as wrong:
            return [b"error", str(wrong).encode()]

    def _reply(self, header: RequestHeader, kind: RequestType, request: list[bytes]) -> list[bytes]:
        state, hooks = self._state, self._state.hooks
        if kind is RequestType.FULLTREE:
            self._await_tree()
        document = state.document()
        head = header.reply(document.tree_id)
        match kind:
            case RequestType.FULLTREE:
                return [head, document.xml]
            case RequestType.STATUS:
                return [head, state.statuses(document)]
            case RequestType.GET_TRANSITIONS:
                return [head, state.take_transitions(document)]
            case RequestType.HOOKS_DUMP:
                dump = [one.model_dump() for one in hooks.dump()]
                return [head, json.dumps(dump, separators=(",", ":"), sort_keys=True).encode()]
            case RequestType.REMOVE_ALL_HOOKS:
                hooks.clear()
                return [head]
            case RequestType.DISABLE_ALL_HOOKS:
                hooks.enable_all(False)
                return [head]
            case RequestType.BREAKPOINT_REACHED:
                raise WrongRequest("Request not recognized")
        if len(request) != 2:
            raise WrongRequest(_TWO_PARTS)
        match kind:
            case RequestType.BLACKBOARD:
                return [head, state.blackboards(document, request[1])]
            case RequestType.TOGGLE_RECORDING:
                started = state.record(request[1])
                return [head] if started is None else [head, str(started).encode()]
            case RequestType.HOOK_INSERT:
                hooks.insert(request[1])
            case RequestType.HOOK_REMOVE:
                hooks.remove(request[1])
            case RequestType.BREAKPOINT_UNLOCK:
                hooks.unlock(request[1])
        return [head]


class _PublishedState:
    """Tree, statuses and hooks of a robot's run, between its thread and that of the server."""

    def __init__(self, robot: Robot) -> None:
        self._robot = robot
        self._points = robot.parts.breakpoints
        is_virtual = robot.deployment.kind.is_virtual
        self.hooks = GrootHooks(self._points, self, may_replace=is_virtual)
        self._lock = threading.Lock()
        self._statuses: dict[str, int] = {}
        self._transitions: deque[tuple[int, str, int]] = deque(maxlen=MAX_TRANSITIONS)
        self._recorded_from: int | None = None
        """Time at which the recording began, in microseconds since 1970."""
        self._told: tuple[HeldNode, ...] = ()
        """Held nodes that clients were told of."""
        self._is_watched = False
        self._document: tuple[CompiledTree, int, GrootDocument] | None = None
        """Tree, number of its nodes, and the document that was made of it."""

    # In the thread of the run.

    def take(self, event: Event) -> None:
        """Take in the statuses of a tick."""
        if isinstance(event, Planned):
            with self._lock:
                self._statuses.clear()
        if not isinstance(event, Ticked):
            return
        now_us = time.time_ns() // 1000
        with self._lock:
            for path, name in event.changes.items():
                status = STATUSES[name]
                last = self._statuses.get(path, 0) % IDLE_AFTER
                self._statuses[path] = status or IDLE_AFTER + last
                if self._recorded_from is not None:
                    self._transitions.append((now_us - self._recorded_from, path, status))

    def result_given(self, path: str, result: Status, by: str) -> None:
        """Journal a result that a client gave."""
        world = self._robot.world
        world.emit(FaultInjected(t_s=world.clock.now_s(), fault=f"{result.value}@{path} by {by}"))

    # In the thread of the server.

    def take_reached(self) -> list[int]:
        """Return the uids of the nodes that are held since the last time."""
        told, self._told = self._told, self._points.held
        new = [held.path for held in self._told if not any(held is one for one in told)]
        if not new:
            return []
        uids = self.document().uids
        return [uids[path] for path in new if path in uids]

    def set_watched(self, is_watched: bool) -> None:
        """Enable the hooks when a client comes, and disable them when none asks any more."""
        if is_watched != self._is_watched:
            self._is_watched = is_watched
            self._points.attend(BY, is_there=is_watched)
            self.hooks.enable_all(is_watched)

    @property
    def has_tree(self) -> bool:
        """Return True if a tree is compiled."""
        run = self._run
        return run is not None and run.compiled is not None

    def document(self) -> GrootDocument:
        """Return the document of the tree that runs now; of one idle node before there is one."""
        run = self._run
        compiled = run.compiled if run is not None else None
        if run is None or compiled is None:
            return document_without_tree()
        count, kept = len(compiled.nodes), self._document
        if kept is not None and kept[0] is compiled and kept[1] == count:
            return kept[2]
        document = groot_document(run.plan.tree.tree, compiled.view, self._robot.deployment.domain)
        self._document = compiled, count, document
        self.hooks.follow(compiled, document.uids)
        return document

    def statuses(self, document: GrootDocument) -> bytes:
        """Return the status buffer."""
        with self._lock:
            statuses = dict(self._statuses)
        return status_buffer((uid, statuses.get(path, 0)) for path, uid in document.uids.items())

    def record(self, command: bytes) -> int | None:
        """Start or stop the recording; return the time of a start, in microseconds since 1970."""
        with self._lock:
            self._recorded_from = (
                time.time_ns() // 1000
                if command == b"start"
                else (None if command == b"stop" else self._recorded_from)
            )
            if command != b"start":
                return None
            self._transitions.clear()
            return self._recorded_from

    def take_transitions(self, document: GrootDocument) -> bytes:
        """Return the transitions since the last time, and forget them."""
        with self._lock:
            taken = list(self._transitions)
            self._transitions.clear()
        return transition_buffer(
            (at, document.uids[path], status) for at, path, status in taken if path in document.uids
        )

    def blackboards(self, document: GrootDocument, names: bytes) -> bytes:
        """Return the entries of the named blackboards in MessagePack; nil if none has that name."""
        run = self._run
        compiled = run.compiled if run is not None else None
        found: dict[str, Any] = {}
        for name in names.decode("utf-8", "replace").split(";"):
            path = document.boards.get(name)
            board = compiled.boards.get(path) if compiled and path is not None else None
            if board is not None:
                found[name] = _listed(board.values()) or None
        packed: bytes = msgpack.packb(found or None)
        return packed

    @property
    def _run(self) -> Run | None:
        session = self._robot.runs.current
        return session.run if session is not None else None


def _listed(values: dict[str, Any]) -> dict[str, Any]:
    return {name: _packable(value) for name, value in sorted(values.items())}


def _packable(value: Any) -> Any:
    """Return a value of a blackboard as MessagePack has it; text for a number that is too large."""
    if isinstance(value, tuple):
        return [_packable(one) for one in value]
    is_large = isinstance(value, int) and not -(2**63) <= value < 2**64
    return str(value) if is_large else value
