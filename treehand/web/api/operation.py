"""One operation of the API as data, and the door through which its request and answer pass."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from treehand.core.errors import TreehandError
from treehand.core.text.outside_text import shortened
from treehand.documents.reader import mistakes
from treehand.web.access.api_error import ApiError, api_error
from treehand.web.access.control_lease import ControlLease
from treehand.web.access.viewers import Viewer

Needs = Literal["nothing", "viewer", "control"]
"""Right that an operation needs: none, a token, or the controller's lease."""


class RequestModel(BaseModel):
    """Base of every request body."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class NoFields(RequestModel):
    """RequestModel without fields."""


@dataclass(frozen=True)
class ApiCall:
    """One checked request."""

    request: Request
    body: Any
    """Instance of the operation's body model."""
    query: Any
    """Instance of the operation's query model."""
    _viewer: Viewer | None = None

    @property
    def viewer(self) -> Viewer:
        """Return the viewer that asks."""
        assert self._viewer is not None, "an operation without a token has no viewer"
        return self._viewer

    def path(self, name: str) -> str:
        """Return a part of the path."""
        return str(self.request.path_params[name])


Handler = Callable[[ApiCall], Awaitable[Any]]


@dataclass(frozen=True)
class ApiOperation:
    """One operation.

    Args:
        method: HTTP method.
        path: Path below ``/api``, with its parameters in braces.
        summary: What it does, in one line.
        handler: Serves it; returns a model, a list of models, None, or a response.
        needs: Right that it needs.
        body: Model of its body; None if it has none.
        query: Model of its query; None if it has none.
        result: Type of its result, as its schema says it; None for no content.
        status: Status of success.
        media_type: Media type of the result.
        errors: Statuses of errors besides those that every operation may have.
    """

    method: Literal["GET", "POST", "PUT", "DELETE"]
    path: str
    summary: str
    handler: Handler
    needs: Needs = "viewer"
    body: type[RequestModel] | None = None
    query: type[RequestModel] | None = None
    result: Any = None
    status: int = 200
    media_type: str = "application/json"
    errors: tuple[int, ...] = ()
    tag: str = "robot"
    parameters: Mapping[str, str] = field(default_factory=dict)
    """Path parameter to its description."""


async def serve(operation: ApiOperation, lease: ControlLease, request: Request) -> Response:
    """Return the answer to a request: parsed, allowed, done, encoded."""
    try:
        viewer: Viewer | None = request.scope.get("state", {}).get("viewer")
        if operation.needs != "nothing" and viewer is None:
            raise ApiError(401, "no-token", "this needs a token")
        query = _query(operation, request)
        body = await _body(operation, request)
        if operation.needs == "control":
            assert viewer is not None
            lease.require(viewer)
        result = await operation.handler(ApiCall(request, body, query, viewer))
    except TreehandError as error:
        return error_response(api_error(error))
    if isinstance(result, Response):
        return result
    if result is None:
        return Response(status_code=204, headers={"cache-control": "no-store"})
    return JSONResponse(
        _plain(result), status_code=operation.status, headers={"cache-control": "no-store"}
    )


def error_response(error: ApiError) -> Response:
    """Return an error as a response."""
    return JSONResponse(
        error.report.model_dump(mode="json"),
        status_code=error.status,
        headers={"cache-control": "no-store"},
    )


async def in_thread(task: Callable[[], Any]) -> Any:
    """Return the result of a blocking task, done in a thread of the server's pool."""
    return await asyncio.get_running_loop().run_in_executor(None, task)


def _query(operation: ApiOperation, request: Request) -> Any:
    model = operation.query or NoFields
    items = request.query_params.multi_items()
    names = [name for name, _ in items]
    if len(set(names)) != len(names):
        raise ApiError(422, "wrong-request", "a query parameter is given twice")
    return _validated(lambda: model.model_validate(dict(items)))


async def _body(operation: ApiOperation, request: Request) -> Any:
    text = await request.body()
    if operation.body is None:
        return NoFields()
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise ApiError(415, "wrong-media-type", "the body is to be application/json")
    model = operation.body
    try:
        json.loads(text, object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:
        raise ApiError(400, "malformed-json", f"the body is not JSON: {error}"[:300]) from error
    return _validated(lambda: model.model_validate_json(text))


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object of a body; of a key that is given twice, nobody knows which is meant."""
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise ApiError(422, "wrong-request", f"the key '{shortened(key)}' is given twice")
        found[key] = value
    return found


def _validated(validate: Callable[[], BaseModel]) -> BaseModel:
    try:
        return validate()
    except ValidationError as error:
        found = mistakes(error)
        told = tuple(_told(one["loc"], one["msg"]) for one in found[:20])
        raise ApiError(422, "wrong-request", told[0], findings=told[1:] and told) from error


def _told(place: tuple[int | str, ...], message: str) -> str:
    where = ".".join(map(str, place))
    return f"{where}: {message}" if where else message


def _plain(result: Any) -> Any:
    if isinstance(result, BaseModel):
        return result.model_dump(mode="json")
    if isinstance(result, list | tuple):
        return [_plain(one) for one in result]
    return result
