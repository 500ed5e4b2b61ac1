"""Notices to agents' hosts that a document has changed."""

from __future__ import annotations

import asyncio
from typing import Any

from mcp.server.context import ServerRequestContext
from mcp.server.session import ServerSession
from mcp.server.subscriptions import InMemorySubscriptionBus, ListenHandler, ResourceUpdated
from mcp.shared.exceptions import MCPError

from treehand.web.desk.event_feed import EventFeed
from treehand.web.mcp.agent_call import AgentResource

PERIOD_S = 0.5
"""Shortest time between two looks at the documents, in seconds."""
MAX_SUBSCRIBERS = 64
"""Most sessions that are told; the earliest is forgotten."""


class ChangeNotices:
    """Tells subscribers of both kinds: sessions that subscribed, and streams that listen.

    Args:
        resources: The documents; those with a version are watched.
        feed: Tells when to look.
    """

    def __init__(self, resources: tuple[AgentResource, ...], feed: EventFeed) -> None:
        self._watched = [one for one in resources if one.version is not None]
        self._feed = feed
        self._bus = InMemorySubscriptionBus()
        self.listen = ListenHandler(self._bus, max_subscriptions=MAX_SUBSCRIBERS)
        self._sessions: dict[str, tuple[ServerSession, set[str]]] = {}

    def subscribe(self, context: ServerRequestContext[Any, Any], uri: str) -> None:
        """Tell a session of a document's changes from now on."""
        id_ = session_id(context)
        _, uris = self._sessions.pop(id_, (None, set[str]()))
        self._sessions[id_] = (context.session, uris | {uri})
        while len(self._sessions) > MAX_SUBSCRIBERS:
            del self._sessions[next(iter(self._sessions))]

    def unsubscribe(self, context: ServerRequestContext[Any, Any], uri: str) -> None:
        """Tell a session nothing more of a document."""
        _, uris = self._sessions.get(session_id(context), (None, set[str]()))
        uris.discard(uri)

    async def watch(self) -> None:
        """Look at the documents whenever something has changed, until cancelled."""
        changed, end = self._feed.subscribe()
        before = self._versions()
        try:
            while not self._feed.is_closed:
                await changed.wait()
                changed.clear()
                now = self._versions()
                for uri in [uri for uri, version in now.items() if version != before[uri]]:
                    await self._tell(uri)
                before = now
                await asyncio.sleep(PERIOD_S)
        finally:
            end()

    def _versions(self) -> dict[str, object]:
        return {one.uri: one.version() for one in self._watched if one.version is not None}

    async def _tell(self, uri: str) -> None:
        await self._bus.publish(ResourceUpdated(uri=uri))
        for id_, (session, uris) in list(self._sessions.items()):
            if uri in uris:
                try:
                    await session.send_resource_updated(uri)
                except (MCPError, ConnectionError):  # its host is gone
                    self._sessions.pop(id_, None)


def session_id(context: ServerRequestContext[Any, Any]) -> str:
    """Return the identifier of a request's session; empty on standard input."""
    request = context.request
    return str(request.headers.get("mcp-session-id", "")) if request is not None else ""
