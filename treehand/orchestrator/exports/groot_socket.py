"""Sockets of the Groot2 server, with a bound on the connections that they hold open."""

from __future__ import annotations

import contextlib
import struct
from typing import Any

from treehand.core.errors import InputError, MissingExtra

try:
    import zmq
except ImportError as error:  # pragma: no cover - the extra is installed wherever this is tested
    raise MissingExtra("--groot", "groot") from error

MAX_CONNECTIONS = 100
"""Most connections of a socket; where there are more, all are closed, and clients come again."""
HANDSHAKE_MS = 2000
"""Time after which a connection without a handshake is closed."""
MAX_MESSAGE = 1 << 20
"""Longest message that is taken, in bytes; a client that sends more is disconnected."""
BACKLOG = 20
_EVENTS = zmq.EVENT_ACCEPTED | zmq.EVENT_DISCONNECTED | zmq.EVENT_CLOSED
_EVENT = struct.Struct("=Hi")


class GrootSocket:
    """A listening socket that does not use up the files that the process may open.

    Args:
        context: Its ZeroMQ context.
        kind: ``zmq.ROUTER`` or ``zmq.PUB``.
        host: Address to listen at.
        port: Port to listen at.

    Raises:
        InputError: If the port is in use.
    """

    def __init__(self, context: Any, kind: int, host: str, port: int) -> None:
        self._address = f"tcp://{host}:{port}"
        self._open = 0
        self._is_listening, self._is_closed = True, False
        self.socket = context.socket(kind)
        self.socket.setsockopt(zmq.LINGER, 0)
        self.socket.setsockopt(zmq.MAXMSGSIZE, MAX_MESSAGE)
        self.socket.setsockopt(zmq.HANDSHAKE_IVL, HANDSHAKE_MS)
        self.socket.setsockopt(zmq.BACKLOG, BACKLOG)
        self.news = self.socket.get_monitor_socket(_EVENTS)
        """Readable when a connection was opened or closed; `follow` reads it."""
        try:
            self.socket.bind(self._address)
        except zmq.ZMQError as error:
            message = f"cannot listen at {host}:{port}: {error.strerror}"
            hint = "choose another port with --groot; the next port is used, too"
            raise InputError.of("unusable-port", message, hint=hint) from error

    def follow(self) -> None:
        """Count the connections; where there are too many, close all of them and listen again."""
        while self.news.poll(0):
            event, _ = _EVENT.unpack(self.news.recv_multipart()[0])
            match event:
                case zmq.EVENT_ACCEPTED:
                    self._open += 1
                case zmq.EVENT_DISCONNECTED:
                    self._open = max(0, self._open - 1)
                case zmq.EVENT_CLOSED:
                    self._open, self._is_closed = 0, True
            if self._is_listening and self._open >= MAX_CONNECTIONS:
                self._is_listening = False
                self.socket.unbind(self._address)
        if self._is_closed:
            with contextlib.suppress(zmq.ZMQError):  # not free yet: tried again the next time
                self.socket.bind(self._address)
                self._is_listening, self._is_closed = True, False
