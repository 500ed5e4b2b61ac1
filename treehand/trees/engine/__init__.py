"""The engine that ticks a tree."""

__all__: list[str] = []
