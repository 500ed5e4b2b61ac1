"""Sentences as clauses: which phrase of the lexicon each is, and what fills its slots."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from .lexicon import CONNECTORS, Lexicon, Phrase
from .noun_phrases import NounPhrase, NounPhraseParser

Bound = dict[str, tuple[NounPhrase, ...]]
"""Slot name to the noun phrases that fill it."""


@dataclass(frozen=True)
class Clause:
    """One thing that is asked for."""

    phrase: Phrase
    bound: Bound


class ClauseParser:
    """Finds every way to read words as a list of clauses."""

    def __init__(self, lexicon: Lexicon, words: Sequence[str], *, is_strict: bool) -> None:
        self._lexicon = lexicon
        self._words = words
        self._is_strict = is_strict
        self._nouns = NounPhraseParser(lexicon, words)

    def requests(self) -> Iterator[tuple[Clause, ...]]:
        """Yield readings that use every word."""
        yield from self._clauses(0, None)

    def _clauses(self, start: int, before: Phrase | None) -> Iterator[tuple[Clause, ...]]:
        for clause, end in self._clause(start, before):
            if end == len(self._words):
                yield (clause,)
                continue
            after = end
            while after < len(self._words) and self._words[after] in CONNECTORS:
                after += 1
            if after > end:
                for more in self._clauses(after, clause.phrase):
                    yield (clause, *more)

    def _clause(self, start: int, before: Phrase | None) -> Iterator[tuple[Clause, int]]:
        for phrase in self._lexicon.phrases:
            for bound, end in self._match(phrase, phrase.words, start):
                yield from self._with_exceptions(Clause(phrase, bound), end)
        if before is not None and before.verb:
            for phrase in self._lexicon.phrases:
                if phrase.verb == before.verb and len(phrase.words) > len(phrase.verb) + 1:
                    rest = phrase.words[len(phrase.verb) :]
                    for bound, end in self._match(phrase, rest, start):
                        yield from self._with_exceptions(Clause(phrase, bound), end)

    def _with_exceptions(self, clause: Clause, end: int) -> Iterator[tuple[Clause, int]]:
        """Let an "except …" at the clause's end belong to its first "all …"."""
        for exceptions, last in self._nouns.exceptions(end):
            for slot, phrases in clause.bound.items():
                if len(phrases) == 1 and phrases[0].is_universal and not phrases[0].exceptions:
                    changed = replace(phrases[0], exceptions=exceptions)
                    yield Clause(clause.phrase, {**clause.bound, slot: (changed,)}), last
                    break
        yield clause, end

    def _match(
        self, phrase: Phrase, words: Sequence[str], start: int
    ) -> Iterator[tuple[Bound, int]]:
        if not words:
            yield {}, start
            return
        word, rest = words[0], words[1:]
        if not word.startswith("{"):
            if start < len(self._words) and self._words[start] == word:
                yield from self._match(phrase, rest, start + 1)
            return
        slot = word[1:-1]
        for phrases, end in self._nouns.lists(start):
            if all(self._fits(one, phrase.kind_of(slot)) for one in phrases):
                for bound, last in self._match(phrase, rest, end):
                    yield {slot: phrases, **bound}, last

    def _fits(self, phrase: NounPhrase, kind: str) -> bool:
        if phrase.noun is None or not self._is_strict:
            return True
        is_a = self._lexicon.vocabulary.is_a
        if phrase.noun.object is not None:
            return is_a(phrase.noun.type, kind)
        return is_a(phrase.noun.type, kind) or is_a(kind, phrase.noun.type)
