"""A past run in print, made from its journal."""

from __future__ import annotations

from rich.console import RenderableType
from rich.text import Text

from treehand.core.events import Event, Planned, RunEnded, RunStarted, Ticked
from treehand.orchestrator.history.event_text import event_line
from treehand.trees.assembly.run_drawing import tree_of_paths


class RunStory:
    """Lines and trees of one run, made from its events; the same every time."""

    def __init__(self) -> None:
        self._statuses: dict[str, str] = {}

    def take(self, event: Event) -> list[RenderableType]:
        """Take one event in and return what it shows."""
        shown: list[RenderableType] = []
        if isinstance(event, RunStarted):
            start = f"goal: {event.goal}   world: {event.world}   seed: {event.seed}"
            shown.append(Text(start, style="bold"))
        elif isinstance(event, Planned):
            self._statuses = {}
        elif isinstance(event, Ticked):
            self._statuses.update(event.changes)
        elif isinstance(event, RunEnded):
            shown.append(self.tree())
            shown.append(Text(f"{event.outcome}: {event.message}", style="bold"))
        line = event_line(event)
        if line is not None:
            shown.append(Text.from_markup(line))
        return shown

    def tree(self) -> RenderableType:
        """Return the tree as it stands."""
        return tree_of_paths(self._statuses, depth=2)
