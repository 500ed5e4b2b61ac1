"""Protocols of skills, worlds and robots."""

__all__: list[str] = []
