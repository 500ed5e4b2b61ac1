"""Places where skills run."""

from treehand.worlds.registry import WORLDS_ENTRY_POINTS, WorldContext, WorldKind, find_world

__all__ = [
    "WORLDS_ENTRY_POINTS",
    "WorldContext",
    "WorldKind",
    "find_world",
]
