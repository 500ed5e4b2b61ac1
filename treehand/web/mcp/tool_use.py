"""Use of a tool: its arguments are checked, and errors become answers that a model reads."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ValidationError

from treehand.core.errors import TreehandError
from treehand.documents.reader import mistakes
from treehand.web.access.api_error import api_error
from treehand.web.mcp.agent_call import AgentCall, AgentTool, ToolAnswer

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def use_tool(tool: AgentTool, arguments: object, call: AgentCall) -> ToolAnswer:
    """Return the result of a tool; blocks until the robot has answered.

    Args:
        tool: The tool.
        arguments: Its arguments, unchecked.
        call: Who asks, and how they are reached meanwhile.
    """
    try:
        request = tool.request.model_validate(arguments)
    except ValidationError as error:
        told = "; ".join(_told(one["loc"], one["msg"]) for one in mistakes(error)[:5])
        return _error("wrong-arguments", f"'{tool.name}': {told}", "")
    try:
        answer = tool.use(request, call)
    except TreehandError as error:
        report = api_error(error).report
        return _error(report.code, report.message, report.hint)
    return answer if isinstance(answer, ToolAnswer) else ToolAnswer(answer)


def schema_of(request: type[BaseModel]) -> dict[str, Any]:
    """Return the JSON Schema of a tool's arguments, without titles."""
    schema: dict[str, Any] = {"$schema": DIALECT, **request.model_json_schema()}
    schema.pop("title", None)
    schema.pop("description", None)
    for one in schema.get("properties", {}).values():
        one.pop("title", None)
    schema.setdefault("properties", {})
    return schema


def _told(place: tuple[int | str, ...], message: str) -> str:
    where = ".".join(map(str, place))
    return f"{where}: {message}" if where else message


def _error(code: str, message: str, hint: str) -> ToolAnswer:
    told = {"code": code, "message": message} | ({"hint": hint} if hint else {})
    return ToolAnswer({"error": told}, is_error=True)
