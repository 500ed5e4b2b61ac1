"""Requests to a server of `treehand serve`, with the standard library alone."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from treehand.core.errors import Finding, InputError, TreehandError

TIMEOUT_S = 120.0
"""Longest wait for an answer, in seconds; planning takes long on a small machine."""
QUIET_S = 30.0
"""Longest silence of the event stream, in seconds; the server speaks every ten."""


class ServerError(TreehandError):
    """A served robot that refuses a request, or cannot be reached.

    Args:
        status: HTTP status; 0 if it cannot be reached.
        code: Stable kebab-case code.
        message: What is wrong.
        hint: What to do about it.
    """

    def __init__(self, status: int, code: str, message: str, hint: str) -> None:
        self.status = status
        self.finding = Finding(code, message, hint=hint or None)
        super().__init__(str(self.finding))


def read_token(path: Path) -> str:
    """Return the token that a file holds.

    Raises:
        InputError: If it cannot be read.
    """
    try:
        return path.read_text(encoding="ascii").strip()
    except OSError as error:
        message = f"cannot read '{path}': {error.strerror}"
        raise InputError.of("unreadable-file", message) from error
    except ValueError as error:
        raise InputError.of("unreadable-file", f"'{path}' holds no token") from error


class HttpSession:
    """Requests with one token.

    Args:
        url: Address of the server.
        token: Bearer token.

    Raises:
        InputError: If the address is none.
    """

    def __init__(self, url: str, token: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            hint = "for example http://127.0.0.1:8765"
            raise InputError.of("wrong-url", f"'{url}' is no address of a server", hint=hint)
        self._is_secure = parts.scheme == "https"
        self._place = (parts.hostname, parts.port)
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}

    def ask(self, method: str, path: str, body: object = None) -> Any:
        """Return the answer to a request; None if it has no content.

        Raises:
            ServerError: If the server refuses it, or cannot be reached.
        """
        connection = self._connection(TIMEOUT_S)
        try:
            answer = self._send(connection, method, path, body)
            content = answer.read()
        except (OSError, http.client.HTTPException) as error:
            raise self._unreachable(error) from error
        finally:
            connection.close()
        if answer.status >= 400:
            raise _refused(answer.status, content)
        try:
            return json.loads(content) if content else None
        except ValueError as error:
            raise ServerError(answer.status, "wrong-answer", "it is not JSON", "") from error

    def stream(self, after: str) -> Iterator[tuple[str, Any]]:
        """Yield kind and data of every message of the event stream, from behind a position.

        Raises:
            ServerError: If the server refuses it, cannot be reached, or ends the stream.
        """
        connection = self._connection(QUIET_S)
        try:
            answer = self._send(connection, "GET", f"/events?after={after}", None)
            if answer.status >= 400:
                raise _refused(answer.status, answer.read())
            yield from _messages(answer)
        except (OSError, http.client.HTTPException) as error:
            raise self._unreachable(error) from error
        finally:
            connection.close()
        hint = "`treehand runs` tells what became of its run, and `treehand resume` goes on with it"
        raise ServerError(0, "stream-ended", "the server has ended the stream", hint)

    def _connection(self, timeout_s: float) -> http.client.HTTPConnection:
        host, port = self._place
        kind = http.client.HTTPSConnection if self._is_secure else http.client.HTTPConnection
        return kind(host, port, timeout=timeout_s)

    def _send(
        self, connection: http.client.HTTPConnection, method: str, path: str, body: object
    ) -> http.client.HTTPResponse:
        headers = dict(self._headers)
        content = None
        if body is not None:
            content = json.dumps(body)
            headers["Content-Type"] = "application/json"
        connection.request(method, f"/api{path}", content, headers)
        return connection.getresponse()

    def _unreachable(self, error: Exception) -> ServerError:
        host, port = self._place
        where = f"{host}:{port}" if port else str(host)
        hint = "is `treehand serve` running there?"
        return ServerError(0, "unreachable", f"no answer from {where}: {error}", hint)


def _messages(answer: http.client.HTTPResponse) -> Iterator[tuple[str, Any]]:
    kind, data = "", ""
    for raw in answer:
        line = raw.decode("utf-8").rstrip("\r\n")
        if line.startswith("event: "):
            kind = line.removeprefix("event: ")
        elif line.startswith("data: "):
            data = line.removeprefix("data: ")
        elif not line and data:
            yield kind, json.loads(data)
            kind, data = "", ""


def _refused(status: int, content: bytes) -> ServerError:
    try:
        told = json.loads(content)
        return ServerError(status, told["code"], told["message"], told.get("hint", ""))
    except (ValueError, KeyError, TypeError):
        return ServerError(status, "wrong-answer", f"the server answered {status}", "")
