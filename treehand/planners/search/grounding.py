"""A domain, its objects and what is believed, as a problem without variables.

Beliefs have three values, so a fact can give up to three atoms: it is believed true, it is believed
false (``not f``), it is not believed true (``unless f``: what a filter that does not apply means).
Only those that something needs become atoms. What nothing changes is decided here and gives none.
"""

from __future__ import annotations

import contextlib
import itertools
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from treehand.planners.goals.planning_problem import PlanningProblem
from treehand.planners.rollout.rollout import beyond_limits
from treehand.planners.search.capacities import Capacity, capacities_of
from treehand.planners.search.ground_problem import GroundProblem, GroundProblemBuilder
from treehand.planners.search.literals import Case, Literal, LiteralSign
from treehand.skills.domain import (
    AllOf,
    AnyOf,
    Atom,
    Call,
    Comparison,
    Count,
    Domain,
    Exists,
    Fact,
    Forall,
    Formula,
    Negation,
    SkillModel,
    conjuncts,
    positive_form,
)

MAX_CASES = 256
"""A formula that can hold in more ways than this is not written out."""


class TooManyCases(Exception):
    """A formula can hold in more ways than are looked at."""


@dataclass(frozen=True)
class Grounded:
    """A problem with what its names stand for."""

    problem: GroundProblem
    goals: tuple[int, ...]
    """The sets of atoms of which one is wanted."""
    calls: Mapping[str, Call]
    """Operator name to skill call."""
    literals: Mapping[str, Literal]
    """Atom name to literal; atoms that keep count are none."""

    def formula(self, mask: int) -> Formula:
        """Return what atoms say, as far as a tree can check it."""
        parts = [
            Atom(literal.fact, literal.held is LiteralSign.TRUE)
            for literal in map(self.literals.get, self.problem.names(mask))
            if literal is not None and literal.held is not LiteralSign.NOT_TRUE
        ]
        return parts[0] if len(parts) == 1 else AllOf(tuple(parts))


