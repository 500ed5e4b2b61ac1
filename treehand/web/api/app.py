"""The ASGI application: operations, page, checks of every request."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import AbstractAsyncContextManager
from pathlib import Path

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from treehand.web.access.api_error import ApiError
from treehand.web.access.control_lease import ControlLease
from treehand.web.access.gatekeeper import AsgiApp, Gatekeeper
from treehand.web.access.viewers import Viewers
from treehand.web.api.openapi import openapi
from treehand.web.api.operation import ApiOperation, error_response, serve

PAGE = Path(__file__).parents[1] / "page" / "built"


def application(
    operations: Iterable[ApiOperation],
    lease: ControlLease,
    viewers: Viewers,
    hosts: frozenset[str],
    cookie: str,
    more: Iterable[BaseRoute] = (),
    lifespan: Callable[[Starlette], AbstractAsyncContextManager[None]] | None = None,
) -> AsgiApp:
    """Return the application.

    Args:
        operations: What the API offers.
        lease: The controller's lease.
        viewers: All viewers.
        hosts: Values of ``Host`` that are accepted.
        cookie: Name of the cookie with the token.
        more: Further routes, such as those of MCP.
        lifespan: Context in which they are served; None if they need none.
    """
    offered = tuple(operations)
    described = openapi(offered)

    async def description(request: Request) -> Response:
        return JSONResponse(described)

    async def health(request: Request) -> Response:
        return JSONResponse({"is_alive": True})

    async def index(request: Request) -> Response:
        return FileResponse(PAGE / "index.html", headers={"cache-control": "no-cache"})

    by_path: dict[str, dict[str, ApiOperation]] = {}
    for one in offered:
        by_path.setdefault(one.path, {})[one.method] = one
    routes: list[BaseRoute] = [
        Route(f"/api{path}", _endpoint(found, lease), methods=list(found))
        for path, found in by_path.items()
    ]
    routes.append(Route("/api/openapi.json", description))
    routes.append(Route("/api/health", health))
    routes.extend(more)
    if PAGE.is_dir():
        routes.append(Route("/", index))
        routes.append(Mount("/page", StaticFiles(directory=PAGE)))
    handlers = {HTTPException: _http, Exception: _bug}
    app = Starlette(routes=routes, exception_handlers=handlers, lifespan=lifespan)
    return Gatekeeper(app, viewers, hosts, cookie)


def _endpoint(
    operations: Mapping[str, ApiOperation], lease: ControlLease
) -> Callable[[Request], Awaitable[Response]]:
    """Return the endpoint of one path, from method to operation."""

    async def endpoint(request: Request) -> Response:
        method = "GET" if request.method == "HEAD" else request.method
        return await serve(operations[method], lease, request)

    return endpoint


async def _http(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    codes = {404: "unknown-path", 405: "wrong-method"}
    message = f"{request.method} {request.url.path[:200]}"
    answer = error_response(ApiError(status, codes.get(status, "http-error"), message))
    if isinstance(error, HTTPException):
        answer.headers.update(error.headers or {})  # a wrong method is answered with those allowed
    return answer


async def _bug(request: Request, error: Exception) -> Response:
    message = f"{type(error).__name__}: {error}"
    return error_response(ApiError(500, "internal-error", message[:500], "report it"))
