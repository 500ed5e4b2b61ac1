"""Exploration of every declared failure of a tree."""

__all__: list[str] = []
