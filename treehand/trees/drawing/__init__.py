"""Drawn trees: every node of a plan by path, its place, and the picture."""

__all__: list[str] = []
