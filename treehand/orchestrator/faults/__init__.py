"""Faults injected on purpose."""

__all__: list[str] = []
