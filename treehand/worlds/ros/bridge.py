"""Connection to a rosbridge server: one reader thread, heartbeat, and reconnection."""

from __future__ import annotations

import contextlib
import json
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from treehand.core.errors import MissingExtra, TreehandError
from treehand.core.spans import Span
from treehand.core.text.outside_values import readable
from treehand.worlds.ros.bridge_message import (
    MAX_BYTES,
    BridgeMessage,
    BridgeReader,
    WrongMessage,
)

try:
    from websockets.exceptions import WebSocketException
    from websockets.sync.client import ClientConnection, connect

    HAS_WEBSOCKETS = True
except ImportError:  # the extra is not installed
    HAS_WEBSOCKETS = False

PING_S = 0.2
"""Wall time between two signs of life that are asked for."""
RETRY_S = 0.25
"""Pause between two attempts to connect again, in wall seconds."""


def require_websockets() -> None:
    """Raise `MissingExtra` if the WebSocket client is not installed."""
    if not HAS_WEBSOCKETS:
        raise MissingExtra("websockets, for world 'ros',", "ros")


class BridgeUnreachable(TreehandError):
    """Raised if a rosbridge server cannot be reached, or is none.

    Args:
        url: Its URL.
        problem: Description of what went wrong.
        span: Place in a file that names the URL.
    """

    def __init__(self, url: str, problem: str, span: Span | None = None) -> None:
        super().__init__(
            f"{f'{span}: ' if span is not None else ''}"
            f"bridge-unreachable: no rosbridge server answers at '{url}': {problem}\n"
            "  hint: start it (ros2 launch rosbridge_server rosbridge_websocket_launch.xml), or "
            "mend 'url' under 'ros:'"
        )


class Bridge:
    """Sends messages to a rosbridge server and hands on those that come.

    A connection that is lost is made again until `close`; `generation` counts connections. All
    methods may be called from any thread.

    Args:
        url: ``ws://host:port``.
        connect_s: Longest time for one attempt to connect, in wall seconds.
        take: Called with each message, from the reader's thread.
        greet: Called after each connection, from the reader's thread.
        span: Place in a file that names the URL.
    """

    def __init__(
        self,
        url: str,
        connect_s: float,
        *,
        take: Callable[[BridgeMessage], None],
        greet: Callable[[], None],
        span: Span | None = None,
    ) -> None:
        require_websockets()
        self._url = url
        self._connect_s = connect_s
        self._take = take
        self._greet = greet
        self._span = span
        self._socket: ClientConnection | None = None
        self._is_over = threading.Event()
        self._is_open = threading.Event()
        self._problem = ""
        self._gives_up = False
        self._heard = time.monotonic()
        self.generation = 0
        """Number of connections so far."""
        self.breach = ""
        """First message of the server that was none of the protocol's, in words."""

    def open(self) -> None:
        """Connect, and read from then on.

        Raises:
            BridgeUnreachable: If no rosbridge server answers in time.
        """
        self._gives_up = True
        self.start()
        if not self._is_open.wait(self._connect_s + 1.0) or self._problem:
            self.close()
            raise BridgeUnreachable(self._url, self._problem or "it does not answer", self._span)

    def start(self) -> None:
        """Connect in the background, and read from then on."""
        name = f"rosbridge {self._url}"
        threading.Thread(target=self._work, name=name, daemon=True).start()

    @property
    def is_connected(self) -> bool:
        """Return True if a connection stands, as far as is known."""
        return self._socket is not None

    def silent_s(self) -> float:
        """Return the wall time since the server was last heard of, in seconds."""
        return time.monotonic() - self._heard

    def send(self, message: Mapping[str, Any]) -> bool:
        """Send a message; return False if there is no connection."""
        socket = self._socket
        if socket is None:
            return False
        try:
            socket.send(json.dumps(message, allow_nan=False))
        except (WebSocketException, OSError):
            return False
        return True

    def close(self) -> None:
        """End the connection; idempotent."""
        self._is_over.set()
        socket, self._socket = self._socket, None
        if socket is not None:
            with contextlib.suppress(WebSocketException, OSError):
                socket.close()

    def _work(self) -> None:
        while not self._is_over.is_set():
            try:
                self._converse()
            except (WebSocketException, OSError, ValueError) as error:
                if self._gives_up and not self.generation:
                    self._problem = readable(str(error)) or type(error).__name__
                    self._is_open.set()
                    return
            self._socket = None
            self._is_over.wait(RETRY_S)

    def _converse(self) -> None:
        """Connect, and hand on messages until the connection ends."""
        with connect(
            self._url,
            open_timeout=self._connect_s,
            close_timeout=0.5,
            max_size=MAX_BYTES,
            ping_interval=None,
            proxy=None,
        ) as socket:
            if self._is_over.is_set():
                return
            self._socket, self._heard = socket, time.monotonic()
            self.generation += 1
            self._greet()
            self._is_open.set()
            self._read(socket)

    def _read(self, socket: ClientConnection) -> None:
        reader = BridgeReader()
        pong = socket.ping()
        while not self._is_over.is_set():
            try:
                raw = socket.recv(timeout=PING_S)
            except TimeoutError:
                raw = None
            if raw is not None:
                self._heard = time.monotonic()
                self._hand_on(reader, raw)
            if pong.is_set():
                self._heard = time.monotonic()
                pong = socket.ping()

    def _hand_on(self, reader: BridgeReader, raw: str | bytes) -> None:
        try:
            message = reader.read(raw)
        except WrongMessage as error:
            self.breach = self.breach or str(error)
            return
        if message is not None:
            self._take(message)
