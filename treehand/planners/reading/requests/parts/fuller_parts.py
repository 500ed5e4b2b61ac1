"""Parts of a text with the words that they leave unsaid, for the grammar to read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from treehand.planners.reading.lexicon import Lexicon
from treehand.planners.reading.nouns.noun_finder import NamedThing, NounFinder
from treehand.planners.reading.requests.parts.spelled_out import AWAITING
from treehand.planners.reading.words.english import can_be_verb, gerund_of, past_of
from treehand.planners.reading.words.function_words import (
    ARTICLES,
    DEMONSTRATIVES,
    FUNCTION_WORDS,
    MODALS,
    NUMERALS,
    POSSESSIVES,
    PREPOSITIONS,
    QUANTIFIERS,
    word_set,
)

AWAY = word_set("from off out")
"""Words before the place that things are taken from."""
_TO = word_set("in into on onto to inside upon")
_MOVING = word_set("into onto to")
"""Those that tell where to, whatever the verb says."""
_BEFORE_NOUNS = ARTICLES | DEMONSTRATIVES | POSSESSIVES | QUANTIFIERS | NUMERALS
_WANTING = AWAITING | word_set(
    "wait waits waited ask asks order orders ordering fancy crave craves expect expects expecting"
    " want wants wanting wanted need needs needing needed love loves request requests keen due"
    " dying prefer prefers"
)
"""Words with which somebody at a place has something brought there."""
_LIGHT = word_set("give have get do see want need wants needs")
"""Verbs that leave it to other words what is to be done."""
_GOING = {"going": "start", "running": "start", "started": "start", "stopped": "stop"}


class FullerParts:
    """Says parts of texts in full.

    Args:
        lexicon: The words of a domain and scene.
        nouns: Finds the things that texts name.
    """

    def __init__(self, lexicon: Lexicon, nouns: NounFinder) -> None:
        self._lexicon = lexicon
        self._nouns = nouns

    def start_of(self, words: Sequence[str], thing: NamedThing) -> int:
        """Return the index of a thing's determiner, or of its adjective."""
        start = first = thing.start
        while start and words[start - 1] in self._lexicon.adjectives:
            start -= 1
        told = start
        while told and (
            words[told - 1] in _BEFORE_NOUNS
            or (words[told - 1] == "of" and words[told - 2] in QUANTIFIERS)
        ):
            told -= 1
        if told < start:
            return told
        while start < first and self._lexicon.asks(words[start]):
            start += 1  # "shut the fridge"
        return start

    def named(self, words: Sequence[str], thing: NamedThing) -> Sequence[str]:
        """Return the words for a thing that was named before: "the mug" for "a mug"."""
        said = list(words[self.start_of(words, thing) : thing.end])
        if said[0] in POSSESSIVES | DEMONSTRATIVES | {"a", "an", "some"}:
            said[0] = "the"
        if len(said) == thing.end - thing.start and thing.reach == "the":
            said.insert(0, "the")
        return said

    def of(self, words: Sequence[str]) -> Iterator[list[str]]:
        """Yield "put the mug in the sink" for "the mug in the sink", and without "off the table".

        Args:
            words: A part that the grammar does not read, with things in it.
        """
        things = self._nouns.found(words)
        if not things or len(words) < 2:
            return
        first = self.start_of(words, things[0])
        if not first and words[-1] not in _TO:
            yield ["put", *words]
        moving = _MOVING if self._lexicon.asks(words[0]) else _TO
        if self._is_verb(words[0]) and words[0] != "put" and moving & set(words[2:]):
            yield ["put", *words[1:]]
        if words[1] == "with" and words[0] in PREPOSITIONS:  # "off with the lamps"
            yield [*words[2:], words[0]]
        elif words[0] in _TO and "with" in words:  # "into the sink with the bowls"
            at = list(words).index("with")
            yield ["put", *words[at + 1 :], *words[:at]]
        yield from self._wanted(words, things)
        yield from self._verb_last(words, things)
        yield from self._done(words, things[0], first)
        yield from self._without_source(words, things)

    def _done(self, words: Sequence[str], thing: NamedThing, first: int) -> Iterator[list[str]]:
        """Yield "wash the mug" for "get the mug washed" and "the mug can be washed"."""
        said, rest = list(words[first : thing.end]), list(words[thing.end :])
        if any(word not in _LIGHT | FUNCTION_WORDS for word in words[:first]) or not rest:
            return
        if words[0] == "give":  # "give the fern some water"
            yield from ([one, *said] for one in rest if self._lexicon.asks(one))
        while rest and rest[0] in MODALS | {"be", "to", "being", "needs", "wants", "want", "need"}:
            rest = rest[1:]
        done = rest[0] if rest else ""
        verbs = (_GOING.get(done), gerund_of(done), past_of(done)) if done else ()
        for verb in verbs:
            if verb and self._lexicon.asks(verb):
                after = rest[1:] if rest[1:] != ["up"] else []
                yield [verb, *said, *after]

    def _wanted(self, words: Sequence[str], things: Sequence[NamedThing]) -> Iterator[list[str]]:
        """Yield "table two wants the tea" for "table two is still waiting for the tea"."""
        if len(things) < 2:
            return
        begin = self.start_of(words, things[1])
        between = words[things[0].end : begin]
        is_wish = bool(_WANTING & set(between)) and "not" not in between
        if is_wish and all(word in _WANTING | FUNCTION_WORDS for word in between):
            yield [*words[: things[0].end], "wants", *words[begin:]]

    def _verb_last(self, words: Sequence[str], things: Sequence[NamedThing]) -> Iterator[list[str]]:
        """Yield "give the sponge to me" for "sponge to me give", as learners say it."""
        verb, taken = words[-1], {i for one in things for i in range(one.start, one.end)}
        others = [word for i, word in enumerate(words[:-1]) if i not in taken and word != ","]
        is_rest = all(word in FUNCTION_WORDS or word in self._lexicon.adjectives for word in others)
        is_verb = self._lexicon.asks(verb) and verb not in PREPOSITIONS
        if things[0].end < len(words) and is_verb and is_rest and "not" not in others:
            yield [verb, *self.named(words, things[0]), *words[things[0].end : -1]]

    def _without_source(
        self, words: Sequence[str], things: Sequence[NamedThing]
    ) -> Iterator[list[str]]:
        """Yield "the mug into the sink" for "the mug off the table into the sink".

        With "the mug on the table" it begins: that is the one which is meant.
        """
        for thing in things[1:-1]:
            begin = self.start_of(words, thing)
            if words[begin - 1] == "of":
                begin -= 1
            if words[begin - 1] not in AWAY:
                continue
            kept, rest = words[: begin - 1], words[thing.end :]
            name = next((noun.object for noun in thing.nouns if noun.object), None)
            relation = self._lexicon.relation_to(name) if name else ""
            if relation:
                yield [*kept, relation, *words[begin : thing.end], *rest]
            yield [*kept, *rest]

    def completed(
        self, words: Sequence[str], named: Sequence[str], last: str
    ) -> Iterator[list[str]]:
        """Yield words with a thing that they leave unsaid: "and back in the fridge".

        Args:
            words: A part of a text.
            named: The words for a thing that was named before it.
            last: The word before the part.
        """
        first, things = words[0], self._nouns.found(words)
        if self._is_verb(first):
            if not things:
                yield [first, *named]
                yield [first, *named, *words[1:]]
                if words[1:2] and words[1] in PREPOSITIONS:
                    yield [*words[:2], *named]
            elif words[1:2] and words[1] in PREPOSITIONS | {"back"}:
                yield [first, *named, *words[1:]]
        elif first in _TO:
            yield ["put", *named, *words]
        elif first == "back" and words[1:2] and words[1] in _TO:
            yield ["put", *named, *words[1:]]
        elif len(things) == 1 and things[0].end == len(words) and things[0].start <= 2:
            name = next((noun.object for noun in things[0].nouns if noun.object), None)
            relation = self._lexicon.relation_to(name) if name else ""
            if relation and last not in AWAY | {"of"}:
                yield ["put", *named, relation, "the", *words[things[0].start :]]

    def repeated(self, words: Sequence[str], frame: Sequence[str]) -> Iterator[list[str]]:
        """Yield the part before with the thing of one that says nothing else: "the bowls too".

        Args:
            words: The part.
            frame: The words of the part before.
        """
        inner, of = self._nouns.found(words), self._nouns.found(frame)
        if len(inner) != 1 or not of:
            return
        rest = [*words[: self.start_of(words, inner[0])], *words[inner[0].end :]]
        if all(word in FUNCTION_WORDS for word in rest):
            said = self.named(words, inner[0])
            yield [*frame[: self.start_of(frame, of[0])], *said, *frame[of[0].end :]]

    def _is_verb(self, word: str) -> bool:
        is_asking = self._lexicon.asks(word) and word not in _BEFORE_NOUNS
        return is_asking or (can_be_verb(word) and word not in FUNCTION_WORDS)
