"""Watches of a run: facts that flicker, requirements, limits, budgets and time."""

__all__: list[str] = []
