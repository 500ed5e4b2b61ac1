"""Lexicon: the words of one domain and scene, with their meanings."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterator, Sequence
from functools import cached_property

from treehand.planners.reading.lexicon.connecting_words import (
    CONNECTORS,
    CONTRASTS,
    DETERMINERS,
    EXCEPTIONS,
    NEGATIONS,
    PRONOUNS,
    Words,
)
from treehand.planners.reading.lexicon.household import load_household
from treehand.planners.reading.lexicon.noun_book import Noun, NounBook
from treehand.planners.reading.lexicon.only_places import only_place_phrases
from treehand.planners.reading.lexicon.phrase_book import Phrase, PhraseBook, words_in
from treehand.planners.reading.words.function_words import PREPOSITIONS
from treehand.planners.reading.words.inflection import NUMBERS
from treehand.skills.domain import (
    AllOf,
    Atom,
    Domain,
    Fact,
    Forall,
    Formula,
    NamedGoal,
    Scene,
    Vocabulary,
    conjuncts,
)


class Lexicon:
    """All words of one domain and scene: nouns, phrases, adjectives and relations.

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
        types = {name: model.type for name, model in scene.objects.items()}
        self.vocabulary = domain.vocabulary(types)
        named = tuple(_goal_in_scene(goal, self.vocabulary) for goal in domain.goals)
        self.domain = domain.model_copy(update={"goals": named})
        """The domain; of its named goals, what concerns the scene."""
        self.household = load_household()
        of_scene = only_place_phrases(self.domain, self.vocabulary)
        self.book = PhraseBook(self.domain, self.household, of_scene)
        """Its phrases."""
        self.measures: dict[str, dict[str, float]] = {
            name: {"size_m": model.size_m or 0.0, "mass_kg": model.mass_kg or 0.0}
            for name, model in scene.objects.items()
        }
        """Object to its size and mass; zero for what is not told."""
        self.capacities: dict[str, int] = {
            name: model.capacity
            for name, model in scene.objects.items()
            if model.capacity is not None
        }
        """Place to the number of things that it can hold."""
        self._nouns = NounBook(domain, scene, self.household, self.book.openable)
        self.nouns: dict[Words, list[Noun]] = self._nouns.nouns
        """Words of nouns to their meanings."""
        self.longest_noun = max((len(words) for words in self.nouns), default=1)
        self.adjectives: dict[str, Atom] = {}
        """Adjective to its literal over ``_``."""
        self.relations: dict[str, list[str]] = {}
        """Preposition to the predicates that it can mean."""
        self._add_predicates()

    def meanings(self, words: Words) -> Sequence[Noun]:
        """Return the meanings of a noun's words, written apart or together."""
        return self._nouns.meanings(words)

    @property
    def phrases(self) -> Iterator[Phrase]:
        """Yield every phrase."""
        yield from self.book.phrases

    def phrases_from(self, word: str) -> Sequence[Phrase]:
        """Return the phrases that begin with a word, or with a slot if the word is empty.

        Where "me" is a person of the scene, a general phrase with "me" in it is none: "bring it to
        me" asks for more than to hold it.
        """
        phrases = self.book.phrases_from(word)
        people = {one for one in ("me", "us") if (one,) in self.nouns}
        if not people:
            return phrases
        return [one for one in phrases if self.book.is_own(one) or people.isdisjoint(one.words)]

    @property
    def statements(self) -> Sequence[Phrase]:
        """Return the phrases that begin with a slot: "{item} is clean"."""
        return self.phrases_from("")

    def admits(self, formula: Formula) -> bool:
        """Return True if every fact of a formula is possible in this scene."""
        known = self.vocabulary.object_types
        return self.possible is None or all(
            atom.fact in self.possible
            for atom in formula.atoms()
            if all(term in known for term in atom.fact.terms)
        )

    def is_well_typed(self, fact: Fact) -> bool:
        """Return True if the terms of a fact have the types of its predicate's parameters."""
        kinds = self.domain.predicates[fact.predicate].params.values()
        of = self.vocabulary.object_types
        return len(kinds) == len(fact.terms) and all(
            term in of and self.vocabulary.is_a(of[term], kind)
            for term, kind in zip(fact.terms, kinds, strict=True)
        )

    def _add_predicates(self) -> None:
        for name, model in self.domain.predicates.items():
            if len(model.params) == 1:
                for word in self.book.participles(name):
                    self.adjectives.setdefault(word, Atom(Fact(name, ("_",))))
                for word in model.adjectives or _said_adjective(model.say):
                    self.adjectives[word] = Atom(Fact(name, ("_",)))
                for word in model.adjectives_not or _said_adjective(model.say_not):
                    self.adjectives[word] = Atom(Fact(name, ("_",)), False)
            said = words_in(model.say)
            is_relation = model.known_by != "given" and len(said) == 4
            is_relation = is_relation and said[2] in PREPOSITIONS and said[3].startswith("{")
            if len(model.params) == 2 and is_relation and said[0].startswith("{"):
                self.relations.setdefault(said[2], []).append(name)
                for away in ("from", "off"):
                    self.relations.setdefault(away, []).append(name)

    def state_of(self, word: str, kind: str) -> Atom | None:
        """Return the literal that "that is WORD" says of a thing of a type; None if it says none.

        What a predicate says counts, too: "{knob} is on" makes "on" a state of knobs.
        """
        known = self.adjectives.get(word)
        if known is not None and self.can_be(known, kind):
            return known
        said = self._said_states.get(word, ())
        return next((one for one in said if self.can_be(one, kind)), known)

    def states(self, word: str) -> tuple[Atom, ...]:
        """Return the literals that "that is WORD" says of things of any type."""
        known = self.adjectives.get(word)
        said = ([known] if known is not None else []) + self._said_states.get(word, [])
        return tuple(dict.fromkeys(said))

    def can_be(self, state: Atom, kind: str) -> bool:
        """Return True if a state may hold of a thing of a type: doors may be open, milk not."""
        wanted = next(iter(self.domain.predicates[state.fact.predicate].params.values()), kind)
        return self.vocabulary.is_a(kind, wanted) or self.vocabulary.is_a(wanted, kind)

    @cached_property
    def _said_states(self) -> dict[str, list[Atom]]:
        found: dict[str, list[Atom]] = {}
        for name, model in self.domain.predicates.items():
            state = Fact(name, ("_",))
            for said, positive in ((model.say, True), (model.say_not, False)):
                for word in _said_adjective(said) if len(model.params) == 1 else ():
                    found.setdefault(word, []).append(Atom(state, positive))
            for positive in (True, False) if len(model.params) == 1 else ():
                for phrase in self.book.requests_for(name, positive=positive):
                    for word in _said_adjective(" ".join(phrase.words)):
                        one = Atom(state, positive)
                        if one not in found.setdefault(word, []):
                            found[word].append(one)
        return found

    @cached_property
    def _named(self) -> frozenset[str]:
        return frozenset(word for words in self.nouns for word in words)

    def names(self, word: str) -> bool:
        """Return True if a word, alone or with others, names a thing or a kind of thing."""
        return word in self._named

    @cached_property
    def _places(self) -> frozenset[str]:
        """Return the last words of the names of places, which are no things themselves."""
        is_a, relations = self.vocabulary.is_a, self._related
        slots = [tuple(self.domain.predicates[name].params.values()) for name in relations]
        things, places = set[str](), set[str]()
        for words, nouns in self.nouns.items():
            kinds = [noun.type for noun in nouns]
            if any(is_a(kind, item) for kind in kinds for item, _ in slots):
                things.add(words[-1])
            elif any(is_a(kind, place) for kind in kinds for _, place in slots):
                places.add(words[-1])
        return frozenset(places - things)

    def relation_to(self, name: str) -> str:
        """Return the preposition of what is put to an object; empty if nothing is."""
        is_a, kinds = self.vocabulary.is_a, self.vocabulary.object_types
        for preposition, predicates in self.relations.items():
            params = [tuple(self.domain.predicates[one].params.values()) for one in predicates]
            is_away = preposition in ("from", "off")
            if is_away or name not in kinds:
                continue
            if any(is_a(kinds[name], place) for _, place in params):
                return preposition
        return ""

    def is_place(self, word: str) -> bool:
        """Return True if the last word of a name is the name of a place for things."""
        return word in self._places

    @cached_property
    def _related(self) -> frozenset[str]:
        return frozenset(itertools.chain(*self.relations.values()))

    def tells_apart(self, word: str) -> bool:
        """Return True if things are told from others by a word before their noun: long."""
        return word in self._telling

    @cached_property
    def _telling(self) -> frozenset[str]:
        return frozenset(word for words in self.nouns for word in words[:-1])

    def asks(self, word: str) -> bool:
        """Return True if a request may begin with a word."""
        return bool(word) and bool(self.phrases_from(word))

    def is_said(self, word: str) -> bool:
        """Return True if a word occurs in a request."""
        return word in self.known_words

    @cached_property
    def known_words(self) -> frozenset[str]:
        """Return every word that may occur in a goal."""
        words: set[str] = {*DETERMINERS, *CONNECTORS, *NUMBERS, *PRONOUNS}
        words.update(*self.nouns, *EXCEPTIONS, *NEGATIONS, *CONTRASTS)
        words.update(("other", "another", "most", "few", "several", "half", "many", "ones", "one"))
        courtesies = self.household.courtesies
        words.update(word for word, some in courtesies.items() if (word,) in some)
        words.update(self.household.measures, ["or", "either", "neither", "nor", "no", "not"])
        words.update(self.adjectives, self.relations)
        words.update(["that", "which", "who", "is", "are"])
        words.update(self.book.words)
        return frozenset(words)

    @cached_property
    def single_words(self) -> tuple[str, ...]:
        """Return the nouns of one word, the adjectives and the verbs."""
        words = {words[0] for words in self.nouns if len(words) == 1}
        verbs = {first for first in self.book.firsts if first}
        return tuple(sorted(words | verbs | {*self.adjectives}))

    def content_words(self) -> frozenset[str]:
        """Return the nouns, adjectives and verbs."""
        words: set[str] = {*self.adjectives}
        words.update(*self.nouns)
        words.update(phrase.words[0] for phrase in self.phrases if phrase.verb)
        return frozenset(words)

    def examples(self) -> list[str]:
        """Return a few goals as examples: the domain's, else what its skills can bring about."""
        named = [goal.words[0] for goal in self.domain.goals if "{" not in goal.words[0]]
        return named or [said for said, _ in self.orders()]

    def orders(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Yield a request about things of the scene for each predicate that a skill brings about.

        With it come the things.
        """
        effects = {
            atom.fact.predicate
            for skill in self.domain.skills.values()
            for atom in skill.effects
            if atom.positive
        }
        for name, model in self.domain.predicates.items():
            if name not in effects or not model.phrases:
                continue
            said, things = model.phrases[0], []
            for slot, kind in model.params.items():
                some = [one for one in self.vocabulary.objects(kind) if one not in things]
                if some:
                    things.append(some[0])
                    said = said.replace(f"{{{slot}}}", "the " + some[0].replace("_", " "))
            if len(things) == len(model.params):
                yield said, tuple(things)


def _said_adjective(said: str) -> tuple[str, ...]:
    """Return the last word of "{plant} is ripe"; nothing of any other sentence."""
    words = words_in(said)
    is_one = len(words) == 3 and words[0].startswith("{") and words[1] == "is"
    return words[2:] if is_one else ()


def _goal_in_scene(goal: NamedGoal, vocabulary: Vocabulary) -> NamedGoal:
    """Return a named goal without the parts about kinds of things that the scene has none of.

    Such a part holds whatever is done, and may name a place that the scene has not either: a
    kitchen without pans needs no cupboard.
    """
    parts = conjuncts(goal.goal)
    kept = tuple(part for part in parts if not _is_idle(part, vocabulary))
    if len(kept) == len(parts) or not kept:
        return goal
    return goal.model_copy(update={"goal": kept[0] if len(kept) == 1 else AllOf(kept)})


def _is_idle(part: Formula, vocabulary: Vocabulary) -> bool:
    """Return True if a part is about all things of a kind, and there is none."""
    return (
        isinstance(part, Forall)
        and part.type in vocabulary.types
        and not vocabulary.objects(part.type)
        and any(one.code == "unknown-object" for one in vocabulary.check(part, {}))
    )
