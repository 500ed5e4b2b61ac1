"""Trees of other systems, and their protocols."""

__all__: list[str] = []
