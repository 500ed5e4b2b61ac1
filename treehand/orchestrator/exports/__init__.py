"""A run in formats of other programs."""

__all__: list[str] = []
