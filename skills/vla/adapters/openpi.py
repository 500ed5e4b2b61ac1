"""Policies behind an openpi server: msgpack frames over a WebSocket.

Protocol: Physical-Intelligence/openpi, src/openpi/serving/websocket_policy_server.py and
packages/openpi-client. A server takes one observation and answers one chunk; it has no request
numbers, no cancel and no reset, and no time limit of its own: those are here.
"""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import Mapping
from typing import Any

import numpy as np
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidURI
from websockets.sync.client import ClientConnection, connect

from ..policy import Answer, Observation, Policy, failed, invalid, unreachable
from ..spec import PolicySpec
from .arrays import WireError, pack, unpack

OPEN_S = 5.0
"""A server that is there takes a connection within this, even while it compiles."""


class OpenpiPolicy(Policy):
    """A client of one openpi server.

    Args:
        address: ``ws://host:port``.
        spec: What is sent, and what comes back.
        options: ``prompt_key`` (default ``prompt``), ``actions_key`` (``actions``), ``token_env``:
            the environment variable that holds the server's API key.
    """

    def __init__(self, address: str, spec: PolicySpec, options: Mapping[str, Any]) -> None:
        self._address = address
        self._spec = spec
        self._prompt_key = str(options.get("prompt_key", "prompt"))
        self._actions_key = str(options.get("actions_key", "actions"))
        token = os.environ.get(str(options["token_env"])) if "token_env" in options else None
        self._headers = {"Authorization": f"Api-Key {token}"} if token else {}
        self._connection: ClientConnection | None = None

    def connect(self, timeout_s: float) -> Mapping[str, Any]:
        """Open the connection and return the server's metadata."""
        self.close()
        try:
            self._connection = connect(
                self._address,
                additional_headers=self._headers,
                compression=None,
                max_size=None,
                open_timeout=min(timeout_s, OPEN_S),
                close_timeout=0.2,
                ping_interval=None,  # a server that infers answers no ping
                legacy=True,
            )
        except (OSError, InvalidHandshake, InvalidURI, TimeoutError, ConnectionClosed) as error:
            raise unreachable(f"{self._address}: {error or 'no answer'}") from error
        declared = self._receive(timeout_s)
        if not isinstance(declared, Mapping):
            raise invalid(f"its metadata is {type(declared).__name__}, not a mapping")
        return {str(key): value for key, value in declared.items()}

    def reset(self, episode: str) -> None:
        """Do nothing: the server keeps nothing from one observation to the next."""

    def infer(self, observation: Observation, instruction: str, timeout_s: float) -> Answer:
        """Send the observation and the instruction; return the chunk."""
        frame: dict[str, Any] = {**observation.images, self._prompt_key: instruction}
        frame.update({key: v.astype(np.float32) for key, v in observation.state.items()})
        frame.update({f"{key}/depth_m": v for key, v in observation.depth_m.items()})
        if observation.prefix is not None:
            frame["action_prefix"] = observation.prefix
        self._send(pack(frame, "openpi"))
        answer = self._receive(timeout_s)
        if not isinstance(answer, Mapping) or self._actions_key not in answer:
            raise invalid(f"its answer has no '{self._actions_key}'")
        try:
            actions = np.asarray(answer[self._actions_key], dtype=np.float64)
        except (TypeError, ValueError) as error:
            raise invalid(f"its '{self._actions_key}' are no numbers") from error
        return Answer(actions)

    def _send(self, frame: bytes) -> None:
        if self._connection is None:
            raise unreachable("it is not connected")
        try:
            self._connection.send(frame)
        except (ConnectionClosed, OSError) as error:
            raise unreachable(f"the connection broke: {error}") from error

    def _receive(self, timeout_s: float) -> Any:
        assert self._connection is not None
        try:
            frame = self._connection.recv(timeout=timeout_s)
        except TimeoutError as error:
            self.close()  # what comes later would be taken for the next answer
            raise unreachable(f"no answer within {timeout_s:g} s") from error
        except (ConnectionClosed, OSError) as error:
            raise unreachable(f"the connection broke: {error}") from error
        if isinstance(frame, str):  # the protocol's way to say that the policy raised
            lines = frame.strip().splitlines() or ["no reason given"]
            self.close()
            raise failed(lines[-1])
        try:
            return unpack(frame)
        except WireError as error:
            raise invalid(str(error)) from error

    def cancel(self) -> None:
        """Break the connection, so that whoever waits for an answer is told at once."""
        connection = self._connection
        if connection is not None:
            with contextlib.suppress(OSError):
                connection.socket.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Close the connection."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(OSError, ConnectionClosed):
                connection.close()
