"""Ctrl-C, signals and the command `stop`."""

__all__: list[str] = []
