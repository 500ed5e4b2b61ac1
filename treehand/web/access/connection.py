"""One connection to the server, and room for new ones: a stop may come with any of them.

Whoever reaches the port can open connections and say nothing, since a token is asked for with a
request only. Without a limit they would use up the files that the process may open, also those
that journals and robots need.
"""

from __future__ import annotations

import asyncio
import resource

from uvicorn.protocols.http.auto import AutoHTTPProtocol

MOST = 256
"""Most connections at a time."""
SHARE = 4
"""They are one in so many of the files that the process may open, at most."""
BACKLOG = 64
"""Most connections that are accepted at once, before there is room for them."""


class Connection(AutoHTTPProtocol):  # type: ignore[misc]
    """HTTP connection that takes the place of an older one when there are too many.

    Requests of viewers that are being answered keep their connections.
    """

    opened_s = 0.0
    """Time at which it was opened, on the loop's clock."""

    def connection_made(self, transport: asyncio.Transport) -> None:
        """Take in a new connection, and close the oldest one that may be closed if need be."""
        super().connection_made(transport)
        self.opened_s = self.loop.time()
        if len(self.connections) > most_connections():
            given_up = (one for one in self.connections if not one.is_kept)
            oldest = min(given_up, key=lambda one: one.opened_s)
            self.connections.discard(oldest)
            oldest.transport.abort()

    @property
    def is_kept(self) -> bool:
        """Return True while a viewer's request that came as a whole is being answered."""
        cycle = self.cycle
        if cycle is None or cycle.response_complete or cycle.more_body:
            return False
        return cycle.scope.get("state", {}).get("viewer") is not None


def most_connections() -> int:
    """Return the most connections that the server has at a time."""
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return MOST if files == resource.RLIM_INFINITY else min(MOST, max(1, files // SHARE))
