"""Noun phrases with exceptions, and those that are said once more: "the mug, the blue one"."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from treehand.planners.reading.grammar.nouns.noun_phrase import NounPhrase
from treehand.planners.reading.grammar.nouns.phrase_reader import PhraseReader
from treehand.planners.reading.grammar.nouns.single_phrases import SinglePhrases
from treehand.planners.reading.lexicon import EXCEPTIONS, Lexicon, Noun
from treehand.planners.reading.words.inflection import NUMBERS
from treehand.skills.domain import AnyOf, Atom


class ExceptingPhrases(PhraseReader):
    """Reader of noun phrases in a list of words, "all dishes except the glass" among them."""

    def __init__(self, lexicon: Lexicon, words: Sequence[str]) -> None:
        super().__init__(lexicon, words)
        self._single = SinglePhrases(lexicon, words)

    def at(self, start: int) -> Iterator[tuple[NounPhrase, int]]:
        """Yield single noun phrases that begin at `start`, with where they end, longest first."""
        if tuple(self._words[start : start + 2]) == ("all", "but"):
            for phrase, end in self._single.at(start + 2):
                if phrase.reach == "some":  # all but one of the plates
                    yield replace(phrase, reach="all", number=None, left_n=phrase.number or 1), end
        for phrase, end in self._single.at(start):
            yield from self._with_exceptions(phrase, end)
            yield from self._restated(phrase, end)

    def _restated(self, phrase: NounPhrase, end: int) -> Iterator[tuple[NounPhrase, int]]:
        """Yield the second phrase of "my bowl, the one on the table", "the mug, the blue one"."""
        if self._word(end) != "," or phrase.noun is None or phrase.noun.object is not None:
            return
        for other, last in self._single.at(end + 1):
            kind = other.noun.type if other.noun is not None else ""
            is_told = other.filters or (other.noun is not None and other.noun.object is not None)
            if "one" in other.text.split() and is_told and kind == phrase.noun.type:
                yield other, last

    def exceptions(self, start: int) -> Iterator[tuple[tuple[NounPhrase, ...], int]]:
        """Yield the noun phrases of "except …" at `start`."""
        for words in EXCEPTIONS:
            if tuple(self._words[start : start + len(words)]) == words:
                for phrase, end in self._single.at(start + len(words)):
                    for more, last in self._more_bare(end):
                        if phrase.text in ("the one", "the ones") and not phrase.tells_place:
                            continue  # "the ones on the table" tells where they are
                        is_left = words[-1] == "leave"
                        if not is_left or self._word(last) == "alone":
                            yield (phrase, *more), last + is_left
                return

    def _more_bare(self, start: int) -> Iterator[tuple[tuple[NounPhrase, ...], int]]:
        after = start
        while self._word(after) in (",", "and", "or", "nor"):  # not one or the other: neither
            after += 1
        if after > start:
            for phrase, end in self._single.at(after):
                for more, last in self._more_bare(end):
                    yield (phrase, *more), last
        yield (), start

    def _with_exceptions(self, phrase: NounPhrase, end: int) -> Iterator[tuple[NounPhrase, int]]:
        if phrase.is_universal:
            for exceptions, last in (*self.exceptions(end), *self._of_no_kind(end)):
                if self.may_except(phrase, exceptions):
                    yield replace(phrase, exceptions=exceptions), last
            number = NUMBERS.get(self._word(end + 1))
            if number is not None and (self._word(end),) in EXCEPTIONS:
                last = end + 2 + 2 * (self._words[end + 2 : end + 4] == ["of", "them"])
                yield replace(phrase, left_n=number), last  # every plate but one
        yield phrase, end

    def _of_no_kind(self, start: int) -> Iterator[tuple[tuple[NounPhrase, ...], int]]:
        """Yield the noun phrase of "that is not food" at `start`, which all such things are."""
        said = tuple(self._words[start : start + 3])
        if said in (("that", "is", "not"), ("that", "are", "not"), ("which", "are", "not")):
            for kind, end in self._single.at(start + 3):
                if kind.noun is not None and kind.noun.object is None:
                    yield (replace(kind, reach="all", number=None),), end

    def may_except(self, phrase: NounPhrase, exceptions: Sequence[NounPhrase]) -> bool:
        """Return True if exceptions are things that a phrase covers: no knob of "all worktops"."""
        is_a = self._lexicon.vocabulary.is_a
        kind = phrase.noun.type if phrase.noun else ""
        return phrase.is_everything or all(
            one.noun is None or is_a(one.noun.type, kind) or is_a(kind, one.noun.type)
            for one in exceptions
        )

    def places_of(self, noun: Noun, index: int) -> Iterator[tuple[tuple[Atom | AnyOf, ...], int]]:
        """Yield the restrictions of "on the table" and "from the table" at a place."""
        return self._single.places_of(noun, index)
