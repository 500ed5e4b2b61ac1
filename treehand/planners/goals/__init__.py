"""Goals: data, changes, hazards, time limits, equality."""

__all__: list[str] = []
