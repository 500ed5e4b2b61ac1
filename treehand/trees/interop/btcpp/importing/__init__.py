"""Import: foreign trees as tree files with a domain stub."""

__all__: list[str] = []
