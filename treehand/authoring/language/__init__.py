"""Help while a file is written: findings, completion, hover, definitions, renaming, layout."""

__all__: list[str] = []
