"""Candidate goals of a clause: request templates with the things that it names."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from treehand.planners.reading.lexicon import Lexicon, Noun
from treehand.planners.reading.nouns.noun_finder import NamedThing
from treehand.planners.reading.requests.templates import MaskedClause, Template, Templates
from treehand.skills.domain import AllOf, Atom, Exists, Facts, Forall, Formula

MAX_CANDIDATES = 300
"""Most candidates of a clause."""
_SHARE = 0.3
"""Part of the score that goes by how much of what was named a goal is about."""
_UNSAID = 0.25
"""Score that an unnamed parameter costs."""
_KEPT = 0.12
"""Score that it costs where the thing is known to be kept there."""
_OTHERS = 4
"""Most objects that are tried for one named or unnamed thing."""


class Ranker(Protocol):
    """Tells how much words ask for a request."""

    def prepare(self, templates: Sequence[Template]) -> None:
        """Take note of the templates that will be ranked."""
        ...

    def likeness(self, clause: MaskedClause, template: Template) -> float:
        """Return from 0 to 1 how much a clause asks for a template."""
        ...


@dataclass(frozen=True)
class Candidate:
    """A goal that a clause may ask for."""

    formula: Formula
    score: float


@dataclass(frozen=True)
class _Filling:
    """An object or a kind of thing, for one parameter."""

    name: str
    """The object; empty for a kind."""
    type: str
    reach: str
    where: Formula
    excluded: tuple[str, ...]
    penalty: float


class CandidateMaker:
    """Makes the candidate goals of a clause.

    Args:
        lexicon: The words of a domain and scene.
        ranker: Ranks requests.
    """

    def __init__(self, lexicon: Lexicon, ranker: Ranker) -> None:
        self._lexicon = lexicon
        self._ranker = ranker
        self._templates = Templates(lexicon)
        self._is_a = lexicon.vocabulary.is_a

    def candidates(
        self, words: Sequence[str], things: Sequence[NamedThing], facts: Facts
    ) -> list[Candidate]:
        """Return the candidates, the best first, each goal once.

        Args:
            words: The words of the clause.
            things: The things that it names.
            facts: Beliefs.
        """
        self._ranker.prepare(self._templates.all)
        clause = self._masked(words, things)
        best: dict[str, Candidate] = {}
        for template in self._templates.all:
            base = self._ranker.likeness(clause, template)
            for candidate in self._of(template, base, things, facts):
                known = best.get(str(candidate.formula))
                if known is None or candidate.score > known.score:
                    best[str(candidate.formula)] = candidate
        ranked = sorted(best.values(), key=lambda one: -one.score)
        return ranked[:MAX_CANDIDATES]

    def _masked(self, words: Sequence[str], things: Sequence[NamedThing]) -> MaskedClause:
        taken = {index for thing in things for index in range(thing.start, thing.end)}
        starts = {thing.start: thing for thing in things}
        rest = tuple(word for index, word in enumerate(words) if index not in taken)
        masked: list[str] = []
        for index, word in enumerate(words):
            if index in starts:
                masked.append(self._templates.mask(starts[index].nouns[0].type))
            elif index not in taken:
                masked.append(word)
        return MaskedClause(rest, " ".join(masked), " ".join(words))

    def _of(
        self, template: Template, base: float, things: Sequence[NamedThing], facts: Facts
    ) -> Iterator[Candidate]:
        wanted = [thing for thing in things if not thing.is_excepted]
        slots = template.params
        if not slots:
            yield Candidate(template.formula, base * (0.5 if wanted else 1.0))
            return
        for chosen in itertools.permutations((*range(len(wanted)), None), len(slots)):
            used = [index for index in chosen if index is not None]
            if not used:
                continue
            order = 0.03 if used != sorted(used) else 0.0
            share = len(used) / len(wanted)
            fillings = [
                list(self._fillings(wanted[index], kind, things, facts))
                if index is not None
                else None
                for index, (_, kind) in zip(chosen, slots, strict=True)
            ]
            if any(filling is not None and not filling for filling in fillings):
                continue
            score = (1 - _SHARE) * base + _SHARE * share - order
            denied = {noun.object for one in things if one.is_excepted for noun in one.nouns}
            yield from self._filled(template, fillings, score, facts, denied)

    def _fillings(
        self, thing: NamedThing, kind: str, things: Sequence[NamedThing], facts: Facts
    ) -> Iterator[_Filling]:
        """Yield what a named thing may be in a parameter of a type."""
        adjectives = self._lexicon.adjectives
        told = tuple(adjectives[word] for word in thing.filters)
        excluded = tuple(
            noun.object
            for other in things
            if other.is_excepted
            for noun in other.nouns
            if noun.object is not None
        )
        for rank, noun in enumerate(thing.nouns[: 2 * _OTHERS]):
            worse = 0.0 if thing.is_sure else 0.04 * (1 + rank * (thing.how == "spelling"))
            worse += 0.02 if noun.is_part else 0.0
            if noun.object is not None:
                if self._is_a(noun.type, kind) and noun.object not in excluded:
                    yield _Filling(noun.object, noun.type, "the", AllOf(()), (), worse)
                continue
            if not (self._is_a(noun.type, kind) or self._is_a(kind, noun.type)):
                continue
            narrow = noun.type if self._is_a(noun.type, kind) else kind
            parts = tuple(part for part in told if self._tells(part, narrow))
            yield from self._of_type(thing, noun, narrow, parts, excluded, facts)

    def _tells(self, property_of: Atom, kind: str) -> bool:
        """Return True if things of a type can have a property: no cup is a dirty table."""
        params = self._lexicon.domain.predicates[property_of.fact.predicate].params
        return self._is_a(kind, next(iter(params.values())))

    def _of_type(
        self,
        thing: NamedThing,
        noun: Noun,
        kind: str,
        parts: Sequence[Atom],
        excluded: Sequence[str],
        facts: Facts,
    ) -> Iterator[_Filling]:
        where: Formula = AllOf(tuple(part.substitute({"_": "x"}) for part in parts))
        left_out = tuple(name for name in facts.objects(kind) if name in excluded)
        if thing.reach in ("all", "some"):
            yield _Filling("", kind, thing.reach, where, left_out, 0.0)
            return
        fitting = [
            name
            for name in facts.objects(kind)
            if name not in excluded
            and all(part.substitute({"_": name}).holds(facts) is not False for part in parts)
        ]
        for name in fitting[:_OTHERS]:
            yield _Filling(name, kind, "the", AllOf(()), (), 0.0)

    def _filled(
        self,
        template: Template,
        fillings: Sequence[list[_Filling] | None],
        score: float,
        facts: Facts,
        denied: Collection[str | None],
    ) -> Iterator[Candidate]:
        """Yield the goals of a template; an unnamed place is the one where a thing is kept."""
        named = [some for some in fillings if some is not None]
        for chosen in itertools.islice(itertools.product(*named), 24):
            given = iter(chosen)
            parts = [next(given) if some is not None else None for some in fillings]
            if all(part is not None for part in parts):
                yield self._made(template, [part for part in parts if part], score)
            elif parts[0] is not None:
                placed = self._placed(template, parts, score, facts)
                yield from (one for place, one in placed if place not in denied)

    def _placed(
        self, template: Template, parts: Sequence[_Filling | None], score: float, facts: Facts
    ) -> Iterator[tuple[str, Candidate]]:
        first = parts[0]
        if first is None or len(parts) != 2 or not first.name:
            return
        kind = template.params[1][1]
        kept = [
            fact.terms[1]
            for fact in facts.true_facts()
            if len(fact.terms) == 2
            and fact.terms[0] == first.name
            and (self._lexicon.domain.predicates[fact.predicate].known_by == "given")
        ]
        atom = template.formula
        if not isinstance(atom, Atom):
            return
        there = [
            fact.terms[1]
            for fact in facts.true_facts()
            if fact.predicate == atom.fact.predicate and fact.terms[0] == first.name
        ]
        places = there if template.is_denial else kept + list(facts.objects(kind))
        for name in list(dict.fromkeys(places))[:_OTHERS]:
            of = self._lexicon.vocabulary.object_types.get(name, "")
            if of and self._is_a(of, kind) and (name not in there or template.is_denial):
                place = _Filling(name, of, "the", AllOf(()), (), 0.0)
                cost = _KEPT if name in kept or template.is_denial else _UNSAID
                yield name, self._made(template, [first, place], score - cost)

    def _made(self, template: Template, parts: Sequence[_Filling], score: float) -> Candidate:
        terms: dict[str, str] = {}
        wraps: list[tuple[str, _Filling]] = []
        for index, ((name, _), part) in enumerate(zip(template.params, parts, strict=True)):
            if part.name:
                terms[name] = part.name
            else:
                variable = part.type[0] if not wraps else f"{part.type[0]}{index + 1}"
                terms[name] = variable
                wraps.append((variable, part))
        formula: Formula = template.formula.substitute(terms)
        for variable, part in reversed(wraps):
            where = part.where.substitute({"x": variable})
            make = Forall if part.reach == "all" else Exists
            formula = make(variable, part.type, part.excluded, where, formula)
        return Candidate(formula, score - sum(part.penalty for part in parts))
