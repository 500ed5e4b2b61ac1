"""Phrase book: the phrases of one domain that ask for something, with what they ask for."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from treehand.planners.reading.lexicon.connecting_words import CONNECTORS, Words
from treehand.planners.reading.lexicon.household import Asking, Household, denials, positional
from treehand.planners.reading.words.inflection import derived_forms, gerund, participle
from treehand.planners.reading.words.tokens import tokens_of
from treehand.skills.domain import AllOf, Atom, Domain, Fact, Forall, Formula, NamedGoal

_WAYS = (("find",), ("locate",), ("look", "for"), ("search", "for"), ("go", "to"), ("walk", "to"))
_PARTICLES = frozenset({"up", "down", "on", "off", "open", "closed", "shut", "in", "out"})
"""States that may be said without a verb: "left blind down"."""
_TIDYING = tuple(
    tuple(verb.split())
    for verb in ("tidy", "tidy up", "tidy out", "sort out", "organise", "organize", "straighten up")
)
"""Verbs for a place that ask that what is there is put where it belongs."""
_WANTING = ("want", "need", "like", "have", "get")
_SLOT = re.compile(r"\{(\w+)\}")


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

    @cached_property
    def literal(self) -> frozenset[str]:
        """Return its words without the slots."""
        return frozenset(word for word in self.words if not word.startswith("{"))

    @property
    def verb(self) -> Words:
        """Return the words before the first slot."""
        found: list[str] = []
        for word in self.words:
            if word.startswith("{"):
                break
            found.append(word)
        return tuple(found)


class PhraseBook:
    """The phrases of a domain: its own, those derived from them, and the household's.

    Args:
        domain: Its predicates and goals with their phrases.
        household: General phrases.
        of_scene: Phrases about things of the scene, which count as the domain's own.
    """

    def __init__(
        self, domain: Domain, household: Household, of_scene: Iterable[Phrase] = ()
    ) -> None:
        self._domain = domain
        self._household = household
        self._own: dict[str, list[Phrase]] = {}
        for phrase in (*self._own_phrases(), *of_scene):
            first = "" if phrase.words[0].startswith("{") else phrase.words[0]
            self._own.setdefault(first, []).append(phrase)
        self._general = self._general_askings()
        self._by_first: dict[str, Sequence[Phrase]] = {}
        """Cache of `phrases_from`."""

    @property
    def phrases(self) -> Iterator[Phrase]:
        """Yield every phrase."""
        for first in sorted(self.firsts):
            yield from self.phrases_from(first)

    def phrases_from(self, word: str) -> Sequence[Phrase]:
        """Return the phrases that begin with a word, or with a slot if the word is empty."""
        known = self._by_first.get(word)
        if known is None:
            known = self._by_first[word] = tuple(self._made_from(word))
        return known

    def participles(self, predicate: str) -> Iterator[str]:
        """Yield "washed" and "rinsed" for a predicate that "wash {x}" asks for."""
        model = self._domain.predicates[predicate]
        for words in map(words_in, model.phrases):
            if len(words) == 2 and words[1].startswith("{"):
                yield participle(words[0])
                yield from map(participle, self._household.same_verbs(words[:1]))

    @property
    def own_requests(self) -> Sequence[Phrase]:
        """Return the phrases of the domain itself that begin with a verb."""
        return tuple(phrase for first, some in self._own.items() if first for phrase in some)

    def is_own(self, phrase: Phrase) -> bool:
        """Return True if a phrase is one of the domain itself."""
        return phrase in self._own_set

    @cached_property
    def _own_set(self) -> frozenset[Phrase]:
        return frozenset(self.own_requests)

    def requests_for(self, predicate: str, *, positive: bool) -> Iterator[Phrase]:
        """Yield the phrases that ask for a predicate, the domain's own first."""
        model = self._domain.predicates[predicate]
        for text in model.phrases if positive else model.phrases_not:
            fact = Fact(predicate, tuple(model.params))
            yield Phrase(words_in(text), tuple(model.params.items()), Atom(fact, positive))
        for askings in self._general.get(predicate, {}).values():
            for asking in askings:
                if asking.positive is positive:
                    yield self._phrase(predicate, asking)

    @cached_property
    def openable(self) -> tuple[str, ...]:
        """Return the types of what can be opened and closed."""
        return tuple(
            next(iter(self._domain.predicates[name].params.values()))
            for name, concept in self._concepts().items()
            if concept in ("opened", "closed")
        )

    @cached_property
    def words(self) -> frozenset[str]:
        """Return every word of a phrase."""
        said = [phrase.words for some in self._own.values() for phrase in some]
        for askings in self._general.values():
            said.extend(asking.words for some in askings.values() for asking in some)
        literal = (word for some in said for word in some if not word.startswith("{"))
        return frozenset([*literal, *self._gerunds])

    @property
    def firsts(self) -> set[str]:
        """Return the words that phrases begin with; empty for a slot."""
        return {*self._own, *(first for askings in self._general.values() for first in askings)}

    @cached_property
    def _gerunds(self) -> dict[str, str]:
        return {gerund(first): first for first in self.firsts if first}

    def _made_from(self, word: str) -> Iterator[Phrase]:
        made = [*self._own.get(word, ())]
        for name, askings in self._general.items():
            made.extend(self._phrase(name, asking) for asking in askings.get(word, ()))
        if made:
            seen: set[tuple[object, ...]] = set()
            for phrase in made:
                key = (phrase.words, phrase.params, str(phrase.formula))
                if key not in seen:
                    seen.add(key)
                    yield phrase
        elif word in self._gerunds:
            for phrase in self.phrases_from(self._gerunds[word]):
                yield replace(phrase, words=(word, *phrase.words[1:]))

    def _own_phrases(self) -> Iterator[Phrase]:
        """Yield the phrases of the domain itself."""
        for goal in self._domain.goals:
            for text in goal.words:
                own = words_in(text)
                for words in (*_shortened(own), *self._household.same_actions(own)):
                    yield Phrase(words, tuple(goal.params.items()), goal.goal)
        for name, model in self._domain.predicates.items():
            asked = [(model.phrases, True), (model.phrases_not, False)]
            asked += [((model.say,), True), ((model.say_not,), False)]
            for texts, positive in asked:
                for text in filter(None, texts):
                    own = words_in(text)
                    for words in (*_variants(own), *self._household.same_actions(own)):
                        asking = Asking(words, positive)
                        for one in (asking, *denials(asking)):
                            yield self._phrase(name, one)

        yield from self._emptying()
        yield from self._tidying()
        yield from self._wanted_so()
        yield from self._derived()
        yield from self._ways()
        yield from self._with_tools()

    def _wanted_so(self) -> Iterator[Phrase]:
        """Yield "want {blind} up" for a domain that says "{blind} is up"."""
        for name, model in self._domain.predicates.items():
            for text, positive in ((model.say, True), (model.say_not, False)):
                words = words_in(text or "")
                if len(words) == 3 and words[0].startswith("{") and words[2] in ("up", "down"):
                    for want in _WANTING:
                        yield self._phrase(name, Asking((want, words[0], words[2]), positive))

    def _with_tools(self) -> Iterator[Phrase]:
        """Yield "wipe {place} with {tool}" and "use {tool} to wipe {place}"."""
        for skill in self._domain.skills.values():
            effects = {(one.fact.predicate, one.positive) for one in skill.effects}
            if "tool" not in skill.params:
                continue
            for predicate, positive in sorted(effects):
                model = self._domain.predicates[predicate]
                for text in model.phrases if positive else model.phrases_not:
                    plain = self._phrase(predicate, Asking(words_in(text), positive))
                    if len(plain.params) != 1 or plain.words[0].startswith("{"):
                        continue
                    params = (*plain.params, ("tool", skill.params["tool"]))
                    for front in ("with", "using"):
                        yield Phrase((*plain.words, front, "{tool}"), params, plain.formula)
                        yield Phrase((front, "{tool}", *plain.words), params, plain.formula)
                    yield Phrase(("use", "{tool}", "to", *plain.words), params, plain.formula)

    def _ways(self) -> Iterator[Phrase]:
        """Yield "find {thing}" and "go to {thing}", of which only what comes then is a goal."""
        own = {
            words_in(text)[0] for one in self._domain.predicates.values() for text in one.phrases
        }
        named = {
            self._household.concept_of(n, len(m.params), ())
            for n, m in self._domain.predicates.items()
        }
        for words in _WAYS:
            if words[0] in own or (words[0] in ("go", "walk") and "near" in named):
                continue
            for kind, parent in self._domain.types.items():
                if parent is None:
                    yield Phrase((*words, "{thing}"), (("thing", kind),), AllOf(()))

    def _emptying(self) -> Iterator[Phrase]:
        """Yield "clear {place}": nothing that is there now stays there."""
        for name, concept in self._concepts().items():
            if self._domain.predicates[name].known_by == "given":
                continue
            for words in self._household.emptying(concept):
                (_, kind), (place, where) = self._domain.predicates[name].params.items()
                fact = Fact(name, ("x", place))
                formula = Forall("x", kind, (), Atom(fact), Atom(fact, False))
                slot = "{" + place + "}"
                said = tuple(slot if word == "{1}" else word for word in words)
                yield Phrase(said, ((place, where),), formula)

    def _tidying(self) -> Iterator[Phrase]:
        """Yield "tidy {place}": what is there now is put away, as the domain's goal says it is."""
        domain, concepts = self._domain, self._concepts()
        is_a = domain.vocabulary().is_a
        away = [goal for goal in domain.goals if len(goal.params) == 1 and self._tidies(goal)]
        tidied = [name for name, concept in concepts.items() if self._is_tidied(name, concept)]
        kinds = [next(iter(domain.predicates[name].params.values())) for name in tidied]
        for name, concept in concepts.items():
            if not self._household.emptying(concept) or domain.predicates[name].known_by == "given":
                continue
            (_, kind), (place, where) = domain.predicates[name].params.items()
            if any(is_a(where, one) for one in kinds):
                continue
            for goal in away:
                ((item, wanted),) = goal.params.items()
                if not is_a(wanted, kind):
                    continue
                there = Atom(Fact(name, ("x", place)))
                formula = Forall("x", wanted, (), there, goal.goal.substitute({item: "x"}))
                for verb in _TIDYING:
                    yield Phrase((*verb, "{" + place + "}"), ((place, where),), formula)

    def _is_tidied(self, name: str, concept: str) -> bool:
        """Return True for a predicate that the general "tidy {x}" asks for."""
        model = self._domain.predicates[name]
        is_alone = not (model.phrases or model.phrases_not)
        asked = self._household.askings(concept, is_alone=is_alone, known=frozenset())
        return any(one.words == ("tidy", "{0}") for one in asked.get("tidy", ()))

    def _tidies(self, goal: NamedGoal) -> bool:
        """Return True for a goal that is asked for by "tidy {item}", in these or other words."""
        (slot,) = goal.params
        asked = [words_in(text) for text in goal.words]
        same = (other for words in asked for other in self._household.same_actions(words))
        return ("tidy", "{" + slot + "}") in {*asked, *same}

    def _derived(self) -> Iterator[Phrase]:
        """Yield "{x} needs wiping" and "give {x} a wipe" for each "wipe {x}" of the domain."""
        for name, model in self._domain.predicates.items():
            for texts, positive in ((model.phrases, True), (model.phrases_not, False)):
                for words in map(words_in, texts) if len(model.params) == 1 else ():
                    is_plain = len(words) in (2, 3) and words[-1].startswith("{")
                    if is_plain and not words[0].startswith("{"):
                        for derived in derived_forms(words[0], words[-1], words[1:-1]):
                            yield self._phrase(name, Asking(derived, positive))
                        for verb in self._household.same_verbs(words[:-1]):
                            for derived in derived_forms(verb, words[-1]):
                                yield self._phrase(name, Asking(derived, positive))

    def _phrase(self, predicate: str, asking: Asking) -> Phrase:
        """Return a phrase that asks for a predicate of this domain."""
        model = self._domain.predicates[predicate]
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
            model = self._domain.predicates[name]
            if model.known_by != "given":
                found[name] = self._household.askings(
                    concept,
                    is_alone=not (model.phrases or model.phrases_not),
                    known=known,
                )
        return found

    def _concepts(self) -> dict[str, str]:
        """Return the general concept of each predicate that has one."""
        found: dict[str, str] = {}
        for name, model in self._domain.predicates.items():
            names = tuple(model.params)
            asked = [positional(words_in(text), names) for text in (*model.phrases,)]
            concept = self._household.concept_of(name, len(names), asked)
            if concept is not None:
                found[name] = concept
        return found


