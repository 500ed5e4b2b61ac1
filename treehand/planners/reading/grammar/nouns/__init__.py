"""Noun phrases: single ones, with exceptions, and in lists."""

__all__: list[str] = []
