"""Words of a lexicon that decide which act a clause is."""

from __future__ import annotations

from treehand.planners.reading.lexicon import Lexicon


class Spoken:
    """The words of a domain and scene, as `SpokenWords`.

    Args:
        lexicon: The words.
    """

    def __init__(self, lexicon: Lexicon) -> None:
        self._lexicon = lexicon
        self._named = frozenset(word for words in lexicon.nouns for word in words)

    def names(self, word: str) -> bool:
        """Return True if a word, alone or with others, names a thing or a kind of thing."""
        return word in self._named

    def asks(self, word: str) -> bool:
        """Return True if a request may begin with a word."""
        return bool(word) and bool(self._lexicon.phrases_from(word))

    def is_said(self, word: str) -> bool:
        """Return True if a word occurs in a request."""
        return word in self._lexicon.known_words
