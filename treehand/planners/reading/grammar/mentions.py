"""Mentions of objects and types in texts."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from treehand.planners.reading.grammar.sentences import words_that_count
from treehand.planners.reading.lexicon import Lexicon, Noun, Phrase
from treehand.planners.reading.words.function_words import ARTICLES, BE, SUBJECTS
from treehand.planners.reading.words.tokens import tokens_of
from treehand.skills.domain import Atom, Formula

_NO_VERBS = ARTICLES | SUBJECTS | BE
"""Words that begin a statement, not a request."""


class Mentions:
    """Finds the objects and types that a text mentions, and requests with similar words.

    Args:
        lexicon: The words of a domain and scene.
    """

    def __init__(self, lexicon: Lexicon) -> None:
        self._lexicon = lexicon
        self._vocabulary = lexicon.vocabulary

    def named_in(self, text: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return the objects that a text names, by name or by type, and those types."""
        nouns = list(self._nouns_in(text))
        kinds = tuple(dict.fromkeys(noun.type for noun in nouns if noun.object is None))
        names = dict.fromkeys(noun.object for noun in nouns if noun.object is not None)
        of_kinds = (name for kind in kinds for name in self._vocabulary.objects(kind))
        return tuple(dict.fromkeys([*names, *of_kinds])), kinds

    def speaks_of(self, text: str, name: str) -> bool:
        """Return True if a text names an object, by its name or by a type of it."""
        kind = self._vocabulary.object_types[name]
        types = self._vocabulary.types
        return any(
            noun.object == name
            or (
                noun.object is None
                and types[noun.type] is not None  # "thing" names no type
                and self._vocabulary.is_a(kind, noun.type)
            )
            for noun in self._nouns_in(text)
        )

    def speaks_of_type(self, text: str, kind: str) -> bool:
        """Return True if a text names a type, a subtype of it or a supertype."""
        is_a = self._vocabulary.is_a
        nouns = self._nouns_in(text)
        return any(is_a(noun.type, kind) or is_a(kind, noun.type) for noun in nouns)

    def requests_like(self, text: str, number: int) -> list[tuple[str, Formula]]:
        """Return requests that share words with a text but name other objects, the best last.

        They are few-shot examples for language models, one for each predicate.

        Args:
            text: The words of a person.
            number: Most requests to return.
        """
        said = set(tokens_of(text))
        named = set(self.named_in(text)[0])
        best: dict[str, tuple[int, Phrase]] = {}
        for phrase in self._lexicon.book.own_requests:
            if isinstance(phrase.formula, Atom) and phrase.words[0] not in _NO_VERBS:
                shared = len(said.intersection(phrase.words))
                known = best.get(str(phrase.formula))
                if known is None or shared > known[0]:
                    best[str(phrase.formula)] = shared, phrase
        likest = sorted(best.values(), key=lambda one: one[0], reverse=True)[:number]
        found = (self._example(phrase, named) for _, phrase in reversed(likest))
        return [example for example in found if example is not None]

    def _example(self, phrase: Phrase, named: Collection[str]) -> tuple[str, Formula] | None:
        """Return a phrase with objects in its slots, unnamed ones first; None if too few fit."""
        binding: dict[str, str] = {}
        for slot, kind in phrase.params:
            names = [n for n in self._vocabulary.objects(kind) if n not in binding.values()]
            names.sort(key=lambda name: name in named)
            for name in names:
                formula = phrase.formula.substitute({**binding, slot: name})
                if self._lexicon.admits(formula):
                    binding[slot] = name
                    break
            else:
                return None
        said = {"{" + slot + "}": f"the {name.replace('_', ' ')}" for slot, name in binding.items()}
        words = " ".join(said.get(word, word) for word in phrase.words)
        return words, phrase.formula.substitute(binding)

    def _nouns_in(self, text: str) -> Iterator[Noun]:
        words = words_that_count(text, self._lexicon)
        for start in range(len(words)):
            for length in range(1, self._lexicon.longest_noun + 1):
                yield from self._lexicon.nouns.get(tuple(words[start : start + length]), ())
