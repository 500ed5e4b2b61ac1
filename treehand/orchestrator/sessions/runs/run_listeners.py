"""Listeners of one robot: what they raise ends a run, and is told after it."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import TypeVar

from treehand.core.error_record import error_record, is_from_signal
from treehand.core.errors import ListenerError
from treehand.core.events import BaseEvent, Event
from treehand.orchestrator.running.result import RunResult
from treehand.orchestrator.running.world_model import WorldModel

E = TypeVar("E", bound=BaseEvent)


class RunListeners:
    """Listeners of a robot's events; one that raises is removed, and its error kept."""

    def __init__(self) -> None:
        self._errors: list[ListenerError] = []

    def add(
        self, world: WorldModel, kind: type[E], listener: Callable[[E], None]
    ) -> Callable[[], None]:
        """Subscribe a listener to the events of a class; return the function that undoes it."""

        def hear(event: Event) -> None:
            if not isinstance(event, kind):
                return
            try:
                call: Callable[[E], object] = listener
                returned = call(event)
                if isinstance(returned, Coroutine):
                    returned.close()  # else Python warns that nobody has awaited it
                    raise TypeError("it is async, and it is called without await")
            except BaseException as error:  # nor must its `sys.exit` stop a robot half way
                if is_from_signal(error):
                    raise
                undo()
                name = getattr(listener, "__name__", type(listener).__name__)
                told = ListenerError(name, event.event, str(error_record(error)))
                told.__cause__ = error
                self._errors.append(told)

        undo = world.stream.subscribe(hear)
        return undo

    def raise_first(self, result: RunResult) -> None:
        """Raise the first error that a listener made, with the result of the run."""
        if self._errors:
            error, self._errors = self._errors[0], []
            error.result = result
            raise error
