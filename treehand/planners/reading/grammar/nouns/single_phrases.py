"""Single noun phrases: determiner, adjectives, noun, and what follows it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from treehand.core.text.outside_text import MAX_DIGITS, whole_number
from treehand.planners.reading.grammar.nouns.degrees import is_degree
from treehand.planners.reading.grammar.nouns.noun_phrase import NounPhrase
from treehand.planners.reading.grammar.nouns.phrase_reader import PhraseReader
from treehand.planners.reading.lexicon import MASS_NOUNS, PRONOUNS, Noun
from treehand.planners.reading.words.function_words import word_set
from treehand.planners.reading.words.inflection import NUMBERS, plural, singular
from treehand.skills.domain import AnyOf, Atom, Fact

_ALL = frozenset({"all", "every", "each"})
_VAGUE = frozenset({"most", "few", "several", "half", "many"})
_OTHER = frozenset({"other", "another", "others"})
_SOME = frozenset({"a", "an", "one"})
_POINTERS = frozenset(
    {"the", "my", "our", "your", "its", "their", "this", "that", "these", "those"}
)
_STANDING = word_set(
    "sitting standing lying hiding waiting resting sat stood kept stored lurking hidden left"
    " currently still"
)
"""Words before "on the table" that tell no more of a thing there."""
_UNCOUNTED = MASS_NOUNS - {"clothes", "groceries"}
"""Nouns of which "some" may be one thing."""
_TOO_MANY = 10**MAX_DIGITS
"""Stands for every number that has more digits than a whole number may have."""


class SinglePhrases(PhraseReader):
    """Reader of single noun phrases in a list of words, without exceptions."""

    def at(self, start: int) -> Iterator[tuple[NounPhrase, int]]:
        """Yield the noun phrases that begin at `start`, with where they end."""
        if self._word(start) in PRONOUNS:
            yield NounPhrase(self._word(start), None, "it"), start + 1
            return
        index, reach, number = self._determiner(start)
        index = self._after_measure(index)
        if self._is_unknown(index):
            yield from self._after_unknown(start, index + 1)
        filters: list[Atom | AnyOf] = []
        household = self._lexicon.household
        is_one_thing, is_state, first = False, True, index
        degree = ""
        while not self._is_noun_at(index):
            if self._word(index) in self._lexicon.adjectives:
                filters.append(self._lexicon.adjectives[self._word(index)])
                is_state = is_state and self._word(index) in household.states
            elif self._word(index) in household.states:
                is_one_thing = True
            elif is_degree(self._word(index)):
                degree = self._word(index)
            elif self._word(index) not in household.qualities:
                break
            index += 1
        index = self._after_measure(index)
        named = [one for one in self._ones(start, first) if one[0].object is not None]
        for noun, end in (*self._nouns_at(index), *(named or self._ones(start, index))):
            is_told = self._can_be(noun, filters)
            if not is_told and not (filters and is_state):
                continue
            if noun.object is not None or (is_told and not is_one_thing):
                told = filters if is_told else ()  # a dirty plate, where only tables are dirty
                for phrase, last in self._finished(start, end, noun, reach, number, told):
                    yield replace(phrase, degree=degree), last

    def _can_be(self, noun: Noun, filters: Sequence[Atom | AnyOf]) -> bool:
        """Return False for an adjective of other things: no "open milk", where doors are open."""
        is_a, predicates = self._lexicon.vocabulary.is_a, self._lexicon.domain.predicates
        kinds = (
            kind
            for one in filters
            for atom in one.atoms()
            for kind in list(predicates[atom.fact.predicate].params.values())[:1]
        )
        return all(is_a(noun.type, kind) or is_a(kind, noun.type) for kind in kinds)

    def _nouns_at(self, index: int) -> Iterator[tuple[Noun, int]]:
        """Yield the nouns that begin at a place, with where they end, the longest first."""
        for length in range(self._lexicon.longest_noun, 0, -1):
            words = tuple(self._words[index : index + length])
            nouns = self._lexicon.meanings(words) if len(words) == length else ()
            for noun in _gathered(nouns):
                yield noun, index + length

    def _ones(self, start: int, index: int) -> Iterator[tuple[Noun, int]]:
        """Yield the nouns of "(the) red one" and "(the other) one" after "the blue crate".

        Args:
            start: Where the noun phrase begins; the noun that "one" stands for is before it.
            index: The place after determiners and adjectives.
        """
        is_told = index > start and self._word(index - 1) == "one" and self._word(start) != "one"
        for length in (0, 1, 2):
            kind = tuple(self._words[index : index + length])
            one = "one" if is_told and not length else self._word(index + length)
            if one not in ("one", "ones") or "one" in kind or (is_told and length):
                continue
            for word in self._heads_before(start):
                heads = dict.fromkeys((word, singular(word), plural(word)))
                nouns = [n for head in heads for n in self._lexicon.meanings((*kind, head))]
                nouns = nouns if kind else [n for n in nouns if n.object is None]
                fitting = [n for n in nouns if n.object or n.is_plural is (one == "ones")]
                if fitting:
                    end = index if is_told else index + length + 1
                    yield from ((noun, end) for noun in dict.fromkeys(fitting))
                    break

    def _heads_before(self, start: int) -> Iterator[str]:
        """Yield the words that "one" may stand for, the nearest first.

        Those of a place come last, unless "one" is a place, too.
        """
        relations, before = self._lexicon.relations, self._words[:start]
        is_place = self._word(start - 1) in relations and self._word(start - 2) != "apart"
        later: list[str] = []
        for index in range(start - 1, -1, -1):
            if not is_place and not relations.keys().isdisjoint(before[max(0, index - 2) : index]):
                later.append(before[index])
            else:
                yield before[index]
        yield from later

    def _is_unknown(self, index: int) -> bool:
        word = self._word(index)
        return word.isalpha() and word not in self._lexicon.known_words

    def _after_unknown(self, start: int, index: int) -> Iterator[tuple[NounPhrase, int]]:
        """Yield "(window) table 6": an unknown word before an object named by its number."""
        for length in range(self._lexicon.longest_noun, 1, -1):
            words = tuple(self._words[index : index + length])
            if len(words) == length and words[-1].isdecimal():
                for noun in self._lexicon.meanings(words):
                    text = " ".join(self._words[start : index + length])
                    yield NounPhrase(text, noun, "the"), index + length

    def _after_measure(self, index: int) -> int:
        """Return the end of "cup of" at `index`; `index` itself if there is none."""
        word = self._word(index)
        measures = self._lexicon.household.measures
        is_measure = word in measures or singular(word) in measures
        if not (is_measure and self._word(index + 1) == "of"):
            return index
        index += 2
        while self._word(index) in ("the", "some", "your", "our"):
            index += 1
        return index

    def _is_noun_at(self, index: int) -> bool:
        return any(
            tuple(self._words[index : index + length]) in self._lexicon.nouns
            for length in range(2, self._lexicon.longest_noun + 1)
        )

    def _determiner(self, start: int) -> tuple[int, str, int | None]:
        """Return the end of the determiners, their reach and their number."""
        index, reach = start, ""
        number: int | None = None
        while True:
            word = self._word(index)
            if word in _ALL:
                reach = "all"
            elif word == "both":
                reach, number = "both", 2
            elif word in ("any", "some"):
                reach = word
            elif word in _VAGUE:
                reach = "few"
            elif word in _SOME and not reach:
                reach = "some one"
            elif word in NUMBERS or word.isdecimal():
                is_whole = "of" in self._words[start:index] and (number or reach == "some one")
                number = number if is_whole else _number(word)  # two of the three plates
            elif word in _OTHER and not self._is_noun_at(index):
                reach = reach or ("some one" if word == "another" else "")
            elif word in _POINTERS:
                reach = reach or ("" if self._word(index - 1) == "of" and number else "the")
            elif word != "of" or index == start:
                return index, reach, number
            index += 1

    def _finished(
        self,
        start: int,
        end: int,
        noun: Noun,
        reach: str,
        number: int | None,
        filters: Sequence[Atom | AnyOf],
    ) -> Iterator[tuple[NounPhrase, int]]:
        is_partitive = self._word(start) == "one" and self._word(start + 1) == "of"
        is_mass = self._word(end - 1) in _UNCOUNTED
        reach = _reach(noun, reach, number, is_partitive=is_partitive, is_mass=is_mass)
        if not reach:
            return
        for found, last in self._relations(noun, end):
            text = " ".join(self._words[start:last])
            is_other = bool(_OTHER & set(self._words[start:end]))
            filtered = (*filters, *found)
            yield NounPhrase(text, noun, reach, number, filtered, is_other=is_other), last

    def _relations(self, noun: Noun, start: int) -> Iterator[tuple[tuple[Atom | AnyOf, ...], int]]:
        """Yield the restrictions after a noun: "on the table", "that are dirty"."""
        index = start
        if self._word(index) in ("that", "which"):
            index += 1
        if index > start and self._word(index) in ("is", "are"):
            index += 1
            if self._word(index) == "not":
                yield from self._not_so(noun, index + 1)
            state = self._state(noun, start, index)
            if state is not None:
                yield (state,), index + 1
        if self._word(index) in _STANDING and self._word(index + 1) in self._lexicon.relations:
            index += 1
        held = (("you", "are", "holding"), ("you", "are", "carrying"))
        if tuple(self._words[index : index + 3]) in held:
            yield (), index + 3
        if noun.object is not None and self._word(start - 1).isdecimal():
            yield from (((), end) for end in self._described(start))
        yield from self.places_of(noun, index)
        yield (), start

    def _state(self, noun: Noun, start: int, index: int) -> Atom | AnyOf | None:
        """Return the state that a word tells of a noun; of "everything" it may tell several."""
        told = self._lexicon.state_of(self._word(index), noun.type)
        if self._word(start - 1) != "everything":
            return told
        states = self._lexicon.states(self._word(index))
        return AnyOf(states) if len(states) > 1 else next(iter(states), told)

    def _not_so(self, noun: Noun, index: int) -> Iterator[tuple[tuple[Atom | AnyOf, ...], int]]:
        """Yield the restrictions of "not clean" and "not on the table" at a place."""
        state = self._lexicon.state_of(self._word(index), noun.type)
        if state is not None:
            yield _denied(state), index + 1
        for (relation,), end in self.places_of(noun, index):
            yield _denied(relation), end

    def places_of(self, noun: Noun, index: int) -> Iterator[tuple[tuple[Atom | AnyOf, ...], int]]:
        """Yield the restrictions of "on the table" and "from the table" at a place."""
        predicates = self._lexicon.relations.get(self._word(index), ())
        for place, end in self.at(index + 1) if predicates else ():
            place = self._the_only(place) if self._word(index) in ("from", "off") else place
            relation = self._relation(noun, predicates, place)
            if relation is not None:
                yield (relation,), end

    def _the_only(self, place: NounPhrase) -> NounPhrase:
        """Return the place of "from the shelf" where there is one shelf."""
        noun = place.noun
        if noun is None or noun.object is not None or noun.among or place.reach != "the":
            return place
        only = self._lexicon.vocabulary.objects(noun.type)
        return replace(place, noun=replace(noun, among=tuple(only))) if len(only) == 1 else place

    def _described(self, start: int) -> Iterator[int]:
        """Yield the end of "by the window" after an object that is named by its number."""
        if self._word(start) in ("by", "near", "beside"):
            index = start + 2 if self._word(start + 1) == "the" else start + 1
            if self._is_unknown(index):
                yield index + 1

    def _relation(
        self, noun: Noun, predicates: Sequence[str], place: NounPhrase
    ) -> Atom | AnyOf | None:
        vocabulary = self._lexicon.vocabulary
        places = () if place.noun is None else (place.noun.object, *place.noun.among)
        names = [one for one in places if one is not None]
        is_any = place.noun is not None and (place.noun.is_plural or place.reach == "some")
        if place.noun is not None and is_any and not (names or place.exceptions or place.filters):
            names = list(vocabulary.objects(place.noun.type))  # the cups on the tables: on any
        if place.noun is None or not names:
            return None
        options: list[Atom] = []
        for name in predicates:
            item_kind, place_kind = self._lexicon.domain.predicates[name].params.values()
            related = vocabulary.is_a(noun.type, item_kind) or vocabulary.is_a(item_kind, noun.type)
            if related and vocabulary.is_a(place.noun.type, place_kind):
                options.extend(Atom(Fact(name, ("_", one))) for one in names)
        if len(options) > 1:
            return AnyOf(tuple(options))
        return options[0] if options else None


def _gathered(nouns: Sequence[Noun]) -> list[Noun]:
    """Return meanings in which objects of one type that have the same words are one noun.

    Which of two lamps "the lamp" means is decided, or asked, for each noun phrase by itself: the
    readings of a list would grow with every pair of them.
    """
    names: dict[str, list[str]] = {}
    for noun in nouns:
        if noun.object is not None and not noun.is_part:
            names.setdefault(noun.type, []).append(noun.object)
    found = (
        replace(noun, object=None, among=tuple(names[noun.type]))
        if noun.object is not None and not noun.is_part and len(names[noun.type]) > 1
        else noun
        for noun in nouns
    )
    return list(dict.fromkeys(found))


def _reach(
    noun: Noun,
    said: str,
    number: int | None,
    *,
    is_partitive: bool = False,
    is_mass: bool = False,
) -> str:
    """Return the reach of a noun phrase; empty if its words do not go together."""
    if said == "few":
        return "vague"
    if noun.object is not None:
        is_several = said in ("all", "both") or (number is not None and number != 1)
        return "" if is_several else "the"
    if said == "both" or said == "all":
        return said
    if noun.is_plural:
        if said == "some one":
            return "some" if is_partitive else ""
        if said == "some":
            return "some" if number or is_mass else "vague"
        return "some" if number is not None and said == "" else "all"
    if said in ("any", "some", "some one") or (number == 1 and said == ""):
        return "some"
    return "" if number is not None and number != 1 else "the"


def _denied(part: Atom | AnyOf) -> tuple[Atom, ...]:
    """Return the literals that are so where a condition is not."""
    return tuple(Atom(atom.fact, not atom.positive) for atom in part.atoms())


def _number(word: str) -> int:
    """Return the number of a word that is one."""
    if word in NUMBERS:
        return NUMBERS[word]
    number = whole_number(word)
    return _TOO_MANY if number is None else number
