"""Offers: up to three goals that a text may ask for, where the grammar cannot tell."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from treehand.planners.goals.goal import Goal, in_words
from treehand.planners.goals.literals.equality import are_same
from treehand.planners.goals.readings import Question
from treehand.planners.reading.grammar import GrammarGoalReader, Lexicon
from treehand.planners.reading.grammar.sentences import words_that_count
from treehand.planners.reading.nouns.noun_finder import NamedThing, NounFinder
from treehand.planners.reading.requests.beside_places import BesidePlaces
from treehand.planners.reading.requests.candidates import CandidateMaker, Ranker
from treehand.planners.reading.requests.contraries import (
    is_contrary,
    is_opposed,
    is_wider,
    wanted_states,
)
from treehand.planners.reading.requests.parts.partial_offers import Admits, PartialOffers
from treehand.planners.reading.requests.parts.partial_readings import PartialReader
from treehand.planners.reading.requests.phrasing import MOST, NONE_OF_THESE, Phrasing
from treehand.planners.reading.requests.shortened import shortened
from treehand.planners.reading.words.english import can_be_verb, is_english
from treehand.planners.reading.words.function_words import FUNCTION_WORDS, PREPOSITIONS
from treehand.planners.reading.words.inflection import singular
from treehand.planners.reading.words.spelling import misspelt
from treehand.skills.domain import AllOf, Atom, Facts, Forall, Formula, Vocabulary, conjuncts

MAX_WORDS = 60
"""Most words of a text that offers are looked for."""
_VAGUE = frozenset({"most", "few", "several", "half", "many"})
"""Words that leave a number open, which no offer can tell."""
_BANNING = frozenset({"never"})
"""Words after which nothing is asked for, whatever is said between."""
_TRIED = 8
"""Most candidates that are planned for."""
_WHOLLY, _OF_ALL = 0.9, 0.02
"""Score below which all that was said is read, too, and what that costs."""
_READ = 0.8
"""Least score of a reading in parts against which nothing is offered."""
_PREFERRED = 0.2
"""Score that what the grammar reads in parts has before what it does not read."""
_LEAST = 0.45
"""Least score of a candidate that is offered."""
_RESPELT, _SHORTENED = 0.97, 0.95
"""Scores of a reading after typing errors were mended, and without the unknown words."""
_BESIDE = 0.96
"""Score of a reading in which "next to the phone" is the place of the phone."""
_JOINTS = frozenset({"and", "then", ",", ".", ";", "but", "plus", "also"})
_PLACING = frozenset({"in", "into", "on", "onto", "to", "inside"})
_DENYING = frozenset({("do", "not"), ("please", "not"), ("must", "not"), ("should", "not")})
_CONDITIONS = frozenset({"if", "when", "once", "unless", "whenever", "after", "until", "till"})
_STANDING = frozenset({"it", "them", "that", "those"})
_NOT_MEANT = frozenset({"no", "not", "never", "without", "except", "instead", "if", "unless"})
"""Words that change what is asked for, so that no reading is offered that drops them."""


@dataclass(frozen=True)
class _Piece:
    words: tuple[str, ...]
    things: tuple[NamedThing, ...]


@dataclass(frozen=True)
class _Ranked:
    formula: Formula
    score: float
    never: tuple[Formula, ...] = ()
    before: tuple[Formula, ...] = ()
    unread: tuple[str, ...] = ()
    """Words that it leaves over."""


class OfferFinder:
    """Finds the goals that may be meant by a text that the grammar cannot read.

    Args:
        lexicon: The words of a domain and scene.
        grammar: Reads what is left of a text.
        ranker: Ranks requests.
    """

    def __init__(self, lexicon: Lexicon, grammar: GrammarGoalReader, ranker: Ranker) -> None:
        self._lexicon = lexicon
        self._grammar = grammar
        self._nouns = NounFinder(lexicon)
        self._beside = BesidePlaces(lexicon, self._nouns)
        self._maker = CandidateMaker(lexicon, ranker)
        self.partial = PartialReader(lexicon, grammar, self._nouns)
        """Reads texts in parts."""
        self.options = PartialOffers(lexicon, self.partial)
        """Makes options of texts in parts."""
        self._phrasing = Phrasing(lexicon)

    def offer(
        self,
        text: str,
        read: Question,
        facts: Facts,
        admits: Admits,
        told: Sequence[str] = (),
        whole: str = "",
    ) -> Question:
        """Return a question with what may be meant; the grammar's own reading if nothing may.

        Args:
            text: The words that ask for something.
            read: The grammar's reading of them.
            facts: Beliefs.
            admits: Tells which goals may be offered.
            told: The words of reports beside them, which "it" may refer to.
            whole: All that was said, if that is more; a report in it may be none.
        """
        words = words_that_count(text, self._lexicon)
        if (read.construct and _NOT_MEANT & set(words)) or words[:1] == ["if"]:
            return self._without_condition(text, words, read, facts, admits)
        if len(words) > MAX_WORDS or (_VAGUE | _BANNING) & set(words):
            return read
        unknown = self._unknown(words)
        found = self._nouns.found(words)
        if not found and self._nouns.unknown(words, found):
            why = self._why(words, unknown, read)  # "make me a sandwich", where there is no food
            return replace(read, text=f"{why}; {self._examples()}")
        if not found and not told and not _STANDING.isdisjoint(words):
            return read  # "put it there", where nothing tells what that is
        reread = list(self._reread(words, unknown, facts))
        sure = [one for one in reread if one.score == _RESPELT]
        sure = sure or [one for one in reread if one.score == _BESIDE]
        goals = self._best(text, sure, admits)
        partly: list[_Ranked] = []
        if not goals:
            partly = list(self._in_parts(words, told, facts, 0.0))
            if whole and (not partly or partly[0].score < _WHOLLY):
                every = words_that_count(whole, self._lexicon)
                partly += self._in_parts(every, (), facts, _OF_ALL) if every != words else ()
            said = [one.formula for one in partly if one.score >= _READ]
            parts = self._by_parts(words, told, facts)
            wanted = wanted_states(words, self._lexicon)
            ranked = [
                one
                for one in (*reread, *parts)
                if not is_contrary(one.formula, said, facts)
                and not is_wider(one.formula, words)
                and not is_opposed(one.formula, wanted, facts)
            ]
            is_read = bool(said) and not partly[0].unread
            already = self._already(text, partly[0], facts) if is_read else ()
            preferred = [
                replace(one, score=one.score + _PREFERRED)
                for one in partly
                if not is_wider(one.formula, words)
            ]
            goals = already or self._best(text, [*preferred, *ranked], admits)
            if already and read.construct:
                goals = ()  # it is so now, and "tomorrow" is nothing that a goal can hold
            elif said and not goals and not read.construct:
                goals = self._already(text, partly[0], facts)
        left = next((one.unread for one in partly if goals and one.formula == goals[0].formula), ())
        why = self._why(words, unknown, read, left)
        if not goals:
            return read if read.is_understood else replace(read, text=f"{why}; {self._examples()}")
        options = tuple(self._phrasing.request(goal.formula) for goal in goals)
        if len(set(options)) < len(options):
            options = tuple(goal.words for goal in goals)
        asked = f"{why}: is one of these meant?" if len(goals) > 1 else f"{why}: {options[0]}?"
        return Question(
            asked,
            (*options, NONE_OF_THESE),
            said=text,
            goals=goals,
            construct=read.construct,
        )

    def _in_parts(
        self, words: Sequence[str], told: Sequence[str], facts: Facts, cost: float
    ) -> Iterator[_Ranked]:
        """Yield what the readable parts ask for together, the most complete first."""
        for one in self.partial.readings(words, facts, told):
            yield _Ranked(one.formula, one.score - cost, one.never, one.before, one.unread)

    def _without_condition(
        self, text: str, words: Sequence[str], read: Question, facts: Facts, admits: Admits
    ) -> Question:
        """Return the offer to do without its condition what cannot wait for it here."""
        begin = next((i for i, word in enumerate(words) if word in _CONDITIONS), len(words))
        begin -= words[begin - 1 : begin] == ["only"] or words[begin - 2 : begin] == ["as", "long"]
        ends = [len(words)] if begin else self._ends_of_condition(words)
        partly = [
            one
            for end in ends
            for one in self._in_parts([*words[:begin], *words[end:]], words[begin:end], facts, 0.0)
            if not one.unread
        ]
        goals = self._best(text, partly, admits)
        if not goals:
            return read
        options = tuple(self._phrasing.request(goal.formula) for goal in goals)
        unread = f"I did not read '{' '.join(words[begin : ends[0]])}'"
        asks = f"{read.construct or unread}: without it, {' or '.join(options)} now?"
        return Question(
            asks, (*options, NONE_OF_THESE), said=text, goals=goals, construct=read.construct
        )

    def _ends_of_condition(self, words: Sequence[str]) -> list[int]:
        """Return where a condition at the beginning may end: at a pause, or before a verb."""
        if "," in words:
            return [list(words).index(",")]
        return [i for i in range(3, len(words) - 1) if self._begins(words, i)][:MOST]

    def _unknown(self, words: Sequence[str]) -> list[str]:
        known = self._lexicon.known_words
        return [
            word
            for word in dict.fromkeys(words)
            if word not in known and word not in FUNCTION_WORDS and not word.isdecimal()
        ]

    # Readings of the text after a small change.

    def _reread(
        self, words: Sequence[str], unknown: Sequence[str], facts: Facts
    ) -> Iterator[_Ranked]:
        """Yield the readings with typing errors mended, and without the words that are unknown."""
        mended = list(words)
        for word in unknown:
            slips = [] if is_english(word) else misspelt(word, self._spelled)
            if slips:
                mended = [slips[0] if one == word else one for one in mended]
        if mended != list(words):
            mended = words_that_count(" ".join(mended), self._lexicon)
            yield from self._readings(mended, facts, _RESPELT)
        for beside in self._beside.places_in(mended, facts):
            yield from self._readings(beside, facts, _BESIDE)
        dropped = self._droppable(mended)
        kept = [word for index, word in enumerate(mended) if index not in dropped]
        if dropped and kept:
            yield from self._readings(kept, facts, _SHORTENED)
        for shorter in shortened(mended, unknown, self._is_about_something):
            yield from self._readings(shorter, facts, _SHORTENED)

    def _is_about_something(self, words: Sequence[str]) -> bool:
        """Return True for words that name a thing of the place, and for "wipe it down"."""
        is_of_it = self._lexicon.asks(words[0]) and bool({"it", "them"} & set(words))
        return is_of_it or bool(self._nouns.found(words))

    @cached_property
    def _spelled(self) -> tuple[str, ...]:
        """Return the words that a typing error may stand for."""
        return (*self._lexicon.single_words, *sorted(FUNCTION_WORDS))

    def _droppable(self, words: Sequence[str]) -> set[int]:
        """Return the places of words that the grammar does not know, except verbs and nouns."""
        known = self._lexicon.known_words
        found: set[int] = set()
        for index, word in enumerate(words):
            if word in known or word in _NOT_MEANT or word.isdecimal():
                continue
            if word in PREPOSITIONS:
                return set()
            found.add(index)
        return found

    def _readings(self, words: Sequence[str], facts: Facts, score: float) -> Iterator[_Ranked]:
        for reading in self._grammar.readings(words, facts)[:MOST]:
            yield _Ranked(reading.formula, score, reading.never, reading.before)

    # Candidates of each part.

    def _by_parts(
        self, words: Sequence[str], told: Sequence[str], facts: Facts
    ) -> Iterator[_Ranked]:
        """Yield the goals of all parts together, each part read or ranked by itself."""
        choices: list[list[_Ranked]] = []
        pieces = self._pieces(words, tuple(self._nouns.found(told)))
        for piece in pieces:
            readings = self._grammar.readings(piece.words, facts)
            if len(readings) == 1:
                only = readings[0]
                choices.append([_Ranked(only.formula, 1.0, only.never, only.before)])
                continue
            if piece.words[:2] in _DENYING or piece.words[:1] == ("never",):
                continue  # a candidate would be the opposite
            if not piece.things and len(pieces) > 1:
                continue  # "let me think" asks for nothing
            found = self._maker.candidates(piece.words, piece.things, facts)
            ranked = [_Ranked(one.formula, one.score) for one in found if one.score >= _LEAST]
            if not ranked:
                if piece.things:
                    return
                continue
            choices.append(ranked[: 2 * _TRIED if not choices else MOST])
        if not choices:
            return
        for chosen in itertools.islice(itertools.product(*choices), 4 * _TRIED):
            yield _joined(self._each_once(chosen), sum(one.score for one in chosen) / len(chosen))

    def _each_once(self, parts: Sequence[_Ranked]) -> Sequence[_Ranked]:
        """Return parts without those that ask for the same as one before."""
        kept: list[_Ranked] = []
        vocabulary = self._lexicon.vocabulary
        for part in parts:
            if not any(are_same(part.formula, one.formula, vocabulary) for one in kept):
                kept.append(part)
        return kept

    def _pieces(self, words: Sequence[str], told: tuple[NamedThing, ...]) -> list[_Piece]:
        """Return the parts of a text that ask for something each."""
        pieces: list[_Piece] = []
        start = 0
        for index, word in enumerate(words):
            if word in _JOINTS and self._begins(words, index + 1):
                self._add(pieces, words[start:index], told)
                start = index + 1
        self._add(pieces, words[start:], told)
        return pieces

    def _begins(self, words: Sequence[str], index: int) -> bool:
        """Return True if a request begins at a place: a verb with something after it."""
        if index + 1 >= len(words):
            return False
        word, after = words[index], words[index + 1]
        if self._lexicon.meanings((word,)) and not self._lexicon.phrases_from(word):
            return False
        is_verb = bool(self._lexicon.phrases_from(word)) or can_be_verb(word)
        return is_verb and after not in _JOINTS

    def _add(
        self, pieces: list[_Piece], words: Sequence[str], told: tuple[NamedThing, ...]
    ) -> None:
        plain = [word for word in words if word not in (".", ";")]
        while plain and plain[0] in _JOINTS:
            plain.pop(0)
        if not plain:
            return
        if pieces and self._lexicon.asks(plain[0]) and plain[1:2] and plain[1] in _PLACING:
            plain.insert(1, "it")  # "wash the mug and put in the cupboard"
        things = self._nouns.found(plain)
        before = pieces[-1].things if pieces else told
        taken = {index for thing in things for index in range(thing.start, thing.end)}
        for index, word in enumerate(plain):
            if word in ("it", "them", "they", "that", "this") and before and index not in taken:
                is_last = not self._lexicon.meanings(tuple(plain[index + 1 : index + 2]))
                if is_last:
                    things.append(replace(before[0], start=index, end=index + 1))
        pieces.append(_Piece(tuple(plain), tuple(sorted(things, key=lambda one: one.start))))

    # The choice among them, and the words for it.

    def _best(self, text: str, ranked: Iterable[_Ranked], admits: Admits) -> tuple[Goal, ...]:
        best: list[Goal] = []
        seen: set[str] = set()
        tried = 0
        for one in sorted(ranked, key=lambda one: -one.score):
            key = str(one.formula)
            if key in seen:
                continue
            seen.add(key)
            if _is_costly(one.formula, self._lexicon.vocabulary):
                continue
            goal = Goal(text=text, formula=one.formula, never=one.never, before=one.before)
            goal = in_words(goal, self._lexicon.domain)
            vocabulary = self._lexicon.vocabulary
            if any(are_same(goal.formula, other.formula, vocabulary) for other in best):
                continue
            tried += 1
            if admits(goal):
                best.append(goal)
            if len(best) == MOST or tried == _TRIED:
                break
        return tuple(best)

    def _already(self, text: str, read: _Ranked, facts: Facts) -> tuple[Goal, ...]:
        """Return the goal of a reading if it is reached already: it is said so when chosen."""
        if read.formula.holds(facts) is not True or read.before:
            return ()
        goal = Goal(text=text, formula=read.formula, never=read.never)
        return (in_words(goal, self._lexicon.domain),)

    def _why(
        self,
        words: Sequence[str],
        unknown: Sequence[str],
        read: Question,
        left: Sequence[str] = (),
    ) -> str:
        """Return the reason for the question: what is not here, or which word is unknown."""
        if read.construct:
            return read.construct
        things = self._nouns.found(words)
        absent = self._nouns.unknown(words, things)
        if absent:
            near = [self._phrasing.name(name) for name in self._nouns.nearest(absent[0])]
            seen = f"; I see {' and '.join(near)}" if near else ""
            verb = "is" if singular(absent[0]) == absent[0] else "are"
            return f"there {verb} no {absent[0]} here{seen}"
        guessed = [thing for thing in things if thing.how == "spelling"]
        if guessed:
            return f"I do not know '{guessed[0].said}'"
        if unknown:
            return f"I do not know {', '.join(repr(word) for word in unknown[:3])}"
        if read.is_understood:
            return read.text
        if left:
            return f"I did not read {' and '.join(map(repr, left[:2]))}"
        return f"I know the words of '{' '.join(words)}', but not what they ask for"

    def _examples(self) -> str:
        examples = ", ".join(f"'{one}'" for one in self._lexicon.examples()[:3])
        return f"say it in other words, for example {examples}" if examples else "say more"


def _is_costly(formula: Formula, vocabulary: Vocabulary) -> bool:
    """Return True for "clear every bench", of which each thing may go anywhere."""
    for whole in conjuncts(formula):
        number, part = 1, whole
        while isinstance(part, Forall):
            number *= max(1, len(vocabulary.objects(part.type)))
            inner, part = part, part.body
            is_denied = isinstance(part, Atom) and not part.positive
            most = _MOST_BESIDE if inner is whole else _MOST_DENIED
            if is_denied and inner is not formula and number > most:
                return True
    return False


_MOST_DENIED, _MOST_BESIDE = 12, 40
"""Most things that one offer takes away from several places, and from one beside other parts."""


def _joined(parts: Sequence[_Ranked], score: float) -> _Ranked:
    """Return the goals of several parts as one, with a score."""
    told = (part for one in parts for part in conjuncts(one.formula))
    formulas = list(dict.fromkeys(told))
    formula = formulas[0] if len(formulas) == 1 else AllOf(tuple(formulas))
    return _Ranked(
        formula,
        score,
        tuple(never for one in parts for never in one.never),
        tuple(before for one in parts for before in one.before),
    )
