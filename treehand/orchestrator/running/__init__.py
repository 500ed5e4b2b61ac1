"""The run loop, recovery and results."""

__all__: list[str] = []
