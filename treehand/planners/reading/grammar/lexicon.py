"""Lexicon: the words of one domain and scene, with their meanings."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from treehand.planners.reading.grammar.household import Asking, denials, load_household, positional
from treehand.planners.reading.words.inflection import (
    NUMBERS,
    derived_forms,
    gerund,
    plural,
    singular,
    spelled,
    words_of,
)
from treehand.planners.reading.words.tokens import tokens_of
from treehand.skills.domain import Atom, Domain, Fact, Forall, Formula, Scene

Words = tuple[str, ...]

_SLOT = re.compile(r"\{(\w+)\}")

PART_OF = "part_of"
"""Given predicate that tells the parts of an appliance: part_of(left_knob, stove)."""
DETERMINERS = frozenset(
    "the a an all every each both any some of my our your this that these those".split()  # noqa: SIM905
)
CONNECTORS = frozenset(["and", "then", "also", "but", "plus", ",", ";", "."])
PRONOUNS = frozenset(["it", "them", "they"])
MASS_NOUNS = frozenset(
    {"food", "crockery", "tableware", "cookware", "rubbish", "trash", "garbage", "litter", "waste"}
)
"""Nouns that mean all objects of a type without a plural."""
EXCEPTIONS: tuple[Words, ...] = (
    ("except", "for"),
    ("except",),
    ("but", "not"),
    ("but", "leave"),
    ("but", "do", "not", "touch"),
    ("but", "do", "not", "move"),
    ("apart", "from"),
    ("other", "than"),
    ("without",),
)
CONTRASTS: tuple[Words, ...] = (
    ("instead", "of"),
    ("rather", "than"),
    ("and", "not"),
    (",", "not"),
    ("not",),
)
"""Words before what is not meant, after what is."""
NEGATIONS: tuple[Words, ...] = (
    ("do", "not"),
    ("must", "not"),
    ("should", "not"),
    ("can", "not"),
    ("not", "to"),
    ("never",),
    ("avoid",),
    ("refrain", "from"),
    ("without",),
)
"""Words that make the clause after them a prohibition."""


@dataclass(frozen=True)
class Phrase:
    """Phrase that asks for a formula: ``put {item} in {place}``."""

    words: Words
    """Literal words; a slot is written ``{name}``."""
    params: tuple[tuple[str, str], ...]
    """Slot name to type name."""
    formula: Formula
    """Formula that is asked for; its variables are the slots."""

    def kind_of(self, slot: str) -> str:
        """Return the type that a slot takes."""
        return dict(self.params)[slot]

    @property
    def verb(self) -> Words:
        """Return the words before the first slot."""
        found: list[str] = []
        for word in self.words:
            if word.startswith("{"):
                break
            found.append(word)
        return tuple(found)


@dataclass(frozen=True)
class Noun:
    """Meaning of a noun: one object, or a type in singular or plural."""

    object: str | None
    type: str
    is_plural: bool
    is_part: bool = False
    """True if the words name the whole of which the object is a part: the AC, its temperature."""


class Lexicon:
    """All words of one domain and scene.

    Args:
        domain: Its phrases, nouns and adjectives.
        scene: Its objects, with their names and aliases.
        possible: The possible facts; every fact with the right types if left out.
    """

    def __init__(
        self, domain: Domain, scene: Scene, *, possible: Collection[Fact] | None = None
    ) -> None:
        self.possible = possible
        """The possible facts; None if every fact with the right types is possible."""
        self.domain = domain
        types = {name: model.type for name, model in scene.objects.items()}
        self.vocabulary = domain.vocabulary(types)
        self.nouns: dict[Words, list[Noun]] = {}
        self.adjectives: dict[str, Atom] = {}
        """Adjective to its literal over ``_``."""
        self.relations: dict[str, list[str]] = {}
        """Preposition to the predicates that it can mean."""
        self.household = load_household()
        self._parts: dict[Words, list[Noun]] = {}
        """Words for an object to its parts, which are meant where the object itself cannot be."""
        self._add_objects(scene)
        self._add_types()
        self._add_other_words(scene)
        self._add_parts(scene)
        self._add_predicates()
        self.longest_noun = max((len(words) for words in self.nouns), default=1)
        self._own: dict[str, list[Phrase]] = {}
        for phrase in self._own_phrases():
            first = "" if phrase.words[0].startswith("{") else phrase.words[0]
            self._own.setdefault(first, []).append(phrase)
        self._general = self._general_askings()
        self._by_first: dict[str, Sequence[Phrase]] = {}
        """Cache of `phrases_from`."""

    def _firsts(self) -> set[str]:
        return {*self._own, *(first for askings in self._general.values() for first in askings)}

    @cached_property
    def _gerunds(self) -> dict[str, str]:
        return {gerund(first): first for first in self._firsts() if first}

    @property
    def phrases(self) -> Iterator[Phrase]:
        """Yield every phrase."""
        for first in sorted(self._firsts()):
            yield from self.phrases_from(first)

    def phrases_from(self, word: str) -> Sequence[Phrase]:
        """Return the phrases that begin with a word, or with a slot if the word is empty."""
        known = self._by_first.get(word)
        if known is None:
            known = self._by_first[word] = tuple(self._made_from(word))
        return known

    def _made_from(self, word: str) -> Iterator[Phrase]:
        made = [*self._own.get(word, ())]
        for name, askings in self._general.items():
            made.extend(self._phrase(name, asking) for asking in askings.get(word, ()))
        if made:
            seen: set[tuple[Words, str]] = set()
            for phrase in made:
                key = (phrase.words, str(phrase.formula))
                if key not in seen:
                    seen.add(key)
                    yield phrase
        elif word in self._gerunds:
            for phrase in self.phrases_from(self._gerunds[word]):
                yield replace(phrase, words=(word, *phrase.words[1:]))

    def meanings(self, words: Words) -> Sequence[Noun]:
        """Return the meanings of words, written apart or together."""
        found = self.nouns.get(words, ())
        if not found and len(words) > 1:
            found = self.nouns.get(("".join(words),), ())
        return [*found, *self._parts.get(words, ())]

    def admits(self, formula: Formula) -> bool:
        """Return True if every fact of a formula is possible in this scene."""
        known = self.vocabulary.object_types
        return self.possible is None or all(
            atom.fact in self.possible
            for atom in formula.atoms()
            if all(term in known for term in atom.fact.terms)
        )

    @property
    def own_requests(self) -> Sequence[Phrase]:
        """Return the phrases of the domain itself that begin with a verb."""
        return tuple(phrase for first, some in self._own.items() if first for phrase in some)

    def is_well_typed(self, fact: Fact) -> bool:
        """Return True if the terms of a fact have the types of its predicate's parameters."""
        kinds = self.domain.predicates[fact.predicate].params.values()
        of = self.vocabulary.object_types
        return len(kinds) == len(fact.terms) and all(
            term in of and self.vocabulary.is_a(of[term], kind)
            for term, kind in zip(fact.terms, kinds, strict=True)
        )

    def requests_for(self, predicate: str, *, positive: bool) -> Iterator[Phrase]:
        """Yield the phrases that ask for a predicate, the domain's own first."""
        model = self.domain.predicates[predicate]
        for text in model.phrases if positive else model.phrases_not:
            fact = Fact(predicate, tuple(model.params))
            yield Phrase(_words(text), tuple(model.params.items()), Atom(fact, positive))
        for askings in self._general.get(predicate, {}).values():
            for asking in askings:
                if asking.positive is positive:
                    yield self._phrase(predicate, asking)

    @property
    def statements(self) -> Sequence[Phrase]:
        """Return the phrases that begin with a slot: "{item} is clean"."""
        return self.phrases_from("")

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
        for kind in self.domain.types:
            for word in self._type_words(kind):
                self._add_type(word, kind)

    def _type_words(self, kind: str) -> Sequence[str]:
        return self.domain.words.types.get(kind, (kind.replace("_", " "),))

    def _add_type(self, word: str, kind: str) -> None:
        if word == "everything" or word in MASS_NOUNS:
            self._add_noun(word, Noun(None, kind, True))
            return
        self._add_noun(word, Noun(None, kind, False))
        self._add_noun(plural(word), Noun(None, kind, True))

    def _add_other_words(self, scene: Scene) -> None:
        """Add synonyms of names that nothing else has."""
        taken = frozenset(self.nouns)
        meant: dict[Words, list[Noun]] = {}
        openable = [
            next(iter(self.domain.predicates[name].params.values()))
            for name, concept in self._concepts().items()
            if concept in ("opened", "closed")
        ]

        def add(words: Words, noun: Noun) -> None:
            if words not in taken and noun not in meant.setdefault(words, []):
                meant[words].append(noun)

        for name, model in scene.objects.items():
            noun = Noun(name, model.type, False)
            for words in self._synonyms(words_of(name)):
                if words in self.nouns and len(words) == 1 and words[0] in MASS_NOUNS:
                    self.nouns[words].append(noun)  # "in the trash": a place, too
            for words in self._callings(name, model.words):
                add(words, noun)
                if not words[-1].isdecimal():
                    add((*words[:-1], plural(words[-1])), noun)
                    add((*words[:-1], singular(words[-1])), noun)
                add((*words, "area"), noun)
            if any(self.vocabulary.is_a(model.type, kind) for kind in openable):
                for words in self._callings(name, model.words):
                    add((*words, "door"), noun)
            for part in scene.objects:
                rest = words_of(part)[len(words_of(name)) :]
                is_longer = rest and words_of(part)[: -len(rest)] == words_of(name)
                if is_longer and not rest[0].isdecimal():  # table 2 is no part of the table
                    own = replace(noun, object=part, type=scene.objects[part].type, is_part=True)
                    for words in self._callings(name, model.words):
                        self._parts.setdefault(words, []).append(own)
        for kind in self.domain.types:
            for text in self._type_words(kind):
                for words in self._synonyms(tuple(text.split())):
                    add(words, Noun(None, kind, False))
                    add((*words[:-1], plural(words[-1])), Noun(None, kind, True))
        for words, noun in self._short_names(scene, taken):
            if words not in meant:
                add(words, noun)
                add((*words[:-1], plural(words[-1])), noun)
        for words, nouns in meant.items():
            self.nouns.setdefault(words, []).extend(nouns)

    def _add_parts(self, scene: Scene) -> None:
        """Let an appliance stand for its parts: turning off the stove turns off its knobs."""
        parts: dict[str, list[str]] = {}
        for fact in scene.facts:
            if fact.predicate == PART_OF and len(fact.terms) == 2:
                parts.setdefault(fact.terms[1], []).append(fact.terms[0])
        for whole, some in parts.items():
            kinds = {scene.objects[part].type for part in some}
            is_all = len(kinds) == 1 and len(some) == len(
                self.vocabulary.objects(next(iter(kinds)))
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
        named += [self.household.apart(own)] if self.household.apart(own) != own else []
        for called in named:
            for words in (called, *self._synonyms(called)):
                yield from spelled(words)
                if len(words) > 1:
                    yield ("".join(words),)
                objects = {noun.object for noun in self.nouns.get(words[-1:], ())}
                is_other = bool(objects - {None, name})
                if len(words) > 1 and not words[-1].isdecimal() and not is_other:
                    for between in ("in", "of", "for"):
                        yield (words[-1], between, "the", *words[:-1])

    def _synonyms(self, words: Words) -> Iterator[Words]:
        """Yield the synonyms of words: of all of them, and of the last ones."""
        for group in self.household.nouns:
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
            for group in self.household.nouns:
                if words[:1] in group:
                    for other in group:
                        if other != words[:1]:
                            yield (*other, *words[1:])

    def _short_names(self, scene: Scene, taken: Collection[Words]) -> Iterator[tuple[Words, Noun]]:
        """Yield the last words of a name that no other name ends with: "the juice"."""
        ends: dict[Words, list[str]] = {}
        for name in scene.objects:
            words = self.household.apart(words_of(name))
            for start in range(1, len(words)):
                for end in spelled(words[start:]):
                    if not end[0].isdecimal():
                        ends.setdefault(end, []).append(name)
        for words, names in ends.items():
            if len(names) == 1 and words not in taken:
                yield words, Noun(names[0], scene.objects[names[0]].type, False)

    def _add_predicates(self) -> None:
        for name, model in self.domain.predicates.items():
            if len(model.params) == 1:
                for word in model.adjectives:
                    self.adjectives[word] = Atom(Fact(name, ("_",)))
                for word in model.adjectives_not:
                    self.adjectives[word] = Atom(Fact(name, ("_",)), False)
            said = tokens_of(_SLOT.sub(r" slot ", model.say))
            if len(model.params) == 2 and said[:2] == ["slot", "is"] and said[3:] == ["slot"]:
                self.relations.setdefault(said[2], []).append(name)
                for away in ("from", "off"):
                    self.relations.setdefault(away, []).append(name)

    def _own_phrases(self) -> Iterator[Phrase]:
        """Yield the phrases of the domain itself."""
        for goal in self.domain.goals:
            for text in goal.words:
                yield Phrase(_words(text), tuple(goal.params.items()), goal.goal)
        for name, model in self.domain.predicates.items():
            asked = [(model.phrases, True), (model.phrases_not, False)]
            asked += [((model.say,), True), ((model.say_not,), False)]
            for texts, positive in asked:
                for text in filter(None, texts):
                    for words in _variants(_words(text)):
                        asking = Asking(words, positive)
                        for one in (asking, *denials(asking)):
                            yield self._phrase(name, one)

        yield from self._emptying()
        yield from self._derived()

    def _emptying(self) -> Iterator[Phrase]:
        """Yield "clear {place}": nothing that is there now stays there."""
        for name, concept in self._concepts().items():
            if self.domain.predicates[name].known_by == "given":
                continue
            for words in self.household.emptying(concept):
                (_, kind), (place, where) = self.domain.predicates[name].params.items()
                fact = Fact(name, ("x", place))
                formula = Forall("x", kind, (), Atom(fact), Atom(fact, False))
                slot = "{" + place + "}"
                said = tuple(slot if word == "{1}" else word for word in words)
                yield Phrase(said, ((place, where),), formula)

    def _derived(self) -> Iterator[Phrase]:
        """Yield "{x} needs wiping" and "give {x} a wipe" for each "wipe {x}" of the domain."""
        for name, model in self.domain.predicates.items():
            for texts, positive in ((model.phrases, True), (model.phrases_not, False)):
                for words in map(_words, texts) if len(model.params) == 1 else ():
                    is_plain = len(words) in (2, 3) and words[-1].startswith("{")
                    if is_plain and not words[0].startswith("{"):
                        for derived in derived_forms(words[0], words[-1], words[1:-1]):
                            yield self._phrase(name, Asking(derived, positive))

    def _phrase(self, predicate: str, asking: Asking) -> Phrase:
        """Return a phrase that asks for a predicate of this domain."""
        model = self.domain.predicates[predicate]
        slots = {"{" + str(i) + "}": "{" + param + "}" for i, param in enumerate(model.params)}
        words = tuple(slots.get(word, word) for word in asking.words)
        fact = Fact(predicate, tuple(model.params))
        return Phrase(words, tuple(model.params.items()), Atom(fact, asking.positive))

    def _general_askings(self) -> dict[str, Mapping[str, Sequence[Asking]]]:
        """Return the general phrases for each predicate, by their first words."""
        concepts = self._concepts()
        known = frozenset(concepts.values())
        found: dict[str, Mapping[str, Sequence[Asking]]] = {}
        for name, concept in concepts.items():
            model = self.domain.predicates[name]
            if model.known_by != "given":
                found[name] = self.household.askings(
                    concept,
                    is_alone=not (model.phrases or model.phrases_not),
                    known=known,
                )
        return found

    def _concepts(self) -> dict[str, str]:
        """Return the general concept of each predicate that has one."""
        found: dict[str, str] = {}
        for name, model in self.domain.predicates.items():
            names = tuple(model.params)
            asked = [positional(_words(text), names) for text in (*model.phrases,)]
            concept = self.household.concept_of(name, len(names), asked)
            if concept is not None:
                found[name] = concept
        return found

    @cached_property
    def known_words(self) -> frozenset[str]:
        """Return every word that may occur in a goal."""
        words: set[str] = {*DETERMINERS, *CONNECTORS, *NUMBERS, *PRONOUNS}
        words.update(*self.nouns, *EXCEPTIONS, *NEGATIONS, *CONTRASTS)
        words.update(("other", "another", "most", "few", "several", "half", "many"))
        words.update(words[0] for words in self.household.courtesies if len(words) == 1)
        words.update(self.household.measures, ["or", "either", "neither", "nor", "no", "not"])
        words.update(self.adjectives, self.relations)
        words.update(["that", "which", "who", "is", "are"])
        words.update(self._gerunds)
        said = [phrase.words for some in self._own.values() for phrase in some]
        for askings in self._general.values():
            said.extend(asking.words for some in askings.values() for asking in some)
        words.update(word for some in said for word in some if not word.startswith("{"))
        return frozenset(words)

    @cached_property
    def single_words(self) -> tuple[str, ...]:
        """Return the nouns of one word, the adjectives and the verbs."""
        words = {words[0] for words in self.nouns if len(words) == 1}
        verbs = {first for first in self._firsts() if first}
        return tuple(sorted(words | verbs | {*self.adjectives}))

    def content_words(self) -> frozenset[str]:
        """Return the nouns, adjectives and verbs."""
        words: set[str] = {*self.adjectives}
        words.update(*self.nouns)
        words.update(phrase.words[0] for phrase in self.phrases if phrase.verb)
        return frozenset(words)

    def examples(self) -> list[str]:
        """Return a few goals as examples."""
        return [goal.words[0] for goal in self.domain.goals if "{" not in goal.words[0]]


def _words(text: str) -> Words:
    """Return the words of a phrase; a slot is written ``{name}``."""
    found: list[str] = []
    for index, part in enumerate(_SLOT.split(text)):
        found += [f"{{{part}}}"] if index % 2 else tokens_of(part)
    return tuple(word for word in found if word not in CONNECTORS or word.isalpha())


def _variants(words: Words) -> Iterable[Words]:
    """Return the words of a statement, also with "should be".

    ``{item} is clean``, ``{item} should be clean``.
    """
    yield words
    if len(words) > 1 and words[0].startswith("{") and words[1] == "is":
        for instead in (("are",), ("be",), ("should", "be"), ("must", "be"), ("has", "to", "be")):
            yield (words[0], *instead, *words[2:])
