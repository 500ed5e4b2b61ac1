"""Checks of every request before any operation sees it: Host, Origin, size, token.

A page of another site cannot use the server: its requests carry its own origin, and with a
rebound name its own host. No header allows other origins (CORS). The token comes as a cookie that
scripts cannot read and that other sites do not send, or as a bearer header.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from treehand.web.access.api_error import ApiError
from treehand.web.access.viewers import Viewer, Viewers

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
AsgiApp = Callable[[Scope, Receive, Send], Awaitable[None]]

MAX_BODY = 1_000_000
"""Longest body of a request, in bytes."""
MAX_DROPPED = 32_000_000
"""Bytes of a longer body after which the connection is closed."""
DROPPED_S = 2.0
"""Longest time for which the body of a refused request is read and dropped."""
READING = frozenset({"GET", "HEAD"})
OPEN_PATHS = frozenset({"/api/session", "/api/openapi.json", "/api/health"})
"""Paths that need no token; a session is what one is exchanged for."""
HEADERS = (
    (b"content-security-policy", b"default-src 'self'; img-src 'self' data: blob:; "
     b"style-src 'self'; script-src 'self'; connect-src 'self'; frame-ancestors 'none'; "
     b"base-uri 'none'; form-action 'none'; object-src 'none'"),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
)  # fmt: skip


class Gatekeeper:
    """ASGI middleware that lets through what may pass, and sets headers on every answer.

    Args:
        app: What is behind it.
        viewers: Those who have a token.
        hosts: Values of ``Host`` that are accepted, with port, in lower case.
        cookie: Name of the cookie with the token; another one for each port, which cookies do not
            tell apart.
    """

    def __init__(self, app: AsgiApp, viewers: Viewers, hosts: frozenset[str], cookie: str) -> None:
        self._app = app
        self._viewers = viewers
        self._cookie = cookie
        self._hosts = hosts
        self._origins = frozenset(f"http://{host}" for host in hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Check a request and pass it on."""
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self._app(scope, receive, send)
            return

        async def sending(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), *HEADERS]
            await send(message)

        headers, received = _Headers(scope), _Received(receive)
        try:
            self._require_host(headers)
            self._require_origin(scope, headers)
            viewer = self._viewer(headers)
            if viewer is None and _needs_token(scope["path"]):
                hint = "exchange the code that the server printed: POST /api/session"
                raise ApiError(401, "no-token", "this needs a token", hint)
            body = await _Body.read(scope, received)
        except ApiError as error:
            await _drop_body(headers, received)
            await answer(sending, error)
            return
        if viewer is not None and scope["path"].startswith("/mcp"):
            self._viewers.mark_agent(viewer)
        scope.setdefault("state", {})["viewer"] = viewer
        await self._app(scope, body.receive, sending)

    def _require_host(self, headers: _Headers) -> None:
        hosts = headers.all(b"host")
        if len(hosts) != 1 or hosts[0].lower() not in self._hosts:
            named = hosts[0] if hosts else ""
            hint = "name it with --allow-host if it is this machine"
            raise ApiError(421, "wrong-host", f"this server is not '{named[:80]}'", hint)

    def _require_origin(self, scope: Scope, headers: _Headers) -> None:
        origins = headers.all(b"origin")
        for origin in origins:
            if origin.lower() not in self._origins:
                raise ApiError(403, "wrong-origin", f"'{origin[:80]}' may not use this server")
        site = headers.one(b"sec-fetch-site")
        is_page = scope["method"] in READING and not scope["path"].startswith(("/api", "/mcp"))
        if site not in ("", "same-origin", "none") and not is_page:
            raise ApiError(403, "wrong-origin", "another site may not use this server")
        has_cookie = self._cookie in headers.cookies() and not headers.bearer()
        if scope["method"] not in READING and has_cookie and not origins and site != "same-origin":
            raise ApiError(403, "wrong-origin", "a request with a cookie says its origin")

    def _viewer(self, headers: _Headers) -> Viewer | None:
        token = headers.bearer() or headers.cookies().get(self._cookie, "")
        return self._viewers.of_token(token) if token else None


def _needs_token(path: str) -> bool:
    """Return True for everything but the page's own files and the way in."""
    return path.startswith(("/mcp", "/metrics")) or (
        path.startswith("/api") and path not in OPEN_PATHS
    )


class _Headers:
    """Header fields of a request."""

    def __init__(self, scope: Scope) -> None:
        self._fields: list[tuple[bytes, bytes]] = scope["headers"]

    def all(self, name: bytes) -> list[str]:
        return [value.decode("latin-1").strip() for key, value in self._fields if key == name]

    def one(self, name: bytes) -> str:
        found = self.all(name)
        return found[0] if len(found) == 1 else ("" if not found else "several")

    def bearer(self) -> str:
        kind, _, token = self.one(b"authorization").partition(" ")
        return token.strip() if kind.lower() == "bearer" else ""

    def cookies(self) -> dict[str, str]:
        pairs = (part.partition("=") for text in self.all(b"cookie") for part in text.split(";"))
        return {name.strip(): value.strip() for name, _, value in pairs}


class _Received:
    """Messages of a request, as they are received.

    Args:
        receive: Receives the next one.
    """

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self.is_over = False
        """True once the request has come to its end."""

    async def __call__(self) -> MutableMapping[str, Any]:
        """Return the next message."""
        message = await self._receive()
        self.is_over = message["type"] != "http.request" or not message.get("more_body", False)
        return message


class _Body:
    """Body of a request, read to its end before anything acts on it."""

    def __init__(self, content: bytes, receive: Receive) -> None:
        self._content: bytes | None = content
        self._receive = receive

    @classmethod
    async def read(cls, scope: Scope, receive: Receive) -> _Body:
        """Read a body; raises `ApiError` (413) if it is too long."""
        if scope["method"] in READING:
            return cls(b"", receive)
        parts: list[bytes] = []
        size = 0
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise ApiError(400, "broken-request", "the request ended early")
            part: bytes = message.get("body", b"")
            size += len(part)
            if size > MAX_BODY:
                parts.clear()  # the rest is read and dropped, so that the answer arrives
            else:
                parts.append(part)
            if size > MAX_DROPPED:
                raise _too_long()
            if not message.get("more_body", False):
                if size > MAX_BODY:
                    raise _too_long()
                return cls(b"".join(parts), receive)

    async def receive(self) -> MutableMapping[str, Any]:
        """Return the body, then what the connection says later."""
        content, self._content = self._content, None
        if content is not None:
            return {"type": "http.request", "body": content, "more_body": False}
        return await self._receive()


async def _drop_body(headers: _Headers, received: _Received) -> None:
    """Read what a refused request sends; a connection closed before would lose the answer."""
    if not headers.one(b"content-length") and not headers.one(b"transfer-encoding"):
        return
    dropped = 0
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(DROPPED_S):
            while not received.is_over and dropped < MAX_DROPPED:
                dropped += len((await received()).get("body", b""))


def _too_long() -> ApiError:
    return ApiError(413, "too-long", f"a request has at most {MAX_BODY:,} bytes")


async def answer(send: Send, error: ApiError) -> None:
    """Send an error as the answer to a request."""
    body = error.report.model_dump_json().encode()
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
        (b"connection", b"close"),
    ]
    await send({"type": "http.response.start", "status": error.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
