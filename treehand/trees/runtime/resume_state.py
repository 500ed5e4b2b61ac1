"""Node statuses of an interrupted run, used to resume it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from py_trees.common import Status

@dataclass(frozen=True)
class ResumeState:
    """What a journal tells of a tree that was left while it ran."""

    statuses: Mapping[str, str] = field(default_factory=dict)
    """Node path to the name of its last status."""
    begun: frozenset[str] = frozenset()
    """Paths of the steps that had begun, with no outcome written down."""
    done: frozenset[str] = frozenset()
    """Those among them that a person says were done."""

    def settled(self, path: str, above: str) -> Status | None:
        """Return how a child had ended of a node that was still running, or None."""
        if self.statuses.get(above) != Status.RUNNING.value:
            return None
        name = self.statuses.get(path)
        ended = (Status.SUCCESS, Status.FAILURE)
        return next((status for status in ended if status.value == name), None)
