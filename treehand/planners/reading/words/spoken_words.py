"""Words of a place by which spoken words are told apart."""

from __future__ import annotations

from typing import Protocol


class SpokenWords(Protocol):
    """The words of a place that decide what an unclear clause is."""

    def names(self, word: str) -> bool:
        """Return True if a word, alone or with others, names a thing or a kind of thing."""
        ...

    def is_place(self, word: str) -> bool:
        """Return True if the last word of a name is the name of a place for things."""
        ...

    def tells_apart(self, word: str) -> bool:
        """Return True if things are told from others by a word before their noun: long."""
        ...

    def asks(self, word: str) -> bool:
        """Return True if a request may begin with a word."""
        ...

    def is_said(self, word: str) -> bool:
        """Return True if a word occurs in a request."""
        ...
