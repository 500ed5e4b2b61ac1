"""The Model Context Protocol in front of the tools: over HTTP and over standard streams."""

from __future__ import annotations

import asyncio
import json
from contextlib import AbstractAsyncContextManager
from typing import Any

import mcp_types as types
from mcp.server.lowlevel import Server
from mcp.server.stdio import stdio_server
from mcp.server.streamable_http_manager import StreamableHTTPASGIApp, StreamableHTTPSessionManager
from mcp.shared.exceptions import MCPError
from starlette.routing import BaseRoute, Route

import treehand
from treehand.web.access.gatekeeper import MAX_BODY
from treehand.web.mcp.agent_tools import AgentTool, AgentTools, ToolAnswer, schema_of

MAX_SESSIONS = 64
"""Most sessions over HTTP at a time."""
IDLE_S = 1800.0
"""Time without a request after which a session ends, in seconds."""
INSTRUCTIONS = """\
Tools of one robot. A person's wish becomes a goal ('understand'), then a verified plan ('plan'),
then a run ('run'). You never approve: 'run' asks a person, who approves the plan by its hash on a
page or a terminal. Pass the person's own words on unchanged. If a tool returns a question, put it
to the person; never choose for them. Use 'stop' at once if a person is in danger."""
LOCAL_AGENT = "an assistant"
"""Name of an agent on standard input in the journal."""


class McpServer:
    """One MCP server for all sessions.

    Args:
        tools: The tools.
    """

    def __init__(self, tools: AgentTools) -> None:
        self._tools = tools
        self._server: Server[Any] = Server(
            "treehand",
            version=treehand.__version__,
            title="Treehand robot",
            instructions=INSTRUCTIONS,
            on_list_tools=self._list,
            on_call_tool=self._call,
        )
        self._sessions = StreamableHTTPSessionManager(
            self._server,
            session_idle_timeout=IDLE_S,
            max_sessions=MAX_SESSIONS,
            max_request_body_size=MAX_BODY,
        )

    def routes(self) -> tuple[BaseRoute, ...]:
        """Return the route ``/mcp``; the gatekeeper checks host, origin and token before it."""
        app = StreamableHTTPASGIApp(self._sessions)
        return (Route("/mcp", app, methods=["GET", "POST", "DELETE"]),)

    def sessions(self) -> AbstractAsyncContextManager[None]:
        """Return the context in which sessions over HTTP are served."""
        served: AbstractAsyncContextManager[None] = self._sessions.run()
        return served

    def talk(self) -> None:
        """Serve one session over standard input and output until its end."""
        asyncio.run(self._talk())

    async def _talk(self) -> None:
        async with stdio_server() as (read, write):
            await self._server.run(read, write, self._server.create_initialization_options())

    async def _list(self, context: Any, params: Any) -> types.ListToolsResult:
        return types.ListToolsResult(tools=[_described(tool) for tool in self._tools.tools])

    async def _call(self, context: Any, params: types.CallToolRequestParams) -> Any:
        known = [tool.name for tool in self._tools.tools]
        if params.name not in known:
            message = f"there is no tool '{params.name[:60]}'; there are {', '.join(known)}"
            raise MCPError(types.INVALID_PARAMS, message)
        by = _agent(context)

        def use() -> ToolAnswer:
            return self._tools.use(params.name, params.arguments or {}, by)

        found = await asyncio.get_running_loop().run_in_executor(None, use)
        text = json.dumps(found.result, ensure_ascii=False)
        return types.CallToolResult(
            content=[types.TextContent(type="text", text=text)],
            structured_content=found.result,
            is_error=found.is_error,
        )


def _agent(context: Any) -> str:
    """Return the name of the agent that asks: that of its token."""
    request = context.request
    viewer = request.scope.get("state", {}).get("viewer") if request is not None else None
    return f"{viewer.name} (an assistant)" if viewer is not None else LOCAL_AGENT


def _described(tool: AgentTool) -> types.Tool:
    return types.Tool(
        name=tool.name,
        title=tool.title,
        description=tool.description,
        input_schema=schema_of(tool.request),
        annotations=types.ToolAnnotations(
            title=tool.title,
            read_only_hint=tool.is_reading,
            destructive_hint=False,
            idempotent_hint=tool.is_reading or tool.name in ("stop", "run"),
            open_world_hint=False,
        ),
    )
