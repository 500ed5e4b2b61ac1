"""Clauses: phrases of the lexicon with noun phrases in their slots."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from treehand.planners.goals.literals.exclusions import Exclusions
from treehand.planners.reading.grammar.nouns.noun_phrase import NounPhrase
from treehand.planners.reading.grammar.nouns.noun_phrase_parser import NounPhraseParser
from treehand.planners.reading.lexicon import CONNECTORS, NEGATIONS, Lexicon, Phrase, Words
from treehand.planners.reading.words.function_words import PREPOSITIONS
from treehand.skills.domain import AllOf, Atom, Facts

Bound = dict[str, tuple[NounPhrase, ...]]
"""Slot name to the noun phrases that fill it."""


@dataclass(frozen=True)
class Clause:
    """One phrase of a request, with the noun phrases in its slots."""

    phrase: Phrase
    bound: Bound
    is_forbidden: bool = False
    """True for a prohibition: "do not …"."""
    comes_then: bool = False
    """True if it is to come after the clauses before: "then …"."""
    others: tuple[Phrase, ...] = ()
    """Phrases in the same words about other kinds of things: "close everything"."""

    @property
    def said(self) -> str:
        """Return the clause as it was said, with the things in the slots of its phrase."""
        words = " ".join(self.phrase.words)
        for slot, some in self.bound.items():
            words = words.replace(f"{{{slot}}}", " and ".join(phrase.text for phrase in some))
        return words


@dataclass(frozen=True)
class Either:
    """Alternative clauses, of which one suffices."""

    options: tuple[tuple[Clause, ...], ...]


Request = tuple[Clause | Either, ...]
"""All clauses of one request."""


_SOURCES = ("from", "off")
_ALONE = tuple(
    tuple(text.split())
    for text in ("alone", "out", "be", "where it is", "where they are", "as it is", "as they are")
)
"""Words after "leave the apple" with which it is not to be touched."""

Before = tuple[Phrase, tuple[tuple[str, tuple[NounPhrase, ...]], ...]]
"""Phrase and slots of the clause before, to which a shortened clause refers."""


def _before(clause: Clause) -> Before:
    return clause.phrase, tuple(clause.bound.items())


def _is_torn(part: Clause | Either, head: Clause | Either) -> bool:
    """Return True if "tidy A" and "B onto C" were one clause with a verb for both."""
    if not isinstance(part, Clause) or not isinstance(head, Clause):
        return False
    before, after = part.phrase.words, head.phrase.words
    is_bare = len(after) > 2 and after[0].startswith("{") and after[1] in PREPOSITIONS
    return bool(part.phrase.verb) and len(before) - len(part.phrase.verb) == 1 and is_bare


_JOINING = frozenset({"and", "then", "also", ","})
"""Words between two verbs that have one thing: "label and spin the vials"."""


def _is_verb_and_thing(phrase: Phrase) -> bool:
    """Return True for "label {item}", which ends with the only thing that it is about."""
    return bool(phrase.verb) and phrase.words[:-1] == phrase.verb and phrase.words[-1][0] == "{"


_OUGHT = (("be",), ("goes",), ("go",), ("belongs",), ("belong",))
"""Verbs of what should be so, with their "should" left out."""


def _is_of_everything(bound: Bound) -> bool:
    """Return True for a phrase with "everything" in its only slot."""
    phrases = next(iter(bound.values()), ()) if len(bound) == 1 else ()
    return len(phrases) == 1 and phrases[0].is_everything


def _with_any_for_all(bound: Bound) -> Bound:
    """Return the slots of "any cup on the table should be …", which is about all of them."""
    slot, phrases = next(iter(bound.items()), ("", ()))
    first = phrases[0] if len(phrases) == 1 else None
    if first is None or first.reach != "some" or not first.text.startswith("any "):
        return bound
    return {**bound, slot: (replace(first, reach="all"),)}


class ClauseParser:
    """Parser that yields every reading of words as a list of clauses."""

    def __init__(self, lexicon: Lexicon, words: Sequence[str], *, is_strict: bool) -> None:
        self._lexicon = lexicon
        self._words = words
        self._is_strict = is_strict
        self._nouns = NounPhraseParser(lexicon, words)
        self._said = frozenset(words)
        self._found: dict[tuple[int, Before | None], list[tuple[Clause, int]]] = {}

    def requests(self) -> Iterator[Request]:
        """Yield the readings that use every word."""
        yield from self._requests(0, None)

    def _at(self, index: int) -> str:
        return self._words[index] if index < len(self._words) else ""

    def _requests(self, start: int, before: Before | None) -> Iterator[Request]:
        yield from self._of_the_same_things(start)
        for part, last, end in self._parts(start, before):
            if end == len(self._words):
                yield (part,)
                continue
            after = self._after_connectors(end)
            if after > end or self._at(end) == "without":
                is_later = "then" in self._words[end:after]
                for more in self._requests(after, last):
                    head = more[0]
                    if self._words[end:after] == ["and"] and _is_torn(part, head):
                        continue  # "tidy the cup and the plate onto the table" is one clause
                    if is_later and isinstance(head, Clause):
                        more = (replace(head, comes_then=True), *more[1:])
                    yield (part, *more)

    def _of_the_same_things(self, start: int) -> Iterator[Request]:
        """Yield "label and spin the vials" as "label the vials and spin them"."""
        phrases = [*self._lexicon.phrases_from(self._at(start))]
        ends = {start + len(p.verb) for p in phrases if _is_verb_and_thing(p)}
        for end in ends - {end for _, end in self._clauses(start, None)} if ends else ():
            after = self._after_connectors(end)
            joint = self._words[end:after]
            if not joint or not _JOINING.issuperset(joint):
                continue
            said = tuple(self._words[start:end])
            verbs = [p for p in phrases if _is_verb_and_thing(p) and p.verb == said]
            for head, *more in self._requests(after, None):
                for phrase in verbs:
                    yield from self._shared(phrase, head, more, is_later="then" in joint)

    def _shared(
        self,
        phrase: Phrase,
        head: Clause | Either,
        more: Sequence[Clause | Either],
        *,
        is_later: bool,
    ) -> Iterator[Request]:
        """Yield the request in which a verb has the things of the clause after it."""
        if not isinstance(head, Clause) or head.is_forbidden or not head.bound:
            return
        slot, things = next(iter(head.bound.items()))
        kind = phrase.kind_of(phrase.words[-1][1:-1])
        if head.phrase.words[0].startswith("{") or not all(self._fits(t, kind) for t in things):
            return
        both = self._both(phrase, head.phrase, slot) if not is_later else None
        if both is not None and len(things) == 1 and things[0].is_any:
            yield (replace(head, phrase=both), *more)
            return
        is_plural = len(things) > 1 or things[0].is_plural
        again: tuple[NounPhrase, ...] = (NounPhrase("them" if is_plural else "it", None, "it"),)
        if any(thing.noun is None for thing in things):
            again = things
        then = replace(head, bound={**head.bound, slot: again}, comes_then=is_later)
        yield (Clause(phrase, {phrase.words[-1][1:-1]: things}), then, *more)

    def _both(self, one: Phrase, other: Phrase, slot: str) -> Phrase | None:
        """Return a phrase for what two phrases ask of a thing; None if it cannot be so at once."""
        asked = one.formula.substitute({one.words[-1][1:-1]: slot})
        exclusions = Exclusions(self._lexicon.domain, Facts(self._lexicon.vocabulary))
        is_plain = isinstance(asked, Atom) and isinstance(other.formula, Atom)
        if not is_plain or exclusions.without_excluded(asked, [other.formula]) is None:
            return None
        return replace(other, formula=AllOf((asked, other.formula)))

    def _after_connectors(self, index: int) -> int:
        while self._at(index) in CONNECTORS:
            index += 1
        return index

    def _parts(
        self, start: int, before: Before | None
    ) -> Iterator[tuple[Clause | Either, Before, int]]:
        """Yield a clause or alternative clauses, with the last phrase and the end."""
        for first, end in self._clauses(start, before):
            yield first, _before(first), end
            yield from self._or(((first,),), end)
        if self._at(start) == "either":
            for first, end in self._clauses(start + 1, before):
                yield from self._or(((first,),), end)

    def _or(
        self, options: tuple[tuple[Clause, ...], ...], start: int
    ) -> Iterator[tuple[Either, Before, int]]:
        after = self._after_connectors(start)
        if self._at(after) != "or" or "." in self._words[start:after]:
            return
        after = self._after_connectors(after + 1)
        for clause, end in self._clauses(after, _before(options[-1][-1])):
            more = (*options, (clause,))
            yield Either(more), _before(clause), end
            yield from self._or(more, end)

    def _clauses(self, start: int, before: Before | None) -> list[tuple[Clause, int]]:
        known = self._found.get((start, before))
        if known is None:
            known = []
            seen: set[object] = set()
            for clause, end in self._clauses_anew(start, before):
                same = (clause.phrase.formula, tuple(clause.bound.items()), clause.is_forbidden)
                if (same, end) not in seen:
                    seen.add((same, end))
                    known.append((clause, end))
            self._found[start, before] = known
        return known

    def _clauses_anew(self, start: int, before: Before | None) -> Iterator[tuple[Clause, int]]:
        for words in NEGATIONS:
            if tuple(self._words[start : start + len(words)]) == words:
                for clause, end in self._plain(start + len(words), None):
                    yield replace(clause, is_forbidden=True), end
        if self._at(start) == "leave":
            yield from self._left_alone(start + 1)
        yield from self._plain(start, before)

    def _left_alone(self, start: int) -> Iterator[tuple[Clause, int]]:
        """Yield "(leave) the apple alone" as a prohibition: do not touch it."""
        for phrases, end in self._nouns.lists(start):
            told = (t for t in _ALONE if tuple(self._words[end : end + len(t)]) == t)
            last = end + len(next(told, ()))
            if last == end < len(self._words) and self._at(end) not in CONNECTORS:
                continue
            for phrase in self._lexicon.phrases_from("touch"):
                slots = [word[1:-1] for word in phrase.words if word.startswith("{")]
                if len(slots) == 1 and all(
                    self._fits(one, phrase.kind_of(slots[0])) for one in phrases
                ):
                    yield Clause(phrase, {slots[0]: phrases}, is_forbidden=True), last

    def _plain(self, start: int, before: Before | None) -> Iterator[tuple[Clause, int]]:
        phrases = [*self._lexicon.phrases_from(self._at(start))]
        if self._nouns.lists(start):
            phrases.extend(self._lexicon.statements)
        own: set[tuple[Words, int]] = set()
        placed_ends: set[int] = set()
        of_all: dict[tuple[Words, int], list[Clause]] = {}
        for phrase in phrases:
            if not phrase.literal <= self._said:
                continue
            said = tuple("{}" if word.startswith("{") else word for word in phrase.words)
            for bound, end in self._matches(phrase, start):
                if _is_of_everything(bound):
                    of_all.setdefault((said, end), []).append(Clause(phrase, bound))
                    continue
                is_named = all(one.noun for some in bound.values() for one in some)
                if self._lexicon.book.is_own(phrase) and is_named:
                    own.add((said, end))
                elif (said, end) in own:
                    continue  # the domain says what "take out the can" means
                if phrase.words[0].startswith("{"):
                    placed_ends.update([end] if len(bound) > 1 else ())
                    bound = _with_any_for_all(bound) if phrase.words[1:2] in _OUGHT else bound
                yield from self._with_exceptions(Clause(phrase, bound), end)
        for (_, end), clauses in of_all.items():
            yield from self._with_exceptions(self._of_all_kinds(clauses), end)
        if before is not None:
            moved = [*self._without_its_verb(start, before[0])]
            yield from moved
            yield from self._without_its_subject(start, *before)
            yield from self._without_its_middle(start, before[0])
            ends = placed_ends.union(end for _, end in moved)
            for clause, end in self._without_the_rest(start, *before):
                placed = any(one.tells_place for some in clause.bound.values() for one in some)
                if not (placed and end in ends):  # "(put) the mugs in the sink" says where
                    yield clause, end

    def _of_all_kinds(self, clauses: Sequence[Clause]) -> Clause:
        """Return one clause for "close everything", about cupboards and about windows."""
        is_a = self._lexicon.vocabulary.is_a
        told: list[Phrase] = []
        for phrase in (clause.phrase for clause in clauses):
            kind = phrase.params[0][1]
            known = [one.params[0][1] for one in told]
            if not any(is_a(kind, one) or is_a(one, kind) for one in known):
                told.append(phrase)
        return replace(clauses[0], others=tuple(told[1:]))

    def _without_its_verb(self, start: int, before: Phrase) -> Iterator[tuple[Clause, int]]:
        """Yield clauses that take the verb of the one before: "(bring) the tea to the bar"."""
        for phrase in self._lexicon.phrases_from(before.verb[0]) if before.verb else ():
            if phrase.verb == before.verb and len(phrase.words) > len(phrase.verb) + 1:
                rest = phrase.words[len(phrase.verb) :]
                for bound, end in self._match(phrase, rest, start):
                    yield from self._with_exceptions(Clause(phrase, bound), end)

    def _without_its_middle(self, start: int, before: Phrase) -> Iterator[tuple[Clause, int]]:
        """Yield statements that take the verb of the one before: "the fan (should be) off"."""
        words = before.words
        if not words[0].startswith("{") or len(words) < 3 or words[1].startswith("{"):
            return
        for phrase in self._lexicon.statements:
            said = phrase.words
            if (
                said[1:2] == words[1:2]
                and len(said) > 2
                and phrase.literal - {said[1]} <= self._said
            ):
                for bound, end in self._match(phrase, (said[0], *said[2:]), start):
                    yield from self._with_exceptions(Clause(phrase, bound), end)

    def _without_its_subject(
        self, start: int, before: Phrase, bound: Sequence[tuple[str, tuple[NounPhrase, ...]]]
    ) -> Iterator[tuple[Clause, int]]:
        """Yield statements that take the subject of the one before: "(it is) not on the bar"."""
        if not before.words[0].startswith("{") or not bound:
            return
        subject = bound[0][1]
        for phrase in self._lexicon.statements:
            slot = phrase.words[0][1:-1]
            is_about_all = len(phrase.params) == 1 and subject[0].is_everything
            fits = all(self._fits(one, phrase.kind_of(slot)) for one in subject)
            if not fits and (not is_about_all or subject[0].tells_place):
                continue
            for left_out in (1, 2):
                rest = phrase.words[left_out:]
                if rest and rest[0] == self._at(start):
                    for others, end in self._match(phrase, rest, start):
                        yield Clause(phrase, {slot: subject, **others}), end

    def _without_the_rest(
        self, start: int, before: Phrase, bound: Sequence[tuple[str, tuple[NounPhrase, ...]]]
    ) -> Iterator[tuple[Clause, int]]:
        """Yield the clause before with other objects: "or a glass of water (to the bar)"."""
        if not bound:
            return
        slot = bound[0][0]
        for phrases, end in self._nouns.lists(start):
            if all(self._fits(one, before.kind_of(slot)) for one in phrases):
                yield Clause(before, {**dict(bound), slot: phrases}), end

    def _with_exceptions(self, clause: Clause, end: int) -> Iterator[tuple[Clause, int]]:
        """Yield clauses in which an "except …" at the end belongs to the first "all …"."""
        for exceptions, last in self._nouns.exceptions(end):
            for slot, phrases in clause.bound.items():
                is_whole = len(phrases) == 1 and phrases[0].is_universal
                may_except = is_whole and self._nouns.may_except(phrases[0], exceptions)
                if may_except and not phrases[0].exceptions:
                    changed = replace(phrases[0], exceptions=exceptions)
                    yield replace(clause, bound={**clause.bound, slot: (changed,)}), last
                    break
        for others, last in self._nouns.contrasts(end, clause.phrase.words):
            told = self._with_contrast(clause, others)
            if told is not None:
                yield told, last
        yield from self._with_source(clause, end)
        yield clause, end

    def _with_source(self, clause: Clause, end: int) -> Iterator[tuple[Clause, int]]:
        """Yield "pick the socks up" with "off the floor" after it, which tells where they are."""
        if self._at(end) not in _SOURCES or clause.phrase.words[-1].startswith("{"):
            return
        for slot, phrases in clause.bound.items():
            first = phrases[0]
            if len(phrases) > 1 or first.noun is None or first.tells_place:
                continue
            for places, last in self._nouns.places_of(first.noun, end):
                told = replace(first, filters=(*first.filters, *places))
                yield replace(clause, bound={**clause.bound, slot: (told,)}), last

    def _with_contrast(self, clause: Clause, others: tuple[NounPhrase, ...]) -> Clause | None:
        """Return a clause whose "a book" leaves out the things of "not the atlas".

        "Clear the table, not the glass" is none: its phrase is about no such thing.
        """
        for slot, phrases in clause.bound.items():
            fewer = tuple(
                replace(one, exceptions=(*one.exceptions, *others))
                if one.noun is not None
                and one.noun.object is None
                and one.reach in ("some", "all", "both")
                and self._nouns.may_except(one, others)
                else one
                for one in phrases
            )
            if fewer != phrases:
                return replace(clause, bound={**clause.bound, slot: fewer})
        kinds = [clause.phrase.kind_of(slot) for slot in clause.bound]
        is_placed = bool(kinds) and not PREPOSITIONS.isdisjoint(clause.phrase.words)
        is_like = all(
            any(self._fits(one, kind) for kind in kinds) or (is_placed and self._is_place(one))
            for one in others
        )
        return clause if is_like else None

    def _is_place(self, phrase: NounPhrase) -> bool:
        if phrase.noun is None:
            return False
        objects = self._lexicon.vocabulary.objects
        own = [phrase.noun.object] if phrase.noun.object else phrase.noun.among
        names = own or objects(phrase.noun.type)
        return any(bool(self._lexicon.relation_to(name)) for name in names)

    def _matches(self, phrase: Phrase, start: int) -> Iterator[tuple[Bound, int]]:
        """Yield the slots of a phrase at a place; "tidy up the house" says "tidy the house"."""
        yield from self._match(phrase, phrase.words, start)
        is_named = not phrase.params and len(phrase.words) > 1
        if is_named and self._at(start + 1) == "up" and self._at(start) == phrase.words[0]:
            yield from self._match(phrase, phrase.words[1:], start + 2)

    def _match(
        self, phrase: Phrase, words: Sequence[str], start: int
    ) -> Iterator[tuple[Bound, int]]:
        if not words:
            yield {}, start
            return
        word, rest = words[0], words[1:]
        if not word.startswith("{"):
            if start < len(self._words) and self._words[start] == word:
                yield from self._match(phrase, rest, start + 1)
            return
        slot = word[1:-1]
        for phrases, end in self._nouns.lists(start):
            first = phrases[0]
            is_about_all = len(phrase.params) == 1 and first.is_everything and not first.tells_place
            kind = phrase.kind_of(slot)
            if is_about_all or all(self._fits(one, kind) for one in phrases):
                for bound, last in self._match(phrase, rest, end):
                    yield {slot: phrases, **bound}, last

    def _fits(self, phrase: NounPhrase, kind: str) -> bool:
        if phrase.alternatives:
            return all(self._fits(one, kind) for one in phrase.alternatives)
        if phrase.noun is None or not self._is_strict:
            return True
        is_a = self._lexicon.vocabulary.is_a
        if phrase.noun.object is not None:
            return is_a(phrase.noun.type, kind)
        return is_a(phrase.noun.type, kind) or is_a(kind, phrase.noun.type)
