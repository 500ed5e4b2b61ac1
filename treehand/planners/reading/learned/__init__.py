"""Readings that a person chose once and wants again: ``learned.words.yaml``."""

__all__: list[str] = []
