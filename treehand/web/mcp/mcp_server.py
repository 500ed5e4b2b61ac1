"""The Model Context Protocol in front of an offer: over HTTP and over standard streams."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager
from typing import Any

import mcp_types as types
from mcp.server.lowlevel import Server
from mcp.server.stdio import stdio_server
from mcp.server.streamable_http_manager import StreamableHTTPASGIApp, StreamableHTTPSessionManager
from mcp.shared.exceptions import MCPError
from starlette.routing import BaseRoute, Route

import treehand
from treehand.core.errors import TreehandError
from treehand.web.access.api_error import api_error
from treehand.web.access.gatekeeper import MAX_BODY
from treehand.web.mcp.agent_call import AgentOffer, AgentPrompt, AgentTool
from treehand.web.mcp.change_notices import ChangeNotices, session_id
from treehand.web.mcp.live_call import LiveCall
from treehand.web.mcp.resource_reader import ResourceReader, block_of
from treehand.web.mcp.tool_use import schema_of, use_tool

MAX_SESSIONS = 64
"""Most sessions over HTTP at a time."""
IDLE_S = 1800.0
"""Time without a request after which a session ends, in seconds."""
MAX_COMPLETIONS = 100
"""Most completions in one answer, as the protocol demands."""
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
        offer: The tools, documents and prompts.
    """

    def __init__(self, offer: AgentOffer) -> None:
        self._tools = {tool.name: tool for tool in offer.tools}
        self._prompts = {prompt.name: prompt for prompt in offer.prompts}
        self._reader = ResourceReader(offer.resources)
        self._notices = ChangeNotices(offer.resources, offer.feed)
        self._levels: dict[str, types.LoggingLevel] = {}
        """Session to the lowest level of log lines that it wants; the latest sessions."""
        self._threads = ThreadPoolExecutor(MAX_SESSIONS, thread_name_prefix="agent")
        self._server: Server[Any] = self._made()
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

    @contextlib.asynccontextmanager
    async def sessions(self) -> AsyncIterator[None]:
        """Serve sessions over HTTP inside of this context."""
        served: AbstractAsyncContextManager[None] = self._sessions.run()
        async with served, self._watching():
            yield

    def talk(self) -> None:
        """Serve one session over standard input and output until its end."""
        asyncio.run(self._talk())

    async def _talk(self) -> None:
        async with stdio_server() as (read, write), self._watching():
            await self._server.run(read, write, self._server.create_initialization_options())

    @contextlib.asynccontextmanager
    async def _watching(self) -> AsyncIterator[None]:
        watch = asyncio.create_task(self._notices.watch())
        try:
            yield
        finally:
            watch.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await watch

    def _made(self) -> Server[Any]:
        made: Server[Any] = Server(
            "treehand",
            version=treehand.__version__,
            title="Treehand robot",
            instructions=INSTRUCTIONS,
            on_list_tools=self._list,
            on_call_tool=self._call,
            on_list_resources=self._list_resources,
            on_list_resource_templates=self._list_templates,
            on_read_resource=self._read,
            on_subscribe_resource=self._subscribe,
            on_unsubscribe_resource=self._unsubscribe,
            on_subscriptions_listen=self._notices.listen,
            on_list_prompts=self._list_prompts,
            on_get_prompt=self._prompt,
            on_completion=self._complete,
        )
        made.add_request_handler("logging/setLevel", types.SetLevelRequestParams, self._level)
        return made

    # Tools.

    async def _list(self, context: Any, params: Any) -> types.ListToolsResult:
        return types.ListToolsResult(tools=[_described(tool) for tool in self._tools.values()])

    async def _call(self, context: Any, params: types.CallToolRequestParams) -> Any:
        tool = self._tools.get(params.name)
        if tool is None:
            message = f"there is no tool '{params.name[:60]}'; there are {', '.join(self._tools)}"
            raise MCPError(types.INVALID_PARAMS, message)
        call = LiveCall(context, _agent(context), self._levels.get(session_id(context), "info"))
        threads = None if tool.is_urgent else self._threads
        try:
            found = await asyncio.get_running_loop().run_in_executor(
                threads, use_tool, tool, params.arguments or {}, call
            )
        finally:
            call.end()
        text = json.dumps(found.result, ensure_ascii=False)
        return types.CallToolResult(
            content=[block_of(text), *map(block_of, found.attachments)],
            structured_content=found.result,
            is_error=found.is_error,
        )

    async def _level(self, context: Any, params: types.SetLevelRequestParams) -> types.EmptyResult:
        id_ = session_id(context)
        self._levels.pop(id_, None)
        self._levels[id_] = params.level
        while len(self._levels) > MAX_SESSIONS:
            del self._levels[next(iter(self._levels))]
        return types.EmptyResult()

    # Documents.

    async def _list_resources(self, context: Any, params: Any) -> types.ListResourcesResult:
        return types.ListResourcesResult(resources=await self._in_thread(self._reader.listed))

    async def _list_templates(self, context: Any, params: Any) -> types.ListResourceTemplatesResult:
        return types.ListResourceTemplatesResult(resource_templates=self._reader.templates())

    async def _read(
        self, context: Any, params: types.ReadResourceRequestParams
    ) -> types.ReadResourceResult:
        found = await self._in_thread(self._reader.read, str(params.uri))
        return types.ReadResourceResult(contents=[found])

    async def _subscribe(
        self, context: Any, params: types.SubscribeRequestParams
    ) -> types.EmptyResult:
        self._reader.find(str(params.uri))
        self._notices.subscribe(context, str(params.uri))
        return types.EmptyResult()

    async def _unsubscribe(
        self, context: Any, params: types.UnsubscribeRequestParams
    ) -> types.EmptyResult:
        self._notices.unsubscribe(context, str(params.uri))
        return types.EmptyResult()

    # Prompts.

    async def _list_prompts(self, context: Any, params: Any) -> types.ListPromptsResult:
        return types.ListPromptsResult(prompts=[_shown(one) for one in self._prompts.values()])

    async def _prompt(
        self, context: Any, params: types.GetPromptRequestParams
    ) -> types.GetPromptResult:
        prompt = self._prompts.get(params.name)
        if prompt is None:
            message = f"there is no prompt '{params.name[:60]}'; there are "
            raise MCPError(types.INVALID_PARAMS, message + ", ".join(self._prompts))
        given = {name: value for name, value in (params.arguments or {}).items() if value}
        missing = [
            one.name for one in prompt.arguments if one.is_required and one.name not in given
        ]
        if missing:
            message = f"'{prompt.name}' needs: {', '.join(missing)}"
            raise MCPError(types.INVALID_PARAMS, message)
        try:
            parts = await self._in_thread(prompt.write, given)
        except TreehandError as error:
            raise MCPError(types.INVALID_PARAMS, api_error(error).report.message) from error
        messages = [types.PromptMessage(role="user", content=block_of(part)) for part in parts]
        return types.GetPromptResult(description=prompt.description, messages=messages)

    async def _complete(
        self, context: Any, params: types.CompleteRequestParams
    ) -> types.CompleteResult:
        found = await self._in_thread(self._choices, params.ref, params.argument.name)
        typed = params.argument.value.lower()
        fitting = sorted(
            (one for one in found if typed in one.lower()),
            key=lambda one: not one.lower().startswith(typed),
        )
        completion = types.Completion(
            values=fitting[:MAX_COMPLETIONS],
            total=len(fitting),
            has_more=len(fitting) > MAX_COMPLETIONS,
        )
        return types.CompleteResult(completion=completion)

    def _choices(self, ref: Any, argument: str) -> list[str]:
        """Return the known values of an argument of a prompt, or of a template's parameter."""
        if isinstance(ref, types.ResourceTemplateReference):
            return self._reader.choices(ref.uri)
        prompt = self._prompts.get(ref.name)
        arguments = prompt.arguments if prompt is not None else ()
        return [value for one in arguments if one.name == argument for value in one.choices()]

    async def _in_thread(self, work: Any, *given: Any) -> Any:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work, *given)


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
            idempotent_hint=tool.is_reading or tool.is_idempotent,
            open_world_hint=False,
        ),
    )


def _shown(prompt: AgentPrompt) -> types.Prompt:
    return types.Prompt(
        name=prompt.name,
        title=prompt.title,
        description=prompt.description,
        arguments=[
            types.PromptArgument(
                name=one.name, description=one.description, required=one.is_required
            )
            for one in prompt.arguments
        ],
    )
