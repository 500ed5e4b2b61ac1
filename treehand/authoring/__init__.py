"""Checks, schemas and starters for files that people write."""

__all__: list[str] = []
