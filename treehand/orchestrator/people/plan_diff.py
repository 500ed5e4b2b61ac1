"""Differences between a new plan and the one before, line by line of their trees."""

from __future__ import annotations

import difflib

from rich.text import Text

from treehand.core.events import Planned
from treehand.core.text.printable_console import marked
from treehand.trees import TreeSpec, parse_tree
from treehand.trees.format.spec_drawing import lines_of_spec

MAX_LINES = 12
"""More changed lines than this are counted, not shown."""


class PlanDiff:
    """Follows the plans of one run.

    Args:
        first: The tree of the plan that runs already; the first that comes if left out.
    """

    def __init__(self, first: TreeSpec | None = None) -> None:
        self._before = lines_of_spec(first) if first is not None else None

    def lines(self, event: Planned) -> list[Text]:
        """Return the changes as styled lines; none for a first plan or a detour."""
        if event.is_detour:
            return []
        now = lines_of_spec(parse_tree(event.tree, file=f"plan {event.plan_hash}"))
        before, self._before = self._before, now
        if before is None:
            return []
        compared = list(difflib.unified_diff(before, now, n=0, lineterm=""))[2:]
        changed = [line for line in compared if not line.startswith("@@")]
        colours = {"+": "green", "-": "red"}
        shown = [
            marked("           {} {}", line[0], line[1:], style=colours[line[0]])
            for line in changed[:MAX_LINES]
        ]
        if len(changed) > MAX_LINES:
            more = len(changed) - MAX_LINES
            shown.append(marked("           … and {} lines more", more, style="dim"))
        return shown
