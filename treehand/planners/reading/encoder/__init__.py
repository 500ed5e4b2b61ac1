"""Sentence encoder: MiniLM-L6-v2 with int8 weights, in plain numpy."""

__all__: list[str] = []
