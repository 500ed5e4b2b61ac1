"""Revisions of a goal in pieces: "no bowls, just the glass", "the long one in the crate"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from treehand.orchestrator.proposing.goal_reader import SessionReader
from treehand.planners import Goal, changed_goal, in_words, leave_out
from treehand.planners.goals.changes import (
    keep_only,
    places_of,
    replaced,
    same_for,
    take_in,
    things_of,
)
from treehand.planners.goals.untouched import untouched
from treehand.planners.reading.acts.clause_act import clause_act
from treehand.planners.reading.acts.revision_words import Revision, RevisionKind, revisions_of
from treehand.planners.reading.acts.speech_act import SpeechAct
from treehand.planners.reading.lexicon import Lexicon
from treehand.planners.reading.words.function_words import FUNCTION_WORDS, PREPOSITIONS
from treehand.skills.domain import Facts

_DENYING = frozenset({"not", "no", "never", "without", "nothing", "none", "only"})
_PRONOUNS = frozenset({"it", "that", "this", "them", "those", "these"})
_PLACED = re.compile(
    r"(?P<thing>.+?)(?: (?:should|must|can|shall|has to|have to|is to|are to|needs to))?"
    r"(?: (?:go|goes|belong|belongs|come|comes|be|be put))?(?: back)? "
    r"(?P<place>(?:in|into|inside|on|onto|to|at|under)(?: .+)?)"
)
"""A thing with its place, without a verb of its own: "the long one goes in the blue one"."""

_IN_ORDER = frozenset({"first", "before", "then", "beforehand", "if", "unless", "until", "when"})


@dataclass(frozen=True)
class _State:
    """A goal that is being revised."""

    goal: Goal
    gone: tuple[str, ...] = ()
    """Things that the piece before leaves out, for which the next may name others."""
    gone_places: tuple[str, ...] = ()


class _NotRead(Exception):
    """Raised when a piece is not understood, so that the line is for other readers."""


class GoalReviser:
    """Revises goals by lines of several pieces.

    Args:
        reader: Reads the person's words.
        lexicon: The words of a domain and scene.
    """

    def __init__(self, reader: SessionReader, lexicon: Lexicon) -> None:
        self._reader = reader
        self._words = reader.grammar
        self._lexicon = lexicon
        self._domain = lexicon.domain

    def revised(self, line: str, goal: Goal, facts: Facts) -> Goal | None:
        """Return a goal after a line revised it; None if the line is no revision of it.

        Args:
            line: The person's words.
            goal: The goal so far.
            facts: Present beliefs.
        """
        pieces = revisions_of(line, self._asks)
        if not pieces or not self._is_about(pieces):
            return None
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
        told = [*places_of(after, facts), *things_of(after, facts)]
        self._words.mention(self._spoken(told).split())
        return in_words(after, self._domain)

    def _is_about(self, pieces: Sequence[Revision]) -> bool:
        """Return False for a line that other readers know better: a single order or place."""
        if len(pieces) > 1 or pieces[0].kind is not RevisionKind.SAY:
            return True
        said = pieces[0].words
        if pieces[0].is_meant:
            return True
        if pieces[0].is_joined and self._asks(said.split()[0]):
            return not _IN_ORDER & set(said.split())  # "yes but close it afterwards"
        found = _PLACED.fullmatch(said)
        return found is not None and not self._asks(said.split()[0])

    def _with(
        self, state: _State, piece: Revision, later: Sequence[Revision], facts: Facts
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

    def _left(self, state: _State, words: str, later: Sequence[Revision], facts: Facts) -> _State:
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
        names = self._things(words, state.goal, facts)
        about = things_of(state.goal, facts)
        if not names:
            raise _NotRead
        if set(names) >= set(about):
            return _State(state.goal)
        kept = keep_only(state.goal, names, facts, self._domain)
        kept = kept or replaced(state.goal, about, names, facts, self._domain)
        if kept is None:
            raise _NotRead
        return _State(kept)

    def _taken(self, state: _State, words: str, facts: Facts) -> _State:
        names = self._things(words, state.goal, facts)
        if not names:
            return self._said(state, Revision(RevisionKind.SAY, words, is_joined=True), facts)
        again = take_in(state.goal, names, self._domain)
        more = again or same_for(state.goal, names, facts, self._domain)
        if more is None:
            raise _NotRead
        return _State(more)

    # Words that stand for themselves.

    def _said(self, state: _State, piece: Revision, facts: Facts) -> _State:
        words, goal = piece.words, state.goal
        names = self._things(words, goal, facts)
        if names and piece.is_joined and not (state.gone or state.gone_places):
            return self._taken(state, words, facts)
        if names:
            return self._instead(state, names, facts)
        plain, _, contrast = words.partition(" not ")
        if contrast:  # "on the counter not the stove"
            self._left(state, contrast, (), facts)
        is_placed = plain.split()[0] in PREPOSITIONS
        things = things_of(goal, facts)
        if is_placed and things:
            return _State(self._changed(goal, (f"put {self._spoken(things)} {plain}",), facts))
        if not piece.is_joined and self._is_reason(words):
            return state  # "not the compressor, it is needed"
        return _State(self._changed(goal, self._ways(plain, goal, facts), facts))

    def _instead(self, state: _State, names: Sequence[str], facts: Facts) -> _State:
        """Put what is named in place of what the piece before left out."""
        goal = state.goal
        about, places = things_of(goal, facts), places_of(goal, facts)
        gone = state.gone_places if set(names) & self._place_names(goal, names) else state.gone
        gone = gone or state.gone or (about if len(about) == 1 else ())
        if not gone and len(places) == 1:
            gone = places
        other = replaced(goal, gone, names, facts, self._domain) if gone else None
        if other is None:
            raise _NotRead
        return _State(other)

    def _place_names(self, goal: Goal, names: Sequence[str]) -> set[str]:
        """Return the names that can be places of the goal's relations."""
        return {name for name in names if self._lexicon.relation_to(name)}

    def _ways(self, words: str, goal: Goal, facts: Facts) -> tuple[str, ...]:
        """Return orders that words may stand for, with names for their pronouns."""
        found = _PLACED.fullmatch(words)
        if found is not None and not self._asks(words.split()[0]):
            things = self._things(found["thing"], goal, facts)
            if not things:
                return ()
            place = self._with_place_noun(found["place"], goal, facts)
            return (f"put {self._spoken(things)} {place}",)
        said = words.split()
        referred = (things_of(goal, facts), places_of(goal, facts))
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

    def _changed(self, goal: Goal, ways: Sequence[str], facts: Facts) -> Goal:
        """Return a goal with what the first readable of some orders asks for."""
        for way in ways:
            change = self._reader.plainly(way, facts)
            is_plain = isinstance(change, Goal) and not change.cases and change.literals()
            if isinstance(change, Goal) and is_plain:
                return changed_goal(goal, change, facts, self._domain)
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
        named = self._words.follow_ups.with_noun(words)
        for said in dict.fromkeys((named, f"the {named}", *self._with_kinds(words, about, facts))):
            names = self._words.objects(said, facts, about)
            if names:
                return names
        return ()

    def _with_kinds(self, words: str, about: Sequence[str], facts: Facts) -> list[str]:
        """Return "the long screw" for "the long one" of a goal about screws."""
        said = words.split()
        if said[-1] not in ("one", "ones"):
            return []
        kinds = dict.fromkeys(facts.vocabulary.object_types[name] for name in about)
        return [" ".join((*said[:-1], kind.replace("_", " "))) for kind in kinds]

    def _spoken(self, names: Sequence[str]) -> str:
        return " and ".join(f"the {name.replace('_', ' ')}" for name in names)
