"""Evaluation of policies on held-out seeds, beside controls."""

__all__: list[str] = []
