"""Symbolic rollouts of a tree, and estimates of its cost."""

__all__: list[str] = []
