"""General household words, which domain files need not repeat: concepts, nouns, courtesies."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Annotated

from pydantic import Field

from treehand.documents.reader import Located, read_file
from treehand.planners.reading.words.inflection import words_of

Words = tuple[str, ...]
_PARTICLES = ("up", "down", "off", "out", "away", "over", "back")
_ITS_THING = "{}"
"""Place of the thing in a phrase for an action; after the verb if left out."""
BE = ("is", "are", "be", "stays", "remains", "gets")

_FILE = Path(__file__).with_name("household.yaml")
_CHOICE = re.compile(r"\(([^()]*)\)")


class Concept(Located):
    """A predicate that many domains share, with the phrases for it."""

    names: tuple[str, ...]
    """Names of such predicates."""
    size: int
    """Number of parameters."""
    phrases: tuple[str, ...]
    """Phrases that ask for it."""
    narrow: tuple[str, ...] = ()
    """Phrases that ask for it unless another predicate takes them."""
    lone: tuple[str, ...] = ()
    """Phrases that ask for it unless the domain has the concept `unless`."""
    unless: str | None = None
    emptied: tuple[str, ...] = ()
    """Phrases about ``{1}`` alone, which ask that nothing is there: clear the table."""
    not_: Annotated[tuple[str, ...], Field(alias="not")] = ()
    """Phrases that ask for its opposite."""
    opposite: str | None = None
    """The concept that is its opposite."""


class HouseholdFile(Located):
    """``household.yaml``."""

    concepts: dict[str, Concept]
    """Concept by name."""
    nouns: tuple[tuple[str, ...], ...]
    """Groups of synonyms."""
    verbs: tuple[tuple[str, ...], ...]
    """Verbs for the same action, with their irregular and past forms."""
    actions: tuple[tuple[str, ...], ...]
    """Groups of verbs with their particles that ask for the same."""
    heads: tuple[str, ...]
    """Last words of compounds."""
    qualities: tuple[str, ...]
    """Adjectives that distinguish no objects."""
    states: tuple[str, ...]
    """Adjectives that distinguish no objects where only one thing has the noun after them."""
    measures: tuple[str, ...]
    """Measures: a cup of."""
    courtesies: tuple[str, ...]
    """Words that do not change the meaning."""
    before_gerunds: tuple[str, ...]
    """Words that do not change the meaning before a verb in -ing."""
    reasons: tuple[str, ...]
    """Beginnings of sentences that ask for nothing."""
    subjects: tuple[str, ...]
    """Subjects of sentences that ask for nothing."""
    wishes: tuple[str, ...]
    """Words that make a sentence a request."""


@dataclass(frozen=True)
class Asking:
    """Phrase that asks for a predicate: literal words, and ``{0}``, ``{1}`` for its parameters."""

    words: Words
    positive: bool


@dataclass(frozen=True)
class Household:
    """The general words, expanded and indexed."""

    concepts: dict[str, Concept]
    nouns: tuple[tuple[Words, ...], ...]
    verbs: tuple[frozenset[str], ...]
    actions: tuple[tuple[Words, ...], ...]
    heads: frozenset[str]
    qualities: frozenset[str]
    states: frozenset[str]
    measures: frozenset[str]
    courtesies: Mapping[str, Sequence[Words]]
    """By their first words, the longest first."""
    before_gerunds: tuple[Words, ...]
    reasons: tuple[Words, ...]
    """Longest first."""
    subjects: frozenset[str]
    wishes: frozenset[str]

    @cached_property
    def _groups(self) -> Mapping[Words | str, Sequence[int]]:
        """Numbers of the groups of nouns, by each of their members, and by those written as one."""
        found: dict[Words | str, list[int]] = {}
        for number, group in enumerate(self.nouns):
            keys: set[Words | str] = set(group)
            keys |= {"".join(one) for one in group if len(one) > 1}
            for key in keys:
                found.setdefault(key, []).append(number)
        return found

    def groups_of(self, *keys: Words | str) -> Iterator[tuple[Words, ...]]:
        """Yield the groups of nouns with one of some members, in the file's order.

        Args:
            keys: Words of a member; as a text, a member of several words that is written as one.
        """
        numbers = {number for key in keys for number in self._groups.get(key, ())}
        for number in sorted(numbers):
            yield self.nouns[number]

    def apart(self, words: Words) -> Words:
        """Return the words of a name with the compound at its end split: table, lamp."""
        last = words[-1]
        for at in range(3, len(last) - 2):
            if last[at:] in self.heads:
                return (*words[:-1], last[:at], last[at:])
        return words

    def concept_of(self, name: str, size: int, asked: Sequence[Words]) -> str | None:
        """Return the concept of a predicate; None if it has none.

        Args:
            name: Name of the predicate.
            size: Number of its parameters.
            asked: Its own phrases, with ``{0}`` and ``{1}`` for its parameters.
        """
        own = set(asked)
        called = "_".join(words_of(name))
        fitting = {key: one for key, one in self.concepts.items() if one.size == size}
        shared = {
            key: len(own.intersection(_expansions(one.phrases))) for key, one in fitting.items()
        }
        named = [key for key, one in fitting.items() if called in one.names]
        for key in named:
            if shared[key] or not asked:
                return key
        best = max(shared, key=lambda key: shared[key], default=None)
        return best if best is not None and shared[best] else None

    def askings(
        self, key: str, *, is_alone: bool, known: frozenset[str]
    ) -> Mapping[str, Sequence[Asking]]:
        """Return the phrases for a concept by their first words, "" for a parameter.

        Args:
            key: The concept.
            is_alone: True if the predicate has no phrases of its own.
            known: The concepts that the domain has.
        """
        concept = self.concepts[key]
        return _askings(key, is_alone, concept.opposite in known, concept.unless in known)

    def same_actions(self, words: Words) -> Iterator[Words]:
        """Yield the phrases for the same action as "throw {x} away", for the same thing."""
        slots = [word for word in words if word.startswith("{")]
        verb = tuple(word for word in words if not word.startswith("{"))
        if len(slots) != 1 or words[0].startswith("{"):
            return
        for group in self.actions:
            if verb in group:
                for other in group:
                    if _ITS_THING in other:
                        yield tuple(slots[0] if word == _ITS_THING else word for word in other)
                        continue
                    yield (*other, slots[0])
                    if len(other) == 2 and other[1] in _PARTICLES:
                        yield (other[0], slots[0], other[1])

    def same_verbs(self, verb: Words) -> Iterator[str]:
        """Yield the other single verbs for the same action: scrub for wash."""
        for group in self.actions:
            if verb in group:
                yield from (one[0] for one in group if len(one) == 1 and one != verb)

    def emptying(self, key: str) -> Sequence[Words]:
        """Return the phrases about a place alone that ask that nothing is there."""
        return _expansions(self.concepts[key].emptied)


@cache
def _askings(
    key: str, is_alone: bool, has_opposite: bool, is_taken: bool
) -> Mapping[str, Sequence[Asking]]:
    concepts = load_household().concepts
    concept = concepts[key]
    texts = [(concept.phrases, True), (concept.not_, False)]
    texts += [(concept.narrow, True)] if is_alone else []
    texts += [] if is_taken else [(concept.lone, True)]
    if concept.opposite is not None and not has_opposite:
        other = concepts[concept.opposite]
        texts.append((other.phrases, False))
        texts += [(other.narrow, False)] if is_alone else []
    found: dict[str, dict[Asking, None]] = {}
    for phrases, positive in texts:
        for words in _expansions(phrases):
            asking = Asking(words, positive)
            for one in (asking, *denials(asking)):
                first = "" if one.words[0].startswith("{") else one.words[0]
                found.setdefault(first, {})[one] = None
    return {first: tuple(some) for first, some in found.items()}


def denials(asking: Asking) -> Iterator[Asking]:
    """Yield the negations of a statement: "{0} is not on {1}"."""
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
        actions=tuple(_expansions(group) for group in file.actions),
        heads=frozenset(file.heads),
        qualities=frozenset(file.qualities),
        states=frozenset(file.states),
        measures=frozenset(file.measures),
        courtesies=_by_first(_longest_first(_expansions(file.courtesies))),
        before_gerunds=_longest_first(_expansions(file.before_gerunds)),
        reasons=_longest_first(_expansions(file.reasons)),
        subjects=frozenset(file.subjects),
        wishes=frozenset(file.wishes),
    )


def _longest_first(texts: Sequence[Words]) -> tuple[Words, ...]:
    return tuple(sorted(texts, key=lambda words: (-len(words), words)))


def _by_first(texts: Sequence[Words]) -> Mapping[str, Sequence[Words]]:
    found: dict[str, list[Words]] = {}
    for words in texts:
        found.setdefault(words[0], []).append(words)
    return found


@cache
def _expansions(phrases: tuple[str, ...]) -> tuple[Words, ...]:
    """Return phrases with each "(a|b|)" replaced by each of its parts, in their order."""
    found: dict[Words, None] = {}
    for phrase in phrases:
        parts = _CHOICE.split(phrase)
        fixed, choices = parts[::2], [part.split("|") for part in parts[1::2]]
        for chosen in itertools.product(*choices):
            text = "".join(itertools.chain(*itertools.zip_longest(fixed, chosen, fillvalue="")))
            found[tuple(text.split())] = None
    return tuple(found)


def positional(words: Words, params: Sequence[str]) -> Words:
    """Return a phrase with its slots named by position: ``put {0} on {1}``."""
    order = {"{" + name + "}": "{" + str(index) + "}" for index, name in enumerate(params)}
    return tuple(order.get(word, word) for word in words)
