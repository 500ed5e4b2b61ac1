"""YAML files that people write: composed with positions, read, formatted, edited."""

__all__: list[str] = []
