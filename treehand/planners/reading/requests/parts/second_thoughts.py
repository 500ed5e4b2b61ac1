"""Offers for texts that take something back: "on the desk, sorry, the bed, I will lie down"."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from treehand.planners.goals.readings import Question
from treehand.planners.reading.grammar import Lexicon
from treehand.planners.reading.grammar.sentences import words_that_count
from treehand.planners.reading.nouns.noun_finder import NamedThing, NounFinder
from treehand.planners.reading.requests.parts.partial_offers import (
    Admits,
    PartialOffers,
    question_of,
)
from treehand.planners.reading.requests.phrasing import MOST
from treehand.planners.reading.speech.disfluency import cue_at
from treehand.planners.reading.words.function_words import (
    ARTICLES,
    DEMONSTRATIVES,
    POSSESSIVES,
    SUBJECTS,
)
from treehand.planners.reading.words.tokens import marked_tokens
from treehand.skills.domain import Facts, Formula

_MARKS = frozenset({",", ".", ";"})
_POINTING = ARTICLES | DEMONSTRATIVES | POSSESSIVES
_LEAVING = ("leave", "keep", "skip", "forget")
"""Verbs of what is left out, which says nothing anew."""
_DENIED = ("not", "never")
_LIKELY = 0.75
"""Least score of what is said after what is not meant."""
_FAIRLY = 0.85
"""Least score of the text with another thing in it."""


class SecondThoughts:
    """Offers what a text asks for after the person took a part of it back.

    Args:
        lexicon: The words of a domain and scene.
        partial: Makes options of texts in parts.
    """

    def __init__(self, lexicon: Lexicon, partial: PartialOffers) -> None:
        self._lexicon = lexicon
        self._partial = partial
        self._nouns = NounFinder(lexicon)

    def offered(self, text: str, facts: Facts, admits: Admits) -> Question | None:
        """Return the question whether the corrected order is meant; None for other texts.

        Args:
            text: The person's words.
            facts: Beliefs.
            admits: Tells which goals may be offered.
        """
        tokens = marked_tokens(text)
        for before, after in _taken_back(tokens):
            readings = [
                one
                for words in self._corrected(before, after)
                for one in self._partial.reader.readings(words, facts)[:1]
                if one.score >= _FAIRLY and not one.unread
            ]
            goals = self._partial.options(text, readings, facts, admits, MOST)
            if goals:
                options = tuple(goals)
                which = f"{options[0]}?" if len(options) == 1 else "which is it?"
                asked = f"you corrected yourself: {which}"
                return question_of(asked, goals, text)
        return None

    def instead(self, text: str, facts: Facts, admits: Admits) -> Question | None:
        """Return the question whether what follows "not the shirt, …" is meant; None if nothing is.

        Args:
            text: The person's words, which begin with what is not meant.
            facts: Beliefs.
            admits: Tells which goals may be offered.
        """
        told = self.told_instead(text)
        if not told:
            return None
        words = self._counting(told.split())
        readings = [
            one
            for one in self._partial.reader.readings(words, facts)
            if one.score >= _LIKELY and not self.denies(text, one.formula)
        ]
        goals = self._partial.options(text, readings, facts, admits, MOST)
        which = f"{next(iter(goals))}?" if len(goals) == 1 else "which is it?"
        return question_of(f"instead of that: {which}", goals, text) if goals else None

    def told_instead(self, text: str) -> str:
        """Return "fold the towel" for "not the shirt, fold the towel"; empty for other texts."""
        segments = list(_segments(marked_tokens(text), drops_told=False))
        told = [one for one in segments if one[0] not in _DENIED]
        is_denied = any(map(self._names_alone, segments)) and segments[0][0] in _DENIED
        if not is_denied or len(told) + 1 < len(segments) or any(o[0] in _LEAVING for o in told):
            return ""
        return " , ".join(" ".join(one) for one in told)

    def denies(self, text: str, formula: Formula) -> bool:
        """Return True if a goal is about a thing of which "not the shirt" is said."""
        denied = {name for one in self._denied(text) for name in one}
        return any(denied & set(atom.fact.terms) for atom in formula.atoms())

    def _denied(self, text: str) -> Iterator[set[str]]:
        for one in _segments(marked_tokens(text), drops_told=False):
            if one[0] in _DENIED:
                nouns = (noun for thing in self._nouns.found(one) for noun in thing.nouns)
                yield {noun.object for noun in nouns if noun.object is not None}

    def _names_alone(self, segment: Sequence[str]) -> bool:
        """Return True for "not the shirt": it denies a thing, and says no more."""
        rest = [word for word in segment[1:] if word not in _POINTING]
        is_named = bool(rest) and all(map(self._lexicon.names, rest))
        return segment[0] in _DENIED and is_named

    def _corrected(self, before: Sequence[str], after: Sequence[str]) -> Iterator[list[str]]:
        """Yield the words before a correction with what is said anew in its place."""
        words = self._counting(before)
        things = [thing for thing in self._nouns.found(words) if not thing.is_excepted]
        segments = [self._counting(one) for one in _segments(after)]
        said = [one for one in segments if one and one[0] not in _DENIED]
        if not things or not said or any(one[0] in _LEAVING for one in said):
            return
        for segment in said:
            anew = self._nouns.found(segment)
            if self._lexicon.asks(segment[0]) and segment[0] not in _POINTING:
                yield self._with_things(segment, words, things)
            elif anew:
                for thing in reversed(anew):
                    for old in reversed(things):
                        if thing.said != old.said:
                            yield [
                                *words[: old.start],
                                *segment[thing.start : thing.end],
                                *words[old.end :],
                            ]
            else:
                yield from self._told_apart(segment, words, things)

    def _with_things(
        self, segment: list[str], words: Sequence[str], things: Sequence[NamedThing]
    ) -> list[str]:
        """Return "put the mug in the sink" for "put it in the sink"."""
        first = ["the", *words[things[0].start : things[0].end]]
        at = next((i for i, word in enumerate(segment) if word in ("it", "them")), None)
        return segment if at is None else [*segment[:at], *first, *segment[at + 1 :]]

    def _told_apart(
        self, segment: Sequence[str], words: Sequence[str], things: Sequence[NamedThing]
    ) -> Iterator[list[str]]:
        """Yield the words with "the red crate" for "the blue crate", where "red" is said anew."""
        for old in reversed(things):
            for word in segment:
                other = (word, *words[old.start + 1 : old.end])
                if old.end - old.start > 1 and self._lexicon.meanings(other):
                    yield [*words[: old.start], *other, *words[old.end :]]

    def _counting(self, words: Sequence[str]) -> list[str]:
        return words_that_count(" ".join(words), self._lexicon)


def _taken_back(tokens: Sequence[str]) -> Iterator[tuple[Sequence[str], Sequence[str]]]:
    """Yield the words before and after each cue that takes something back, the first one first."""
    for index in range(2, len(tokens) - 1):
        length = cue_at(tokens, index)
        is_apart = tokens[index - 1] in _MARKS
        if length and is_apart:
            yield tokens[: index - 1], tokens[index + length :]


def _segments(tokens: Sequence[str], *, drops_told: bool = True) -> Iterator[list[str]]:
    """Yield what is said between pauses, without cues and what only tells of somebody."""
    segment: list[str] = []
    for index in range(len(tokens) + 1):
        if index < len(tokens) and tokens[index] not in _MARKS:
            segment.append(tokens[index])
            continue
        while segment and (length := cue_at(segment, 0)):
            segment = segment[length:]
        if segment and not (drops_told and segment[0] in SUBJECTS):
            yield segment
        segment = []
