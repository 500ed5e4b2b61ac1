"""Scenario files: their model, variants, and checks."""

__all__: list[str] = []