def words_in(text: str) -> Words:
    """Return the words of a phrase; a slot is written ``{name}``."""
    found: list[str] = []
    for index, part in enumerate(_SLOT.split(text)):
        found += [f"{{{part}}}"] if index % 2 else tokens_of(part)
    return tuple(word for word in found if word not in CONNECTORS or word.isalpha())


def _shortened(words: Words) -> Iterator[Words]:
    """Yield the words of a goal, then without articles, and without "put" before its thing."""
    yield words
    plain = tuple(word for word in words if word not in ("the", "a", "an"))
    if plain != words:
        yield plain
    if words[0] == "put" and words[1].startswith("{") and len(words) > 2:
        yield words[1:]
        for go in ("goes", "go", "belongs", "belong"):
            yield (words[1], go, *words[2:])


def _variants(words: Words) -> Iterable[Words]:
    """Return the words of a statement, also with "should be".

    ``{item} is clean``, ``{item} should be clean``.
    """
    yield words
    if len(words) > 1 and words[0].startswith("{") and words[1] == "is":
        for instead in (("are",), ("be",), ("should", "be"), ("must", "be"), ("has", "to", "be")):
            yield (words[0], *instead, *words[2:])
        if len(words) == 3 and words[2] in _PARTICLES:
            yield (words[0], words[2])
