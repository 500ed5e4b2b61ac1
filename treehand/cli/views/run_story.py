"""A past run in print, made from its journal."""

from __future__ import annotations

from rich.console import RenderableType
from rich.text import Text

from treehand.core.events import BaseEvent, Planned, RunEnded, RunStarted, Ticked
from treehand.core.events.folds import Fold, on
from treehand.orchestrator.history.event_text import event_line
from treehand.trees.assembly.run_drawing import tree_of_paths


class RunStory(Fold):
    """Lines and trees of one run, made from its events; the same every time."""

    def __init__(self) -> None:
        self.parts: list[RenderableType] = []
        """Everything that the events so far show."""
        self._statuses: dict[str, str] = {}

    def take(self, event: BaseEvent) -> None:
        """Take one event in; its own line comes last."""
        super().take(event)
        line = event_line(event)
        if line is not None:
            self.parts.append(line)

    @on(RunStarted)
    def _run_started(self, event: RunStarted) -> None:
        start = f"goal: {event.goal}   world: {event.world}   seed: {event.seed}"
        self.parts.append(Text(start, style="bold"))

    @on(Planned)
    def _planned(self, event: Planned) -> None:
        self._statuses = {}

    @on(Ticked)
    def _ticked(self, event: Ticked) -> None:
        self._statuses.update(event.changes)

    @on(RunEnded)
    def _run_ended(self, event: RunEnded) -> None:
        self.parts.append(self.tree())
        self.parts.append(Text(f"{event.outcome}: {event.message}", style="bold"))

    def tree(self) -> RenderableType:
        """Return the tree as it stands."""
        return tree_of_paths(self._statuses, depth=2)
