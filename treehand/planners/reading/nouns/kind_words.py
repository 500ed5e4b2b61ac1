"""Kinds said for things: "the fruit" is the apple, where nothing else here is a fruit."""

from __future__ import annotations

from collections.abc import Sequence

from treehand.planners.reading.lexicon import CONNECTORS, PRONOUNS, Lexicon
from treehand.planners.reading.nouns.noun_finder import NounFinder
from treehand.planners.reading.words.function_words import FUNCTION_WORDS, PREPOSITIONS
from treehand.planners.reading.words.inflection import singular

_ONE = frozenset({"a", "an", "the", "some", "my", "our", "your", "this", "that"})
_AFTER_SUBJECT = frozenset({"goes", "belongs", "should", "must", "can", "needs", "wants", "is"})


def _end_of_purpose(words: Sequence[str], end: int) -> int:
    """Return the end of "something to wipe them with", whose verb ends at a place."""
    if words[end : end + 1] and words[end] in PRONOUNS:
        end += 1
    after = next((i for i in range(end, min(end + 4, len(words))) if words[i] == "with"), None)
    is_bare = after is not None and not CONNECTORS & set(words[end:after])
    return after + 1 if after is not None and is_bare else end


class KindWords:
    """Finds the one thing that an unknown noun means by its kind.

    Args:
        lexicon: The words of a domain and scene.
    """

    def __init__(self, lexicon: Lexicon) -> None:
        self._lexicon = lexicon
        self._nouns = NounFinder(lexicon)

    def named(self, words: Sequence[str]) -> list[str]:
        """Return words with "the apple" for "a fruit", where the apple is the only fruit.

        Args:
            words: The words of a request that count.
        """
        named: list[str] = []
        index = 0
        while index < len(words):
            thing, end = self._thing_at(words, index)
            named.extend(["the", *thing.split()] if thing else [words[index]])
            index = end
        return named

    def _thing_at(self, words: Sequence[str], index: int) -> tuple[str, int]:
        """Return the only thing that the words at a place may mean, and their end."""
        is_pointed = words[index] in _ONE and index + 1 < len(words)  # "the thing for frying"
        purpose = self._nouns.for_purpose(words, index + is_pointed)
        if purpose is not None:
            names = {noun.object for noun in purpose.nouns}
            only = (names.pop() or "").replace("_", " ") if len(names) == 1 else ""
            end = _end_of_purpose(words, purpose.end)
            is_whole = end == len(words) or words[end] in CONNECTORS | PREPOSITIONS | _AFTER_SUBJECT
            return (only, end) if only and is_whole else ("", index + 1)
        if words[index] in _ONE and index + 1 < len(words):
            only = self._only_one(words[index + 1])
            return (only, index + 2) if only else ("", index + 1)
        return "", index + 1

    def _only_one(self, word: str) -> str:
        """Return the name of the only thing of a kind, in words; empty if there is not one."""
        is_known = word in self._lexicon.known_words or word in FUNCTION_WORDS
        if is_known or not word.isalpha() or singular(word) != word:
            return ""
        names = {noun.object for noun in self._nouns.of_kind(word)}
        return (names.pop() or "").replace("_", " ") if len(names) == 1 else ""
