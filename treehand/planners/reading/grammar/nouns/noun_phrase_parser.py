"""Lists of noun phrases: "the red mug and the bowls", "either the bar or the table"."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain

from treehand.planners.reading.grammar.nouns.excepting_phrases import ExceptingPhrases
from treehand.planners.reading.grammar.nouns.noun_phrase import NounPhrase
from treehand.planners.reading.grammar.nouns.phrase_reader import PhraseReader
from treehand.planners.reading.lexicon import CONTRASTS, Lexicon, Noun
from treehand.planners.reading.words.inflection import NUMBERS
from treehand.skills.domain import AnyOf, Atom

_PLACING = frozenset({"to", "on", "onto", "at", "in", "into", "by", "near", "beside"})


class NounPhraseParser(PhraseReader):
    """Parser of noun phrases in a list of words."""

    def __init__(self, lexicon: Lexicon, words: Sequence[str]) -> None:
        super().__init__(lexicon, words)
        self._phrases = ExceptingPhrases(lexicon, words)
        self._lists: dict[int, list[tuple[tuple[NounPhrase, ...], int]]] = {}

    def lists(self, start: int) -> list[tuple[tuple[NounPhrase, ...], int]]:
        """Return lists like "the mugs, the bowl and the glass" at `start`, with where they end."""
        known = self._lists.get(start)
        if known is None:
            known = [*self._one_of(start)]
            if self._word(start) == "neither":
                known.extend(self._neither(start + 1))
            if self._word(start) == "not":
                known.extend(self._but(start + 1))
            if self._word(start) == "no":
                for phrases, end in self.lists(start + 1):
                    if not any(phrase.alternatives for phrase in phrases):
                        known.append((tuple(map(_denied, phrases)), end))
            if self._word(start) == "both":
                known.extend(pair for pair in self.lists(start + 1) if len(pair[0]) == 2)
            for first, end in self._phrases.at(start):
                known.extend(((first, *more), last) for more, last in self._more(end))
            known.extend(self._with_contrasts(known))
            self._lists[start] = known
        return known

    def _with_contrasts(
        self, lists: Sequence[tuple[tuple[NounPhrase, ...], int]]
    ) -> list[tuple[tuple[NounPhrase, ...], int]]:
        """Return the lists that go on with ", (but) not the mug," in the middle of a clause."""
        found: list[tuple[tuple[NounPhrase, ...], int]] = []
        for phrases, end in lists:
            start = end + 1 + (self._word(end + 1) == "but")
            if self._word(end) != "," or self._word(start) != "not":
                continue
            for other, last in self._phrases.at(start + 1):
                if self._word(last) == ",":
                    *before, one = phrases
                    if one.is_universal and self.may_except(one, (other,)):
                        one = replace(one, exceptions=(*one.exceptions, other))
                    found.append(((*before, one), last + 1))
        return found

    def _neither(self, start: int) -> Iterator[tuple[tuple[NounPhrase, ...], int]]:
        """Yield "the lamp nor the fan" at `start` as two negated noun phrases."""
        for first, end in self._phrases.at(start):
            if self._word(end) == "nor":
                for second, last in self._phrases.at(end + 1):
                    yield (replace(first, is_denied=True), replace(second, is_denied=True)), last

    def _but(self, start: int) -> Iterator[tuple[tuple[NounPhrase, ...], int]]:
        """Yield Y of "(not) X but Y"."""
        for _, end in self._phrases.at(start):
            after = end + 1 if self._word(end) == "," else end
            if self._word(after) == "but":
                yield from self.lists(after + 1)

    def contrasts(
        self, start: int, said: Sequence[str]
    ) -> Iterator[tuple[tuple[NounPhrase, ...], int]]:
        """Yield the noun phrases of "instead of the milk" and "not the milk" at `start`.

        Args:
            start: Index of the first word.
            said: Words of the phrase before; after one that names a place, "not on the stove" is a
                contrast, too. After another one it is wanted besides.

        "Not the milk or the apple" is neither of them.
        """
        is_placed = not _PLACING.isdisjoint(said)
        for words in CONTRASTS:
            if tuple(self._words[start : start + len(words)]) == words:
                after = start + len(words)
                after += is_placed and self._word(after) in _PLACING
                for phrases, end in self.lists(after):
                    yield tuple(chain.from_iterable(one.choices for one in phrases)), end

    def _one_of(self, start: int) -> Iterator[tuple[tuple[NounPhrase, ...], int]]:
        """Yield "either the bar or the table" at `start`, as a single phrase."""
        begin = start + 1 if self._word(start) == "either" else start
        for first, end in self._phrases.at(begin):
            for others, last in self._or_more(end):
                if others:
                    text = " ".join(self._words[start:last])
                    yield (NounPhrase(text, first.noun, "or", alternatives=(first, *others)),), last

    def _or_more(self, start: int) -> Iterator[tuple[tuple[NounPhrase, ...], int]]:
        after = start
        while self._word(after) == ",":
            after += 1
        if self._word(after) == "or":
            again = 2 if self._word(after + 1) in _PLACING else 1
            for phrase, end in self._phrases.at(after + again):
                for more, last in self._or_more(end):
                    yield (phrase, *more), last
        yield (), start

    def _more(self, start: int) -> Iterator[tuple[tuple[NounPhrase, ...], int]]:
        after = start
        while self._word(after) in (",", "and"):
            after += 1
        if after > start:
            for phrase, end in (*self._phrases.at(after), *self._numbered(start, after)):
                for more, last in self._more(end):
                    yield (phrase, *more), last
        yield (), start

    def _numbered(self, end: int, start: int) -> Iterator[tuple[NounPhrase, int]]:
        """Yield the object of a number at `start` after "tables 1 and": table 2."""
        number = self._word(start)
        if not all(one.isdecimal() or one in NUMBERS for one in (self._word(end - 1), number)):
            return
        for length in range(1, self._lexicon.longest_noun):
            base = tuple(self._words[max(0, end - 1 - length) : end - 1])
            for noun in self._lexicon.meanings((*base, number)):
                yield NounPhrase(" ".join((*base, number)), noun, "the"), start + 1

    def exceptions(self, start: int) -> Iterator[tuple[tuple[NounPhrase, ...], int]]:
        """Yield the noun phrases of "except …" at `start`."""
        return self._phrases.exceptions(start)

    def may_except(self, phrase: NounPhrase, exceptions: Sequence[NounPhrase]) -> bool:
        """Return True if exceptions are things that a phrase covers: no knob of "all worktops"."""
        return self._phrases.may_except(phrase, exceptions)

    def places_of(self, noun: Noun, index: int) -> Iterator[tuple[tuple[Atom | AnyOf, ...], int]]:
        """Yield the restrictions of "on the table" and "from the table" at a place."""
        return self._phrases.places_of(noun, index)


def _denied(phrase: NounPhrase) -> NounPhrase:
    """Return "no toy" of "toy": it is about all toys, as "no toys" is."""
    noun = phrase.noun
    if noun is not None and noun.object is None and not noun.is_plural and phrase.number is None:
        phrase = replace(phrase, noun=replace(noun, is_plural=True), reach="all")
    return replace(phrase, is_denied=True)
