"""Objects that a plan for a goal may need, found backward from the goal.

A scene has hundreds of objects, a plan touches a few. The objects are those that the goal names,
those that the skills for it take besides (a sponge to wash with, a worktop to set something down
on), the places where all these are, and what has to leave a full place. Of objects that will do
equally well only a few are taken, those first with which a step can begin soonest. A search among
them is incomplete: where it finds nothing, more objects are looked at, and all of them in the end.
"""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from treehand.planners.goals.planning_problem import PlanningProblem
from treehand.skills.domain import (
    Atom,
    Exists,
    Fact,
    Forall,
    Formula,
    Negation,
    Quantifier,
    SkillModel,
)
from treehand.skills.domain.exclusion_groups import decided, group_number, shared_terms

SPREADS = (1, 3)
"""Numbers of equally good objects that are taken, one search after the other, before all are."""
MOST = 0.7
"""Part of all objects above which a search looks at all of them at once."""


class Relevance:
    """Finds the objects that matter for goals from one state.

    Args:
        problem: Action models, objects and beliefs.
    """

    def __init__(self, problem: PlanningProblem) -> None:
        self.deadline = problem.deadline
        self.blockages = problem.blockages
        self._problem = problem
        self._vocabulary = problem.vocabulary
        self._facts = problem.facts
        self._changing = {
            effect.fact.predicate
            for model in problem.domain.skills.values()
            for effect in (*model.effects, *model.side_effects)
        }
        self._true_with: dict[str, list[Fact]] = defaultdict(list)
        """Object to the true facts about it."""
        for fact, belief in problem.facts.known():
            if belief.value:
                for term in fact.terms:
                    self._true_with[term].append(fact)

    def problems(self, goal: Formula, never: Sequence[Formula] = ()) -> Iterator[PlanningProblem]:
        """Yield the problem among the relevant objects, more of them each time, then the whole.

        Args:
            goal: Formula to be true at the end.
            never: Formulas that must not become true; the objects that they name matter, too.
        """
        total, before = len(self._vocabulary.object_types), -1
        for spread in SPREADS:
            names = _Closure(self, spread).names(goal, never)
            if len(names) > MOST * total:
                break
            if len(names) > before:
                before = len(names)
                yield self._among(names)
        yield self._problem

    def _among(self, names: set[str]) -> PlanningProblem:
        """Return the problem with some of the objects; the others stay where they are."""
        scene, objects = self._problem.scene, {}
        for name in filter(names.__contains__, self._vocabulary.object_types):
            entry = scene.objects[name]
            if entry.capacity is not None:
                others = sum(not names.issuperset(fact.terms) for fact in self.contents(name))
                entry = entry.model_copy(update={"capacity": max(0, entry.capacity - others)})
            objects[name] = entry
        return self._problem.among(scene.model_copy(update={"objects": objects}))

    def contents(self, place: str) -> list[Fact]:
        """Return the true facts that put something at a place."""
        found = self._true_with.get(place, ())
        return [
            fact
            for fact in found
            if len(fact.terms) == 2 and fact.terms[-1] == place and fact.predicate in self._changing
        ]

    def room(self, place: str) -> int | None:
        """Return the number of further objects that a place takes; None for any number."""
        capacity = self._problem.scene.objects[place].capacity
        return None if capacity is None else capacity - len(self.contents(place))

    def tied_to(self, name: str) -> Iterator[str]:
        """Yield the objects of the facts that an object has one of at a time, such as its place."""
        for fact in self._true_with.get(name, ()):
            for group in self._vocabulary.groups(fact):
                if name in shared_terms(group):
                    yield from fact.terms

    def instead_of(self, fact: Fact) -> Iterator[str]:
        """Yield the objects of the true fact that excludes a fact."""
        other = self._facts.excluding(fact)
        if other is not None:
            yield from other.terms

    def achievers(self, atom: Atom) -> Iterator[tuple[SkillModel, dict[str, str]]]:
        """Yield the skills that make a literal true, with the parameters that it decides."""
        groups = {group_number(one): one for one in self._vocabulary.groups(atom.fact)}
        for model in self._problem.domain.skills.values():
            for effect in (*model.effects, *model.side_effects):
                if effect.fact.predicate == atom.fact.predicate:
                    if effect.positive == atom.positive:
                        yield model, decided(effect.fact.terms, atom.fact.terms)
                elif effect.positive and not atom.positive:
                    yield from self._by_exclusion(model, effect, groups)

    def _by_exclusion(
        self, model: SkillModel, effect: Atom, groups: Mapping[int, object]
    ) -> Iterator[tuple[SkillModel, dict[str, str]]]:
        for group in self._vocabulary.groups(effect.fact):
            ours = groups.get(group_number(group))
            if ours is not None:
                yield model, decided(shared_terms(group), shared_terms(ours))

    def objects(self, kind: str) -> tuple[str, ...]:
        """Return the objects of a type."""
        return self._facts.objects(kind)

    def is_object(self, term: str) -> bool:
        """Return True if a term names an object of the scene."""
        return term in self._vocabulary.object_types

    def kinds_of(self, name: str) -> Iterator[str]:
        """Yield the type of an object and the types above it."""
        kind: str | None = self._vocabulary.object_types[name]
        while kind is not None:
            yield kind
            kind = self._vocabulary.types.get(kind)

    def fitting(
        self, model: SkillModel, name: str, binding: Mapping[str, str], most: int
    ) -> list[str]:
        """Return some objects for a parameter of a skill, those with the most needs met first."""
        needs = [
            part
            for part in model.preconditions
            if isinstance(part, Atom) and name in part.fact.terms
        ]

        def score(other: str) -> tuple[int, int]:
            known = {**binding, name: other}
            held = [part.substitute(known).holds(self._facts) for part in needs]
            barred = sum(
                value is not True and part.fact.predicate not in self._changing
                for part, value in zip(needs, held, strict=True)
                if all(self.is_object(known.get(term, term)) for term in part.fact.terms)
            )
            room = self.room(other)
            return -barred * 100 - 10 * (room is not None and room <= 0), sum(map(bool, held))

        return heapq.nlargest(most, self._facts.objects(model.params[name]), key=score)

    def has_static_need(self, model: SkillModel, name: str) -> bool:
        """Return True if what may be a parameter depends on a predicate that no skill changes."""
        return any(
            isinstance(part, Atom)
            and name in part.fact.terms
            and part.fact.predicate not in self._changing
            for part in model.preconditions
        )

    def instances(self, formula: Formula) -> Iterator[Atom]:
        """Yield the literals of a formula; of a quantified one, those for objects that match."""
        if isinstance(formula, Atom):
            yield formula
        elif isinstance(formula, Negation):
            for atom in self.instances(formula.part):
                yield Atom(atom.fact, not atom.positive)
        elif isinstance(formula, Forall):
            for name in self._matching(formula):
                yield from self.instances(formula.body.substitute({formula.variable: name}))
        elif isinstance(formula, Quantifier):
            yield from formula.where.atoms()
            if isinstance(formula, Exists):
                yield from self.instances(formula.body)
        else:
            for part in getattr(formula, "parts", ()):
                yield from self.instances(part)

    def _matching(self, formula: Forall) -> Iterator[str]:
        """Yield the objects that a "forall" is about now."""
        where, variable = formula.where, formula.variable
        named = [
            term
            for term in (where.fact.terms if isinstance(where, Atom) and where.positive else ())
            if self.is_object(term)
        ]
        if not named:
            yield from formula.qualified(self._facts)
            return
        for fact in self._true_with.get(named[0], ()):
            for term in fact.terms:
                if where.substitute({variable: term}) == Atom(fact) and self.is_object(term):
                    yield term


