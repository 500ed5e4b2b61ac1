"""Landmarks of literals without grounding: a lower bound on plan cost in scenes of any size.

As in `landmarks`, an atom's landmarks are those that all its achievers have in common (Zhu & Givan
2003), and the cost of an action is partitioned among the landmarks that it achieves. But nothing is
written out: a parameter that a literal does not decide stays open, ``?sink``, and stands for any
object of its type. That is a relaxation, so the bound holds, and what is impossible here is
impossible: the work depends on the goal and not on the number of objects.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

from treehand.planners.goals.planning_problem import PlanningProblem
from treehand.skills.domain import (
    AllOf,
    AnyOf,
    Atom,
    Call,
    Exists,
    Fact,
    Forall,
    Formula,
    Negation,
    SkillModel,
    positive_form,
)
from treehand.skills.domain.exclusion_groups import decided, group_number, shared_terms
from treehand.skills.model_limits import beyond_limits

OPEN = "?"
"""First character of a term that stands for any object of a type."""
Pattern = tuple[str, ...]
"""Arguments of an action, some of them open."""

_Paid = dict[str, list[tuple[Pattern, float]]]
"""First argument to the patterns with it that have paid for landmarks, and how much."""


class LiftedLandmarks:
    """Landmarks from one state, and the lower bound that they give.

    Args:
        problem: Action models, objects and beliefs.
        unknown_holds: True if what is unknown counts as true, as well as its opposite: an
            observation may show either. Else it has to be achieved.
    """

    def __init__(self, problem: PlanningProblem, *, unknown_holds: bool = False) -> None:
        self._problem = problem
        self._unknown_holds = unknown_holds
        self._facts = problem.facts
        self._vocabulary = problem.vocabulary
        skills = problem.domain.skills
        named = {e.fact.predicate for m in skills.values() for e in (*m.effects, *m.side_effects)}
        self._changing = {other for name in named for other in self._vocabulary.related(name)}
        self._true: dict[str, list[Fact]] = defaultdict(list)
        """Predicate to its true facts."""
        for fact, belief in problem.facts.known():
            if belief.value:
                self._true[fact.predicate].append(fact)
        self._bits: dict[Atom, int] = {}
        self._found: dict[Atom, int] = {}
        """Landmarks of each literal that can be reached, as bits."""
        self._achievers: dict[Atom, list[tuple[str, Pattern, Formula]]] = {}
        self._wanted_by: dict[Atom, set[Atom]] = defaultdict(set)
        """Literal to those whose achievers need it."""

    def cost(self, goal: Formula) -> float | None:
        """Return a lower bound on the cost of any plan for a goal; None if there is no plan."""
        goal = self._simple(positive_form(goal))
        self._explore(goal)
        landmarks = self._of(goal)
        return None if landmarks is None else self._shared_out(landmarks)

    def is_possible(self, goal: Formula) -> bool:
        """Return False if there is no plan for a goal, even if every step only ever helps."""
        goal = self._simple(positive_form(goal))
        self._explore(goal)
        return self._of(goal) is not None

    def _explore(self, goal: Formula) -> None:
        """Compute the landmarks of every literal that a goal leads to."""
        waiting = list(_needs(goal))
        new: list[Atom] = []
        while waiting:
            self._problem.deadline.check()
            atom = waiting.pop()
            if atom in self._achievers:
                continue
            self._bits[atom] = 1 << len(self._bits)
            self._achievers[atom] = list(self._achieving(atom))
            new.append(atom)
            for _, _, needs in self._achievers[atom]:
                for need in _needs(needs):
                    self._wanted_by[need].add(atom)
                    waiting.append(need)
        while new:
            changed: dict[Atom, None] = {}
            for atom in new:
                before = [
                    marks
                    for _, _, needs in self._achievers[atom]
                    if (marks := self._of(needs)) is not None
                ]
                if before:
                    now = before[0]
                    for other in before[1:]:
                        now &= other
                    now |= self._bits[atom]
                    if now != self._found.get(atom):
                        self._found[atom] = now
                        changed.update(dict.fromkeys(self._wanted_by[atom]))
            new = list(changed)

    def _of(self, formula: Formula) -> int | None:
        """Return the landmarks of a formula that are known so far; None if it is unreachable."""
        if isinstance(formula, Atom):
            return self._found.get(formula)
        if isinstance(formula, AnyOf):
            possible = [one for one in map(self._of, formula.parts) if one is not None]
            if not possible:
                return None
            common = possible[0]
            for one in possible[1:]:
                common &= one
            return common
        together = 0
        for part in formula.parts if isinstance(formula, AllOf) else ():
            mark = self._of(part)
            if mark is None:
                return None
            together |= mark
        return together

    def _simple(self, formula: Formula) -> Formula:
        """Return the literals that do not hold now and that a formula needs, all or any of them."""
        if isinstance(formula, Atom):
            return AllOf(()) if self._holds(formula) else formula
        parts = tuple(map(self._simple, self._parts(formula)))
        return AnyOf(parts) if isinstance(formula, AnyOf) else AllOf(parts)

    def _parts(self, formula: Formula) -> tuple[Formula, ...]:
        """Return the necessary parts of a formula, fewer where that is not simple."""
        if isinstance(formula, AllOf | AnyOf):
            return formula.parts
        if isinstance(formula, Negation):
            return (positive_form(formula),)
        if isinstance(formula, Exists):
            some = {formula.variable: OPEN + formula.type}
            whole = AllOf((formula.where, formula.body)).substitute(some)
            return (positive_form(whole),)
        if isinstance(formula, Forall):
            return tuple(self._instances(formula))
        return ()

    def _instances(self, formula: Forall) -> Iterator[Formula]:
        """Yield, for each object that a "forall" is about now, the body or the filter's end."""
        where = formula.where
        if any(t.startswith(OPEN) for atom in where.atoms() for t in atom.fact.terms):
            return
        for name in self._matching(formula):
            inner = {formula.variable: name}
            body = positive_form(formula.body.substitute(inner))
            if where == AllOf(()):
                yield body
            else:
                yield AnyOf((body, positive_form(Negation(where.substitute(inner)))))

    def _matching(self, formula: Forall) -> Iterator[str]:
        where = formula.where
        if not isinstance(where, Atom) or not where.positive:
            yield from formula.qualified(self._facts)
            return
        names = set(self._facts.objects(formula.type)) - set(formula.excluded)
        for fact in self._true[where.fact.predicate]:
            binding = decided(where.fact.terms, fact.terms)
            name = binding.get(formula.variable)
            if name in names and where.substitute({formula.variable: name}).fact == fact:
                yield name

    def _holds(self, atom: Atom) -> bool:
        """Return True if a literal holds now, for some choice of its open terms."""
        if not any(term.startswith(OPEN) for term in atom.fact.terms):
            value = atom.holds(self._facts)
            return self._unknown_holds if value is None else value
        default = self._problem.domain.predicates[atom.fact.predicate].default
        if not atom.positive or default or (default is None and self._unknown_holds):
            return True
        found = self._true[atom.fact.predicate]
        return any(self._may_be_same(atom.fact.terms, fact.terms) for fact in found)

    def _may_be_same(self, some: Pattern, others: Pattern) -> bool:
        """Return True if open terms can be chosen so that two lists of terms are equal."""
        return all(map(self._unify, some, others))

    def _unify(self, one: str, other: str) -> bool:
        if one == other:
            return True
        kinds = self._vocabulary.object_types
        is_a = self._vocabulary.is_a
        if one.startswith(OPEN) and other.startswith(OPEN):
            return is_a(one[1:], other[1:]) or is_a(other[1:], one[1:])
        if one.startswith(OPEN):
            return is_a(kinds.get(other, ""), one[1:])
        return other.startswith(OPEN) and is_a(kinds.get(one, ""), other[1:])

    def _achieving(self, atom: Atom) -> Iterator[tuple[str, Pattern, Formula]]:
        """Yield the actions that may make a literal true, with what they need."""
        if atom.fact.predicate not in self._changing:
            return
        for name, model in self._problem.domain.skills.items():
            for effect in (*model.effects, *model.side_effects):
                for terms, values in self._matches(effect, atom):
                    binding = self._binding(model, decided(terms, values))
                    if binding is None:
                        continue
                    call = Call(name, tuple(binding.values()))
                    if not _is_open(call) and beyond_limits(model, call, self._problem.scene):
                        continue
                    remedies = (one.remedy for one in self._problem.blockages if one.call == call)
                    needs = AllOf((*model.preconditions, *remedies)).substitute(binding)
                    yield name, call.arguments, self._simple(positive_form(needs))

    def _matches(self, effect: Atom, atom: Atom) -> Iterator[tuple[Pattern, Pattern]]:
        """Yield terms of an effect with the values that they have where it makes a literal true."""
        becomes_unknown = self._unknown_holds and "_" in effect.fact.terms
        if effect.fact.predicate == atom.fact.predicate and (
            effect.positive == atom.positive or becomes_unknown
        ):
            yield effect.fact.terms, atom.fact.terms
        if effect.positive and not atom.positive:
            ours = {group_number(one): one for one in self._vocabulary.groups(atom.fact)}
            for group in self._vocabulary.groups(effect.fact):
                other = ours.get(group_number(group))
                if other is not None:
                    yield shared_terms(group), shared_terms(other)

    def _binding(self, model: SkillModel, known: Mapping[str, str]) -> dict[str, str] | None:
        """Return the arguments of a skill, open where they are not known; None if none fit."""
        binding: dict[str, str] = {}
        for name, kind in model.params.items():
            term = known.get(name, OPEN + kind)
            if not self._unify(term, OPEN + kind):
                return None
            binding[name] = term
        return binding

    def _shared_out(self, landmarks: int) -> float:
        """Return the sum of the landmarks' costs; each action pays for its own only once."""
        paid: dict[str, _Paid] = defaultdict(dict)
        total = 0.0
        for atom, bit in self._bits.items():
            if not bit & landmarks:
                continue
            actions = list(dict.fromkeys((n, p) for n, p, _ in self._achievers[atom]))
            costs = [self._left(name, pattern, paid) for name, pattern in actions]
            least = min(costs, default=0.0)
            if least > 0:
                total += least
                for name, pattern in actions:
                    key = pattern[0] if pattern else ""
                    paid[name].setdefault(key, []).append((pattern, least))
        return total

    def _left(self, name: str, pattern: Pattern, paid: Mapping[str, _Paid]) -> float:
        """Return the part of an action's cost that no landmark has been given yet."""
        first = pattern[0] if pattern else ""
        by_first = paid[name]
        keys = [k for k in by_first if k.startswith(OPEN) or first.startswith(OPEN) or k == first]
        given = sum(
            cost for k in keys for other, cost in by_first[k] if self._may_be_same(pattern, other)
        )
        return self._problem.domain.skills[name].duration - given


def _needs(simple: Formula) -> Iterator[Atom]:
    """Yield the literals of a simple formula."""
    if isinstance(simple, AllOf | AnyOf):
        for part in simple.parts:
            yield from _needs(part)
    elif isinstance(simple, Atom):
        yield simple


def _is_open(call: Call) -> bool:
    return any(term.startswith(OPEN) for term in call.arguments)
