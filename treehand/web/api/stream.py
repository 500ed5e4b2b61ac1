"""The event stream: server-sent events, to be resumed by the number of the last one received.

Each message without a name is an entry of the feed. ``desk`` tells the whole state of the robot and
its viewers, the newest only. ``reset`` says that events were missed: the client begins anew.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from starlette.responses import StreamingResponse

from treehand.web.access.api_error import ApiError
from treehand.web.access.viewers import MAX_STREAMS, Viewer, Viewers
from treehand.web.api.bodies import EventsQuery
from treehand.web.api.operation import ApiCall, ApiOperation
from treehand.web.api.state_maker import StateMaker
from treehand.web.desk.event_feed import EventFeed

PAUSE_S = 0.02
"""Shortest time between two pulses, in seconds."""
GATHER_S = 0.005
"""Wait for further events after the first one, in seconds: one tick makes several, its `Ticked` is
the last one."""
KEEP_ALIVE_S = 2.0
"""Time without a change after which the state is sent again, in seconds: a page takes a longer
silence for a lost connection, and stops of other processes make no event here."""
MAX_ENTRIES = 500
"""Most events that are sent at once."""


class Stream:
    """Serves it.

    What is new is put together once for all clients that have the same events.

    Args:
        feed: The events.
        states: Makes states.
        viewers: All viewers.
    """

    def __init__(self, feed: EventFeed, states: StateMaker, viewers: Viewers) -> None:
        self._feed = feed
        self._states = states
        self._viewers = viewers
        self._pulse = _Pulse(feed)
        self._latest: tuple[int, int, bytes] = (0, 0, b"")
        """The messages made last: position before, position after, content."""

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
        feed, pulse = self._feed, self._pulse
        pulse.join()
        viewer.streams += 1
        feed.touch()
        try:
            position, is_known = self._position(given)
            if not is_known:
                yield _message("reset", "{}", self._id(position))
            told = (-1, -1)
            while not feed.is_closed and self._viewers.is_known(viewer):
                number = pulse.number
                content, position, is_cut = self._after(position)
                if not is_cut and told != (feed.revision, pulse.beats_n):
                    told = (feed.revision, pulse.beats_n)
                    content += _message("desk", self._states.desk(viewer).model_dump_json())
                if content:
                    yield content
                if not is_cut:
                    await pulse.wait(number)
        finally:
            pulse.leave()
            viewer.streams -= 1
            feed.touch()

    def _after(self, position: int) -> tuple[bytes, int, bool]:
        """Return the messages after a position, the position after them, and True if more follow.

        They are one ``reset`` if some events are not kept.
        """
        feed = self._feed
        before, after, content = self._latest
        if content and position == before and after == feed.last:
            return content, after, False
        entries = feed.after(position, MAX_ENTRIES)
        if entries is None:
            return _message("reset", "{}", self._id(feed.last)), feed.last, False
        if not entries:
            return b"", position, False
        after = entries[-1].number
        content = b"".join(one.message(feed.epoch) for one in entries)
        self._latest = (position, after, content)
        return content, after, len(entries) == MAX_ENTRIES

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


class _Pulse:
    """Wakes all clients at once when something has changed; beats while there are clients.

    A client that is slow misses beats. It delays neither the others nor the run.

    Args:
        feed: Tells of changes.

    Attributes:
        number: Number of pulses so far.
        beats_n: Number of those that came because nothing had changed for `KEEP_ALIVE_S`.
    """

    def __init__(self, feed: EventFeed) -> None:
        self.number = 0
        self.beats_n = 0
        self._feed = feed
        self._clients_n = 0
        self._waiting: list[asyncio.Future[None]] = []
        self._task: asyncio.Task[None] | None = None

    def join(self) -> None:
        """Begin with the first client."""
        self._clients_n += 1
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._beat())

    def leave(self) -> None:
        """End with the last client."""
        self._clients_n -= 1
        if not self._clients_n and self._task is not None:
            self._task.cancel()
            self._task = None

    async def wait(self, number: int) -> None:
        """Wait for the first pulse after the one with this number."""
        if number == self.number:
            waiter = asyncio.get_running_loop().create_future()
            self._waiting.append(waiter)
            await waiter

    async def _beat(self) -> None:
        changed, unsubscribe = self._feed.subscribe()
        loop = asyncio.get_running_loop()
        latest_s = loop.time() - PAUSE_S
        try:
            while True:
                try:
                    async with asyncio.timeout(KEEP_ALIVE_S):
                        await changed.wait()
                except TimeoutError:
                    self.beats_n += 1
                else:
                    least_s = 0.0 if self._feed.ends_tick else GATHER_S
                    pause_s = max(least_s, latest_s + PAUSE_S - loop.time())
                    if pause_s > 0.0:
                        await asyncio.sleep(pause_s)
                changed.clear()
                latest_s = loop.time()
                self.number += 1
                waiting, self._waiting = self._waiting, []
                for one in waiting:
                    if not one.done():
                        one.set_result(None)
        finally:
            unsubscribe()
