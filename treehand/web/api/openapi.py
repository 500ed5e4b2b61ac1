"""Description of the API in OpenAPI 3.1, made from its operations."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Literal

from pydantic import TypeAdapter

import treehand
from treehand.web.access.api_error import ErrorReport
from treehand.web.api.operation import ApiOperation

ERRORS = {
    400: "Malformed JSON, or a broken request.",
    401: "No token, or a wrong one; a wrong code.",
    403: "Another origin, a read-only server, or not in control.",
    404: "There is no such thing.",
    409: "Not now: the robot is at work, is stopped, or what was shown has changed.",
    413: "The body is too long.",
    415: "The body is not JSON.",
    421: "Not a name of this server.",
    422: "Not as described here; every finding is told.",
    429: "Too many.",
    501: "Something that this needs is not installed or not there.",
    502: "A language model cannot be reached, or gave nothing usable.",
    503: "The server is ending.",
    504: "It took too long, and was ended.",
}
_REF = "#/components/schemas/{model}"


def openapi(operations: Iterable[ApiOperation]) -> dict[str, Any]:
    """Return the description of operations."""
    schemas: dict[str, Any] = {}
    paths: dict[str, dict[str, Any]] = {}
    for one in operations:
        path = f"/api{re.sub(r':path}', '}', one.path)}"
        paths.setdefault(path, {})[one.method.lower()] = _operation(one, schemas)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Treehand",
            "version": treehand.__version__,
            "description": "One robot: goals, plans, approvals, runs, events.",
        },
        "paths": paths,
        "components": {
            "schemas": dict(sorted(schemas.items())),
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}},
        },
    }


def _operation(one: ApiOperation, schemas: dict[str, Any]) -> dict[str, Any]:
    described: dict[str, Any] = {
        "operationId": _name(one),
        "summary": one.summary,
        "tags": [one.tag],
        "parameters": [*_path_parameters(one), *_query_parameters(one)],
        "responses": _responses(one, schemas),
        "security": [] if one.needs == "nothing" else [{"bearer": []}],
    }
    if one.needs == "control":
        described["description"] = "Needs the controller's lease."
    if one.body is not None:
        content = {"application/json": {"schema": _schema(one.body, schemas)}}
        described["requestBody"] = {"required": True, "content": content}
    return described


def _path_parameters(one: ApiOperation) -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "in": "path",
            "required": True,
            "description": one.parameters.get(name, ""),
            "schema": {"type": "string"},
        }
        for name in re.findall(r"{(\w+)(?::path)?}", one.path)
    ]


def _query_parameters(one: ApiOperation) -> list[dict[str, Any]]:
    if one.query is None:
        return []
    schema = one.query.model_json_schema()
    return [
        {
            "name": name,
            "in": "query",
            "required": name in schema.get("required", ()),
            "description": field.get("description", ""),
            "schema": {k: v for k, v in field.items() if k not in ("description", "title")},
        }
        for name, field in schema.get("properties", {}).items()
    ]


def _responses(one: ApiOperation, schemas: dict[str, Any]) -> dict[str, Any]:
    if one.media_type != "application/json":
        good = {"description": "OK", "content": {one.media_type: {"schema": {"type": "string"}}}}
        found: dict[str, Any] = {"200": good}
    elif one.result is None:
        found = {"204": {"description": "Done."}}
    else:
        content = {"application/json": {"schema": _schema(one.result, schemas)}}
        found = {str(one.status): {"description": "OK", "content": content}}
    statuses = {421, 403, 422, *one.errors}
    statuses |= set() if one.needs == "nothing" and one.body is None else {401}
    statuses |= {503} if one.needs == "control" else set()
    statuses |= {400, 413, 415} if one.body is not None else set()
    error = {"application/json": {"schema": _schema(ErrorReport, schemas)}}
    for status in sorted(statuses):
        found[str(status)] = {"description": ERRORS[status], "content": error}
    return found


def _schema(kind: Any, schemas: dict[str, Any]) -> dict[str, Any]:
    mode: Literal["validation", "serialization"] = (
        "validation" if _is_body(kind) else "serialization"
    )
    made = TypeAdapter(kind).json_schema(ref_template=_REF, mode=mode)
    schemas.update(made.pop("$defs", {}))
    if "title" in made and "properties" in made:
        schemas[made["title"]] = made
        return {"$ref": _REF.format(model=made["title"])}
    return dict(made)


def _is_body(kind: Any) -> bool:
    return isinstance(kind, type) and kind.__module__.endswith("bodies")


def _name(one: ApiOperation) -> str:
    words = re.findall(r"\w+", one.path.replace(":path", ""))
    return "_".join([one.method.lower(), *words])
