"""Asking a model: prompts, budget and prices, rounds of repair."""

__all__: list[str] = []
