"""Noun book: the nouns of one domain and scene, with their meanings."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from treehand.planners.reading.lexicon.connecting_words import MASS_NOUNS, Words
from treehand.planners.reading.lexicon.household import Household
from treehand.planners.reading.words.inflection import plural, singular, spelled, words_of
from treehand.planners.reading.words.taxonomy import kinds_of_things, thing_lemma
from treehand.planners.reading.words.tokens import tokens_of
from treehand.skills.domain import Domain, Scene

_THINGS = ("item", "thing")
"""Words that may follow a kind."""
_OWNED = re.compile(r"(\w+)['’]s \w+$")
"""Name of what somebody owns: Anna's desk."""
PART_OF = "part_of"
"""Given predicate that tells the parts of an appliance: part_of(left_knob, stove)."""


@dataclass(frozen=True)
class Noun:
    """Meaning of a noun: one object, or a type in singular or plural."""

    object: str | None
    """None for a type."""
    type: str
    is_plural: bool
    is_part: bool = False
    """True if the words name the whole of which the object is a part: the AC, its temperature."""
    among: tuple[str, ...] = ()
    """Objects of the type that the words name, where they do not name all of it: two lamps."""


class NounBook:
    """The nouns of a domain and scene: names, aliases, types and their synonyms.

    Args:
        domain: Its types with their words.
        scene: Its objects, with their names and aliases.
        household: General synonyms.
        openable: Types of what can be opened: "the fridge door" is the fridge.
    """

    def __init__(
        self, domain: Domain, scene: Scene, household: Household, openable: Sequence[str]
    ) -> None:
        self._domain = domain
        self._household = household
        self._openable = openable
        types = {name: model.type for name, model in scene.objects.items()}
        self._vocabulary = domain.vocabulary(types)
        self.nouns: dict[Words, list[Noun]] = {}
        """Words to their meanings."""
        self._parts: dict[Words, list[Noun]] = {}
        """Words for an object to its parts, which are meant where the object itself cannot be."""
        self._add_objects(scene)
        self._add_types()
        self._add_other_words(scene)
        self._add_parts(scene)

    def meanings(self, words: Words) -> Sequence[Noun]:
        """Return the meanings of words, written apart or together."""
        found = self.nouns.get(words, ())
        if not found and len(words) > 1:
            found = self.nouns.get(("".join(words),), ())
        return [*found, *self._parts.get(words, ())]

    def _add_noun(self, text: str, noun: Noun) -> None:
        words = tuple(tokens_of(text))
        meanings = self.nouns.setdefault(words, [])
        if noun not in meanings:
            meanings.append(noun)

    def _add_objects(self, scene: Scene) -> None:
        for name, model in scene.objects.items():
            for text in {name, name.replace("_", " "), *model.words}:
                self._add_noun(text, Noun(name, model.type, False))

    def _add_types(self) -> None:
        for kind in self._domain.types:
            for word in self._type_words(kind):
                self._add_type(word, kind)

    def _type_words(self, kind: str) -> Sequence[str]:
        return self._domain.words.types.get(kind, (kind.replace("_", " "),))

    def _add_type(self, word: str, kind: str) -> None:
        if word == "everything" or word in MASS_NOUNS:
            self._add_noun(word, Noun(None, kind, True))
        else:
            self._add_noun(word, Noun(None, kind, False))
            self._add_noun(plural(word), Noun(None, kind, True))
        if word in ("everything", *_THINGS):
            return
        for thing in _THINGS:  # food items
            self._add_noun(f"{word} {thing}", Noun(None, kind, False))
            self._add_noun(f"{word} {plural(thing)}", Noun(None, kind, True))

    def _add_other_words(self, scene: Scene) -> None:
        """Add synonyms of names that nothing else has."""
        taken = frozenset(self.nouns)
        meant: dict[Words, list[Noun]] = {}
        longer = _by_beginning(scene.objects)

        def add(words: Words, noun: Noun) -> None:
            if words and words not in taken and noun not in meant.setdefault(words, []):
                meant[words].append(noun)

        for name, model in scene.objects.items():
            noun = Noun(name, model.type, False)
            for words in self._of_its_kind(name, model.type):
                add(words, noun)
            for words in self._synonyms(words_of(name)):
                if words in self.nouns and len(words) == 1 and words[0] in MASS_NOUNS:
                    self.nouns[words].append(noun)  # "in the trash": a place, too
            for words in self._callings(name, model.words):
                add(words, noun)
                if not words[-1].isdecimal():
                    add((*words[:-1], plural(words[-1])), noun)
                    add((*words[:-1], singular(words[-1])), noun)
                add((*words, "area"), noun)
            if any(self._vocabulary.is_a(model.type, kind) for kind in self._openable):
                for words in self._callings(name, model.words):
                    add((*words, "door"), noun)
                    for between in (("of",), ("of", "the"), ("on", "the")):
                        add(("door", *between, *words), noun)
            if words_of(name)[-1:] == ("door",):
                add(words_of(name)[:-1], noun)  # "open the garage"
            for alias in model.words:
                owner = _OWNED.match(alias.casefold())
                if owner is not None:  # "take it to Anna", "everything to Ben's"
                    add((owner[1],), noun)
                    add((f"{owner[1]}s",), noun)
            for part in longer.get(words_of(name), ()):
                own = replace(noun, object=part, type=scene.objects[part].type, is_part=True)
                for words in self._callings(name, model.words):
                    self._parts.setdefault(words, []).append(own)
        for kind in self._domain.types:
            for text in self._type_words(kind):
                for words in self._synonyms(tuple(text.split())):
                    add(words, Noun(None, kind, False))
                    add((*words[:-1], plural(words[-1])), Noun(None, kind, True))
        for words, noun in self._short_names(scene, taken):
            if words not in meant:
                add(words, noun)
                add((*words[:-1], plural(words[-1])), noun)
        for words, noun in self._dictionary_names(scene):
            if words not in meant:
                add(words, noun)
                add((*words[:-1], plural(words[-1])), replace(noun, is_plural=noun.object is None))
        for words, nouns in meant.items():
            self.nouns.setdefault(words, []).extend(nouns)

    def _dictionary_names(self, scene: Scene) -> Iterator[tuple[Words, Noun]]:
        """Yield the dictionary's other names of things: a telly is a tv."""
        named: dict[str, list[Noun]] = {}
        for name, model in scene.objects.items():
            named.setdefault(thing_lemma(words_of(name)), []).append(Noun(name, model.type, False))
        for kind in self._domain.types:
            named.setdefault(thing_lemma(words_of(kind)), []).append(Noun(None, kind, False))
        for lemma, others in kinds_of_things().synonyms(named).items():
            for other in others:
                yield tuple(other.split("_")), named[lemma][0]

    def _of_its_kind(self, name: str, kind: str) -> Iterator[Words]:
        """Yield "big package" for a big parcel, where a parcel is called a package, too."""
        own, called = words_of(name), self._type_words(kind)
        if len(own) == 2 and own[0].isalpha() and own[1].isalpha():
            yield f"{own[0]}s", own[1]  # the dog's bowl
        if len(own) > 1 and own[-1] in called:
            yield from ((*own[:-1], *word.split()) for word in called if word != own[-1])

    def _add_parts(self, scene: Scene) -> None:
        """Let an appliance stand for its parts: turning off the stove turns off its knobs."""
        parts: dict[str, list[str]] = {}
        for fact in scene.facts:
            if fact.predicate == PART_OF and len(fact.terms) == 2:
                parts.setdefault(fact.terms[1], []).append(fact.terms[0])
        for whole, some in parts.items():
            kinds = {scene.objects[part].type for part in some}
            is_all = len(kinds) == 1 and len(some) == len(
                self._vocabulary.objects(next(iter(kinds)))
            )
            nouns = [Noun(part, scene.objects[part].type, False, is_part=True) for part in some]
            if is_all and len(some) > 1:
                nouns = [Noun(None, kinds.pop(), True, is_part=True)]
            for words in self._callings(whole, scene.objects[whole].words):
                known = self._parts.setdefault(words, [])
                known.extend(noun for noun in nouns if noun not in known)

    def _callings(self, name: str, aliases: Iterable[str]) -> Iterator[Words]:
        """Yield the names of an object: its name, its aliases and their synonyms."""
        own = words_of(name)
        named = [own, *(tuple(tokens_of(alias)) for alias in aliases)]
        named += [self._household.apart(own)] if self._household.apart(own) != own else []
        for called in named:
            for words in (called, *self._synonyms(called)):
                yield from spelled(words)
                if len(words) > 1:
                    yield ("".join(words),)
                objects = {noun.object for noun in self.nouns.get(words[-1:], ())}
                is_other = bool(objects - {None, name})
                if len(words) > 1 and not words[-1].isdecimal() and not is_other:
                    first = {noun.object for noun in self.nouns.get(words[:-1], ())}
                    stands = ("on",) if first - {None, name} else ()  # the lamp on the desk
                    for between in ("in", "of", "for", *stands):
                        yield (words[-1], between, "the", *words[:-1])

    def _synonyms(self, words: Words) -> Iterator[Words]:
        """Yield the synonyms of words: of all of them, and of the last ones."""
        ends = (words[start:] for start in range(len(words)))
        for group in self._household.groups_of(*ends, "".join(words)):
            for start in range(len(words)):
                if words[start:] in group and (start == 0 or len(words) > 1):
                    for other in group:
                        if other != words[start:]:
                            yield (*words[:start], *other)
            joined = ("".join(words),)
            for one in group:
                if len(one) > 1 and ("".join(one),) == joined:
                    yield from group
        if len(words) > 1:
            for group in self._household.groups_of(words[:1]):
                for other in group:
                    if other != words[:1]:
                        yield (*other, *words[1:])

    def _short_names(self, scene: Scene, taken: Collection[Words]) -> Iterator[tuple[Words, Noun]]:
        """Yield the last words of a name that no other name ends with: "the juice"."""
        ends: dict[Words, list[str]] = {}
        for name in scene.objects:
            words = self._household.apart(words_of(name))
            for start in range(1, len(words)):
                for end in spelled(words[start:]):
                    if not end[0].isdecimal():
                        ends.setdefault(end, []).append(name)
        for words, names in ends.items():
            if len(names) == 1 and words not in taken:
                yield words, Noun(names[0], scene.objects[names[0]].type, False)


def _by_beginning(names: Iterable[str]) -> dict[Words, list[str]]:
    """Return the names that begin with some words and go on; table 2 is no part of the table.

    Nor is a table of which the name goes on with a mark such as "b" or "k2".
    """
    found: dict[Words, list[str]] = {}
    for name in names:
        words = words_of(name)
        for length in range(1, len(words)):
            if words[length].isalpha() and len(words[length]) > 1:
                found.setdefault(words[:length], []).append(name)
    return found
