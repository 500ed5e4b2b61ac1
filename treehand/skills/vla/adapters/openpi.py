"""Adapter for openpi servers: msgpack frames over a WebSocket.

Protocol: Physical-Intelligence/openpi, src/openpi/serving/websocket_policy_server.py and
packages/openpi-client. A server takes one observation and answers one chunk. The protocol has no
request numbers, cancel, reset or time limits; this adapter adds the time limits and the cancel.
"""

from __future__ import annotations

import contextlib
import os
import socket
import threading
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import numpy as np
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidURI
from websockets.sync.client import ClientConnection, connect

from treehand.skills.vla.adapters.arrays import WireError, pack, unpack
from treehand.skills.vla.adapters.bounds import answer_bytes, connected
from treehand.skills.vla.contract.policy import (
    Policy,
    PolicyAnswer,
    PolicyObservation,
    failed,
    invalid,
    unreachable,
)
from treehand.skills.vla.contract.spec import PolicySpec

_MOST_KEYS, _LONGEST_KEY = 12, 40
"""Keys of an answer that a message names, and letters of each."""
_TOO_BIG = 1009
"""Close code of a WebSocket for a message that is too long (RFC 6455, 7.4.1)."""


class OpenpiPolicy(Policy):
    """A client of one openpi server.

    Args:
        address: ``ws://host:port``.
        spec: Inputs and outputs of the policy.
        options: ``prompt_key`` (default ``prompt``), ``actions_key`` (default ``actions``),
            ``token_env``: environment variable with the server's API key.
    """

    capabilities = ("depth", "continues")

    def __init__(self, address: str, spec: PolicySpec, options: Mapping[str, Any]) -> None:
        self._address = address
        self._spec = spec
        self._prompt_key = str(options.get("prompt_key", "prompt"))
        self._actions_key = str(options.get("actions_key", "actions"))
        token = os.environ.get(str(options["token_env"])) if "token_env" in options else None
        self._headers = {"Authorization": f"Api-Key {token}"} if token else {}
        self._trace: dict[str, str] = {}
        self._socket: socket.socket | None = None
        self._connection: ClientConnection | None = None
        self._is_cancelled = False

    def trace(self, traceparent: str | None) -> None:
        """Take the span that the next connection belongs to; frames have no place for one."""
        self._trace = {} if traceparent is None else {"traceparent": traceparent}

    def connect(self, timeout_s: float) -> Mapping[str, Any]:
        """Open the connection and return the server's metadata."""
        self.close()
        until = time.monotonic() + timeout_s
        self._require_not_cancelled()
        try:
            port = {"wss": 443}.get(urlsplit(self._address).scheme, 80)
            self._socket = connected(self._address, timeout_s, port=port)
            self._require_not_cancelled()
            self._connection = connect(
                self._address,
                sock=self._socket,
                additional_headers={**self._headers, **self._trace},
                compression=None,
                max_size=answer_bytes(self._spec),
                open_timeout=max(until - time.monotonic(), 0.1),
                close_timeout=0.2,
                ping_interval=None,  # a server that infers answers no ping
                legacy=True,
            )
        except (OSError, InvalidHandshake, InvalidURI, ValueError, ConnectionClosed) as error:
            self.close()
            self._require_not_cancelled()
            raise unreachable(f"{self._address}: {error or 'no answer'}") from error
        declared = self._receive(max(until - time.monotonic(), 0.1))
        if not isinstance(declared, Mapping):
            raise invalid(f"its metadata is {type(declared).__name__}, not a mapping")
        return {str(key): value for key, value in declared.items()}

    def reset(self, episode: str) -> None:
        """Do nothing: the server has no state between observations."""

    def infer(
        self, observation: PolicyObservation, instruction: str, timeout_s: float
    ) -> PolicyAnswer:
        """Send the observation and the instruction; return the chunk."""
        frame: dict[str, Any] = {**observation.images, self._prompt_key: instruction}
        frame.update({key: v.astype(np.float32) for key, v in observation.state.items()})
        frame.update({f"{key}/depth_m": v for key, v in observation.depth_m.items()})
        if observation.prefix is not None:
            frame["action_prefix"] = observation.prefix
        until = time.monotonic() + timeout_s
        self._send(pack(frame, "openpi"), timeout_s)
        answer = self._receive(max(until - time.monotonic(), 0.0))
        if not isinstance(answer, Mapping):
            raise invalid(f"its answer is {type(answer).__name__}, not a mapping")
        if self._actions_key not in answer:
            raise invalid(lacks(self._actions_key, answer))
        try:
            actions = np.asarray(answer[self._actions_key], dtype=np.float64)
        except (TypeError, ValueError) as error:
            raise invalid(f"its '{self._actions_key}' are no numbers") from error
        return PolicyAnswer(actions)

    def _require_not_cancelled(self) -> None:
        if self._is_cancelled:
            raise unreachable("cancelled")

    def _send(self, frame: bytes, timeout_s: float) -> None:
        if self._connection is None:
            raise unreachable("it is not connected")
        watchdog = threading.Timer(timeout_s, self._break)  # a server that reads nothing blocks
        watchdog.daemon = True
        watchdog.start()
        try:
            self._connection.send(frame)
        except (ConnectionClosed, OSError) as error:
            raise unreachable(f"the connection broke, or took no more: {error}") from error
        finally:
            watchdog.cancel()

    def _receive(self, timeout_s: float) -> Any:
        assert self._connection is not None
        try:
            frame = self._connection.recv(timeout=timeout_s)
        except TimeoutError as error:
            self.close()  # what comes later would be taken for the next answer
            raise unreachable(f"no answer within {timeout_s:g} s") from error
        except (ConnectionClosed, OSError) as error:
            sent = getattr(error, "sent", None)
            if sent is not None and sent.code == _TOO_BIG:
                most = answer_bytes(self._spec)
                raise invalid(
                    f"its answer is longer than {most} bytes, the most for {self._spec.chunk} "
                    f"actions of {self._spec.answered} numbers"
                ) from error
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
        """Shut the connection down, so that the caller's wait ends at once."""
        self._is_cancelled = True
        self._break()

    def _break(self) -> None:
        plug = self._socket
        if plug is not None:
            with contextlib.suppress(OSError):
                plug.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Close the connection."""
        connection, self._connection = self._connection, None
        plug, self._socket = self._socket, None
        if connection is not None:
            with contextlib.suppress(OSError, ConnectionClosed):
                connection.close()
        if plug is not None:
            plug.close()


def lacks(key: str, answer: Mapping[Any, Any]) -> str:
    """Return that an answer has no actions under a key, with the keys that it has, in words."""
    names = [
        name.decode(errors="replace") if isinstance(name, bytes) else str(name) for name in answer
    ]
    shown = ", ".join(repr(name[:_LONGEST_KEY]) for name in names[:_MOST_KEYS]) or "nothing"
    return f"its answer has no '{key}', only {shown}: name it with 'options: {{actions_key: …}}'"
