"""Stream of a run's events to its subscribers."""

from __future__ import annotations

from collections.abc import Callable

from treehand.core.events.any_event import Event

EventSink = Callable[[Event], None]
"""Function that takes one event; see `EventStream`."""


class EventStream:
    """Hands every event to every subscriber, in order."""

    def __init__(self) -> None:
        self._sinks: list[EventSink] = []

    def emit(self, event: Event) -> None:
        """Hand `event` to all subscribers."""
        for sink in tuple(self._sinks):
            sink(event)

    def subscribe(self, sink: EventSink) -> Callable[[], None]:
        """Add `sink`; the returned function takes it out again, if it is still there."""
        self._sinks.append(sink)

        def leave() -> None:
            if sink in self._sinks:
                self._sinks.remove(sink)

        return leave
