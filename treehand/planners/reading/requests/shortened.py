"""Texts without the parts that name nothing here, for offers: "both blinds down for the talk"."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import groupby

from treehand.planners.reading.words.function_words import (
    ARTICLES,
    DEMONSTRATIVES,
    POSSESSIVES,
    PREPOSITIONS,
    word_set,
)

_PAUSES = frozenset({",", ".", ";"})
_BEFORE_NOUNS = ARTICLES | DEMONSTRATIVES | POSSESSIVES
_KEPT = word_set("no not never without except instead if unless until only but nobody nothing")
"""Words that change what is asked for, so that the part with them stays."""
_MOST_PARTS = 8


def shortened(
    words: Sequence[str], unknown: Sequence[str], names: Callable[[Sequence[str]], bool]
) -> Iterator[list[str]]:
    """Yield words without the parts between pauses that name nothing, and without phrases.

    Args:
        words: The words of a text that count.
        unknown: Words that nothing here is called by.
        names: Tells whether words name a thing of the place.
    """
    plain = _without_phrases(words, unknown)
    if plain != list(words):
        yield plain
    for said in dict.fromkeys((tuple(words), tuple(plain))):
        parts = [
            list(part) for is_pause, part in groupby(said, _PAUSES.__contains__) if not is_pause
        ]
        kept = [part for part in parts if names(part) or _KEPT & set(part)]
        if kept and len(kept) < len(parts) <= _MOST_PARTS:
            yield [word for part in kept for word in (",", *part)][1:]


def _without_phrases(words: Sequence[str], unknown: Sequence[str]) -> list[str]:
    """Return words without "for the talk", whose noun is unknown."""
    dropped: set[int] = set()
    for index, word in enumerate(words):
        if word not in unknown:
            continue
        start = index
        while start and (words[start - 1] in _BEFORE_NOUNS or words[start - 1] in unknown):
            start -= 1
        if start and words[start - 1] in PREPOSITIONS:
            dropped.update(range(start - 1, index + 1))
    return [word for index, word in enumerate(words) if index not in dropped]
