"""Positions of input in its file."""

from __future__ import annotations

from typing import NamedTuple


class Span(NamedTuple):
    """A position in a text that a person wrote; lines and columns count from 1."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"

    def shifted(self, columns: int) -> Span:
        """Return the position `columns` further to the right on the same line."""
        return Span(self.file, self.line, self.column + columns)
