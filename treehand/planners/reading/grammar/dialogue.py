"""Interpretations of texts in a dialogue, which remembers requests and choices."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from operator import itemgetter

from treehand.planners.goals.literals.exclusions import Exclusions
from treehand.planners.reading.grammar.clauses import Clause, ClauseParser, Either, Request
from treehand.planners.reading.grammar.nouns.noun_phrase import NounPhrase
from treehand.planners.reading.grammar.nouns.noun_phrase_parser import NounPhraseParser
from treehand.planners.reading.grammar.referents import Impossible, Unclear
from treehand.planners.reading.grammar.resolution import KEEPING, Resolver
from treehand.planners.reading.lexicon import Lexicon
from treehand.planners.reading.words.function_words import BE, MODALS, SUBJECTS
from treehand.skills.domain import (
    AllOf,
    Atom,
    Exists,
    Facts,
    Forall,
    Formula,
    Quantifier,
    conjuncts,
)

MAX_READINGS = 12
"""Most interpretations that are looked for."""
WISHING = frozenset({"have", "want", "need", "like", "love", "keep", "leave"})
"""Verbs with which a state may be asked for that is so already."""
_PLACING = frozenset({"in", "into", "on", "onto", "to", "at"})
_SAME = frozenset({"one", "place", "spot"})
MAX_ATTEMPTS = 600
"""Most combinations of clauses that are tried; each "and" doubles them."""


@dataclass(frozen=True)
class Interpretation:
    """One reading of a text."""

    formula: Formula
    never: tuple[Formula, ...] = ()
    """Constraints: formulas that must not become true."""
    before: tuple[Formula, ...] = ()
    """Formulas to be made true first, one after the other."""


class Dialogue:
    """Interprets requests and remembers them, so that later texts can refer to them.

    Args:
        lexicon: The words of a domain and scene.
    """

    def __init__(self, lexicon: Lexicon) -> None:
        self._lexicon = lexicon
        self._chosen: dict[str, str] = {}
        """Words of a noun phrase to the object that a person chose for them."""
        self._said: Request = ()
        """The last request, which a follow-up refers to."""
        self._mentioned: list[tuple[NounPhrase, ...]] = []
        """Noun phrases so far, oldest first, which "it" may refer to."""
        self._last: tuple[Request, list[tuple[NounPhrase, ...]]] = ((), [])
        """Request and noun phrases of the last interpretation, for `keep`."""

    def interpretations(
        self, words: Sequence[str], facts: Facts
    ) -> tuple[list[Interpretation], Unclear | None]:
        """Return the interpretations of a text, and the first thing in it that is unclear.

        Args:
            words: The words of the text that count.
            facts: Beliefs, which decide what "the dirty mug" is.
        """
        parser = ClauseParser(self._lexicon, words, is_strict=True)
        found: dict[Interpretation, tuple[Request, list[tuple[NounPhrase, ...]]]] = {}
        unclear: Unclear | None = None
        requests = _by_preference(itertools.islice(parser.requests(), MAX_ATTEMPTS))
        fewest = (0, 0)
        is_settled = False
        for clauses in requests:
            if is_settled and _freedom(clauses) > fewest:
                break  # an unclear plain reading is asked about before a freer one is taken
            fewest = _freedom(clauses)
            try:
                resolver = self.resolver(facts)
                reading = interpretation_of(resolver, clauses)
            except Unclear as question:
                unclear = unclear or question
                is_settled = is_settled or not question.is_misread
                continue
            except Impossible:
                continue
            is_settled = True
            is_once = not KEEPING & set(words)
            same = [one for one in found if is_same_here(reading, one, facts, is_once=is_once)]
            if not same or _is_plainer(reading, same[0], facts):
                found = {one: said for one, said in found.items() if one not in same}
                found[reading] = (clauses, resolver.mentioned)
            if len(found) >= MAX_READINGS:
                break
        changeable = [one for one in found if not self._is_given(one.formula)] or [*found]
        readings = _about_something(_with_most_exceptions(changeable), facts)
        if not WISHING & set(words):
            readings = _to_be_done(readings, facts)
        readings = self._possible(readings, facts)
        if readings:
            said, mentioned = found[readings[-1]]
            self._last = said, [self._as_they_are(some, facts) for some in mentioned]
        return readings, unclear

    def _possible(self, readings: list[Interpretation], facts: Facts) -> list[Interpretation]:
        """Prefer "the plates are not on the table" over holding them all, for want of hands."""
        if len(readings) < 2:
            return readings
        exclusions = Exclusions(self._lexicon.domain, facts)
        return [
            one
            for one in readings
            if exclusions.conflict(AllOf(tuple(_instances(one.formula, facts)))) is None
        ] or readings

    def _is_given(self, formula: Formula) -> bool:
        """Return True if a formula is about what nothing changes: "it belongs in the bookcase"."""
        predicates = self._lexicon.domain.predicates
        atoms = list(formula.atoms())
        return bool(atoms) and all(predicates[a.fact.predicate].known_by == "given" for a in atoms)

    def keep(self) -> None:
        """Remember the last interpretation as the request."""
        self._said, self._mentioned = self._last

    def mention(self, words: Sequence[str]) -> None:
        """Remember the noun phrases among words; the first of them is what "it" means first."""
        nouns = NounPhraseParser(self._lexicon, words)
        found: list[tuple[NounPhrase, ...]] = []
        index = 0
        while index < len(words):
            if _is_modal(words, index):
                index += 1
                continue
            named = [one for one in nouns.lists(index) if all(part.noun for part in one[0])]
            if named:
                index = max(end for _, end in named)
                found.extend(
                    tuple(_as_told(one) for one in phrases)
                    for phrases, end in reversed(named)
                    if end == index
                )
            else:
                index += 1
        single = [
            some[0] for some in found if len(some) == 1 and some[0].noun and some[0].noun.object
        ]
        together = [tuple(dict.fromkeys(single))] if len(set(single)) > 1 else []
        places = [self._places_in(one) for some in found for one in some]
        told = [(one,) for some in places for one in some]
        self._mentioned = [*self._mentioned, *told, *together, *reversed(found)]

    def _places_in(self, phrase: NounPhrase) -> Iterator[NounPhrase]:
        """Yield the places of "some milk on the table", which may be what is meant, too."""
        for atom in (atom for part in phrase.filters for atom in part.atoms()):
            for name in atom.fact.terms[1:]:
                for noun in self._lexicon.meanings(tuple(name.split("_"))):
                    yield NounPhrase(name.replace("_", " "), noun, "the")

    def resolver(self, facts: Facts) -> Resolver:
        """Return a resolver that knows the dialogue."""
        return Resolver(self._lexicon, facts, self._mentioned, self._chosen)

    def resolve(self, clauses: Request, facts: Facts) -> Interpretation:
        """Return the interpretation of clauses and remember them; raises `Unclear`."""
        resolver = self.resolver(facts)
        interpretation = interpretation_of(resolver, clauses)
        mentioned = [self._as_they_are(some, facts) for some in resolver.mentioned]
        self._said, self._mentioned = clauses, mentioned
        return interpretation

    def _as_they_are(self, phrases: tuple[NounPhrase, ...], facts: Facts) -> tuple[NounPhrase, ...]:
        """Return the objects that are taken away now, which are elsewhere in the next request."""
        if not any(one.is_taken and one.noun for one in phrases):
            return phrases
        named = (
            NounPhrase(name.replace("_", " "), noun, "the")
            for one in phrases
            if one.noun is not None
            for name in Quantifier("_", one.noun.type, (), one.where("_")).qualified(facts)
            for noun in self._lexicon.meanings(tuple(name.split("_")))
        )
        return tuple(named) or phrases

    def settle(self, clauses: Request, mentioned: list[tuple[NounPhrase, ...]]) -> None:
        """Remember clauses as the request, with the noun phrases so far."""
        self._said, self._mentioned = clauses, [*self._mentioned, *mentioned]

    @contextmanager
    def undisturbed(self) -> Iterator[None]:
        """Remember nothing of what is read meanwhile."""
        said, mentioned = self._said, self._mentioned
        try:
            yield
        finally:
            self._said, self._mentioned = said, mentioned

    def clauses(self) -> list[Clause]:
        """Return the clauses of the last request."""
        return [part for part in self._said if isinstance(part, Clause)]

    def last_named(self, *, is_place: bool = False) -> str:
        """Return the object that was named last, in words; empty if there is none.

        Args:
            is_place: True for the last slot of the request, False for the first.
        """
        for clause in reversed(self.clauses()):
            slots = list(clause.bound.values())
            for phrases in reversed(slots) if is_place else slots:
                if len(phrases) == 1 and phrases[0].noun and phrases[0].noun.object:
                    return phrases[0].noun.object.replace("_", " ")
        return next(self.named_alone(), "").replace("_", " ")

    def named_alone(self) -> Iterator[str]:
        """Yield the objects that were named by themselves, the last one first."""
        for some in reversed(self._mentioned):
            if len(some) == 1 and some[0].noun is not None and some[0].noun.object:
                yield some[0].noun.object

    def with_place_named(self, words: Sequence[str]) -> list[str]:
        """Return words with "in the sink" for "there", if a place was named before."""
        places = (name for name in self.named_alone() if self._lexicon.relation_to(name))
        kept = _with_same_place(words)
        words = kept
        for index, word in enumerate(words):
            before, after = words[index - 1 : index], words[index + 1 : index + 2]
            if word != "there" or not index or {*before, *after} & BE:
                continue
            place = self._place_named_in(words[:index]) or next(places, "")
            if not place and before == ["over"]:
                return [*kept[: index - 1], *kept[index + 1 :]]
            if place:
                start = index - (before[0] in ("in", "into", "on", "onto", "over", "up", "to"))
                relation = self._lexicon.relation_to(place)
                named = [relation, "the", *place.split("_")]
                if before[0] == "from":
                    start, named = index, named[1:]
                return [*kept[:start], *named, *kept[index + 1 :]]
        return kept

    def _place_named_in(self, words: Sequence[str]) -> str:
        """Return the place that words put something at, or open, last: "in the sink … there"."""
        nouns = NounPhraseParser(self._lexicon, words)
        for index in range(len(words) - 1, 0, -1):
            if words[index - 1] in _PLACING or words[index - 1] == "open":
                for phrases, _ in nouns.lists(index):
                    noun = phrases[0].noun
                    if noun is not None and noun.object and self._lexicon.relation_to(noun.object):
                        return noun.object
        return ""

    def last_group(self) -> str:
        """Return the things that were named together last, as a list in words; empty for none."""
        groups = (some for some in reversed(self._mentioned) if len(some) > 1)
        told = [one.text for one in next(groups, ()) if one.noun is not None]
        return " and ".join(told)

    def forget(self) -> None:
        """Forget the dialogue: the next text does not refer to it."""
        self._said, self._mentioned = (), []
        self._chosen.clear()

    def remember(self, about: str, option: str) -> None:
        """Resolve "the mug" to the object that a person chose, from now on.

        Args:
            about: Words that a question was about.
            option: The answer.
        """
        self._chosen[about] = option.replace(" ", "_")


def interpretation_of(resolver: Resolver, clauses: Request) -> Interpretation:
    """Return the formula, constraints and order of clauses; raises `Unclear`."""
    formula = resolver.formula(clauses)
    return Interpretation(formula, tuple(resolver.never), tuple(resolver.before))


def _is_modal(words: Sequence[str], index: int) -> bool:
    """Return True for "can" in "I can not reach it" and "can you …", which names no can."""
    around = {*words[max(index - 1, 0) : index], *words[index + 1 : index + 2]}
    return words[index] in MODALS and bool(around & (SUBJECTS | {"not"}))


def is_same_here(
    one: Interpretation, other: Interpretation, facts: Facts, *, is_once: bool
) -> bool:
    """Return True if two readings ask for the same literals of the objects that there are.

    Args:
        one: A reading.
        other: Another one.
        facts: Beliefs.
        is_once: False if what is so now shall stay so.
    """
    if (one.never, one.before) != (other.never, other.before):
        return False
    first, second = _literals(one.formula, facts), _literals(other.formula, facts)
    if first == second or not is_once:
        return first == second
    return _to_do(first, facts) == _to_do(second, facts) != frozenset()


def _is_plainer(one: Interpretation, other: Interpretation, facts: Facts) -> bool:
    """Return True if a reading names fewer literals: what is on the table now, not all there is."""
    return len(_literals(one.formula, facts)) < len(_literals(other.formula, facts))


def _to_do(literals: frozenset[Formula], facts: Facts) -> frozenset[Formula]:
    """Return literals without the denied ones that are so already."""
    return frozenset(
        one
        for one in literals
        if not (isinstance(one, Atom) and not one.positive and one.holds(facts) is True)
    )


def _instances(formula: Formula, facts: Facts) -> Iterator[Formula]:
    """Yield the parts of a formula, each "all …" for the objects that match now."""
    for part in conjuncts(formula):
        if isinstance(part, Forall):
            for name in part.qualified(facts):
                yield from _instances(part.body.substitute({part.variable: name}), facts)
        elif (
            isinstance(part, Exists) and part.where == AllOf(()) and len(part.qualified(facts)) == 1
        ):
            only = part.qualified(facts)[0]  # "a glass" is the glass, where there is one
            yield from _instances(part.body.substitute({part.variable: only}), facts)
        else:
            yield part


def _literals(formula: Formula, facts: Facts) -> frozenset[Formula]:
    return frozenset(_instances(formula, facts))


def _with_most_exceptions(readings: list[Interpretation]) -> list[Interpretation]:
    """Prefer "all but (the glass and the pan)" over "(all but the glass) and the pan"."""

    def excluded(reading: Interpretation) -> int:
        parts = conjuncts(reading.formula)
        return sum(len(part.excluded) for part in parts if isinstance(part, Quantifier))

    most = max(map(excluded, readings), default=0)
    return [reading for reading in readings if excluded(reading) == most]


def _about_something(readings: list[Interpretation], facts: Facts) -> list[Interpretation]:
    """Prefer the plates to be put in the fridge over "(the plates in the fridge)", if none is."""

    def is_empty(reading: Interpretation) -> bool:
        parts = (part for part in conjuncts(reading.formula) if isinstance(part, Forall))
        return any(part.where != AllOf(()) and not part.qualified(facts) for part in parts)

    kept = [reading for reading in readings if not is_empty(reading)] or readings
    return readings if all(reading.before for reading in kept) else kept


def _with_same_place(words: Sequence[str]) -> list[str]:
    """Return words with "in there" for "in the same one"."""
    for index in range(1, len(words) - 2):
        is_same = tuple(words[index : index + 2]) == ("the", "same")
        if is_same and words[index - 1] in _PLACING and words[index + 2] in _SAME:
            return [*words[:index], "there", *words[index + 3 :]]
    return list(words)


def _as_told(phrase: NounPhrase) -> NounPhrase:
    """Return "the burner" for "a burner" of a report: "I left a burner on, turn it off"."""
    is_one = phrase.reach == "some" and (phrase.number or 1) == 1
    return replace(phrase, reach="the") if is_one else phrase


def _to_be_done(readings: list[Interpretation], facts: Facts) -> list[Interpretation]:
    """Prefer "hold the sponge (in the drawer)" over "the sponge is in the drawer", where it is."""
    if len(readings) < 2:
        return readings
    return [one for one in readings if one.formula.holds(facts) is not True] or readings


def _freedom(request: Request) -> tuple[int, int]:
    """Return the freedom that a reading takes with a text, to be compared; the least is meant.

    An object itself is meant rather than a part of it, and one request about several objects
    rather than several requests. But "put the plates on the table and the mugs in the sink" may
    be one request or two.
    """
    clauses = [one for part in request for one in _clauses_of(part)]
    phrases = (phrase for clause in clauses for some in clause.bound.values() for phrase in some)
    parts = sum(phrase.noun is not None and phrase.noun.is_part for phrase in phrases)
    from_there = sum(
        "off" in one.text.split() and one.tells_place
        for clause in clauses
        for some in clause.bound.values()
        for one in some
    )  # "take the pan off the stove" is about the stove, too
    restated = sum(
        "one" in one.text.split()[1:] and one.reach == "the"
        for clause in clauses
        for some in clause.bound.values()
        for one in some[1:]
    )  # "a screw, the long one" is one thing
    places = sum(map(_places_before_the_last, clauses))
    return parts, len(clauses) + places + from_there + restated


def _preference(request: Request) -> tuple[tuple[int, int], int]:
    """Return the freedom of a reading, and how many places in it bring nothing there.

    The reading that comes first stands for all that ask for the same here and now: "put the clean
    plates in the cupboard and the mugs in the sink" are two requests where no plate is clean.
    """
    clauses = [one for part in request for one in _clauses_of(part)]
    return _freedom(request), sum(map(_places_before_the_last, clauses))


def _by_preference(requests: Iterable[Request]) -> list[Request]:
    """Return readings in the order in which they are tried.

    "(A on p and B) in q, and C in r" is left out: the places of a list are all goals, or none is.
    """
    ranked = sorted(((_preference(one), one) for one in requests), key=itemgetter(0))
    ends: dict[tuple[int, int], set[int]] = {}
    for (freedom, places), _ in ranked:
        ends.setdefault(freedom, set()).add(places)
    return [
        one
        for (freedom, places), one in ranked
        if places in (min(ends[freedom]), max(ends[freedom]))
    ]


def _places_before_the_last(clause: Clause) -> int:
    """Return the number of things whose place may be one to bring them to, in their clause."""
    lists = [some[:-1] for some in clause.bound.values()] if len(clause.bound) > 1 else []
    return sum(one.tells_place for some in lists for one in some)


def _clauses_of(part: Clause | Either) -> Sequence[Clause]:
    if isinstance(part, Clause):
        return (part,)
    return [clause for option in part.options for clause in option]