class _Closure:
    """Collects the relevant objects of one goal.

    Args:
        relevance: The state.
        spread: Number of equally good objects that are taken.
    """

    def __init__(self, relevance: Relevance, spread: int) -> None:
        self._relevance = relevance
        self._spread = spread
        self._names: set[str] = set()
        self._kinds: dict[str, int] = defaultdict(int)
        """Type to the number of relevant objects of it."""
        self._known: set[Atom] = set()
        self._wanted: list[Atom] = []

    def names(self, goal: Formula, never: Sequence[Formula]) -> set[str]:
        """Return the relevant objects of a goal."""
        for formula in (goal, *never):
            self._add(term for atom in formula.atoms() for term in atom.fact.terms)
        self._want(self._relevance.instances(goal))
        self._free_kinds(goal)
        arriving: dict[str, int] = defaultdict(int)
        while self._wanted:
            self._relevance.deadline.check()
            atom = self._wanted.pop()
            if len(atom.fact.terms) == 2 and atom.positive:
                arriving[atom.fact.terms[-1]] += 1
            self._achieve(atom)
            if not self._wanted:
                self._clear_ways()
        for place in sorted(self._names):
            self._make_room(place, arriving[place])
        return self._names

    def _clear_ways(self) -> None:
        """Take what stands in the way of calls that have failed for it."""
        for one in self._relevance.blockages:
            if self._names.issuperset(one.call.arguments):
                self._add(one.things)
                self._want(self._relevance.instances(one.remedy))

    def _free_kinds(self, goal: Formula) -> None:
        """Take some objects of each type that the goal is about without naming any."""
        if isinstance(goal, Quantifier):
            objects = self._relevance.objects(goal.type)
            some = [name for name in objects if name not in goal.excluded]
            self._add(some[: self._spread] if isinstance(goal, Exists) else some)
        for part in getattr(goal, "parts", ()):
            self._free_kinds(part)

    def _add(self, terms: Iterable[str]) -> None:
        waiting = [term for term in terms if self._relevance.is_object(term)]
        while waiting:
            name = waiting.pop()
            if name in self._names:
                continue
            self._names.add(name)
            for kind in self._relevance.kinds_of(name):
                self._kinds[kind] += 1
            waiting.extend(self._relevance.tied_to(name))

    def _want(self, atoms: Iterable[Atom]) -> None:
        for atom in atoms:
            if atom not in self._known:
                self._known.add(atom)
                self._wanted.append(atom)

    def _achieve(self, atom: Atom) -> None:
        """Take the objects of every skill that makes a literal true, and want what it needs."""
        relevance = self._relevance
        self._add(relevance.instead_of(atom.fact))
        for model, known in relevance.achievers(atom):
            binding = {
                name: term
                for name, term in known.items()
                if name in model.params and relevance.is_object(term)
            }
            for name, kind in model.params.items():
                if name in binding:
                    continue
                lacks = self._kinds[kind] < self._spread
                if lacks or relevance.has_static_need(model, name):
                    self._add(relevance.fitting(model, name, binding, self._spread))
            for need in model.preconditions:
                self._want(relevance.instances(need.substitute(binding)))

    def _make_room(self, place: str, arriving: int) -> None:
        """Take the objects that must leave a full place."""
        relevance = self._relevance
        room = relevance.room(place)
        lacking = 0 if room is None else max(1, arriving) - room
        for fact in relevance.contents(place) if lacking > 0 else ():
            if fact.terms[0] not in self._names and lacking > 0:
                lacking -= 1
                self._add(fact.terms)
