"""A call of a tool that goes on: the thread of the tool speaks to the agent's host."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from concurrent.futures import CancelledError, TimeoutError
from typing import Any

import mcp_types as types
from mcp.server.context import ServerRequestContext
from mcp.shared.exceptions import MCPError
from mcp_types.version import MODERN_PROTOCOL_VERSIONS

from treehand.web.mcp.agent_call import PersonAnswer

SEND_S = 5.0
"""Longest wait until a message is handed to the connection, in seconds."""
ASK_S = 600.0
"""Longest wait for a person's answer, in seconds."""
LEVELS: tuple[types.LoggingLevel, ...] = (
    "debug", "info", "notice", "warning", "error", "critical", "alert", "emergency",
)  # fmt: skip
LEVEL: types.LoggingLevel = "info"
"""Level of the lines that tools tell."""
CANCELLED = PersonAnswer("cancel", {})


class LiveCall:
    """One call over MCP; made in the server's loop, used in the thread of the tool.

    Args:
        context: The request.
        by: Name of the agent.
        level: Lowest level of log lines that the host wants.
    """

    def __init__(
        self, context: ServerRequestContext[Any, Any], by: str, level: types.LoggingLevel
    ) -> None:
        self._context = context
        self._loop = asyncio.get_running_loop()
        self._by = by
        is_wanted = LEVELS.index(LEVEL) >= LEVELS.index(level)
        self._has_log = is_wanted and not self._is_modern
        self._is_over = False

    @property
    def by(self) -> str:
        """Return the name of the agent."""
        return self._by

    @property
    def is_over(self) -> bool:
        """Return True once nobody waits for the answer."""
        return self._is_over

    @property
    def can_ask(self) -> bool:
        """Return True if the host asks its person, and this connection carries questions."""
        known = self._context.session.client_capabilities
        has_form = known is not None and known.elicitation is not None
        return has_form and not self._is_modern and self._context.session.can_send_request

    def end(self) -> None:
        """Take in that nobody waits any more."""
        self._is_over = True

    def report(self, done: float, total: float, message: str = "") -> None:
        """Tell the host how far the call is."""
        self._send(self._context.session.report_progress(done, total, message or None), SEND_S)

    def tell(self, line: str) -> None:
        """Send a line to the host's log; protocols from 2026-07-28 on have none."""
        if self._has_log:
            params = types.LoggingMessageNotificationParams(
                level=LEVEL, logger="treehand", data=line
            )
            self._send(
                self._context.session.send_notification(
                    types.LoggingMessageNotification(params=params),
                    related_request_id=self._context.request_id,
                ),
                SEND_S,
            )

    def ask(self, message: str, schema: dict[str, Any]) -> PersonAnswer:
        """Ask the person at the host; a host that fails to ask counts as cancelled."""
        asked = self._context.session.elicit_form(message, schema, self._context.request_id)
        found = self._send(asked, ASK_S)
        if not isinstance(found, types.ElicitResult):
            return CANCELLED
        return PersonAnswer(found.action, dict(found.content or {}))

    @property
    def _is_modern(self) -> bool:
        return self._context.protocol_version in MODERN_PROTOCOL_VERSIONS

    def _send(self, message: Coroutine[Any, Any, Any], wait_s: float) -> object:
        """Return the result of a message; None if the host is gone or refuses it."""
        if self._is_over:
            message.close()
            return None
        sent = asyncio.run_coroutine_threadsafe(message, self._loop)
        try:
            return sent.result(wait_s)
        except (MCPError, TimeoutError, CancelledError, ConnectionError):
            sent.cancel()
            return None
