"""Run history, read from journals."""

__all__: list[str] = []
