"""One connection to the server, and room for new ones: a stop may come with any of them.

Whoever reaches the port can open connections and say nothing, since a token is asked for with a
request only. Without a limit they would use up the files that the process may open, also those
that journals and robots need.
"""

from __future__ import annotations

import asyncio
import resource
from collections.abc import Collection
from typing import Protocol, TypeVar

from uvicorn.protocols.http.auto import AutoHTTPProtocol

MOST = 256
"""Most connections at a time."""
SHARE = 4
"""They are one in so many of the files that the process may open, at most."""
BACKLOG = 64
"""Most connections that are accepted at once, before there is room for them."""
FREE = 4
"""One in so many is for clients that have not shown yet that they are viewers, at least."""


class KnownConnection(Protocol):
    """Connection as far as the choice needs it of the one that makes room."""

    opened_s: float

    @property
    def is_kept(self) -> bool:
        """Return True once a viewer's request has come with it."""


C = TypeVar("C", bound=KnownConnection)


class Connection(AutoHTTPProtocol):  # type: ignore[misc]
    """HTTP connection that takes the place of an older one when there are too many."""

    opened_s = 0.0
    """Time at which it was opened, on the loop's clock."""
    _was_viewers = False
    """True once a viewer was answered on it."""

    def connection_made(self, transport: asyncio.Transport) -> None:
        """Take in a new connection, and close the oldest one that may be closed if need be."""
        super().connection_made(transport)
        self.opened_s = self.loop.time()
        if len(self.connections) > most_connections():
            closed = given_up([one for one in self.connections if one is not self])
            self.connections.discard(closed)
            closed.transport.abort()

    @property
    def is_kept(self) -> bool:
        """Return True once a viewer's request has come with it.

        The next one may be on its way: closing the connection would lose it, though it be a stop.
        """
        return self._was_viewers or self._is_viewers

    @property
    def _is_viewers(self) -> bool:
        cycle = self.cycle
        return cycle is not None and cycle.scope.get("state", {}).get("viewer") is not None

    def on_response_complete(self) -> None:
        """Note if it was a viewer who was answered."""
        self._was_viewers = self._was_viewers or self._is_viewers
        super().on_response_complete()


def given_up(connections: Collection[C]) -> C:
    """Return the oldest connection but those kept; of all if they leave newcomers no room."""
    waiting = [one for one in connections if not one.is_kept]
    among = waiting if FREE * len(waiting) >= len(connections) else connections
    return min(among, key=lambda one: one.opened_s)


def most_connections() -> int:
    """Return the most connections that the server has at a time."""
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return MOST if files == resource.RLIM_INFINITY else min(MOST, max(1, files // SHARE))
