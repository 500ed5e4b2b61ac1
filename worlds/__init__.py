"""Places where skills run."""

from .registry import WORLDS_ENTRY_POINTS, WorldKind, find_world, world_kinds

__all__ = ["WORLDS_ENTRY_POINTS", "WorldKind", "find_world", "world_kinds"]
