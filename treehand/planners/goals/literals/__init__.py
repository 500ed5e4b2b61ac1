"""Literals of a goal: what it requires, what excludes each other, what needs room."""

__all__: list[str] = []
