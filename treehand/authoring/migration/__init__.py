"""Changes of names over many files, and comparisons of trees."""

__all__: list[str] = []
