"""Things that a text names: by name or alias, by a typing error, or by kind."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from treehand.planners.reading.lexicon import Lexicon, Noun
from treehand.planners.reading.words.english import base_of, gerund_of, is_english
from treehand.planners.reading.words.function_words import (
    ARTICLES,
    DEMONSTRATIVES,
    FUNCTION_WORDS,
    POSSESSIVES,
)
from treehand.planners.reading.words.inflection import NUMBERS, singular, words_of
from treehand.planners.reading.words.spelling import misspelt
from treehand.planners.reading.words.taxonomy import kinds_of_things, thing_lemma

_ALL = frozenset({"all", "every", "each", "everything", "any", "both"})
_SOME = frozenset({"a", "an", "some", "one", "another", "any"})
_JOINTS = frozenset({"and", "then", ",", ".", ";", "but"})
_BEFORE_NOUNS = ARTICLES | POSSESSIVES | DEMONSTRATIVES
_AT = frozenset({"in", "into", "on", "onto", "to", "at", "inside"})
_KINDS_KEPT = 512
"""Most words whose things are kept."""
_LIKE = 0.5
"""Least likeness of a thing that is shown as near to what was named."""
_PURPOSES = {
    verb: tuple(kinds.split())
    for verbs, kinds in (
        ("drink sip", "beverage"),
        ("eat nibble snack munch chew", "food"),
        ("read", "book"),
        ("wear", "clothing"),
        ("cut snip slice trim", "cutter scissors knife"),
        ("sit", "seat"),
        ("lie sleep", "bed"),
        ("write draw sign", "writing_implement"),
        ("fry", "frying_pan pan"),
        ("cook boil simmer", "cooking_utensil pan pot"),
        ("hit hammer bang pound nail", "hammer"),
        ("undo tighten loosen unscrew", "wrench screwdriver"),
        ("staple attach", "stapler"),
        ("sweep brush", "broom brush"),
        ("mop wipe scrub", "cloth sponge rag brush"),
        ("call phone ring text", "telephone"),
        ("play", "toy"),
        ("print copy", "printer"),
        ("warm heat", "heater"),
    )
    for verb in verbs.split()
}
"""Verb in "something to …" to the kinds of things that it is for, the first that is here."""
_VESSELS = {
    "drink": ("drinking_vessel", "glass", "cup", "mug"),
    "sip": ("drinking_vessel", "glass", "cup", "mug"),
    "eat": ("crockery", "plate", "bowl"),
}
"""The same for "something to drink from"."""
_SOMETHING = frozenset({"something", "anything", "sth", "thing", "tool", "gadget"})
_ACTORS = frozenset({"i", "we", "you", "one", "they", "people"})
_USED_WITH = frozenset({"with", "in", "from", "on", "off", "out", "of"})
"""Prepositions at the end of a purpose: "to drink from"."""
_LONGEST_PURPOSE = 5


@dataclass(frozen=True)
class NamedThing:
    """Words of a text that name a thing of the place."""

    start: int
    end: int
    """Index after its last word."""
    said: str
    """The words, without determiners."""
    nouns: tuple[Noun, ...]
    """Meanings: objects or types; the best first."""
    reach: str
    """``the``, ``all`` or ``some``."""
    how: str
    """``name``, ``spelling``, ``kind``."""
    filters: tuple[str, ...] = ()
    """Adjectives of the domain before it."""
    is_excepted: bool = False
    """True if it is left out: "except the glass", "not the glass"."""

    @property
    def is_sure(self) -> bool:
        """Return True if it was named by its own words."""
        return self.how == "name"


class NounFinder:
    """Finds the things that texts name.

    Args:
        lexicon: The words of a domain and scene.
    """

    def __init__(self, lexicon: Lexicon) -> None:
        self._lexicon = lexicon
        self._is_a = lexicon.vocabulary.is_a
        self._of_kind = lru_cache(maxsize=_KINDS_KEPT)(self._newly_of_kind)

    def found(self, words: Sequence[str]) -> list[NamedThing]:
        """Return the things that are named among words, in their order."""
        things: list[NamedThing] = []
        index = 0
        while index < len(words):
            thing = self._at(words, index)
            if thing is None:
                index += 1
            else:
                things.append(thing)
                index = thing.end
        return things

    def nearest(self, said: str) -> list[str]:
        """Return up to three objects that are like what was said, the likest first."""
        kind = thing_lemma(said.split())
        found = [
            (self._likeness(kind, name), name) for name in self._lexicon.vocabulary.object_types
        ]
        likest = sorted((one for one in found if one[0] >= _LIKE), key=lambda one: -one[0])
        return [name for _, name in likest[:3]]

    def unknown(self, words: Sequence[str], things: Sequence[NamedThing]) -> list[str]:
        """Return the nouns of a text that name nothing here: after a determiner, or a thing."""
        taken = {index for thing in things for index in range(thing.start, thing.end)}
        found: list[str] = []
        for index, word in enumerate(words):
            if index in taken or word in FUNCTION_WORDS or not word.isalpha():
                continue
            if index + 1 in taken:
                continue  # "the bottom drawer" names a drawer
            is_thing = kinds_of_things().knows(singular(word)) or not is_english(word)
            if index and is_thing and word not in self._lexicon.known_words:
                found.append(word)
        return found

    def of_kind(self, word: str) -> list[Noun]:
        """Return the objects that are surely of the kind which a word names: the apple for fruit.

        A glass is no chemical, though glass is one.
        """
        kind, taxonomy = thing_lemma((word,)), kinds_of_things()
        return [
            Noun(name, own, False)
            for name, own in self._lexicon.vocabulary.object_types.items()
            if any(
                taxonomy.is_kind(lemma, kind, self._types(name), is_sure=True)
                for words in [words_of(name)]
                for lemma in (thing_lemma(words), thing_lemma(words[-1:]))
            )
        ]

    def _at(self, words: Sequence[str], index: int) -> NamedThing | None:
        for length in range(min(self._lexicon.longest_noun, len(words) - index), 0, -1):
            part = tuple(words[index : index + length])
            nouns = self._lexicon.meanings(part)
            if nouns and length == 1 and words[index] in _SOMETHING:
                purpose = self.for_purpose(words, index)
                if purpose is not None:
                    return purpose
            if nouns and not (length == 1 and self._is_verb(words, index)):
                return self._thing(words, index, index + length, nouns, "name")
        purpose = self.for_purpose(words, index)
        if purpose is not None:
            return purpose
        word = words[index]
        if word in FUNCTION_WORDS or word in self._lexicon.adjectives or not word.isalpha():
            return None
        if self._is_verb(words, index):
            return None
        if not is_english(word):
            nouns = [
                n for w in misspelt(word, self._single)[:2] for n in self._lexicon.meanings((w,))
            ]
            if nouns:
                return self._thing(words, index, index + 1, nouns, "spelling")
        for length in (2, 1):
            part = tuple(words[index : index + length])
            nouns = self._of_kind(thing_lemma(part)) if len(part) == length else []
            if nouns:
                return self._thing(words, index, index + length, nouns, "kind")
        return None

    def _is_verb(self, words: Sequence[str], index: int) -> bool:
        """Return True for "clean" and "dish" at the beginning: a verb, not a thing."""
        word, after = words[index], words[index + 1] if index + 1 < len(words) else ""
        before = words[index - 1] if index else ""
        begins = index == 0 or before in ("and", "then", ",", "to", "please", "you", "not")
        return begins and bool(self._lexicon.phrases_from(word)) and bool(after)

    @cached_property
    def _single(self) -> list[str]:
        """Return the nouns of one word."""
        return [words[0] for words in self._lexicon.nouns if len(words) == 1]

    @cached_property
    def _lemmas(self) -> dict[str, tuple[str, ...]]:
        """Return each object with the lemmas of its names and of its type."""
        named: dict[str, dict[str, None]] = {}
        for words, nouns in self._lexicon.nouns.items():
            for noun in nouns:
                if noun.object is not None:
                    lemmas = named.setdefault(noun.object, {})
                    lemmas[thing_lemma(words)] = None
                    lemmas[thing_lemma(words[-1:])] = None
        for name, kind in self._lexicon.vocabulary.object_types.items():
            named.setdefault(name, {})[kind] = None
        known = kinds_of_things().knows
        return {name: tuple(filter(known, lemmas)) for name, lemmas in named.items()}

    def _newly_of_kind(self, kind: str) -> Sequence[Noun]:
        """Return the objects that are of a kind: milk for drink."""
        taxonomy = kinds_of_things()
        if not taxonomy.knows(kind):
            return ()
        own = self._lexicon.vocabulary.object_types
        fits: dict[tuple[str, str], bool] = {}
        """Lemma and type to True if things of that type and name are of the kind."""
        found: list[Noun] = []
        for name, lemmas in self._lemmas.items():
            for lemma in lemmas:
                key = (lemma, own[name])
                if key not in fits:
                    is_it = lemma == kind or taxonomy.is_kind(lemma, kind, self._types(name))
                    fits[key] = is_it
            if any(fits[lemma, own[name]] for lemma in lemmas):
                found.append(Noun(name, own[name], False))
        return tuple(found)

    def _types(self, name: str) -> list[str]:
        """Return the types that an object is of, its own first."""
        types, found = self._lexicon.vocabulary.types, list[str]()
        kind: str | None = self._lexicon.vocabulary.object_types[name]
        while kind is not None:
            found.append(kind)
            kind = types[kind]
        return found

    def _likeness(self, kind: str, name: str) -> float:
        taxonomy = kinds_of_things()
        kinds = self._types(name)
        return max(
            (taxonomy.nearness(lemma, kind, kinds) for lemma in self._lemmas[name]), default=0.0
        )

    def for_purpose(self, words: Sequence[str], index: int) -> NamedThing | None:
        """Return the thing of "something to drink" and "the thing I clean the pan with"."""
        at = _verb_of_purpose(words, index)
        verb = base_of(words[at]) if 0 < at < len(words) else ""
        if not verb:
            return None
        end = self._end_of_purpose(words, at + 1)
        is_from = words[end - 1] in ("from", "of", "off")
        kinds = _VESSELS.get(verb) if is_from else None
        nouns = self._meant_for(kinds or _PURPOSES.get(verb, ())) or list(self._tools(verb))
        if not nouns:
            return None
        said = " ".join(words[index:end])
        return NamedThing(index, end, said, tuple(nouns), "some", "kind")

    def _end_of_purpose(self, words: Sequence[str], after: int) -> int:
        """Return the end of "to hit a nail with", "I fry my eggs in"; else the verb's own end."""
        for index in range(after, min(after + _LONGEST_PURPOSE, len(words))):
            word, next_word = words[index], (*words[index + 1 : index + 2], "")[0]
            if word in _JOINTS:
                break
            is_object = next_word in _BEFORE_NOUNS or self._lexicon.names(next_word)
            if word in _USED_WITH and next_word not in _USED_WITH and not is_object:
                return index + 1
        return after

    def _meant_for(self, kinds: Sequence[str]) -> Sequence[Noun]:
        """Return the objects of the first kind that is here, by their names or by meaning."""
        for kind in kinds:
            named = self._lexicon.meanings((kind,))
            nouns = [noun for noun in named if noun.object is not None] or self._of_kind(kind)
            if nouns:
                return nouns
        return ()

    def _tools(self, verb: str) -> Iterator[Noun]:
        """Yield the objects that a skill holds as its tool, for a verb that asks for its effect."""
        for phrase in self._lexicon.phrases_from(verb):
            predicates = {atom.fact.predicate for atom in phrase.formula.atoms()}
            for skill in self._lexicon.domain.skills.values():
                effects = {atom.fact.predicate for atom in skill.effects}
                if predicates & effects and "tool" in skill.params:
                    kind = skill.params["tool"]
                    for name in self._lexicon.vocabulary.objects(kind):
                        yield Noun(name, kind, False)

    def _thing(
        self, words: Sequence[str], start: int, end: int, nouns: Sequence[Noun], how: str
    ) -> NamedThing:
        index, reach, filters = start - 1, "the", list[str]()
        is_many = False
        while index >= 0:
            word = words[index]
            if word in self._lexicon.adjectives:
                filters.append(word)
            elif word in _ALL:
                reach = "all"
            elif word in _SOME:
                reach = "some"
            elif word in NUMBERS or word in ("the", "my", "your", "our", "of", "other"):
                is_many = is_many or (word in NUMBERS and word != "one")
            else:
                break
            index -= 1
        before = words[index] if index >= 0 else ""
        if before in _AT and index and words[index - 1] == "not":
            before = "not"  # "but not in the fridge"
        is_plural = any(noun.is_plural for noun in nouns) or (
            how == "kind" and singular(words[end - 1]) != words[end - 1]
        )
        if is_plural and reach == "the":
            reach = "all"
        excepted = before in ("except", "but", "not", "without") or (
            words[max(0, index - 1) : index + 1]
            in (["except", "for"], ["apart", "from"], ["instead", "of"])
        )
        said = " ".join(words[start:end])
        return NamedThing(
            start, end, said, tuple(dict.fromkeys(nouns)), reach, how, tuple(filters), excepted
        )


def _verb_of_purpose(words: Sequence[str], index: int) -> int:
    """Return the index of the verb after "something to", "thing for" or "thing I"; 0 if none."""
    if words[index] not in _SOMETHING:
        return 0
    after = index + 1
    if words[after : after + 1] and words[after] in ("that", "which"):
        after += 1
    match words[after : after + 2]:
        case ["to", _]:
            return after + 1
        case ["for", verb] if gerund_of(verb) is not None:
            return after + 1
        case [who, verb] if who in _ACTORS and verb not in FUNCTION_WORDS:
            return after + 1
        case [who, modal] if who in _ACTORS and modal in ("can", "could", "use"):
            return after + 2 + (words[after + 2 : after + 3] in (["to"], ["for"]))
    return 0
