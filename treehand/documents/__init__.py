"""YAML files that people write: composer with positions, reader, formatter, edits."""

__all__: list[str] = []
