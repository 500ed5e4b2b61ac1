"""The words of a household that no domain file needs to repeat: concepts, nouns, courtesies."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated

from pydantic import Field

from treehand.documents.reader import Located, read_file
from treehand.planners.reading.grammar.inflection import words_of

Words = tuple[str, ...]
BE = ("is", "are", "be", "stays", "remains", "gets")

_FILE = Path(__file__).with_name("household.yaml")
_CHOICE = re.compile(r"\(([^()]*)\)")


class Concept(Located):
    """Something that many domains have a predicate for."""

    names: tuple[str, ...]
    """What such predicates are called."""
    size: int
    """How many parameters they have."""
    phrases: tuple[str, ...]
    """How people ask for it."""
    narrow: tuple[str, ...] = ()
    """How they ask for it where nothing else is meant by that."""
    not_: Annotated[tuple[str, ...], Field(alias="not")] = ()
    """How they ask for its opposite."""
    opposite: str | None = None
    """The concept that is its opposite."""


class HouseholdFile(Located):
    """``household.yaml``."""

    concepts: dict[str, Concept]
    """By name."""
    nouns: tuple[tuple[str, ...], ...]
    """Words for the same thing."""
    verbs: tuple[tuple[str, ...], ...]
    """Verbs for the same action, with their irregular and past forms."""
    heads: tuple[str, ...]
    """Last parts of compounds."""
    qualities: tuple[str, ...]
    """Qualities that tell nothing apart."""
    measures: tuple[str, ...]
    """What measures out a thing: a cup of."""
    courtesies: tuple[str, ...]
    """Words that change nothing."""
    before_gerunds: tuple[str, ...]
    """Words that change nothing before a verb in -ing."""
    reasons: tuple[str, ...]
    """How a sentence begins that asks for nothing."""
    subjects: tuple[str, ...]
    """What a sentence that asks for nothing may begin with."""
    wishes: tuple[str, ...]
    """Words by which a sentence asks."""


@dataclass(frozen=True)
class Asking:
    """A way to ask for a predicate: literal words, and ``{0}``, ``{1}`` for its parameters."""

    words: Words
    positive: bool


@dataclass(frozen=True)
class Household:
    """The general words, ready for use."""

    concepts: dict[str, Concept]
    nouns: tuple[tuple[Words, ...], ...]
    verbs: tuple[frozenset[str], ...]
    heads: frozenset[str]
    qualities: frozenset[str]
    measures: frozenset[str]
    courtesies: tuple[Words, ...]
    """Longest first."""
    before_gerunds: tuple[Words, ...]
    reasons: tuple[Words, ...]
    """Longest first."""
    subjects: frozenset[str]
    wishes: frozenset[str]

    def apart(self, words: Words) -> Words:
        """Return the words of a name with a compound at their end taken apart: table, lamp."""
        last = words[-1]
        for at in range(3, len(last) - 2):
            if last[at:] in self.heads:
                return (*words[:-1], last[:at], last[at:])
        return words

    def concept_of(self, name: str, size: int, asked: Sequence[Words]) -> str | None:
        """Return the concept of a predicate; None if it has none.

        Args:
            name: What the predicate is called.
            size: How many parameters it has.
            asked: Its own phrases, with ``{0}`` and ``{1}`` for its parameters.
        """
        own = set(asked)
        for key, concept in self.concepts.items():
            if concept.size == size and own & _expansions(concept.phrases):
                return key
        called = "_".join(words_of(name))
        for key, concept in self.concepts.items():
            if not asked and concept.size == size and called in concept.names:
                return key
        return None

    def askings(
        self, key: str, *, is_alone: bool, has_opposite: bool
    ) -> Mapping[str, Sequence[Asking]]:
        """Return the ways to ask for a concept by their first words, "" for a parameter.

        Args:
            key: The concept.
            is_alone: Whether the predicate has no phrases of its own.
            has_opposite: Whether another predicate stands for the opposite.
        """
        return _askings(key, is_alone, has_opposite)


@cache
def _askings(key: str, is_alone: bool, has_opposite: bool) -> Mapping[str, Sequence[Asking]]:
    concepts = load_household().concepts
    concept = concepts[key]
    texts = [(concept.phrases, True), (concept.not_, False)]
    texts += [(concept.narrow, True)] if is_alone else []
    if concept.opposite is not None and not has_opposite:
        other = concepts[concept.opposite]
        texts.append((other.phrases, False))
        texts += [(other.narrow, False)] if is_alone else []
    found: dict[str, dict[Asking, None]] = {}
    for phrases, positive in texts:
        for words in sorted(_expansions(phrases)):
            asking = Asking(words, positive)
            for one in (asking, *denials(asking)):
                first = "" if one.words[0].startswith("{") else one.words[0]
                found.setdefault(first, {})[one] = None
    return {first: tuple(some) for first, some in found.items()}


def denials(asking: Asking) -> Iterator[Asking]:
    """Yield how a statement is denied: "{0} is not on {1}"."""
    words = asking.words
    if words[0].startswith("{") and words[1:2] and words[1] in BE and words[2:3] != ("not",):
        for be in ((words[1], "not"), ("not", words[1])):
            yield Asking((words[0], *be, *words[2:]), not asking.positive)


@cache
def load_household() -> Household:
    """Return the general words."""
    file = read_file(_FILE, HouseholdFile)
    return Household(
        concepts=file.concepts,
        nouns=tuple(tuple(tuple(word.split()) for word in group) for group in file.nouns),
        verbs=tuple(map(frozenset, file.verbs)),
        heads=frozenset(file.heads),
        qualities=frozenset(file.qualities),
        measures=frozenset(file.measures),
        courtesies=_longest_first(_expansions(file.courtesies)),
        before_gerunds=_longest_first(_expansions(file.before_gerunds)),
        reasons=_longest_first(_expansions(file.reasons)),
        subjects=frozenset(file.subjects),
        wishes=frozenset(file.wishes),
    )


def _longest_first(texts: frozenset[Words]) -> tuple[Words, ...]:
    return tuple(sorted(texts, key=lambda words: (-len(words), words)))


@cache
def _expansions(phrases: tuple[str, ...]) -> frozenset[Words]:
    """Return phrases with each "(a|b|)" replaced by each of its parts."""
    found: set[Words] = set()
    for phrase in phrases:
        parts = _CHOICE.split(phrase)
        fixed, choices = parts[::2], [part.split("|") for part in parts[1::2]]
        for chosen in itertools.product(*choices):
            text = "".join(itertools.chain(*itertools.zip_longest(fixed, chosen, fillvalue="")))
            found.add(tuple(text.split()))
    return frozenset(found)


def positional(words: Words, params: Sequence[str]) -> Words:
    """Return a phrase with its slots named by position: ``put {0} on {1}``."""
    order = {"{" + name + "}": "{" + str(index) + "}" for index, name in enumerate(params)}
    return tuple(order.get(word, word) for word in words)
