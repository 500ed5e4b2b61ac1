"""Fault campaigns, and the minimisation of failing scenarios."""

__all__: list[str] = []
