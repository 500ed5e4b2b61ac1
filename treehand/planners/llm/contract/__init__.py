"""Seam to a language model: requests, replies, settings."""

__all__: list[str] = []
