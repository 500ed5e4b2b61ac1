"""The tree format as data, and its files."""

__all__: list[str] = []
