"""Order of clauses: which come first, and which are only steps towards later ones."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from treehand.planners.goals.literals.exclusions import Exclusions
from treehand.planners.reading.grammar.clauses import Clause, Either
from treehand.planners.reading.lexicon import Lexicon
from treehand.skills.domain import (
    AllOf,
    Atom,
    Exists,
    Facts,
    Forall,
    Formula,
    Negation,
    SkillModel,
    conjuncts,
    positive_form,
)
from treehand.skills.domain.exclusion_groups import shared_terms

SEARCHING = frozenset({"find", "locate", "search", "look", "spot"})
"""Verbs of search: what is to be done with a thing once it is found is the goal."""
GOING = frozenset({"go", "drive", "walk", "head", "navigate", "travel", "proceed", "approach"})
"""Verbs of a way: what is to be done there is the goal."""


def parts_of(wholes: Sequence[tuple[Formula, ...]]) -> tuple[Formula, ...]:
    """Return the parts of all clauses, each once."""
    return tuple(dict.fromkeys(part for whole in wholes for part in whole))


def all_of(parts: Sequence[Formula]) -> Formula:
    """Return parts as one formula."""
    return parts[0] if len(parts) == 1 else AllOf(tuple(parts))


def _is_taking(clause: Clause, later: Sequence[Clause | Either]) -> bool:
    """Return True for "take the pan" where the next clause tells what is to be done with it."""
    after = later[0] if later else None
    is_taking = clause.phrase.verb[:1] in _TAKING
    is_bare = clause.phrase.words[-1].startswith("{") or clause.phrase.words[-1] == "up"
    if not is_taking or not is_bare or not isinstance(after, Clause):
        return False  # "get the glass clean" is no step
    asked, things = clause.phrase.formula, next(iter(after.bound.values()), ())
    is_held = isinstance(asked, Atom) and asked.positive and len(asked.fact.terms) == 1
    is_same = len(things) == 1 and things[0].noun is None and len(after.bound) == 1
    own = (one.text.split() for some in clause.bound.values() for one in some)
    if any({"from", "off"} & set(words) for words in own):
        return False  # "take the plates from the table" says where they shall not be
    is_more = {atom.fact.predicate for atom in asked.atoms()} != {
        atom.fact.predicate for atom in after.phrase.formula.atoms()
    }
    return is_held and is_same and is_more and not after.is_forbidden


_TAKING = (("take",), ("grab",), ("get",), ("pick",), ("fetch",))


def _is_about_same(one: Forall, other: Forall) -> bool:
    """Return True if two "all …" are about the same objects."""
    where = other.where.substitute({other.variable: one.variable})
    return (one.type, one.excluded, one.where) == (other.type, other.excluded, where)


def _covers(one: Forall, other: Forall) -> bool:
    """Return True if an "all …" is about all for which the other one is not so already."""
    where = set(conjuncts(one.where.substitute({one.variable: other.variable})))
    todo = positive_form(Negation(other.body))
    is_same = (one.type, one.excluded) == (other.type, other.excluded)
    return is_same and where in (set(conjuncts(other.where)), {*conjuncts(other.where), todo})


def _each(part: Formula, facts: Facts) -> Iterator[Atom]:
    """Yield the positive literals of a part, of each thing that it is about."""
    if isinstance(part, Atom) and part.positive:
        yield part
    elif isinstance(part, Forall) and isinstance(part.body, Atom) and part.body.positive:
        for name in part.qualified(facts):
            yield part.body.substitute({part.variable: name})


class ClauseOrder:
    """Puts what clauses ask for in order.

    Args:
        lexicon: The words of a domain and scene.
        facts: Beliefs, which decide what still has to be done.
    """

    def __init__(self, lexicon: Lexicon, facts: Facts) -> None:
        self._lexicon = lexicon
        self._facts = facts
        self._exclusions = Exclusions(lexicon.domain, facts)
        self.before: list[Formula] = []
        """Formulas to be made true first, one after the other."""

    def is_way_to(self, clause: Clause, later: Sequence[Clause | Either]) -> bool:
        """Return True for "find it" and "go there" if something else is to be done then.

        So it is with "take the pan" before "and wash it".
        """
        verb = clause.phrase.verb[:1]
        is_followed = any(isinstance(one, Clause) and not one.is_forbidden for one in later)
        is_way = bool(verb) and verb[0] in SEARCHING | GOING
        is_way = is_way or _is_taking(clause, later)
        return (
            is_way and is_followed and not clause.is_forbidden and bool(self._lexicon.domain.skills)
        )

    def without_implied(
        self, parts: Sequence[Formula], wholes: Sequence[tuple[Formula, ...]]
    ) -> tuple[Formula, ...]:
        """Return parts without "not on the table" where "on the counter" says that already."""
        kept: list[Formula] = []
        for index, part in enumerate(parts):
            is_once = sum(part in whole for whole in wholes) == 1
            steps = (self._is_step(part, later, is_tool=True) for later in parts[index + 1 :])
            if is_once and any(steps):
                continue  # "grab the sponge and wipe the table with it"
            if not self._is_implied(part, parts):
                kept.append(part)
        return tuple(kept)

    def _is_implied(self, part: Formula, parts: Sequence[Formula]) -> bool:
        """Return True for "not on the table" if another part says "on the counter"."""
        bodies: list[Formula] = list(parts)
        if isinstance(part, Forall):
            alike = (one for one in parts if isinstance(one, Forall) and _covers(one, part))
            bodies = [one.body.substitute({one.variable: part.variable}) for one in alike]
            part = part.body
        if not isinstance(part, Atom) or part.positive:
            return False
        others = [one for one in bodies if isinstance(one, Atom) and one.positive]
        return self._exclusions.without_excluded(Atom(part.fact), others) is None

    def sparing_named(
        self, wholes: Sequence[tuple[Formula, ...]], wanted: Sequence[Formula]
    ) -> tuple[Formula, ...]:
        """Return parts without the things for which a clause before asked something else.

        "The screws into the red crate and the parts into the blue one": a screw is a part, too.
        """
        earlier = [one for part in parts_of(wholes) for one in _each(part, self._facts)]
        return tuple(self._sparing(part, earlier) for part in wanted)

    def _sparing(self, part: Formula, earlier: Sequence[Atom]) -> Formula:
        if not isinstance(part, Forall):
            return part
        names = part.qualified(self._facts)
        meant = {atom.fact.terms[0] for atom in earlier if atom.fact.terms}
        other = [
            name
            for name in names
            if name in meant
            and any(
                self._exclusions.without_excluded(
                    atom, [part.body.substitute({part.variable: name})]
                )
                is None
                for atom in earlier
                if atom.fact.terms[:1] == (name,)
            )
        ]
        if not other or len(other) == len(names):
            return part
        return replace(part, excluded=(*part.excluded, *other))

    def together(self, states: Sequence[Formula], body: Formula) -> Formula | None:
        """Return states and what is asked besides; None if they exclude each other."""
        wanted = conjuncts(body)
        if any(self._exclusions.without_excluded(one, wanted) != one for one in states):
            return None
        return AllOf((*states, *wanted))

    def of_one_thing(self, earlier: Formula, later: Formula) -> Formula | None:
        """Return one part for two about one thing; None if both cannot be so at once.

        "Pick up a mug and put it on the table" asks for a mug on the table: a step is no part of
        it. "Wash a mug and put it there" asks for a mug that is clean and there.
        """
        assert isinstance(earlier, Exists)
        assert isinstance(later, Exists)
        asked = conjuncts(earlier.body.substitute({earlier.variable: later.variable}))
        wanted = conjuncts(later.body)
        told = [one for one in asked if not self._is_implied(one, wanted)]
        kept = [one for one in told if self._exclusions.without_excluded(one, wanted) == one]
        lost = [one for one in told if one not in kept]
        if any(not any(self._is_step(one, other) for other in wanted) for one in lost):
            return None
        excluded = tuple(dict.fromkeys((*earlier.excluded, *later.excluded)))
        body = all_of(tuple(dict.fromkeys((*kept, *wanted))))
        return replace(later, excluded=excluded, body=body)

    def in_order(
        self, wholes: Sequence[tuple[Formula, ...]], wanted: Sequence[Formula]
    ) -> Iterator[tuple[Formula, ...]]:
        """Yield what can hold together with a later clause; put the other clauses before it."""
        first: list[Formula] = []
        for index, parts in enumerate(wholes):
            later = [*parts_of(wholes[index + 1 :]), *wanted]
            left = [self._left(part, wanted) for part in parts]
            pairs = zip(parts, left, strict=True)
            if any(
                part != kept and not any(self._is_step(part, other) for other in later)
                for part, kept in pairs
            ):
                first.extend(parts)
            yield tuple(kept for kept in left if kept is not None)
        if first and all_of(first) not in self.before[-1:]:
            self.before.append(all_of(first))

    def _left(self, part: Formula, wanted: Sequence[Formula]) -> Formula | None:
        """Return the rest of a part that can hold together with others; None if nothing can."""
        for other in wanted:
            if (
                isinstance(part, Forall)
                and isinstance(other, Forall)
                and _is_about_same(part, other)
            ):
                body = other.body.substitute({other.variable: part.variable})
                if self._exclusions.without_excluded(part.body, [body]) is None:
                    return None
        return self._exclusions.without_excluded(part, wanted)

    def _is_step(self, earlier: Formula, later: Formula, *, is_tool: bool = False) -> bool:
        """Return True if a skill needs a clause for a later one that does not hold yet.

        Args:
            earlier: The clause that may be a step only.
            later: The later clause.
            is_tool: True to look for steps that fetch what the later one is done with.
        """
        kinds = (Forall, Exists)
        if isinstance(earlier, kinds) and type(earlier) is type(later):  # "all plates … them"
            assert isinstance(later, kinds)
            renamed = {later.variable: earlier.variable}
            covers = self._lexicon.vocabulary.is_a(later.type, earlier.type)
            is_same = covers and earlier.excluded == later.excluded
            return is_same and self._is_step(
                earlier.body, later.body.substitute(renamed), is_tool=is_tool
            )
        while isinstance(later, Exists):  # "throw it away": in some bin
            later = later.body
        if not isinstance(earlier, Atom) or not isinstance(later, Atom) or not earlier.positive:
            return False
        if later.holds(self._facts) is True or earlier.fact.predicate == later.fact.predicate:
            return False
        for model in self._lexicon.domain.skills.values():
            for effect in model.effects:
                same = effect.fact.predicate == later.fact.predicate
                if same and effect.positive == later.positive:
                    binding = dict(zip(effect.fact.terms, later.fact.terms, strict=True))
                    if self._is_need(earlier, model, binding, is_tool=is_tool):
                        return True
        return False

    def _is_need(
        self, earlier: Atom, model: SkillModel, binding: Mapping[str, str], *, is_tool: bool
    ) -> bool:
        """Return True if a literal is a precondition of a skill, or of its tool.

        A tool is what the hand has, or another state of one thing at a time; a precondition that
        the skill itself ends, as "take the plug" before "plug it in", is sought with tools.
        """
        ended = {effect.substitute(binding) for effect in model.effects}
        is_of_one = any(
            not shared_terms(group) for group in self._lexicon.vocabulary.groups(earlier.fact)
        )
        for need in model.preconditions:
            said = need.substitute(binding)
            if said == earlier:
                return not is_tool or positive_form(Negation(earlier)) in ended
            if is_tool and is_of_one and self._is_tool(earlier, said, model):
                return True
        return False

    def _is_tool(self, earlier: Atom, said: Formula, model: SkillModel) -> bool:
        """Return True if a literal is a precondition for some value of a skill's parameters."""
        if not isinstance(said, Atom) or not said.positive:
            return False
        if said.fact.predicate != earlier.fact.predicate:
            return False
        pairs = [*zip(said.fact.terms, earlier.fact.terms, strict=True)]
        tools = [(one, other) for one, other in pairs if one in model.params]
        is_same = all(one == other for one, other in pairs if one not in model.params)
        types = self._lexicon.vocabulary.object_types
        return bool(tools and is_same) and all(
            self._lexicon.vocabulary.is_a(types.get(b, b), model.params[a]) for a, b in tools
        )
