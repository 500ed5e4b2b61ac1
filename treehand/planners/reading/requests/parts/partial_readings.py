"""Readings of the parts of a text that the grammar reads, with what of the text is left over."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from treehand.planners.goals.literals.exclusions import Exclusions
from treehand.planners.reading.grammar import GrammarGoalReader, Lexicon
from treehand.planners.reading.nouns.noun_finder import NamedThing, NounFinder
from treehand.planners.reading.requests.parts.fuller_parts import AWAY, FullerParts
from treehand.planners.reading.requests.parts.spelled_out import JOINTS, is_told, spelled_out
from treehand.planners.reading.words.function_words import (
    ARTICLES,
    BE,
    FUNCTION_WORDS,
    PREPOSITIONS,
    SUBORDINATORS,
    word_set,
)
from treehand.skills.domain import AllOf, Facts, Formula, conjuncts

_STANDING = word_set("it them they that this those these him her")
_MANY = word_set("them they those these")
"""Words that stand for things named before."""
_DENYING = word_set(
    "no not never without except instead only nobody nothing neither nor none cannot avoid rather"
    " than stop leave keep if unless until till whether lest provided while"
)
"""Words that change what is asked for, so that nothing that they may be about is left out."""
_IDLE = word_set("one other again up back there here first last next too also both all")
_MOST_WORDS, _MOST_PART = 40, 14
"""Most words of a text, and of one part of it."""
_LONGEST_NOUN = 2
_KEPT = 4
"""Most ways to divide the words up to a place that are followed."""
_MOST_MEANT = 4
"""Most things that "the cup" is tried for."""
_MOST_BEFORE = 3
"""Most things said before that "it" is tried for."""
_PART, _REPEATED, _UNSAID, _OTHER = 0.35, 0.25, 0.2, 0.15
"""Costs of a part, of one with the verb of the part before, of an unsaid thing, of a second."""
_FILLER, _WORD, _VERB, _THING, _REPORTED, _PAUSE = 0.04, 0.12, 0.6, 0.7, 0.2, 0.0
"""Costs of words that are left over."""
_SCORE, _SLOPE, _LEAST = 0.97, 0.16, 0.5


@dataclass(frozen=True)
class PartialReading:
    """Goal of the readable parts of a text together."""

    formula: Formula
    never: tuple[Formula, ...]
    before: tuple[Formula, ...]
    score: float
    """From 0 to 1; less for each word that is left over."""
    unread: tuple[str, ...]
    """Stretches of words that are left over, without fillers."""

    def is_so(self, facts: Facts) -> bool:
        """Return True if all of it holds now."""
        return not self.before and self.formula.holds(facts) is True


@dataclass(frozen=True)
class _Segment:
    formula: Formula
    never: tuple[Formula, ...]
    before: tuple[Formula, ...]
    words: tuple[str, ...]
    cost: float


@dataclass(frozen=True)
class _Split:
    """One way to divide the words up to a place."""

    cost: float = 0.0
    parts: tuple[_Segment, ...] = ()
    skipped: frozenset[int] = field(default_factory=frozenset)


class PartialReader:
    """Divides texts into parts that the grammar reads, and words that are left over.

    Args:
        lexicon: The words of a domain and scene.
        grammar: Reads the parts.
        nouns: Finds the things that texts name.
    """

    def __init__(self, lexicon: Lexicon, grammar: GrammarGoalReader, nouns: NounFinder) -> None:
        self._lexicon = lexicon
        self._grammar = grammar
        self._nouns = nouns

    def readings(
        self, words: Sequence[str], facts: Facts, told: Sequence[str] = ()
    ) -> list[PartialReading]:
        """Return the readings of the parts of a text together, the most complete first.

        Args:
            words: The words of the text that count.
            facts: Beliefs.
            told: The words of reports beside it, which "it" may refer to.
        """
        if len(words) > _MOST_WORDS:
            return []
        division = _Division(self._lexicon, self._grammar, self._nouns, words, facts, told)
        found: dict[str, PartialReading] = {}
        for way in division.ways():
            one = self._together(way, division.words, facts)
            if one is not None:
                found.setdefault(str(one.formula), one)
        return sorted(found.values(), key=lambda one: -one.score)

    def _together(self, way: _Split, words: Sequence[str], facts: Facts) -> PartialReading | None:
        """Return the goal of the parts; of two that exclude each other, the later one counts."""
        score = _SCORE - _SLOPE * (way.cost - _PART * len(way.parts))
        if not way.parts or score < _LEAST:
            return None
        exclusions = Exclusions(self._lexicon.domain, facts)
        kept: list[Formula] = []
        for part in way.parts:
            for formula in conjuncts(part.formula):
                if formula in kept:
                    continue
                kept = [one for one in kept if exclusions.conflict(AllOf((one, formula))) is None]
                kept.append(formula)
        return PartialReading(
            kept[0] if len(kept) == 1 else AllOf(tuple(kept)),
            tuple(never for part in way.parts for never in part.never),
            tuple(before for part in way.parts for before in part.before),
            score,
            tuple(_stretches(words, way.skipped)),
        )


class _Division:
    """Divides the words of one text."""

    def __init__(
        self,
        lexicon: Lexicon,
        grammar: GrammarGoalReader,
        nouns: NounFinder,
        words: Sequence[str],
        facts: Facts,
        told: Sequence[str],
    ) -> None:
        self._lexicon = lexicon
        self._grammar = grammar
        self._fuller = FullerParts(lexicon, nouns)
        self._words = spelled_out(words, told, lexicon, nouns, facts)
        self._facts = facts
        self._things = nouns.found(self._words)
        self._reported = set(_reported(self._words, lexicon))
        self._told = [tuple(self._fuller.named(told, thing)) for thing in nouns.found(told)]
        self._taken = {i for thing in self._things for i in range(thing.start, thing.end)}
        self._read: dict[tuple[str, ...], tuple[_Segment, ...]] = {}

    @property
    def words(self) -> Sequence[str]:
        """Return the words that are divided."""
        return self._words

    def ways(self) -> list[_Split]:
        """Return the best ways to divide the words, the best first."""
        end = len(self._words)
        cuts = sorted(set(self._cuts()))
        best: dict[int, list[_Split]] = {0: [_Split()]}
        for at, start in enumerate(cuts[:-1]):
            for way in best.get(start, ()):
                after = cuts[at + 1]
                self._add(best, after, self._skipped(way, start, after))
                for stop in cuts[at + 1 :]:
                    if stop - start > _MOST_PART:
                        break
                    for part in self._parts(start, stop, way):
                        one = replace(way, cost=way.cost + part.cost, parts=(*way.parts, part))
                        self._add(best, stop, one)
        return best.get(end, [])

    @staticmethod
    def _add(best: dict[int, list[_Split]], at: int, way: _Split | None) -> None:
        if way is None:
            return
        ways = best.setdefault(at, [])
        formulas = [part.formula for part in way.parts]
        if any([part.formula for part in one.parts] == formulas for one in ways):
            ways[:] = [
                way
                if [part.formula for part in one.parts] == formulas and way.cost < one.cost
                else one
                for one in ways
            ]
        else:
            ways.append(way)
        ways.sort(key=lambda one: one.cost)
        del ways[_KEPT:]

    def _cuts(self) -> Iterator[int]:
        """Yield the places where a part may begin or end."""
        yield 0
        yield len(self._words)
        for index, word in enumerate(self._words):
            if word in JOINTS:
                yield index
                yield index + 1
            elif index in self._taken:
                continue
            elif word in PREPOSITIONS or self._lexicon.asks(word):
                yield index
            elif word not in FUNCTION_WORDS:
                yield index
                yield index + 1
        for thing in self._things:
            yield self._fuller.start_of(self._words, thing)
            yield thing.end

    def _skipped(self, way: _Split, start: int, end: int) -> _Split | None:
        """Return a way that leaves words over; None if they change what is asked for."""
        cost = way.cost
        for index in range(start, end):
            word = self._words[index]
            if word in JOINTS:
                cost += _PAUSE
            elif word in _DENYING:
                return None
            elif word in SUBORDINATORS:
                cost += _WORD
            elif index in self._taken:
                begins = any(thing.start == index for thing in self._things)
                cost += (_REPORTED if index in self._reported else _THING) if begins else 0.0
            elif index in self._reported:
                cost += _FILLER
            elif word in AWAY:
                cost += _VERB
            elif word in FUNCTION_WORDS or word in _IDLE:
                cost += _FILLER
            elif self._lexicon.asks(word):
                cost += _VERB
            else:
                cost += _WORD
        return replace(way, cost=cost, skipped=way.skipped | set(range(start, end)))

    def _parts(self, start: int, end: int, way: _Split) -> Iterator[_Segment]:
        """Yield what words may ask for, with things that they leave unsaid."""
        words = self._words[start:end]
        if words[0] in JOINTS or words[-1] in JOINTS or self._is_told(start, end):
            return
        if words[-1] in PREPOSITIONS and self._is_noun_phrase(end):
            return  # "whatever is on", of "whatever is on the roof", where there is no roof
        plain = self._reading(words)
        if plain:
            yield from self._costing([words], _PART)
        else:
            yield from self._costing(list(self._fuller.of(words)), _PART + _OTHER)
        standing = self._standing(start, end)
        if standing is not None:
            yield from self._costing(self._with_named(start, end, standing), _PART)
            return
        last = self._words[start - 1] if start else ""
        told = [
            said
            for named in self._before(start)
            for said in self._fuller.completed(words, named, last)
        ]
        yield from self._costing(told, _PART + _UNSAID)
        if not plain and way.parts and last in JOINTS:
            told = list(self._fuller.repeated(words, way.parts[-1].words))
            yield from self._costing(told, _PART + _REPEATED)

    def _is_noun_phrase(self, start: int) -> bool:
        """Return True if nothing but a determiner and a noun stands before the next pause."""
        words = self._words[start:]
        pause = next((i for i, word in enumerate(words) if word in JOINTS), len(words))
        nouns = words[1:pause]
        return bool(words) and words[0] in ARTICLES and 0 < len(nouns) <= _LONGEST_NOUN

    def _is_told(self, start: int, end: int) -> bool:
        """Return True for words that tell something, or stand in a clause that does."""
        is_within = self._reported.issuperset(range(start, end))
        return is_within or is_told(self._words[start:end], self._lexicon)

    def _with_named(self, start: int, end: int, standing: int) -> list[list[str]]:
        """Return words with the things that "it" or "them" may stand for, and fuller ones."""
        words, at = self._words[start:end], standing - start
        before = list(self._before(start))
        if words[at] in _MANY:
            before = [*self._listed(start), *before]
        told = [[*words[:at], *named, *words[at + 1 :]] for named in before]
        if at and words[at - 1] in AWAY | {"of"}:  # "clear the cup off it into the sink"
            told.insert(0, [*words[: at - 1 - (words[at - 1] == "of")], *words[at + 1 :]])
        return [one for said in told for one in (said, *self._fuller.of(said))]

    def _listed(self, start: int) -> Iterator[Sequence[str]]:
        """Yield the things of a list before a place together: "the fan and the heater"."""
        listed: list[Sequence[str]] = []
        end = start
        for thing in reversed([one for one in self._things if one.end <= start]):
            between = self._words[thing.end : end]
            if any(word not in FUNCTION_WORDS | JOINTS for word in between):
                break
            listed.insert(0, self._fuller.named(self._words, thing))
            end = self._fuller.start_of(self._words, thing)
        if len(listed) > 1:
            yield tuple(word for one in listed for word in ("and", *one))[1:]

    def _costing(self, told: Sequence[Sequence[str]], cost: float) -> Iterator[_Segment]:
        """Yield the readings among some, each one worse than that before."""
        for words in told:
            for part in self._reading(words):
                yield replace(part, cost=cost)
                cost += _OTHER

    def _reading(self, words: Sequence[str]) -> tuple[_Segment, ...]:
        """Return the one reading of words; one for each of a few things that they may mean."""
        key = tuple(words)
        if key not in self._read:
            self._read[key] = tuple(self._newly_read(words)) if len(words) > 1 else ()
        return self._read[key]

    def _newly_read(self, words: Sequence[str]) -> Iterator[_Segment]:
        readings = self._grammar.readings(words, self._facts)
        if len(readings) == 1 and conjuncts(readings[0].formula):
            only = readings[0]
            yield _Segment(only.formula, only.never, only.before, tuple(words), 0.0)
        if readings:
            return
        about, options = self._grammar.unclear(words, self._facts)
        said = " ".join(words)
        if not about or about not in said or len(options) > _MOST_MEANT:
            return
        for option in sorted(options, key=self._is_elsewhere):
            named = said.replace(about, option, 1).split()
            readings = self._grammar.readings(named, self._facts)
            if len(readings) == 1:
                only = readings[0]
                yield _Segment(only.formula, only.never, only.before, tuple(named), 0.0)

    def _is_elsewhere(self, option: str) -> bool:
        """Return True for a thing that is at no place which the text names."""
        name = option.replace(" ", "_")
        named = {noun.object for thing in self._things for noun in thing.nouns}
        return not any(
            fact.terms[0] == name and fact.terms[1] in named
            for fact in self._facts.true_facts()
            if len(fact.terms) == 2
        )

    def _before(self, start: int) -> Iterator[Sequence[str]]:
        """Yield the things before a place, in words: first what the last clause is about."""
        earlier = [thing for thing in self._things if thing.end <= start]
        clauses: list[list[NamedThing]] = []
        for thing in earlier:
            since = clauses[-1][-1].end if clauses else 0
            if not clauses or JOINTS & set(self._words[since : thing.start]):
                clauses.append([])
            clauses[-1].append(thing)
        ordered = [thing for clause in reversed(clauses) for thing in clause]
        said = [tuple(self._fuller.named(self._words, thing)) for thing in ordered] + self._told
        yield from list(dict.fromkeys(said))[:_MOST_BEFORE]

    def _standing(self, start: int, end: int) -> int | None:
        """Return the place of "it" among words; None if there is none, or a noun follows."""
        for index in range(start, end):
            if self._words[index] in _STANDING and index not in self._taken:
                if index + 1 in {thing.start for thing in self._things}:
                    continue
                after = self._words[index + 1 : index + 2]
                if after and after[0] in BE:
                    continue
                return index
        return None


def _reported(words: Sequence[str], lexicon: Lexicon) -> Iterator[int]:
    """Yield the places of words in clauses that tell something: "table two is a mess"."""
    start = 0
    for index in range(len(words) + 1):
        if index == len(words) or words[index] in JOINTS:
            if is_told(words[start:index], lexicon):
                yield from range(start, index)
            start = index + 1


def _stretches(words: Sequence[str], skipped: frozenset[int]) -> Iterator[str]:
    """Yield the words that are left over, together; fillers alone are none."""
    stretch: list[str] = []
    for index in range(len(words) + 1):
        if index in skipped and words[index] not in JOINTS:
            stretch.append(words[index])
            continue
        if any(word not in FUNCTION_WORDS for word in stretch):
            yield " ".join(stretch)
        stretch = []
