"""Adapter for HTTP ``POST /act`` servers, as of OpenVLA and MolmoAct: JSON with arrays.

Protocol: openvla/openvla, vla-scripts/deploy.py; moojink/openvla-oft; allenai's MolmoAct2 servers.
Arrays are encoded by json-numpy. A server reports an error with status 200 and the text
``"error"``. The protocol has no declaration, no reset and no cancel.
"""

from __future__ import annotations

import json
import os
import socket
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any

import httpx
import json_numpy
import numpy as np

from treehand.skills.vla.adapters.bounds import OPEN_S, answer_bytes
from treehand.skills.vla.contract.policy import (
    Policy,
    PolicyAnswer,
    PolicyObservation,
    failed,
    invalid,
    unreachable,
)
from treehand.skills.vla.contract.spec import PolicySpec

_CONNECTED = "connection.connect_tcp.complete"
"""Event of httpx's trace with the connection of a request."""


class ActPolicy(Policy):
    """A client of one ``/act`` server.

    The keys of the `PolicySpec` are fields of the request: ``image``, ``state``.

    Args:
        address: ``http://host:port``; ``/act`` is added where there is no path.
        spec: Inputs and outputs of the policy.
        options: ``instruction_key`` (default ``instruction``); ``fields``: constant fields of every
            request, such as ``unnorm_key``; ``is_double_encoded``: true if the server wants the
            JSON as a string in JSON; ``token_env``: environment variable with a bearer token.
    """

    capabilities = ()

    def __init__(self, address: str, spec: PolicySpec, options: Mapping[str, Any]) -> None:
        url = httpx.URL(address)
        self._url = url if url.path not in ("", "/") else url.copy_with(path="/act")
        self._spec = spec
        self._instruction_key = str(options.get("instruction_key", "instruction"))
        fields = options.get("fields", {})
        if not isinstance(fields, Mapping):
            raise ValueError(f"'fields' must be a mapping, not {fields!r}")
        self._fields = dict(fields)
        self._is_double = bool(options.get("is_double_encoded", False))
        token = os.environ.get(str(options["token_env"])) if "token_env" in options else None
        headers = {"Content-Type": "application/json", "Accept-Encoding": "identity"}
        headers |= {"Authorization": f"Bearer {token}"} if token else {}
        self._plug: socket.socket | None = None
        self._client = httpx.Client(
            headers=headers,
            limits=httpx.Limits(max_keepalive_connections=0),  # some servers drop idle ones
            trust_env=False,
        )

    def trace(self, traceparent: str | None) -> None:
        """Take the span of the next requests; they carry it as a header."""
        self._client.headers.pop("traceparent", None)
        if traceparent is not None:
            self._client.headers["traceparent"] = traceparent

    def connect(self, timeout_s: float) -> Mapping[str, Any]:
        """Check that a server accepts connections; the declaration is empty."""
        try:
            with self._streamed("GET", min(timeout_s, OPEN_S)):
                pass  # what it says does not count, and may never end
        except httpx.HTTPError as error:
            raise unreachable(f"{self._url}: {error or type(error).__name__}") from error
        return {}

    def reset(self, episode: str) -> None:
        """Do nothing: the server has no state."""

    def infer(
        self, observation: PolicyObservation, instruction: str, timeout_s: float
    ) -> PolicyAnswer:
        """Post the observation and the instruction; return the action or the chunk."""
        body: dict[str, Any] = {**self._fields, **observation.images}
        body.update({key: v.astype(np.float32) for key, v in observation.state.items()})
        body[self._instruction_key] = instruction
        text = json_numpy.dumps(body)
        text = json.dumps({"encoded": text}) if self._is_double else text
        try:
            reply = self._posted(text, timeout_s)
        except httpx.TimeoutException as error:
            raise unreachable(f"no answer within {timeout_s:g} s") from error
        except (httpx.HTTPError, RuntimeError) as error:  # RuntimeError: closed by a cancel
            raise unreachable(f"{self._url}: {error or type(error).__name__}") from error
        return PolicyAnswer(_actions(_decoded(reply)))

    def _posted(self, text: str, timeout_s: float) -> httpx.Response:
        """Return the reply within the time limit and the longest answer."""
        most = answer_bytes(self._spec)
        with self._streamed("POST", timeout_s, text) as reply:
            encoding = reply.headers.get("content-encoding", "identity")
            if encoding != "identity":
                raise invalid(f"its answer is compressed ('{encoding}'), which was not asked for")
            body = bytearray()
            for piece in reply.iter_raw():
                body += piece
                if len(body) > most:
                    raise invalid(
                        f"its answer is longer than {most} bytes, the most for {self._spec.chunk} "
                        f"actions of {self._spec.answered} numbers"
                    )
            return httpx.Response(reply.status_code, content=bytes(body))

    @contextmanager
    def _streamed(
        self, method: str, timeout_s: float, text: str | None = None
    ) -> Iterator[httpx.Response]:
        """Give a response that ends with the time limit, headers included.

        httpx limits each read only; here the connection is shut down when the time is up.
        """

        def take(event: str, info: Mapping[str, Any]) -> None:
            if event == _CONNECTED:
                self._plug = info["return_value"].get_extra_info("socket")

        until = time.monotonic() + timeout_s
        watchdog = threading.Timer(timeout_s, self._break)
        watchdog.daemon = True
        watchdog.start()
        try:
            with self._client.stream(
                method, self._url, content=text, timeout=timeout_s, extensions={"trace": take}
            ) as reply:
                yield reply
        except httpx.HTTPError as error:
            if time.monotonic() >= until:
                raise httpx.ReadTimeout("the answer does not end") from error
            raise
        finally:
            watchdog.cancel()
            self._plug = None

    def _break(self) -> None:
        plug = self._plug
        if plug is not None:
            with suppress(OSError):
                plug.shutdown(socket.SHUT_RDWR)

    def cancel(self) -> None:
        """Shut the connection down, so that the caller's wait ends at once."""
        self._client.close()
        self._break()

    def close(self) -> None:
        """Close the connection."""
        self._client.close()


def _decoded(reply: httpx.Response) -> Any:
    """Return the content of a reply; raises `PolicyError` if it reports an error."""
    try:
        said = json_numpy.loads(reply.text)
        if isinstance(said, str) and said != "error":
            said = json_numpy.loads(said)  # double-encoded
    except Exception as error:  # json, base64 and numpy raise many kinds for broken text
        if reply.is_error:
            raise failed(f"status {reply.status_code}: {reply.text[:200]}") from error
        raise invalid(f"its answer is no JSON with arrays: {error}") from error
    if isinstance(said, str):
        raise failed("it says 'error', and no more")
    if isinstance(said, Mapping) and ("error" in said or reply.is_error):
        raise failed(str(said.get("error", said.get("detail", said)))[:500])
    if reply.is_error:
        raise failed(f"status {reply.status_code}: {reply.text[:200]}")
    return said


def _actions(said: Any) -> Any:
    """Return the actions, shape (n, action_dim), from any of the known wrappings."""
    if isinstance(said, Mapping):
        for key in ("actions", "action"):
            if key in said:
                said = said[key]
                break
        else:
            raise invalid(f"its answer has no 'actions', only {', '.join(map(str, said))}")
    if not isinstance(said, Sequence | np.ndarray) or isinstance(said, str):
        raise invalid(f"its answer is {type(said).__name__}, not actions")
    try:
        actions = np.asarray(said, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise invalid("its actions are no numbers") from error
    return actions[None] if actions.ndim == 1 else actions
