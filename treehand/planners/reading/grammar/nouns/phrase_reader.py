"""Base of the readers of noun phrases: a lexicon, and words by their place."""

from __future__ import annotations

from collections.abc import Sequence

from treehand.planners.reading.lexicon import Lexicon


class PhraseReader:
    """Reader of phrases in a list of words.

    Args:
        lexicon: The words of domain and scene.
        words: The words of a sentence.
    """

    def __init__(self, lexicon: Lexicon, words: Sequence[str]) -> None:
        self._lexicon = lexicon
        self._words = words

    def _word(self, index: int) -> str:
        """Return the word at a place; empty beyond the end."""
        return self._words[index] if index < len(self._words) else ""