class Grounder:
    """Writes out skills and goals object by object.

    Args:
        problem: Action models, objects with their limits and capacities, beliefs.
    """

    def __init__(self, problem: PlanningProblem) -> None:
        self._problem = problem
        self._domain = domain = problem.domain
        self._facts = problem.facts
        self._vocabulary = problem.vocabulary
        self._changing = _changing(domain, self._vocabulary.related)
        self._lost = {
            effect.fact.predicate
            for model in domain.skills.values()
            for effect in (*model.effects, *model.side_effects)
            if not effect.positive
        }
        self._outcomes: dict[Call, dict[Fact, bool | None]] = {}
        self._in_group: dict[object, list[Fact]] = defaultdict(list)
        for fact in self._all_facts():
            for group in self._vocabulary.groups(fact):
                self._in_group[group].append(fact)

    def ground(
        self,
        goal: Formula,
        *,
        cost: Callable[[Call], float] | None = None,
        with_irreversible: bool = True,
        does_count: bool = True,
        never: Sequence[Formula] = (),
    ) -> Grounded:
        """Return the problem of reaching a goal from what is believed now.

        Args:
            goal: What shall hold.
            cost: What a call costs; its typical duration in seconds if left out.
            with_irreversible: Whether steps that cannot be undone may be used.
            does_count: Whether places with little room keep count of what stands there. Without,
                a plan is still held to the room there is.
            never: What must not become true: a step that makes a part of it true needs another
                part to be known to be false. What can be so in too many ways is left out, so the
                caller judges the plan.

        Raises:
            TooManyCases: If the goal, or what a skill needs, can hold in too many ways.
        """
        goals = self.cases(positive_form(goal))
        meant = [{one.fact for one in case if one.held is LiteralSign.TRUE} for case in goals]
        rooms = capacities_of(self._problem, meant)
        if not does_count:
            rooms = tuple(replace(room, is_counted=False) for room in rooms)
        goals = tuple(
            case
            for case, facts in zip(goals, meant, strict=True)
            if all(len(facts & room.facts) <= room.capacity for room in rooms)
        )
        harms = self._harms(never)
        steps = [
            (call, split)
            for call in self._calls(with_irreversible=with_irreversible)
            for case in self._cases_of_call(call)
            for split in self._known_there(call, case, rooms)
            for split in self._harmless(call, split, harms)
        ]
        wanted = {literal for _, case in steps for literal in case}
        wanted.update(literal for case in goals for literal in case)
        wanted.update(Literal(fact, LiteralSign.TRUE) for room in rooms for fact in room.facts)
        names = {literal: str(literal) for literal in wanted}
        by_fact: dict[Fact, list[Literal]] = defaultdict(list)
        for literal in wanted:
            by_fact[literal.fact].append(literal)
        builder = GroundProblemBuilder()
        calls: dict[str, Call] = {}
        changes = {call: self._changes(call, by_fact, names) for call, _ in steps}
        limits = {
            room: builder.mask(
                sorted(names[Literal(fact, LiteralSign.TRUE)] for fact in room.facts)
            )
            for room in rooms
        }
        for call, case in steps:
            price = cost(call) if cost else self._domain.skills[call.name].duration
            adds, deletes = changes[call]
            needs = sorted(names[literal] for literal in case)
            fills = [room for room in rooms if self._moved(call, case, room) > 0]
            room = [(limits[one], one.capacity) for one in fills]
            for before, after in self._levels(call, case, rooms):
                name = f"{call}#{len(calls)}"
                calls[name] = call
                builder.add(
                    name, [*needs, *before], [*adds, *after], [*deletes, *before], price, room
                )
        masks = tuple(builder.mask(sorted(names[literal] for literal in case)) for case in goals)
        start = sorted(names[literal] for literal in wanted if self._holds(literal))
        start += [room.start() for room in rooms if room.is_counted]
        literals = {name: literal for literal, name in names.items()}
        return Grounded(builder.problem(start), masks, calls, literals)

    def _harms(self, never: Sequence[Formula]) -> list[Case]:
        """Return the ways in which what must never be can be."""
        harms: list[Case] = []
        for formula in never:
            with contextlib.suppress(TooManyCases):
                harms.extend(self.cases(positive_form(formula)))
        return harms

    def _harmless(self, call: Call, case: Case, harms: Sequence[Case]) -> Iterator[Case]:
        """Yield what a step needs so that it does no harm; nothing if it always does."""
        outcome = self._outcome(call) if harms else {}
        cases = [case]
        for harm in harms:
            made = {one for one in harm if one.comes_true(outcome)}
            rest = harm - made
            if not made or any(one.fact in outcome for one in rest):
                continue
            opposites = [frozenset({one.against()}) for one in sorted(rest)]
            if len(cases) * len(opposites) > MAX_CASES:
                opposites = opposites[:1]  # more than is needed, and as safe
            cases = [
                safe
                for needs in cases
                for opposite in opposites
                if not self._contradicts(safe := needs | opposite, opposite)
            ]
        yield from dict.fromkeys(cases)

    def cases(self, formula: Formula) -> tuple[Case, ...]:
        """Return the ways in which a formula without variables can hold (its disjunctive form).

        Args:
            formula: With negations at the atoms only.
        """
        if isinstance(formula, Atom):
            return self._cases_of_atom(formula)
        if isinstance(formula, AllOf):
            return self._product(self.cases(part) for part in formula.parts)
        if isinstance(formula, AnyOf):
            return _distinct(case for part in formula.parts for case in self.cases(part))
        if isinstance(formula, Forall):
            return self._cases_of_all(formula)
        if isinstance(formula, Exists):
            names = [n for n in self._facts.objects(formula.type) if n not in formula.excluded]
            said = (
                AllOf((formula.where, formula.body)).substitute({formula.variable: name})
                for name in names
            )
            return _distinct(case for part in said for case in self.cases(positive_form(part)))
        if isinstance(formula, Count):
            return self._cases_of_count(formula)
        assert not isinstance(formula, Comparison), "goals and needs have no entries"
        return self.cases(positive_form(formula))

    def _cases_of_atom(self, atom: Atom) -> tuple[Case, ...]:
        if atom.fact.predicate not in self._changing:
            return (frozenset(),) if atom.holds(self._facts) else ()
        held = LiteralSign.TRUE if atom.positive else LiteralSign.FALSE
        return (frozenset({Literal(atom.fact, held)}),)

    def _cases_of_all(self, formula: Forall) -> tuple[Case, ...]:
        """Return the ways in which "all that …" can hold.

        Where the filter picks at most one object (the place where a thing is), there is one
        case for each place where it can be, instead of every combination.
        """
        filters: dict[str, Fact] = {}
        bodies: dict[str, Formula] = {}
        for name in self._facts.objects(formula.type):
            if name in formula.excluded:
                continue
            where = positive_form(formula.where.substitute({formula.variable: name}))
            body = positive_form(formula.body.substitute({formula.variable: name}))
            if self._is_static(where):
                if where.holds(self._facts):
                    bodies[name] = body
            elif isinstance(where, Atom) and where.positive:
                filters[name], bodies[name] = where.fact, body
            else:
                bodies[name] = AnyOf((positive_form(Negation(where)), body))
        always = self._product(self.cases(bodies[name]) for name in bodies if name not in filters)
        if not filters:
            return always
        shared = self._shared_group(filters.values())
        if shared is None:
            parts = (
                (frozenset({Literal(fact, LiteralSign.NOT_TRUE)}), *self.cases(bodies[name]))
                for name, fact in filters.items()
            )
            return self._product((always, *parts))
        one = [
            case | {Literal(fact, LiteralSign.TRUE)}
            for name, fact in filters.items()
            for case in self.cases(bodies[name])
        ]
        if self._is_one_always_true(shared):
            others = [fact for fact in self._in_group[shared] if fact not in filters.values()]
            one += [frozenset({Literal(fact, LiteralSign.TRUE)}) for fact in others]
        else:
            one.append(frozenset(Literal(fact, LiteralSign.NOT_TRUE) for fact in filters.values()))
        return self._product((always, one))

    def _cases_of_count(self, formula: Count) -> tuple[Case, ...]:
        names = [n for n in self._facts.objects(formula.type) if n not in formula.excluded]
        said = {n: positive_form(formula.where.substitute({formula.variable: n})) for n in names}
        if formula.sign == "<=":
            opposite = [_opposite(part) for part in said.values()]
            return self._at_least(opposite, len(names) - formula.number)
        if formula.sign == "==":
            raise TooManyCases(str(formula))
        return self._at_least(list(said.values()), formula.number)

    def _at_least(self, parts: Sequence[Formula], number: int) -> tuple[Case, ...]:
        chosen = itertools.combinations(parts, max(number, 0))
        return _distinct(case for some in chosen for case in self.cases(AllOf(some)))

    def _product(self, parts: Iterable[Iterable[Case]]) -> tuple[Case, ...]:
        cases: tuple[Case, ...] = (frozenset(),)
        for part in parts:
            choices = tuple(part)
            cases = _distinct(
                both
                for one in cases
                for other in choices
                if not self._contradicts(both := one | other, other)
            )
        return cases

    def _contradicts(self, case: Case, new: Case) -> bool:
        """Return whether a case holds a fact both ways, or two facts that exclude each other."""
        for literal in new:
            if literal.held is not LiteralSign.TRUE:
                if Literal(literal.fact, LiteralSign.TRUE) in case:
                    return True
                continue
            opposites = (
                Literal(literal.fact, LiteralSign.FALSE),
                Literal(literal.fact, LiteralSign.NOT_TRUE),
            )
            if any(opposite in case for opposite in opposites):
                return True
            groups = set(self._vocabulary.groups(literal.fact))
            others = (one.fact for one in case if one.held is LiteralSign.TRUE)
            for other in others:
                if other != literal.fact and groups & set(self._vocabulary.groups(other)):
                    return True
        return False

    def _shared_group(self, facts: Iterable[Fact]) -> object | None:
        """Return an exclusive group that facts belong to, all of them; None if there is none."""
        groups = [dict.fromkeys(self._vocabulary.groups(fact)) for fact in facts]
        return next((group for group in groups[0] if all(group in some for some in groups)), None)

    def _is_one_always_true(self, group: object) -> bool:
        """Return whether one fact of a group is true now and no skill only makes one false."""
        facts = self._in_group[group]
        names = {fact.predicate for fact in facts}
        return not names & self._lost and any(self._facts.value(fact) for fact in facts)

    def _is_static(self, formula: Formula) -> bool:
        return not any(atom.fact.predicate in self._changing for atom in formula.atoms())

    def _holds(self, literal: Literal) -> bool:
        value = self._facts.value(literal.fact)
        if literal.held is LiteralSign.NOT_TRUE:
            return not value
        return value is (literal.held is LiteralSign.TRUE)

    def _all_facts(self) -> Iterator[Fact]:
        for name in sorted(self._changing):
            kinds = self._domain.predicates[name].params.values()
            for terms in itertools.product(*map(self._facts.objects, kinds)):
                yield Fact(name, terms)

    def _calls(self, *, with_irreversible: bool) -> Iterator[Call]:
        for name, model in self._domain.skills.items():
            if model.irreversible and not with_irreversible:
                continue
            for arguments in self._arguments(model):
                call = Call(name, arguments)
                if not beyond_limits(model, call, self._problem.scene):
                    yield call

    def _arguments(self, model: SkillModel) -> Iterator[tuple[str, ...]]:
        """Yield the arguments for which what a skill needs and nothing changes holds.

        Parameters are bound one by one; each such need is looked at as soon as it has no free ones.
        """
        params = list(model.params.items())
        due: list[list[Formula]] = [[] for _ in range(len(params) + 1)]
        for need in (part for whole in model.preconditions for part in conjuncts(whole)):
            if self._is_static(need):
                named = {term for atom in need.atoms() for term in atom.fact.terms}
                last = [number for number, (name, _) in enumerate(params, 1) if name in named]
                due[max(last, default=0)].append(need)

        def bound(binding: dict[str, str]) -> Iterator[tuple[str, ...]]:
            if not all(need.substitute(binding).holds(self._facts) for need in due[len(binding)]):
                return
            if len(binding) == len(params):
                yield tuple(binding.values())
                return
            name, kind = params[len(binding)]
            for thing in self._facts.objects(kind):
                yield from bound({**binding, name: thing})

        yield from bound({})

    def _cases_of_call(self, call: Call) -> tuple[Case, ...]:
        model = self._domain.skills[call.name]
        binding = _binding(model, call)
        needs = AllOf(tuple(part.substitute(binding) for part in model.preconditions))
        return self.cases(positive_form(needs))

    def _known_there(self, call: Call, case: Case, rooms: Sequence[Capacity]) -> list[Case]:
        """Return a case split so that it says of all that the call moves whether it was there."""
        cases = [case]
        for room in rooms:
            if room.is_counted:
                for fact in filter(room.facts.__contains__, self._outcome(call)):
                    cases = [split for one in cases for split in self._decided(one, fact)]
        return cases

    def _decided(self, case: Case, fact: Fact) -> Iterator[Case]:
        for held in (LiteralSign.TRUE, LiteralSign.NOT_TRUE):
            literal = Literal(fact, held)
            split = case | {literal}
            if literal in case:
                yield case
                return
            if not self._contradicts(case | {literal}, split):
                yield split

    def _levels(
        self, call: Call, case: Case, rooms: Sequence[Capacity]
    ) -> Iterator[tuple[list[str], list[str]]]:
        """Yield the levels of the counted rooms before and after a call, each way they can be."""
        changes = [(room, self._moved(call, case, room)) for room in rooms if room.is_counted]
        steps = [tuple(room.steps(change)) for room, change in changes if change]
        for chosen in itertools.product(*steps):
            yield [before for before, _ in chosen], [after for _, after in chosen]

    def _moved(self, call: Call, case: Case, room: Capacity) -> int:
        """Return by how much a call changes the number of things in a room."""
        outcome = self._outcome(call)
        return sum(
            bool(outcome[fact]) - (Literal(fact, LiteralSign.TRUE) in case)
            for fact in outcome.keys() & room.facts
        )

    def _changes(
        self,
        call: Call,
        by_fact: Mapping[Fact, Sequence[Literal]],
        names: Mapping[Literal, str],
    ) -> tuple[list[str], list[str]]:
        """Return the atoms that a call makes true and those that it makes false."""
        outcome = self._outcome(call)
        touched = (literal for fact in outcome for literal in by_fact.get(fact, ()))
        becomes = {literal: literal.comes_true(outcome) for literal in touched}
        adds = sorted(names[literal] for literal, value in becomes.items() if value)
        return adds, sorted(names[literal] for literal, value in becomes.items() if not value)

    def _outcome(self, call: Call) -> dict[Fact, bool | None]:
        """Return what becomes of facts by a call: true, false, or (None) no longer true."""
        outcome = self._outcomes.get(call)
        if outcome is None:
            outcome = self._outcomes[call] = {}
            model = self._domain.skills[call.name]
            binding = _binding(model, call)
            for effect in (*model.side_effects, *model.effects):
                outcome.update(self._consequences(effect.substitute(binding)))
        return outcome

    def _consequences(self, atom: Atom) -> Iterator[tuple[Fact, bool | None]]:
        """Yield what becomes of facts: true, false, or (None) no longer true."""
        if "_" in atom.fact.terms:
            kinds = self._domain.predicates[atom.fact.predicate].params.values()
            choices = (
                self._facts.objects(kind) if term == "_" else (term,)
                for term, kind in zip(atom.fact.terms, kinds, strict=True)
            )
            for terms in itertools.product(*choices):
                yield Fact(atom.fact.predicate, terms), None
            return
        if atom.positive:
            for group in self._vocabulary.groups(atom.fact):
                for other in self._in_group[group]:
                    if other != atom.fact:
                        yield other, False
        yield atom.fact, atom.positive


def _changing(domain: Domain, related: Callable[[str], frozenset[str]]) -> frozenset[str]:
    """Return the predicates that some skill changes."""
    named = {
        effect.fact.predicate
        for model in domain.skills.values()
        for effect in (*model.effects, *model.side_effects)
    }
    return frozenset(other for name in named for other in related(name))


def _binding(model: SkillModel, call: Call) -> dict[str, str]:
    return dict(zip(model.params, call.arguments, strict=True))


def _opposite(formula: Formula) -> Formula:
    return positive_form(Negation(formula))


def _distinct(cases: Iterable[Case]) -> tuple[Case, ...]:
    """Return cases without those that another one is a part of; raises `TooManyCases`."""
    found = list(itertools.islice(dict.fromkeys(cases), MAX_CASES + 1))
    if len(found) > MAX_CASES:
        raise TooManyCases(f"more than {MAX_CASES} ways")
    return tuple(case for case in found if not any(other < case for other in found))
