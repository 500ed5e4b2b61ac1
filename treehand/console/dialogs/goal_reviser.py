"""Revisions of a goal in pieces: "no bowls, just the glass", "the long one in the crate"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from treehand.orchestrator.proposing.goal_reader import SessionReader
from treehand.planners import Goal, changed_goal, in_words, leave_out
from treehand.planners.goals.changes import (
    by_name,
    chosen,
    keep_only,
    places_of,
    replaced,
    same_for,
    some_of,
    take_in,
    things_of,
    with_places_swapped,
)
from treehand.planners.goals.untouched import untouched
from treehand.planners.reading.acts.clause_act import clause_act
from treehand.planners.reading.acts.revision_words import RevisionKind, RevisionPiece, revisions_of
from treehand.planners.reading.acts.speech_act import SpeechAct
from treehand.planners.reading.lexicon import Lexicon
from treehand.planners.reading.requests.phrasing import Phrasing
from treehand.planners.reading.words.function_words import FUNCTION_WORDS, PREPOSITIONS
from treehand.planners.reading.words.inflection import NUMBERS, plural
from treehand.skills.domain import AllOf, Domain, Facts, Quantifier, conjuncts

_DENYING = frozenset({"not", "no", "never", "without", "nothing", "none", "only"})
_PRONOUNS = frozenset({"it", "that", "this", "them", "those", "these"})
_PLACED = re.compile(
    r"(?P<thing>.+?)(?: (?:should|must|can|shall|has to|have to|is to|are to|needs to))?"
    r"(?: (?:go|goes|belong|belongs|come|comes|be|be put))?(?: better| rather| instead)?"
    r"(?: back)? "
    r"(?P<place>(?:in|into|inside|on|onto|to|at|under)(?: .+)?)"
)
"""A thing with its place, without a verb of its own: "the long one goes in the blue one"."""

_OTHERS = re.compile(
    r"(?:the |all (?:the )?)?(?:(?P<all>others|other ones)|other(?: (?P<noun>\w+))?)"
    r"|another(?: one)?"
)
_BOTH = re.compile(
    r"(?:(?:take|do|use|have|bring|make it|make that) )?"
    r"(?:both|both of (?:them|those)|the two(?: of them)?)"
)
_SWAPPED = re.compile(
    r"(?:(?:no|just|do it|put them|do them|make it) )*(?:the )?other way (?:a)?round"
    r"|(?:the )?(?:reverse|opposite)|vice versa"
    r"|swap (?:them|those|these)(?: (?:over|round|around))?"
)
"""Words with which two things are to change places."""
_MOST_REMEMBERED = 40
"""Most words of a goal that later words refer to as a request."""
_IN_ORDER = frozenset({"first", "before", "then", "beforehand", "if", "unless", "until", "when"})


@dataclass(frozen=True)
class _State:
    """A goal that is being revised."""

    goal: Goal
    gone: tuple[str, ...] = ()
    """Things that the piece before leaves out, for which the next may name others."""
    gone_places: tuple[str, ...] = ()
    named: tuple[str, ...] = ()
    """Things of the order before in the same line, which "it" means then."""


class _NotRead(Exception):
    """Raised when a piece is not understood, so that the line is for other readers."""


class LineReviser:
    """Revises goals by lines of several pieces.

    Args:
        reader: Reads the person's words.
        lexicon: The words of a domain and scene.
    """

    def __init__(self, reader: SessionReader, lexicon: Lexicon) -> None:
        self._reader = reader
        self._words = reader.grammar
        self._phrasing = Phrasing(lexicon)
        self._lexicon = lexicon
        self._domain = lexicon.domain
        self._swapped: tuple[str, ...] = ()
        """Things that others were put in place of, which "both" takes in again."""

    def revised(self, line: str, goal: Goal, facts: Facts) -> Goal | None:
        """Return a goal after a line revised it; None if the line is no revision of it.

        Args:
            line: The person's words.
            goal: The goal so far.
            facts: Present beliefs.
        """
        pieces = tuple(map(self._as_order, _merged(revisions_of(line, self._asks))))
        if not pieces or not self._is_about(pieces) or self._is_of_all(pieces, goal, facts):
            return None
        if all(piece.kind is RevisionKind.SAY for piece in pieces) and len(pieces) > 1:
            whole = self._reader.plainly(" and ".join(one.words for one in pieces), facts)
            if isinstance(whole, Goal) and not pieces[0].is_joined:
                return None  # an order of its own
            if isinstance(whole, Goal):
                return changed_goal(goal, whole, facts, self._domain)
        state = _State(goal)
        try:
            for index, piece in enumerate(pieces):
                state = self._with(state, piece, pieces[index + 1 :], facts)
        except _NotRead:
            return None
        after = state.goal
        is_same = (after.formula, after.never) == (goal.formula, goal.never)
        if is_same or not after.literals():
            return None
        self._remember(after, facts)
        told = in_words(after, self._domain)
        return told.model_copy(update={"text": told.words})

    def _remember(self, goal: Goal, facts: Facts) -> None:
        """Let later words, such as "not there", refer to a goal and not to the one before."""
        self._words.forget()
        for formula in (goal.formula, by_name(goal, facts)):
            request = self._phrasing.request(formula)
            is_short = len(request.split()) <= _MOST_REMEMBERED
            if is_short and isinstance(self._words.interpret(request, facts), Goal):
                break
        told = [*places_of(goal, facts), *things_of(goal, facts)]
        self._words.mention(self._spoken(told).split())

    def _as_order(self, piece: RevisionPiece) -> RevisionPiece:
        """Return "also wash the mug" as an order that goes beside the others."""
        is_order = piece.kind is RevisionKind.TAKE and self._asks(piece.words.split()[0])
        return RevisionPiece(RevisionKind.SAY, piece.words, is_joined=True) if is_order else piece

    def _is_about(self, pieces: Sequence[RevisionPiece]) -> bool:
        """Return False for a line that is an order of its own."""
        if len(pieces) > 1 or pieces[0].kind is not RevisionKind.SAY:
            return True
        said = pieces[0].words.split()
        is_of_both = _BOTH.fullmatch(pieces[0].words) is not None and bool(self._swapped)
        is_joined = pieces[0].is_joined  # "yes but close it afterwards"
        return is_joined or is_of_both or not self._asks(said[0])

    def _is_of_all(self, pieces: Sequence[RevisionPiece], goal: Goal, facts: Facts) -> bool:
        """Return True for one piece about every thing of a kind, or all the others of it.

        Other readers know these by their kind, so that a thing found later is one of them.
        """
        words = pieces[0].words
        if len(pieces) > 1 or pieces[0].kind in (RevisionKind.SPARE, RevisionKind.LEAVE):
            return False
        if {"there"} & set(words.split()) and _PRONOUNS & set(words.split()):
            return True  # "then put it there too": neither is named
        names, about = set(self._things(words, goal, facts)), set(things_of(goal, facts))
        kinds = {facts.vocabulary.object_types[name] for name in names}
        whole = {name for kind in kinds for name in facts.objects(kind)}
        return len(kinds) == 1 and len(names) > 1 and names in (whole, whole - about)

    def _with(
        self, state: _State, piece: RevisionPiece, later: Sequence[RevisionPiece], facts: Facts
    ) -> _State:
        """Return the state after a piece; raises `_NotRead`."""
        match piece.kind:
            case RevisionKind.LEAVE:
                return self._left(state, piece.words, later, facts)
            case RevisionKind.SPARE:
                return self._spared(state, piece.words, facts)
            case RevisionKind.KEEP:
                return self._kept(state, piece.words, facts)
            case RevisionKind.TAKE:
                return self._taken(state, piece.words, facts)
        return self._said(state, piece, facts)

    def _left(
        self, state: _State, words: str, later: Sequence[RevisionPiece], facts: Facts
    ) -> _State:
        place = words.partition(" ")[2] if words.split()[0] in PREPOSITIONS else ""
        if words in _PRONOUNS:
            return state  # "scrap that, only the shirt"
        names = self._things(place or words, state.goal, facts)
        things = [one for one in names if one in things_of(state.goal, facts)]
        places = tuple(one for one in names if one in places_of(state.goal, facts))
        if place or (places and not things):
            if not places:
                raise _NotRead
            return _State(state.goal, state.gone, places)
        if not things:
            raise _NotRead
        is_replaced = bool(later) and later[0].kind is RevisionKind.SAY and not later[0].is_joined
        if is_replaced and self._things(later[0].words, state.goal, facts):
            return _State(state.goal, tuple(things), state.gone_places)
        return _State(self._without(state.goal, things, facts), (), state.gone_places)

    def _without(self, goal: Goal, names: Sequence[str], facts: Facts) -> Goal:
        left = leave_out(goal, names, facts, self._domain)
        before = tuple(
            part
            for part in left.before
            if not set(names) & {term for atom in part.atoms() for term in atom.fact.terms}
        )
        return left.model_copy(update={"before": before})

    def _spared(self, state: _State, words: str, facts: Facts) -> _State:
        """Leave things out of a goal and forbid to touch them."""
        names = self._things(words, state.goal, facts)
        if not names:
            raise _NotRead
        goal = self._without(state.goal, names, facts)
        never = (one for name in names for one in untouched(name, self._domain, facts))
        kept = tuple(dict.fromkeys((*goal.never, *never)))
        return _State(goal.model_copy(update={"never": kept}))

    def _kept(self, state: _State, words: str, facts: Facts) -> _State:
        if words in NUMBERS:
            fewer = some_of(state.goal, NUMBERS[words], self._domain)
            if fewer is None:
                raise _NotRead
            return _State(fewer)
        names = self._things(words, state.goal, facts)
        about = things_of(state.goal, facts)
        if not names:
            raise _NotRead
        if about and set(names) >= set(about):
            return _State(state.goal)
        kept = keep_only(state.goal, names, facts, self._domain)
        kept = kept or chosen(state.goal, names, facts, self._domain)
        kept = kept or replaced(state.goal, about, names, facts, self._domain)
        if kept is None:
            raise _NotRead
        return _State(kept)

    def _taken(self, state: _State, words: str, facts: Facts) -> _State:
        names = self._things(words, state.goal, facts)
        if not names and self._is_reason(words):
            return state  # "and the counter, that is sticky too"
        if not names:
            return self._said(state, RevisionPiece(RevisionKind.SAY, words, is_joined=True), facts)
        return self._added(state.goal, names, facts)

    def _added(self, goal: Goal, names: Sequence[str], facts: Facts) -> _State:
        """Ask for more things what a goal asks for its own."""
        more = take_in(goal, names, self._domain)
        more = more or same_for(goal, names, facts, self._domain)
        if more is None:
            raise _NotRead
        return _State(more)

    # Words that stand for themselves.

    def _said(self, state: _State, piece: RevisionPiece, facts: Facts) -> _State:
        words, goal = piece.words, state.goal
        if _IN_ORDER & set(words.split()):
            raise _NotRead  # "first wash the mug" tells an order
        if _BOTH.fullmatch(words) and self._swapped:
            return _with_first(self._added(goal, self._swapped, facts), self._swapped)
        if _SWAPPED.fullmatch(words):
            return _State(_swapped_in(goal, self._domain))
        names = self._things(words, goal, facts)
        if names and piece.is_joined and not (state.gone or state.gone_places):
            return self._taken(state, words, facts)
        if names:
            return self._instead(state, names, facts)
        plain, _, contrast = words.partition(" not ")
        if contrast:  # "on the counter not the stove"
            self._left(state, contrast, (), facts)
        is_placed = plain.split()[0] in PREPOSITIONS
        things = self._placed(goal, facts) or things_of(goal, facts)
        if is_placed and things:
            return self._changed(goal, (f"put {self._spoken(things)} {plain}",), facts)
        if not piece.is_joined and self._is_reason(words):
            return state  # "not the compressor, it is needed"
        return self._changed(goal, self._ways(plain, state, facts), facts)

    def _placed(self, goal: Goal, facts: Facts) -> tuple[str, ...]:
        """Return the things of a goal that it brings to a place."""
        placed = [
            one
            for one in conjuncts(goal.formula)
            if any(len(a.fact.terms) == 2 for a in one.atoms())
        ]
        return things_of(goal.model_copy(update={"formula": AllOf(tuple(placed))}), facts)

    def _instead(self, state: _State, names: Sequence[str], facts: Facts) -> _State:
        """Put what is named in place of what the piece before left out."""
        goal = state.goal
        about, places = things_of(goal, facts), places_of(goal, facts)
        gone = state.gone_places if set(names) & self._place_names(goal, names) else state.gone
        kinds = facts.vocabulary.object_types
        is_place = len(places) == 1 and all(kinds[name] == kinds[places[0]] for name in names)
        gone = gone or state.gone or (places if is_place else self._like(about, names, facts))
        if not gone and len(places) == 1:
            gone = places
        other = replaced(goal, gone, names, facts, self._domain) if gone else None
        if other is None:
            raise _NotRead
        self._swapped = tuple(gone)
        return _State(other)

    def _like(self, about: Sequence[str], names: Sequence[str], facts: Facts) -> tuple[str, ...]:
        """Return the one thing of a goal that others are meant for; nothing if it is unclear."""
        if len(about) == 1:
            return tuple(about)
        kinds = facts.vocabulary.object_types
        like = tuple(one for one in about if kinds[one] in {kinds[name] for name in names})
        return like if len(like) == 1 else ()

    def _place_names(self, goal: Goal, names: Sequence[str]) -> set[str]:
        """Return the names that can be places of the goal's relations."""
        return {name for name in names if self._lexicon.relation_to(name)}

    def _ways(self, words: str, state: _State, facts: Facts) -> tuple[str, ...]:
        """Return orders that words may stand for, with names for their pronouns."""
        goal, found = state.goal, _PLACED.fullmatch(words)
        if found is not None and not self._asks(words.split()[0]):
            things = self._things(found["thing"], goal, facts)
            if not things:
                return ()
            place = self._with_place_noun(found["place"], goal, facts)
            return (f"put {self._spoken(things)} {place}",)
        said = words.split()
        referred = (things_of(goal, facts), places_of(goal, facts))
        if state.named:
            referred = (state.named, ())
        if not _PRONOUNS & set(said):
            return (words,)
        return tuple(
            " ".join(self._spoken(names) if word in _PRONOUNS else word for word in said)
            for names in referred
            if names
        )

    def _with_place_noun(self, place: str, goal: Goal, facts: Facts) -> str:
        """Return "in the blue crate" for "in the blue one" of a goal with crates."""
        kinds = [facts.vocabulary.object_types[one] for one in places_of(goal, facts)]
        words = place.split()
        if kinds and words[-1] == "one":
            words[-1] = kinds[-1].replace("_", " ")
        return " ".join(words)

    def _changed(self, goal: Goal, ways: Sequence[str], facts: Facts) -> _State:
        """Return a goal with what the first readable of some orders asks for."""
        for way in ways:
            change = self._reader.plainly(way, facts)
            is_plain = isinstance(change, Goal) and not change.cases and change.literals()
            if isinstance(change, Goal) and is_plain:
                after = changed_goal(goal, change, facts, self._domain)
                return _State(after, named=things_of(change, facts))
        raise _NotRead

    def _is_reason(self, words: str) -> bool:
        """Return True for a report that denies nothing: "somebody is sitting there"."""
        said = words.split()
        if _DENYING & set(said) or self._asks(said[0]):
            return False
        return clause_act(said, self._lexicon) is SpeechAct.REPORT

    def _asks(self, word: str) -> bool:
        """Return True for a word that an order may begin with, and no noun phrase."""
        return word not in FUNCTION_WORDS and self._lexicon.asks(word)

    # Things.

    def _things(self, words: str, goal: Goal, facts: Facts) -> tuple[str, ...]:
        """Return the things that words name and nothing else; "the long one" is one of the goal."""
        if words.split()[:1] in ([], ["one"]) or words.split()[0] in _PRONOUNS:
            return ()
        about = (*things_of(goal, facts), *places_of(goal, facts))
        if (found := _OTHERS.fullmatch(words)) is not None:
            return self._others(found["noun"] or "", about, facts, is_one=not found["all"])
        named = self._words.follow_ups.with_noun(words)
        kinds = self._kinds(goal, about, facts)
        for said in dict.fromkeys((named, f"the {named}", *_with_kinds(words, kinds))):
            names = self._words.objects(said, facts, about)
            if names:
                return names
        return ()

    def _others(
        self, noun: str, about: Sequence[str], facts: Facts, *, is_one: bool
    ) -> tuple[str, ...]:
        """Return the things of "the other one" and "the others", beside those of a goal."""
        kinds = facts.vocabulary.object_types
        for kind in dict.fromkeys(kinds[name] for name in about):
            if noun not in ("", "one", "ones", kind, plural(kind)):
                continue
            names = tuple(name for name in facts.objects(kind) if name not in about)
            if names and (len(names) == 1 or not is_one):
                return names
        return ()

    def _kinds(self, goal: Goal, about: Sequence[str], facts: Facts) -> tuple[str, ...]:
        """Return the types of a goal's things, those of "all mugs that are clean" included."""
        kinds = [facts.vocabulary.object_types[name] for name in about]
        kinds += [one.type for one in conjuncts(goal.formula) if isinstance(one, Quantifier)]
        return tuple(dict.fromkeys(kinds))

    def _spoken(self, names: Sequence[str]) -> str:
        return " and ".join(f"the {name.replace('_', ' ')}" for name in names)


