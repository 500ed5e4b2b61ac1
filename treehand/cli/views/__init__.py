"""Text, tables and live pictures for people and programs at a terminal."""

__all__: list[str] = []
