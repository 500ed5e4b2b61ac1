"""Hazard rules: their model, their checks, and the library."""

__all__: list[str] = []