def _swapped_in(goal: Goal, domain: Domain) -> Goal:
    """Return a goal whose two things have each other's places; raises `_NotRead`."""
    swapped = with_places_swapped(goal, domain)
    if swapped is None:
        raise _NotRead
    return swapped


def _with_first(state: _State, names: Sequence[str]) -> _State:
    """Return a state whose goal has the parts about some things first, as they were said."""
    parts = conjuncts(state.goal.formula)
    told = [one for one in parts if {t for a in one.atoms() for t in a.fact.terms} & set(names)]
    formula = AllOf((*told, *(one for one in parts if one not in told)))
    return replace(state, goal=state.goal.model_copy(update={"formula": formula}))


def _merged(pieces: Sequence[RevisionPiece]) -> tuple[RevisionPiece, ...]:
    """Return pieces with "the pan, leave that" as one: the pan is left out."""
    kept: list[RevisionPiece] = []
    for piece in pieces:
        is_of_it = piece.kind in (RevisionKind.LEAVE, RevisionKind.SPARE)
        is_of_it = is_of_it and piece.words in _PRONOUNS and bool(kept)
        if is_of_it and kept[-1].kind in (RevisionKind.SAY, RevisionKind.TAKE):
            kept[-1] = RevisionPiece(RevisionKind.SPARE, kept[-1].words, kept[-1].is_joined)
        else:
            kept.append(piece)
    return tuple(kept)


def _with_kinds(words: str, kinds: Sequence[str]) -> list[str]:
    """Return "the long screw" for "the long one" of a goal about screws, "table 2" for "2"."""
    said = words.split()
    spoken = [kind.replace("_", " ") for kind in kinds]
    if words.isdecimal() or words in NUMBERS:
        return [f"{kind} {words}" for kind in spoken]
    if said[-1] not in ("one", "ones"):
        is_quality = len(said) == 1 and words not in FUNCTION_WORDS
        return [f"the {words} {kind}" for kind in spoken] if is_quality else []
    return [" ".join((*said[:-1], plural(kind) if said[-1] == "ones" else kind)) for kind in spoken]
