"""The event stream: server-sent events, to be resumed by the number of the last one received.

Each message without a name is an entry of the feed. ``desk`` tells the whole state of the robot and
its viewers, the newest only. ``reset`` says that events were missed: the client begins anew.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from starlette.responses import StreamingResponse

from treehand.web.access.api_error import ApiError
from treehand.web.access.viewers import Viewer, Viewers
from treehand.web.api.bodies import EventsQuery
from treehand.web.api.operation import ApiCall, ApiOperation
from treehand.web.api.state_maker import StateMaker
from treehand.web.desk.event_feed import EventFeed

PAUSE_S = 0.02
"""Shortest time between two batches of one client, in seconds."""
GATHER_S = 0.005
"""Wait for further events after the first one, in seconds: one tick makes several, its `Ticked` is
the last one."""
KEEP_ALIVE_S = 10.0
"""Time without an event after which the state is sent again, in seconds: proxies and tablets drop
silent connections, and stops of other processes make no event here."""
MAX_STREAMS = 8
"""Most streams that one viewer has open."""


class Stream:
    """Serves it.

    Args:
        feed: The events.
        states: Makes states.
        viewers: All viewers.
    """

    def __init__(self, feed: EventFeed, states: StateMaker, viewers: Viewers) -> None:
        self._feed = feed
        self._states = states
        self._viewers = viewers

    def operation(self) -> ApiOperation:
        """Return the operation."""
        return ApiOperation(
            "GET", "/events", "Stream events and states (server-sent events).", self._stream,
            query=EventsQuery, media_type="text/event-stream", tag="events", errors=(429,),
        )  # fmt: skip

    async def _stream(self, call: ApiCall) -> StreamingResponse:
        given = call.request.headers.get("last-event-id") or call.query.after
        if call.viewer.streams >= MAX_STREAMS:
            raise ApiError(429, "too-many-streams", "this viewer has too many streams open")
        headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
        parts = self._parts(call.viewer, given)
        return StreamingResponse(parts, media_type="text/event-stream", headers=headers)

    async def _parts(self, viewer: Viewer, given: str) -> AsyncIterator[bytes]:
        feed = self._feed
        changed, unsubscribe = feed.subscribe()
        viewer.streams += 1
        feed.touch()
        try:
            position, is_known = self._position(given)
            if not is_known:
                yield _message("reset", "{}", self._id(position))
            revision = -1
            while not feed.is_closed and self._viewers.find(viewer.id) is viewer:
                changed.clear()
                entries = feed.after(position)
                if entries is None:
                    position, entries = feed.last, ()
                    yield _message("reset", "{}", self._id(position))
                if entries:
                    position = entries[-1].number
                    yield b"".join(one.message(feed.epoch) for one in entries)
                elif revision != feed.revision:
                    revision = feed.revision
                    yield _message("desk", self._states.desk(viewer).model_dump_json())
                else:
                    try:
                        async with asyncio.timeout(KEEP_ALIVE_S):
                            await changed.wait()
                        if not feed.ends_tick:
                            await asyncio.sleep(GATHER_S)
                    except TimeoutError:
                        revision = -1
                    continue
                await asyncio.sleep(PAUSE_S)
        finally:
            unsubscribe()
            viewer.streams -= 1
            feed.touch()

    def _position(self, given: str) -> tuple[int, bool]:
        """Return the number of the last event that a client has, and False if it missed some."""
        if not given:
            return self._feed.last, True
        epoch, _, number = given.partition("-")
        is_number = number.isascii() and number.isdecimal() and len(number) <= 16
        if epoch != self._feed.epoch or not is_number or int(number) > self._feed.last:
            return self._feed.last, False
        return int(number), True

    def _id(self, number: int) -> str:
        return f"{self._feed.epoch}-{number}"


def _message(kind: str, data: str, id_: str = "") -> bytes:
    head = f"id: {id_}\n" if id_ else ""
    return f"{head}event: {kind}\ndata: {data}\n\n".encode()
