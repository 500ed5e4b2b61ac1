"""Requests of a domain, ranked against what a person said: they become options, never goals."""

__all__: list[str] = []
