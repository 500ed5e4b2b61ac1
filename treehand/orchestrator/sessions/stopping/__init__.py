"""Stops of one robot, and their lift after a look."""

__all__: list[str] = []
