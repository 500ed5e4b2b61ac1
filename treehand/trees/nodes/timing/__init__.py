"""Nodes that have to do with time: waits, rates and endless loops."""

__all__: list[str] = []
