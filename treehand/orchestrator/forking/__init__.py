"""Counterfactuals: a past run executed again with one thing changed."""

__all__: list[str] = []
