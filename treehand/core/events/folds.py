"""Folds over the event stream: state that is built from one event after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, ClassVar, Self, TypeVar, cast, overload

from treehand.core.events.event_records import BaseEvent

F = TypeVar("F")
A = TypeVar("A", bound=BaseEvent)
B = TypeVar("B", bound=BaseEvent)
C = TypeVar("C", bound=BaseEvent)
_KINDS = "_handled_kinds"


@overload
def on(kind: type[A], /) -> Callable[[Callable[[F, A], None]], Callable[[F, A], None]]: ...
@overload
def on(
    kind: type[A], other: type[B], /
) -> Callable[[Callable[[F, A | B], None]], Callable[[F, A | B], None]]: ...
@overload
def on(
    kind: type[A], other: type[B], third: type[C], /
) -> Callable[[Callable[[F, A | B | C], None]], Callable[[F, A | B | C], None]]: ...
def on(*kinds: type[BaseEvent]) -> Callable[[Any], Any]:
    """Mark a method of a `Fold` as the handler of one kind of event, or of several."""

    def mark(handler: Any) -> Any:
        setattr(handler, _KINDS, kinds)
        return handler

    return mark


class Fold:
    """State built from events; subclasses mark their handlers with `on`.

        class FailureCount(Fold):
            def __init__(self) -> None:
                self.failures: Counter[str] = Counter()

            @on(SkillEnded)
            def _ended(self, event: SkillEnded) -> None:
                self.failures[event.code or ""] += 1

        FailureCount().over(read_events(path)).failures

    Events without a handler are ignored. A kind has at most one handler in a class; a subclass
    replaces the handler of its parent. For work on every event, override `take` and call
    ``super().take(event)``.
    """

    _handlers: ClassVar[dict[type[BaseEvent], Callable[[Any, Any], None]]] = {}

    def __init_subclass__(cls) -> None:
        """Collect the handlers.

        Raises:
            TypeError: If two methods of the class handle the same kind.
        """
        super().__init_subclass__()
        own: dict[type[BaseEvent], Callable[[Any, Any], None]] = {}
        for handler in vars(cls).values():
            for kind in getattr(handler, _KINDS, ()):
                if kind in own:
                    raise TypeError(f"{cls.__name__} has two handlers of {kind.__name__}")
                own[kind] = cast("Callable[[Any, Any], None]", handler)
        cls._handlers = {**cls._handlers, **own}

    def take(self, event: BaseEvent) -> None:
        """Call the handler of the event's kind, if there is one."""
        handler = self._handlers.get(type(event))
        if handler is not None:
            handler(self, event)

    def over(self, events: Iterable[BaseEvent]) -> Self:
        """Take all events, in their order, and return the fold itself."""
        for event in events:
            self.take(event)
        return self
