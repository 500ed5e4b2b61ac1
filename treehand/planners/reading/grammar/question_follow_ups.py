"""Questions that take up the one before: "is the milk cold?", then "and the cheese?"."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from treehand.planners.reading.grammar.nouns.noun_phrase_parser import NounPhraseParser
from treehand.planners.reading.lexicon import Lexicon
from treehand.planners.reading.words.english import base_of
from treehand.planners.reading.words.function_words import (
    AUXILIARIES,
    BE,
    MODALS,
    PREPOSITIONS,
    QUESTION_WORDS,
)
from treehand.planners.reading.words.tokens import tokens_of

_AND = re.compile(
    r"((ok|okay|well|and|then|now|so|but) )*(and|what about|how about|or)( for| with)? (?P<rest>.+)"
)
_TOO = re.compile(r"(?P<rest>.+) (?:too|as well|also)")
_WHOLE_QUESTIONS = BE | AUXILIARIES | MODALS | QUESTION_WORDS
"""Words that begin a question of its own."""
_MARKS = frozenset(",.;")
_LONGEST = 8
"""Most words of what takes up a question."""


def asked_again(text: str, before: str, lexicon: Lexicon) -> str | None:
    """Return the question before with what a text names in place of it; None if it takes up none.

    Args:
        text: "and the cheese?", "what about the blue one?", "and in the drawer?".
        before: The question before.
        lexicon: The words of a domain and scene.
    """
    words = [word for word in tokens_of(text) if word not in _MARKS]
    found = _AND.fullmatch(" ".join(words)) or _TOO.fullmatch(" ".join(words))
    if found is None or not before:
        return None
    rest = [word for word in found["rest"].split() if word not in ("then", "too", "now")]
    said = [word for word in tokens_of(before) if word not in _MARKS]
    if not rest or len(rest) > _LONGEST or rest[0] in _WHOLE_QUESTIONS:
        return None
    gerunds = [index for index, word in enumerate(said) if is_gerund(word)]
    if is_gerund(rest[0]) and gerunds:
        end = next((i for i, word in enumerate(said) if word in ("take", "last")), len(said))
        return f"{' '.join((*said[: gerunds[0]], *rest, *said[end:]))}?"
    spans = list(_spans(said, lexicon))
    is_placed = rest[0] in PREPOSITIONS
    if is_placed:
        spans = [(at - 1, end) for at, end in spans if at and said[at - 1] in PREPOSITIONS]
    if not spans:
        return None
    start, end = spans[-1] if is_placed else spans[0]
    start += said[start] in ("many", "much")
    named = rest
    if rest[-1] in ("one", "ones"):
        named = [*rest[:-1], said[end - 1]]
    elif not is_placed and not list(_spans(rest, lexicon)):
        return None
    return f"{' '.join((*said[:start], *named, *said[end:]))}?"


def is_gerund(word: str) -> bool:
    """Return True for a verb that ends in -ing."""
    return word.endswith("ing") and base_of(word) != word


def _spans(words: Sequence[str], lexicon: Lexicon) -> Iterator[tuple[int, int]]:
    """Yield where words name things, from the first to the last."""
    nouns = NounPhraseParser(lexicon, words)
    index = 0
    while index < len(words):
        ends = [
            end
            for phrases, end in nouns.lists(index)
            if len(phrases) == 1 and phrases[0].noun is not None
        ]
        if ends:
            shortest = _before_place(words, index, max(ends))
            yield index, shortest
            index = shortest
        else:
            index += 1


def _before_place(words: Sequence[str], start: int, end: int) -> int:
    """Return the end of a noun phrase without the place that it tells: "the plate in the sink"."""
    places = (at for at in range(start + 1, end) if words[at] in PREPOSITIONS)
    return next(places, end)
