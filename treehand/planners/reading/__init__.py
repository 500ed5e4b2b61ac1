"""Readers from words to goals."""

__all__: list[str] = []
