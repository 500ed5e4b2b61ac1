"""Follow-ups: the last request for other things ("and the bowl too"), and corrections of it."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace

from treehand.planners.reading.grammar.clauses import Clause, ClauseParser
from treehand.planners.reading.grammar.dialogue import (
    Dialogue,
    Interpretation,
    interpretation_of,
)
from treehand.planners.reading.grammar.nouns.noun_phrase import NounPhrase
from treehand.planners.reading.grammar.nouns.noun_phrase_parser import NounPhraseParser
from treehand.planners.reading.grammar.referents import Impossible, Unclear
from treehand.planners.reading.grammar.resolution import Resolver
from treehand.planners.reading.grammar.sentences import words_that_count
from treehand.planners.reading.lexicon import Lexicon
from treehand.planners.reading.words.english import is_english
from treehand.planners.reading.words.function_words import NUMERALS
from treehand.planners.reading.words.inflection import plural, singular
from treehand.skills.domain import Facts

_TOO = frozenset({"too", "also", "as", "well", "and", "same", "likewise"})
"""Words that only mark a text as a follow-up."""
ALL_OF_THEM = (
    *("both", "all", "all of them", "all of those", "both of them", "both of those", "all three"),
    *("them all", "every one", "the lot"),
)
"""Words for all things that a question offers."""
ANY_OF_THEM = (
    *("any", "either", "any one", "either one", "any of them", "either of them", "whichever"),
    *("whichever you like", "you choose", "you decide", "does not matter", "it does not matter"),
    *(
        "do not care",
        "i do not care",
        "i do not mind",
        "any will do",
        "either will do",
        "no matter",
    ),
)
"""Words for any one of them."""
_ALL = re.compile(
    r"(all|both|every one|each)( (two|three|four|five|six))?( of (them|those|these))?"
)
_BOTH = ("both", "both of them", "both of those", "the two", "the two of them", "all of them")
_PLACING = frozenset({"in", "into", "inside", "on", "onto", "to", "at", "under", "beside"})
_ORDINALS = frozenset({"first", "second", "third", "fourth", "fifth", "sixth", "last"})
_VERBS = (("put",), ("bring",), ("move",))
"""Verbs that place a thing, tried after the verb of the request itself."""


@dataclass(frozen=True)
class Correction:
    """A part of the last request with what is meant instead of it."""

    before: Interpretation
    after: Interpretation


class FollowUps:
    """Reads follow-ups to the last request of a dialogue.

    Args:
        lexicon: The words of a domain and scene.
        dialogue: Knows the last request.
    """

    def __init__(self, lexicon: Lexicon, dialogue: Dialogue) -> None:
        self._lexicon = lexicon
        self._dialogue = dialogue
        self._swapped: tuple[Clause, Clause] | None = None
        """The clause that was corrected last, before and after, which "both" refers to."""

    def with_noun(self, text: str) -> str:
        """Return a text with the noun of the last request for "one": "the blue one"."""
        clauses = self._clauses
        return _named(text, _head_noun(clauses[-1])) if clauses else text

    def same_with(self, text: str, facts: Facts) -> Interpretation | None:
        """Return the last request with other things: "and the bowl too".

        Raises:
            Unclear: If the words fit, and it is unclear which thing they mean.
        """
        for clause in reversed(self._clauses):
            words = words_that_count(_named(text, _head_noun(clause)), self._lexicon)
            for phrases in self._noun_phrases(_without_marks(words)):
                for slot, other in self._slots_for(phrases, clause):
                    whole = Clause(clause.phrase, {**clause.bound, slot: other})
                    said = self._settled(whole, self._resolver(clause, facts))
                    return self._dialogue.resolve((said,), facts)
        return None

    def last_among(self, names: Collection[str]) -> str:
        """Return the one of some objects that was named last; empty if none was."""
        named = self._dialogue.named_alone()
        return next((one for one in named if one in names), "")

    def corrected(self, text: str, facts: Facts) -> Correction | None:
        """Return the last request with what a correction names: "the other one", "in the sink".

        Args:
            text: What is meant instead.
            facts: Beliefs, which decide what "the one on the table" is.

        Raises:
            Unclear: If the words fit, and it is unclear which thing they mean.
        """
        unclear: Unclear | None = None
        same: Correction | None = None
        for index, clause in self._replacements(text):
            before, after = self._clauses[index], (clause,)
            try:
                new = interpretation_of(self._resolver(before, facts), after)
                old = interpretation_of(self._dialogue.resolver(facts), (before,))
            except Unclear as reason:
                unclear = unclear or reason
                continue
            except Impossible:
                continue
            if new.formula == old.formula:
                same = Correction(old, new)
                continue
            whole = list(self._clauses)
            whole[index] = self._settled(clause, self._resolver(before, facts))
            self._dialogue.settle(tuple(whole), list(whole[index].bound.values()))
            self._swapped = (before, whole[index])
            return Correction(old, new)
        if unclear is not None:
            raise unclear
        return same

    def _settled(self, clause: Clause, resolver: Resolver) -> Clause:
        """Return a clause with "the other one" replaced by the thing that it means."""
        bound = dict(clause.bound)
        for slot, phrases in bound.items():
            if len(phrases) != 1 or phrases[0].noun is None or phrases[0].noun.object is not None:
                continue
            names = resolver.referents.named(phrases[0]) if phrases[0].reach == "the" else ()
            words = ["the", *names[0].split("_")] if len(names) == 1 else []
            bound[slot] = next(self._noun_phrases(words), phrases) if words else phrases
        return replace(clause, bound=bound)

    @property
    def _clauses(self) -> list[Clause]:
        return self._dialogue.clauses()

    def _resolver(self, clause: Clause, facts: Facts) -> Resolver:
        """Return a resolver for which "the other one" is one that the clause does not name."""
        named: list[tuple[NounPhrase, ...]] = []
        before = self._dialogue.resolver(facts)
        for slot, phrases in clause.bound.items():
            if any(one.noun is None and not one.alternatives for one in phrases):
                kind = clause.phrase.kind_of(slot)
                try:  # what "it" is was named before
                    named.append(tuple(before.referents.antecedents(phrases[0], kind)))
                except Unclear:
                    return before
            else:
                named.append(phrases)
        return Resolver(self._lexicon, facts, named)

    def _noun_phrases(self, words: list[str]) -> Iterator[tuple[NounPhrase, ...]]:
        """Yield the readings of words as noun phrases and nothing else."""
        for phrases, end in NounPhraseParser(self._lexicon, words).lists(0):
            if end == len(words) and all(phrase.noun is not None for phrase in phrases):
                yield phrases

    def _slots_for(
        self, phrases: tuple[NounPhrase, ...], clause: Clause
    ) -> Iterator[tuple[str, tuple[NounPhrase, ...]]]:
        """Yield the slots of a clause that things fit into."""
        is_a = self._lexicon.vocabulary.is_a
        for slot in clause.bound:
            kind = clause.phrase.kind_of(slot)
            if all(one.noun and is_a(one.noun.type, kind) for one in phrases):
                yield slot, phrases

    def _replacements(self, text: str) -> Iterator[tuple[int, Clause]]:
        """Yield clauses that may be meant in place of one of the request, the last one first."""
        for index, clause in reversed(list(enumerate(self._clauses))):
            head = _head_noun(clause)
            words = tuple(words_that_count(_named(text, head), self._lexicon))
            is_placed = bool(words) and words[0] in _PLACING
            if is_placed:
                yield from ((index, one) for one in self._placed(words, clause))
            bare = ["the", *words, *head.split()]  # "red" for "the red one"
            if words and set(words) <= NUMERALS:  # "two" for "two plates"
                bare = [*words, plural(head)]
            whole = ["the", *head.split(), *words]
            for said in (list(words), whole if is_placed else bare):
                for phrases in self._noun_phrases(said) if said else ():
                    for slot, other in self._slots_for(phrases, clause):
                        yield index, replace(clause, bound={**clause.bound, slot: other})
            if words and not is_placed:
                for preposition in ("in", "on"):
                    placed = self._placed((preposition, *words), clause)
                    yield from ((index, one) for one in placed)
            yield from ((index, one) for one in self._both(text, clause))

    def _both(self, text: str, clause: Clause) -> Iterator[Clause]:
        """Yield a corrected clause with the thing before the correction besides: "both"."""
        if self._swapped is None or self._swapped[1] != clause or text not in _BOTH:
            return
        before, after = self._swapped
        for slot, phrases in after.bound.items():
            earlier = before.bound.get(slot, ())
            is_named = all(one.noun is not None for one in (*earlier, *phrases))
            if earlier and earlier != phrases and is_named and not set(earlier) & set(phrases):
                yield replace(clause, bound={**clause.bound, slot: (*earlier, *phrases)})

    def _placed(self, words: tuple[str, ...], clause: Clause) -> Iterator[Clause]:
        """Yield the request with its things in another place: "in the cupboard"."""
        items = next(iter(clause.bound.values()), ())
        named = " and ".join(one.text for one in items).split()
        for verb in (clause.phrase.verb, *_VERBS) if items else ():
            parser = ClauseParser(self._lexicon, (*verb, *named, *words), is_strict=True)
            for request in parser.requests():
                if len(request) == 1 and isinstance(request[0], Clause):
                    yield request[0]


def _without_marks(words: list[str]) -> list[str]:
    """Return words without those at both ends that only mark a follow-up."""
    kept = list(words)
    while kept and kept[0] in _TOO:
        del kept[0]
    while kept and kept[-1] in _TOO:
        kept.pop()
    return kept


def without_marks(text: str) -> str:
    """Return a text without the words at both ends that only mark a follow-up: "too", "and"."""
    return " ".join(_without_marks(text.casefold().split()))


def _head_noun(clause: Clause) -> str:
    """Return the noun of the thing that a clause is about; empty if there is none."""
    for phrases in clause.bound.values():
        if phrases and phrases[0].noun is not None:
            said = [word for word in phrases[0].text.split() if not word.isdecimal()]
            return _one_of(said[-1]) if said else phrases[0].noun.type
    return ""


def _one_of(noun: str) -> str:
    """Return "plate" for "plates"; the word itself if its singular is no word."""
    return singular(noun) if is_english(singular(noun)) else noun


def _named(text: str, head: str) -> str:
    """Return a text with the noun of a request for "one" and "both"."""
    plain = " ".join(text.casefold().split())
    if not head:
        return text
    if plain in ALL_OF_THEM or _ALL.fullmatch(plain):
        return f"{plain.split()[0]} {plural(head)}"
    if plain in ANY_OF_THEM:
        return f"any {head}"
    plain = re.sub(r"^(?:a|some) (?:different|new)\b", "another", plain)
    if plain == "the others":
        return f"all other {plural(head)}"
    plain = re.sub(r"^another one$", "another", plain)
    if plain in ("another", "the other"):
        return f"{plain.removesuffix('s')} {plural(head) if plain.endswith('s') else head}"
    words = plain.split()
    if words[-1:] and words[-1] in _ORDINALS:  # "the first"
        return f"{plain} {head}"
    for index, word in enumerate(words):
        before = words[index - 1] if index else ""
        if word in ("one", "ones") and before not in ("", "any", "only"):
            words[index] = head if word == "one" else plural(head)
            break
    return " ".join(words)
