"""Noun phrases: "the red mug", "all dirty dishes on the table except the glass", "it"."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from treehand.core.text.outside_text import MAX_DIGITS, whole_number
from treehand.planners.reading.lexicon import (
    CONTRASTS,
    EXCEPTIONS,
    MASS_NOUNS,
    PRONOUNS,
    Lexicon,
    Noun,
)
from treehand.planners.reading.words.inflection import NUMBERS, plural, singular
from treehand.skills.domain import AllOf, AnyOf, Atom, Fact, Formula

_ALL = frozenset({"all", "every", "each"})
_VAGUE = frozenset({"most", "few", "several", "half", "many"})
_OTHER = frozenset({"other", "another", "others"})
_SOME = frozenset({"a", "an", "one"})
_POINTERS = frozenset(
    {"the", "my", "our", "your", "its", "their", "this", "that", "these", "those"}
)
_UNCOUNTED = MASS_NOUNS - {"clothes", "groceries"}
"""Nouns of which "some" may be one thing."""
_TOO_MANY = 10**MAX_DIGITS
"""Stands for every number that has more digits than a whole number may have."""
_PLACING = frozenset({"to", "on", "onto", "at", "in", "into", "by", "near", "beside"})


@dataclass(frozen=True)
class NounPhrase:
    """One noun phrase, not yet resolved to objects."""

    text: str
    noun: Noun | None
    """Its noun; None for a pronoun."""
    reach: str
    """``the``, ``all``, ``some``, ``both``, ``vague`` ("some plates") or ``it``."""
    number: int | None = None
    """Number of objects, for a counted phrase."""
    filters: tuple[Atom | AnyOf, ...] = ()
    """Conditions on the object, over ``_``."""
    exceptions: tuple[NounPhrase, ...] = ()
    is_denied: bool = False
    """True for "no plates"."""
    is_other: bool = False
    """True for "the other plates": not those that were named before."""
    alternatives: tuple[NounPhrase, ...] = ()
    """Alternatives, of which one is meant: "the bar or the table"."""

    @property
    def is_universal(self) -> bool:
        """Return True if it means every object that matches."""
        return self.noun is not None and self.noun.object is None and self.reach == "all"

    @property
    def is_everything(self) -> bool:
        """Return True for "everything", which means all that can be done to, of any type."""
        is_open = self.noun is not None and self.noun.object is None
        return is_open and "everything" in self.text.split()[:1]

    @property
    def is_mass(self) -> bool:
        """Return True for "the rubbish", which "it" may stand for."""
        return self.noun is not None and not MASS_NOUNS.isdisjoint(self.text.split())

    @property
    def tells_place(self) -> bool:
        """Return True for "the mugs in the sink"."""
        return any(len(atom.fact.terms) > 1 for part in self.filters for atom in part.atoms())

    @property
    def is_plural(self) -> bool:
        """Return True if it means several objects, as "them" does."""
        if self.noun is None:
            return False
        if self.noun.object is not None:
            name = self.noun.object  # chips, chairs; but the glass, the bus
            return name.endswith("s") and not name.endswith(("ss", "us", "is"))
        return self.noun.is_plural or self.reach in ("all", "both") or (self.number or 0) > 1

    def where(self, variable: str) -> Formula:
        """Return its filters over a variable."""
        parts = tuple(part.substitute({"_": variable}) for part in self.filters)
        return parts[0] if len(parts) == 1 else AllOf(parts)


def _number(word: str) -> int:
    """Return the number of a word that is one."""
    if word in NUMBERS:
        return NUMBERS[word]
    number = whole_number(word)
    return _TOO_MANY if number is None else number


class NounPhraseParser:
    """Parser of noun phrases in a list of words."""

    def __init__(self, lexicon: Lexicon, words: Sequence[str]) -> None:
        self._lexicon = lexicon
        self._words = words
        self._lists: dict[int, list[tuple[tuple[NounPhrase, ...], int]]] = {}

    def _at(self, index: int) -> str:
        return self._words[index] if index < len(self._words) else ""

    def lists(self, start: int) -> list[tuple[tuple[NounPhrase, ...], int]]:
        """Return lists like "the mugs, the bowl and the glass" at `start`, with where they end."""
        known = self._lists.get(start)
        if known is None:
            known = [*self._one_of(start)]
            if self._at(start) == "neither":
                known.extend(self._neither(start + 1))
            if self._at(start) == "not":
                known.extend(self._but(start + 1))
            if self._at(start) == "no":
                for phrases, end in self.lists(start + 1):
                    if not any(phrase.alternatives for phrase in phrases):
                        none = tuple(replace(phrase, is_denied=True) for phrase in phrases)
                        known.append((none, end))
            if self._at(start) == "both":
                known.extend(pair for pair in self.lists(start + 1) if len(pair[0]) == 2)
            for first, end in self.phrases(start):
                known.extend(((first, *more), last) for more, last in self._more(end))
            known.extend(self._with_contrasts(known))
            self._lists[start] = known
        return known

    def _with_contrasts(
        self, lists: Sequence[tuple[tuple[NounPhrase, ...], int]]
    ) -> list[tuple[tuple[NounPhrase, ...], int]]:
        """Return the lists that go on with ", not the mug," in the middle of a clause."""
        found: list[tuple[tuple[NounPhrase, ...], int]] = []
        for phrases, end in lists:
            if self._at(end) != "," or self._at(end + 1) != "not":
                continue
            for _, last in self.phrases(end + 2):
                if self._at(last) == ",":
                    found.append((phrases, last + 1))
        return found

    def _neither(self, start: int) -> Iterator[tuple[tuple[NounPhrase, ...], int]]:
        """Yield "the lamp nor the fan" at `start` as two negated noun phrases."""
        for first, end in self.phrases(start):
            if self._at(end) == "nor":
                for second, last in self.phrases(end + 1):
                    yield (replace(first, is_denied=True), replace(second, is_denied=True)), last

    def _but(self, start: int) -> Iterator[tuple[tuple[NounPhrase, ...], int]]:
        """Yield Y of "(not) X but Y"."""
        for _, end in self.phrases(start):
            after = end + 1 if self._at(end) == "," else end
            if self._at(after) == "but":
                yield from self.lists(after + 1)

    def contrasts(self, start: int) -> Iterator[tuple[tuple[NounPhrase, ...], int]]:
        """Yield the noun phrases of "instead of the milk" and "not the milk" at `start`."""
        for words in CONTRASTS:
            if tuple(self._words[start : start + len(words)]) == words:
                yield from self.lists(start + len(words))

    def _one_of(self, start: int) -> Iterator[tuple[tuple[NounPhrase, ...], int]]:
        """Yield "either the bar or the table" at `start`, as a single phrase."""
        begin = start + 1 if self._at(start) == "either" else start
        for first, end in self.phrases(begin):
            for others, last in self._or_more(end):
                if others:
                    text = " ".join(self._words[start:last])
                    yield (NounPhrase(text, first.noun, "or", alternatives=(first, *others)),), last

    def _or_more(self, start: int) -> Iterator[tuple[tuple[NounPhrase, ...], int]]:
        after = start
        while self._at(after) == ",":
            after += 1
        if self._at(after) == "or":
            again = 2 if self._at(after + 1) in _PLACING else 1
            for phrase, end in self.phrases(after + again):
                for more, last in self._or_more(end):
                    yield (phrase, *more), last
        yield (), start

    def _more(self, start: int) -> Iterator[tuple[tuple[NounPhrase, ...], int]]:
        after = start
        while self._at(after) in (",", "and"):
            after += 1
        if after > start:
            for phrase, end in (*self.phrases(after), *self._numbered(start, after)):
                for more, last in self._more(end):
                    yield (phrase, *more), last
        yield (), start

    def _numbered(self, end: int, start: int) -> Iterator[tuple[NounPhrase, int]]:
        """Yield the object of a number at `start` after "tables 1 and": table 2."""
        number = self._at(start)
        if not (self._at(end - 1).isdecimal() and number.isdecimal()):
            return
        for length in range(1, self._lexicon.longest_noun):
            base = tuple(self._words[max(0, end - 1 - length) : end - 1])
            for noun in self._lexicon.meanings((*base, number)):
                yield NounPhrase(" ".join((*base, number)), noun, "the"), start + 1

    def phrases(self, start: int) -> Iterator[tuple[NounPhrase, int]]:
        """Yield single noun phrases that begin at `start`, with where they end, longest first."""
        for phrase, end in self._bare(start):
            yield from self._with_exceptions(phrase, end)
            yield from self._restated(phrase, end)

    def _restated(self, phrase: NounPhrase, end: int) -> Iterator[tuple[NounPhrase, int]]:
        """Yield the second phrase of "my bowl, the one on the table", "the mug, the blue one"."""
        if self._at(end) != "," or phrase.noun is None or phrase.noun.object is not None:
            return
        for other, last in self._bare(end + 1):
            kind = other.noun.type if other.noun is not None else ""
            is_told = other.filters or (other.noun is not None and other.noun.object is not None)
            if "one" in other.text.split() and is_told and kind == phrase.noun.type:
                yield other, last

    def exceptions(self, start: int) -> Iterator[tuple[tuple[NounPhrase, ...], int]]:
        """Yield the noun phrases of "except …" at `start`."""
        for words in EXCEPTIONS:
            if tuple(self._words[start : start + len(words)]) == words:
                for phrase, end in self._bare(start + len(words)):
                    for more, last in self._more_bare(end):
                        is_left = words[-1] == "leave"
                        if not is_left or self._at(last) == "alone":
                            yield (phrase, *more), last + is_left
                return

    def _more_bare(self, start: int) -> Iterator[tuple[tuple[NounPhrase, ...], int]]:
        after = start
        while self._at(after) in (",", "and"):
            after += 1
        if after > start:
            for phrase, end in self._bare(after):
                for more, last in self._more_bare(end):
                    yield (phrase, *more), last
        yield (), start

    def _with_exceptions(self, phrase: NounPhrase, end: int) -> Iterator[tuple[NounPhrase, int]]:
        if phrase.is_universal:
            for exceptions, last in self.exceptions(end):
                if self.may_except(phrase, exceptions):
                    yield replace(phrase, exceptions=exceptions), last
        yield phrase, end

    def may_except(self, phrase: NounPhrase, exceptions: Sequence[NounPhrase]) -> bool:
        """Return True if exceptions are things that a phrase covers: no knob of "all worktops"."""
        is_a = self._lexicon.vocabulary.is_a
        kind = phrase.noun.type if phrase.noun else ""
        return phrase.is_everything or all(
            one.noun is None or is_a(one.noun.type, kind) or is_a(kind, one.noun.type)
            for one in exceptions
        )

    def _bare(self, start: int) -> Iterator[tuple[NounPhrase, int]]:
        if self._at(start) in PRONOUNS:
            yield NounPhrase(self._at(start), None, "it"), start + 1
            return
        index, reach, number = self._determiner(start)
        index = self._after_measure(index)
        if self._is_unknown(index):
            yield from self._after_unknown(start, index + 1)
        filters: list[Atom | AnyOf] = []
        household = self._lexicon.household
        is_one_thing = False
        while not self._is_noun_at(index):
            if self._at(index) in self._lexicon.adjectives:
                filters.append(self._lexicon.adjectives[self._at(index)])
            elif self._at(index) in household.states:
                is_one_thing = True
            elif self._at(index) not in household.qualities:
                break
            index += 1
        index = self._after_measure(index)
        for noun, end in (*self._nouns_at(index), *self._ones(start, index)):
            if (noun.object is not None or not is_one_thing) and self._can_be(noun, filters):
                yield from self._finished(start, end, noun, reach, number, filters)

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
            for noun in self._lexicon.meanings(words) if len(words) == length else ():
                yield noun, index + length

    def _ones(self, start: int, index: int) -> Iterator[tuple[Noun, int]]:
        """Yield the nouns of "(the) red one" and "(the other) one" after "the blue crate".

        Args:
            start: Where the noun phrase begins; the noun that "one" stands for is before it.
            index: The place after determiners and adjectives.
        """
        is_told = index > start and self._at(index - 1) == "one" and self._at(start) != "one"
        for length in (0, 1, 2):
            kind = tuple(self._words[index : index + length])
            one = "one" if is_told and not length else self._at(index + length)
            if one not in ("one", "ones") or "one" in kind or (is_told and length):
                continue
            for word in reversed(self._words[:start]):
                heads = dict.fromkeys((word, singular(word), plural(word)))
                nouns = [n for head in heads for n in self._lexicon.meanings((*kind, head))]
                nouns = nouns if kind else [n for n in nouns if n.object is None]
                fitting = [n for n in nouns if n.object or n.is_plural is (one == "ones")]
                if fitting:
                    end = index if is_told else index + length + 1
                    yield from ((noun, end) for noun in dict.fromkeys(fitting))
                    break

    def _is_unknown(self, index: int) -> bool:
        word = self._at(index)
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
        word = self._at(index)
        measures = self._lexicon.household.measures
        is_measure = word in measures or singular(word) in measures
        if not (is_measure and self._at(index + 1) == "of"):
            return index
        index += 2
        while self._at(index) in ("the", "some", "your", "our"):
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
            word = self._at(index)
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
                number = _number(word)
            elif word in _OTHER and not self._is_noun_at(index):
                reach = reach or ("some one" if word == "another" else "")
            elif word in _POINTERS:
                reach = reach or ("" if self._at(index - 1) == "of" and number else "the")
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
        is_partitive = self._at(start) == "one" and self._at(start + 1) == "of"
        is_mass = self._at(end - 1) in _UNCOUNTED
        reach = self._reach(noun, reach, number, is_partitive=is_partitive, is_mass=is_mass)
        if not reach:
            return
        for found, last in self._relations(noun, end):
            text = " ".join(self._words[start:last])
            is_other = bool(_OTHER & set(self._words[start:end]))
            filtered = (*filters, *found)
            yield NounPhrase(text, noun, reach, number, filtered, is_other=is_other), last

    def _reach(
        self,
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

    def _relations(self, noun: Noun, start: int) -> Iterator[tuple[tuple[Atom | AnyOf, ...], int]]:
        """Yield the restrictions after a noun: "on the table", "that are dirty"."""
        index = start
        if self._at(index) in ("that", "which"):
            index += 1
        if index > start and self._at(index) in ("is", "are"):
            index += 1
            adjective = self._lexicon.adjectives.get(self._at(index))
            if adjective is not None:
                yield (adjective,), index + 1
        held = (("you", "are", "holding"), ("you", "are", "carrying"))
        if tuple(self._words[index : index + 3]) in held:
            yield (), index + 3
        if noun.object is not None and self._at(start - 1).isdecimal():
            yield from (((), end) for end in self._described(start))
        yield from self.places_of(noun, index)
        yield (), start

    def places_of(self, noun: Noun, index: int) -> Iterator[tuple[tuple[Atom | AnyOf, ...], int]]:
        """Yield the restrictions of "on the table" and "from the table" at a place."""
        predicates = self._lexicon.relations.get(self._at(index), ())
        for place, end in self._bare(index + 1) if predicates else ():
            relation = self._relation(noun, predicates, place)
            if relation is not None:
                yield (relation,), end

    def _described(self, start: int) -> Iterator[int]:
        """Yield the end of "by the window" after an object that is named by its number."""
        if self._at(start) in ("by", "near", "beside"):
            index = start + 2 if self._at(start + 1) == "the" else start + 1
            if self._is_unknown(index):
                yield index + 1

    def _relation(
        self, noun: Noun, predicates: Sequence[str], place: NounPhrase
    ) -> Atom | AnyOf | None:
        if place.noun is None or place.noun.object is None:
            return None
        vocabulary = self._lexicon.vocabulary
        options: list[Atom] = []
        for name in predicates:
            item_kind, place_kind = self._lexicon.domain.predicates[name].params.values()
            related = vocabulary.is_a(noun.type, item_kind) or vocabulary.is_a(item_kind, noun.type)
            if related and vocabulary.is_a(place.noun.type, place_kind):
                options.append(Atom(Fact(name, ("_", place.noun.object))))
        if len(options) > 1:
            return AnyOf(tuple(options))
        return options[0] if options else None
