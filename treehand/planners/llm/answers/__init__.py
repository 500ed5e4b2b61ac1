"""Answers of a model: their schema, where they are found, how they are read."""

__all__: list[str] = []
