"""Formulas and their text: syntax, comparisons, fields of files, an index."""

__all__: list[str] = []
