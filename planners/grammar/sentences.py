"""Texts as the words that count: without courtesies, and without sentences that only say why."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from .lexicon import CONNECTORS, Lexicon, Words, tokens_of

_PAUSES = frozenset({".", ";", ","})
_AFTER_A_REASON = 4
"""So many words may follow "it is so": "hot in here today"."""


def words_that_count(text: str, lexicon: Lexicon) -> list[str]:
    """Return the words of a text that say what is wanted."""
    words = [word for part in _parts(tokens_of(text)) for word in _spoken(part, lexicon)]
    words = _without_courtesies(words, lexicon)
    while words and words[-1] in CONNECTORS:
        words.pop()
    while words and words[0] in CONNECTORS:
        words.pop(0)
    return words


def _parts(words: Sequence[str]) -> Iterator[list[str]]:
    """Yield the words between pauses, each with the pause that ends it."""
    part: list[str] = []
    for word in words:
        part.append(word)
        if word in _PAUSES:
            yield part
            part = []
    yield part


def _spoken(part: list[str], lexicon: Lexicon) -> list[str]:
    """Return a part of a sentence; nothing of it if it only says why: "it is so hot"."""
    for reason in lexicon.household.reasons:
        if tuple(part[: len(reason)]) == reason:
            rest = [word for word in part[len(reason) :] if word not in _PAUSES]
            if len(rest) <= _AFTER_A_REASON and not any((w,) in lexicon.nouns for w in rest):
                return []
            break
    return part


def _without_courtesies(words: list[str], lexicon: Lexicon) -> list[str]:
    kept: list[str] = []
    index = 0
    while index < len(words):
        skipped = _courtesy_at(words, index, lexicon)
        if skipped:
            index += skipped
        else:
            kept.append(words[index])
            index += 1
    return kept


def _courtesy_at(words: Sequence[str], index: int, lexicon: Lexicon) -> int:
    """Return how many words at `index` change nothing."""
    household = lexicon.household

    def stands(phrase: Words) -> bool:
        return tuple(words[index : index + len(phrase)]) == phrase

    for courtesy in household.courtesies:
        if stands(courtesy):
            return len(courtesy)
    for phrase in household.before_gerunds:
        after = index + len(phrase)
        verb = words[after] if after < len(words) else ""
        if stands(phrase) and verb.endswith("ing") and lexicon.phrases_from(verb):
            return len(phrase)
    return 0
