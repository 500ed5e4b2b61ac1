"""Start and end of a run, read from its events."""

from __future__ import annotations

from collections.abc import Iterable

from treehand.core.events import Event, Resumed, RunEnded, RunStarted
from treehand.core.events.folds import Fold, on


class RunOutline(Fold):
    """Start and end of one run; a run that is resumed has no end until it ends again."""

    def __init__(self) -> None:
        self.started: RunStarted | None = None
        self.ended: RunEnded | None = None

    @on(RunStarted)
    def _run_started(self, event: RunStarted) -> None:
        self.started = event

    @on(RunEnded)
    def _run_ended(self, event: RunEnded) -> None:
        self.ended = event

    @on(Resumed)
    def _resumed(self, event: Resumed) -> None:
        self.ended = None

    @property
    def was_left(self) -> bool:
        """True if the run was killed, stopped or ended by an error, so that it can be resumed."""
        return self.ended is None or self.ended.outcome in ("interrupted", "error")


def was_left(events: Iterable[Event]) -> bool:
    """Return True if a run was killed, stopped or ended by an error."""
    return RunOutline().over(events).was_left
