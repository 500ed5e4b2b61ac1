"""Feed of a robot's events for clients that read at their own pace.

The run's thread appends and returns; it never waits for a client, and encodes nothing. A client
holds a position of its own; one that falls behind by more than the feed keeps is told to begin
anew.
"""

from __future__ import annotations

import asyncio
import secrets
import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from treehand.core.events import Ticked
from treehand.core.events.event_records import BaseEvent
from treehand.orchestrator.exports.live_counters import LiveCounters

KEPT = 50_000
"""Number of latest events that are kept."""


@dataclass
class FeedEntry:
    """One event of the feed."""

    number: int
    """Position in the feed, from 1."""
    run: str
    """Number of the run; empty if no run was begun."""
    seq: int
    """Position in the run's journal, from 1; 0 if it is in none."""
    event: BaseEvent
    _message: bytes = field(default=b"", repr=False)

    def message(self, epoch: str) -> bytes:
        """Return the entry as a server-sent event; encoded once for all clients.

        Args:
            epoch: Name of the feed, for the identifier of the message.
        """
        if not self._message:
            head = f'{{"number":{self.number},"run":"{self.run}","seq":{self.seq},"event":'
            data = f"{head}{self.event.model_dump_json()}}}"
            self._message = f"id: {epoch}-{self.number}\ndata: {data}\n\n".encode()
        return self._message


class EventFeed:
    """Latest events of one robot, and a revision of everything else that clients show.

    Attributes:
        epoch: Name of this feed; positions of another process's feed mean nothing here.
        counters: Counts of all events.
    """

    def __init__(self) -> None:
        self.epoch = secrets.token_hex(4)
        self.counters = LiveCounters()
        self._entries: deque[FeedEntry] = deque(maxlen=KEPT)
        self._lock = threading.Lock()
        self._last = 0
        self._revision = 0
        self._ends_tick = False
        self._is_closed = False
        self._wakers: set[Callable[[], None]] = set()

    @property
    def last(self) -> int:
        """Return the number of the newest event; 0 before the first."""
        return self._last

    @property
    def ends_tick(self) -> bool:
        """Return True if the newest event is the end of a tick: nothing follows at once."""
        return self._ends_tick

    @property
    def revision(self) -> int:
        """Return the number of changes of what is no event, such as who is in control."""
        return self._revision

    @property
    def is_closed(self) -> bool:
        """Return True once the server ends."""
        return self._is_closed

    @property
    def subscribers_n(self) -> int:
        """Return the number of those that are woken at every change."""
        return len(self._wakers)

    def put(self, run: str, seq: int, event: BaseEvent) -> None:
        """Append an event, from any thread."""
        self.counters.take(event)
        with self._lock:
            self._last += 1
            self._ends_tick = isinstance(event, Ticked)
            self._entries.append(FeedEntry(self._last, run, seq, event))
        self._wake()

    def touch(self) -> None:
        """Tell clients that something else than an event has changed."""
        self._revision += 1
        self._wake()

    def close(self) -> None:
        """End all streams."""
        self._is_closed = True
        self._wake()

    def after(self, number: int, most: int = 500) -> Sequence[FeedEntry] | None:
        """Return the entries after a position, at most so many; None if some are not kept."""
        with self._lock:
            if not self._entries or number >= self._last:
                return ()
            first = self._entries[0].number
            if number + 1 < first:
                return None
            start = number + 1 - first
            return [self._entries[at] for at in range(start, min(start + most, len(self._entries)))]

    def of_run(self, run: str) -> Sequence[FeedEntry]:
        """Return the entries of a run that are kept, oldest first."""
        with self._lock:
            return [entry for entry in self._entries if entry.run == run]

    def subscribe(self) -> tuple[asyncio.Event, Callable[[], None]]:
        """Return an event that is set at every change, and the function that ends that.

        Call it in the loop that waits for the event.
        """
        loop, changed = asyncio.get_running_loop(), asyncio.Event()
        is_pending = False

        def fire() -> None:
            nonlocal is_pending
            is_pending = False
            changed.set()

        def wake() -> None:
            nonlocal is_pending
            if not is_pending:  # a busy loop is woken once, however many events come meanwhile
                is_pending = True
                loop.call_soon_threadsafe(fire)

        self._wakers.add(wake)
        return changed, lambda: self._wakers.discard(wake)

    def _wake(self) -> None:
        for wake in tuple(self._wakers):
            try:
                wake()
            except RuntimeError:  # its loop has ended
                self._wakers.discard(wake)
